"""The .safetensors format: a length, a JSON header, the tensors' bytes one after another.

Format: https://github.com/huggingface/safetensors#format. Nothing in it can run code. Checked
before anything is read: the header's length (at most 4 MiB, some 40000 tensors: it takes ten times
its size in memory; the format's own reader stops at 100 MB), that the tensors cover the rest of the
file without holes and overlaps, and that each has as many bytes as its shape and dtype need.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader, ArrayWriter, Outline, ReadOptions
from xent_cli.arrays.formats.members import Member, choose_member
from xent_cli.arrays.formats.npy_header import MAX_DIMS, is_possible
from xent_cli.arrays.places import split_target
from xent_cli.arrays.storage.atomic import AtomicFile
from xent_cli.arrays.storage.files import InputFile
from xent_cli.arrays.storage.layout import Layout
from xent_cli.arrays.storage.mapped import MappedArray
from xent_cli.arrays.storage.runs import as_bytes, require_next
from xent_cli.dtypes import BFLOAT16, dtype_name
from xent_cli.errors import DataError
from xent_cli.geometry import Box

_HEADER_LIMIT = 4 << 20
_DTYPES: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype("?"),
    "U8": np.dtype("u1"),
    "I8": np.dtype("i1"),
    "U16": np.dtype("<u2"),
    "I16": np.dtype("<i2"),
    "U32": np.dtype("<u4"),
    "I32": np.dtype("<i4"),
    "U64": np.dtype("<u8"),
    "I64": np.dtype("<i8"),
    "F16": np.dtype("<f2"),
    "BF16": BFLOAT16,
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
}
_NAMES = {dtype_name(dtype): name for name, dtype in _DTYPES.items()}


def open_file(file: InputFile, name: str, options: ReadOptions) -> ArrayReader:
    """One tensor of a file.

    Raises:
        DataError: a header that cannot be trusted, no such tensor, a dtype that is not read.
    """
    tensors, data = _read_header(file, name)
    tensor = choose_member(name, list(tensors), options.choice)
    dtype, shape, begin = _check(tensors[tensor], f"{name}:{tensor}")
    called = name if options.choice is None else f"{name}:{tensor}"
    reader = MappedArray(file, called, "safetensors", Layout(shape, dtype, offset=data + begin))
    reader.member = tensor
    return reader


def list_members(file: InputFile, name: str) -> Iterator[Member]:
    """All tensors, in the order of the header."""
    for tensor, entry in _read_header(file, name)[0].items():
        try:
            dtype, shape, _ = _check(entry, f"{name}:{tensor}")
            yield Member(tensor, "safetensors", shape, dtype)
        except DataError as problem:
            yield Member(tensor, "safetensors", problem=problem)


def _read_header(file: InputFile, name: str) -> tuple[dict[str, dict[str, Any]], int]:
    """The tensors' entries, and where the data starts."""
    size = file.size
    length = int.from_bytes(file.take(8), "little")
    if size < 8 or length > min(_HEADER_LIMIT, size - 8):
        raise DataError(
            f"{name}: expected a .safetensors header of at most {min(_HEADER_LIMIT, size)} bytes, "
            f"found a length of {length}"
        )
    try:
        header = json.loads(file.take(length).decode(), object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{name}: the header is not valid JSON: {error}") from error
    if not isinstance(header, dict):
        raise DataError(f"{name}: the header is not a map of tensors")
    header.pop("__metadata__", None)
    _check_cover(header, size - 8 - length, name)
    return header, 8 + length


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("a name is there twice")
    return entries


def _check_cover(header: dict[str, Any], size: int, name: str) -> None:
    """The tensors lie one after another, and end where the file does."""
    spans = []
    for tensor, entry in header.items():
        offsets = entry.get("data_offsets") if isinstance(entry, dict) else None
        if not (
            isinstance(offsets, list)
            and len(offsets) == 2
            and all(type(offset) is int for offset in offsets)
        ):
            raise DataError(f"{name}:{tensor}: has no data_offsets of two whole numbers")
        spans.append((offsets[0], offsets[1], tensor))
    end = 0
    for start, stop, tensor in sorted(spans):
        if start != end or stop < start:
            raise DataError(
                f"{name}:{tensor}: its bytes go from {start} to {stop}, expected from {end}"
            )
        end = stop
    if end != size:
        raise DataError(f"{name}: expected {end} bytes of tensors, got {size}")


def _check(entry: dict[str, Any], name: str) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    dtype = _DTYPES.get(str(entry.get("dtype")))
    if dtype is None:
        raise DataError(
            f"{name}: has dtype {str(entry.get('dtype'))[:80]}, "
            f"expected one of {', '.join(_DTYPES)}"
        )
    shape = entry.get("shape")
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise DataError(f"{name}: has shape {str(shape)[:80]}, expected whole numbers")
    if not is_possible(shape):
        raise DataError(
            f"{name}: expected at most {MAX_DIMS} dimensions of less than 2**63, "
            f"found {len(shape)} up to 2**{max(shape).bit_length()}"
        )
    begin, end = entry["data_offsets"]
    if prod(shape) * dtype.itemsize != end - begin:
        raise DataError(
            f"{name}: shape {tuple(shape)} of {entry['dtype']} needs "
            f"{prod(shape) * dtype.itemsize} bytes, but has {end - begin}"
        )
    return dtype, tuple(shape), begin


class SafetensorsWriter(ArrayWriter):
    """A file of one tensor, front to back."""

    format = "safetensors"
    seekable = False

    def __init__(self, path: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        place = split_target(path)
        self.name, self.shape, self.dtype = path, shape, dtype
        size = prod(shape) * dtype.itemsize
        entry = {
            "dtype": _NAMES[dtype_name(dtype)],
            "shape": list(shape),
            "data_offsets": [0, size],
        }
        header = json.dumps({place.choice or "array": entry}, separators=(",", ":"))
        header += " " * (-len(header) % 8)
        self._done = 0
        self._file = AtomicFile(place.path)
        self.diagnoses = self._file.diagnoses
        try:
            self._file.write(len(header).to_bytes(8, "little") + header.encode())
        except BaseException:
            self._file.abort()
            raise

    def write(self, box: Box, values: Array) -> None:
        """Writes the next box."""
        if values.size:
            require_next(self.shape, box, self._done)
            stored = values if self.dtype.byteorder != ">" else values.astype(self.dtype)
            self._file.write(as_bytes(stored, self.dtype))
            self._done += values.size

    def commit(self) -> None:
        """Makes the file appear."""
        self._file.commit()

    def abort(self) -> None:
        """Removes what was written."""
        self._file.abort()


def create_file(path: str, outline: Outline) -> ArrayWriter:
    """A new file of one tensor; `file.safetensors:name` names it."""
    return SafetensorsWriter(path, outline.shape, outline.dtype)
