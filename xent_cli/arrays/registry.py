"""The file formats: which there are, and which of them a name or a first few bytes mean."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Literal, Protocol, cast

from xent_cli.arrays.base import ArrayReader, ArrayWriter, Outline, ReadOptions
from xent_cli.arrays.formats.members import Member
from xent_cli.arrays.formats.npy_header import MAGIC
from xent_cli.arrays.storage.compressed import COMPRESSIONS
from xent_cli.arrays.storage.files import InputFile
from xent_cli.arrays.storage.streams import ByteSource
from xent_cli.records import record


class StreamModule(Protocol):
    """What the module of a text format offers: a file of text is read and written as a stream."""

    def open_stream(self, source: ByteSource, options: ReadOptions) -> ArrayReader:
        """The array in `source`, which is closed with it.

        Raises:
            DataError: the bytes are no array of this format.
        """
        ...

    def create_stream(self, stream: BinaryIO, name: str, outline: Outline) -> ArrayWriter:
        """Writes to `stream`, which messages call `name`; `commit` flushes it.

        Raises:
            UsageError: the format cannot hold such an array.
        """
        ...


class FileModule(StreamModule, Protocol):
    """What the module of any other format offers: its files are read and written out of order."""

    def open_file(self, file: InputFile, name: str, options: ReadOptions) -> ArrayReader:
        """The array in a regular file, as `open_stream`; `name` may name a member of it."""
        ...

    def create_file(self, path: str, outline: Outline) -> ArrayWriter:
        """Writes a file that appears whole or not at all, as `create_stream`."""
        ...

    def list_members(self, file: InputFile, name: str) -> Iterator[Member]:
        """What is in a file of a format with members, by its headers alone.

        Raises:
            DataError: the file cannot be trusted as a whole; what is wrong with one array is told
                as its `problem`.
        """
        ...


@record
class Format:
    """A file format: the module of its name in `arrays/formats`, and how its files are known.

    A format of text derives its reader from `text.reader.TextArray` and its writer from
    `text.writer.TextWriter`, and takes a line in `FORMATS`; `formats/tsv.py` is the shortest.

    Attributes:
        name: of the format and of its module, which is loaded when first used.
        suffixes: of the files that are in this format.
        magic: the bytes every such file starts with; empty where there are none.
        is_text: its cells are text; the module is a `StreamModule`, of others a `FileModule`.
        members: how the arrays of a file are told apart, where it can hold several: by names
            (`file.npz:logits`) or by numbers from 1 (`file.npy:2`).
        written: files of it are written, and not only read.
        piped: it can be read and written front to back; of others the module has no `open_stream`
            and no `create_stream`.
    """

    name: str
    suffixes: tuple[str, ...]
    magic: bytes = b""
    is_text: bool = False
    members: Literal["", "names", "numbers"] = ""
    written: bool = True
    piped: bool = True

    def load(self) -> FileModule:
        """The module; of text only its functions for streams are there."""
        return cast(FileModule, import_module(f"xent_cli.arrays.formats.{self.name}"))


FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("npy", (".npy",), MAGIC, members="numbers"),
        Format("npz", (".npz",), b"PK", members="names", piped=False),
        Format("safetensors", (".safetensors",), members="names", piped=False),
        Format("index", (".index.json",), members="names", piped=False, written=False),
        Format("csv", (".csv", ".txt"), is_text=True),
        Format("tsv", (".tsv", ".tab"), is_text=True),
        Format("raw", (".raw", ".bin")),
    )
}

BINARY, TEXT = FORMATS["npy"], FORMATS["csv"]
"""The formats of what nothing else is said of: arrays on a pipe, and bytes without a magic."""


def format_of(path: str) -> Format | None:
    """The format that the suffix of a path names; None where it names none."""
    file = path.lower()
    return next((form for form in FORMATS.values() if file.endswith(form.suffixes)), None)


def format_by_magic(start: bytes) -> Format:
    """The format of what starts with these bytes: text, where no other starts so."""
    return next(
        (form for form in FORMATS.values() if form.magic and start.startswith(form.magic)), TEXT
    )


def split_compression(path: str) -> tuple[str, str | None]:
    """`x.npy.gz` is x.npy, compressed as .gz says."""
    suffix = Path(path).suffix.lower()
    return (path[: -len(suffix)], suffix) if suffix in COMPRESSIONS else (path, None)
