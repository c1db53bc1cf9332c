"""Delimited text whose name says that its cells are parted by tabs (.tsv, .tab)."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from xent_cli.arrays import delimited
from xent_cli.arrays.base import ArrayReader, ArrayWriter, ReadOptions
from xent_cli.arrays.files import InputFile
from xent_cli.arrays.streams import ByteSource
from xent_cli.arrays.text_writer import TextWriter


def open_file(file: InputFile, name: str, options: ReadOptions) -> ArrayReader:
    """A text file; see `delimited.DelimitedArray`."""
    return delimited.open_file(file, name, options, ".tsv")


def open_stream(source: ByteSource, options: ReadOptions) -> ArrayReader:
    """Text as it comes; see `delimited.DelimitedArray`."""
    return delimited.DelimitedArray(source, options, ".tsv")


def create_file(
    path: str, shape: tuple[int, ...], dtype: np.dtype[Any], columns: tuple[str, ...] | None
) -> ArrayWriter:
    """A new text file, with a header row where there are names."""
    return delimited.text_file(path, (shape, dtype), columns, "\t")


def create_stream(
    stream: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any], columns: tuple[str, ...] | None
) -> ArrayWriter:
    """Text on a stream."""
    return TextWriter(stream, "stdout", (shape, dtype), columns, "\t")
