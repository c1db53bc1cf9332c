"""Raw numbers: a file of nothing but them, in C order; `--raw` and `--shape` say what they are."""

from __future__ import annotations

import re
from typing import Any, BinaryIO

import numpy as np

from xent_cli.arrays.base import RAW_EXAMPLE, ArrayReader, ArrayWriter, Outline, ReadOptions
from xent_cli.arrays.formats.npy import NpyStream, NpyStreamWriter, NpyWriter
from xent_cli.arrays.formats.npy_header import MAGIC, Header, is_possible
from xent_cli.arrays.storage.files import InputFile
from xent_cli.arrays.storage.layout import Layout
from xent_cli.arrays.storage.mapped import MappedArray
from xent_cli.arrays.storage.streams import ByteSource
from xent_cli.arrays.views.joining import named_dtype
from xent_cli.errors import DataError, UsageError

_CODE = re.compile(r"b1|\?|[iu][1248]|f[248]")
_FIRST_ALONE = (
    "--raw f4 --shape 100,10 tell it of the first array; "
    "others: xent convert y.bin y.npy --raw i8 --shape 100"
)


def raw_header(options: ReadOptions, name: str) -> Header:
    """What `--raw` and `--shape` promise of a file.

    Raises:
        UsageError: one of them is missing, or says nothing that can be.

    >>> raw_header(ReadOptions(raw=">f4", shape=(2, 3)), "x.bin").nbytes
    24
    """
    if options.raw is None:
        raise UsageError(f"{name}: raw numbers do not tell their dtype and shape", _FIRST_ALONE)
    if options.shape is None:
        raise UsageError(f"{name}: --raw needs --shape", RAW_EXAMPLE)
    if not is_possible(options.shape):
        raise UsageError(f"--shape takes lengths, such as 100,10; got {options.shape}")
    return Header(options.shape, _dtype(options.raw), fortran=False, offset=0)


def _dtype(code: str) -> np.dtype[Any]:
    name = code.lstrip("<>=")
    if len(code) - len(name) > 1:
        raise UsageError(f"--raw takes a dtype such as f4, >i8, float32 or bf16; got {code!r}")
    dtype = np.dtype(name) if _CODE.fullmatch(name) else named_dtype(name)
    if code[0] == "<":
        return dtype.newbyteorder("<")
    return dtype.newbyteorder(">") if code[0] == ">" else dtype


def open_file(file: InputFile, name: str, options: ReadOptions) -> ArrayReader:
    """A file of exactly the bytes that the array has.

    Raises:
        UsageError: dtype or shape are not told.
        DataError: the file is shorter or longer.
    """
    header = raw_header(options, name)
    if file.size != header.nbytes:
        raise DataError(
            f"{name}: expected {header.nbytes} bytes for shape {header.shape} of {options.raw}, "
            f"got {file.size}",
            "it is a .npy file, which needs no --raw"
            if file.at(0, len(MAGIC)) == MAGIC
            else _guess(file.size, header),
        )
    return MappedArray(file, name, "raw", Layout(header.shape, header.dtype))


def _guess(size: int, header: Header) -> str | None:
    """The shape of one other length that fits, the number of rows before any other."""
    for axis, length in enumerate(header.shape):
        step = header.nbytes // length if length else 0
        if step and size % step == 0:
            shape = (*header.shape[:axis], size // step, *header.shape[axis + 1 :])
            return f"it fits --shape {','.join(map(str, shape))}"
    return None


def open_stream(source: ByteSource, options: ReadOptions) -> ArrayReader:
    """Raw numbers from a pipe."""
    reader = NpyStream(source, raw_header(options, source.name))
    reader.format = "raw"
    return reader


def create_file(path: str, outline: Outline) -> ArrayWriter:
    """A new file of the numbers alone, in this machine's byte order."""
    writer = NpyWriter(path, outline.shape, outline.dtype, header=False)
    writer.format = "raw"
    return writer


def create_stream(stream: BinaryIO, name: str, outline: Outline) -> ArrayWriter:
    """The numbers alone on a stream."""
    writer = NpyStreamWriter(stream, outline.shape, outline.dtype, name, header=False)
    writer.format = "raw"
    return writer
