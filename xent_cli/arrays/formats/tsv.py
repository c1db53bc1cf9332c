"""Text whose name says that its cells are parted by tabs (.tsv, .tab)."""

from __future__ import annotations

from typing import BinaryIO

from xent_cli.arrays.base import ArrayReader, ArrayWriter, Outline, ReadOptions
from xent_cli.arrays.storage.streams import ByteSource
from xent_cli.arrays.text.delimited import DelimitedArray
from xent_cli.records import replace


def open_stream(source: ByteSource, options: ReadOptions) -> ArrayReader:
    """Rows of numbers; see `DelimitedArray`."""
    tabbed = options if options.delimiter is not None else replace(options, delimiter="tab")
    return DelimitedArray(source, tabbed, "tsv")


def create_stream(stream: BinaryIO, name: str, outline: Outline) -> ArrayWriter:
    """A line a row, under a header row where there are names."""
    from xent_cli.arrays.text.writer import DelimitedWriter  # most runs only read

    return DelimitedWriter(stream, name, outline, "\t")
