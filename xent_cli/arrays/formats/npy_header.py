"""The header of a .npy file, checked before anything is allocated, and written as NumPy does.

Format: numpy/lib/_format_impl.py (versions 1.0, 2.0, 3.0): magic, version, header length, then a
Python dict literal with the keys descr, fortran_order and shape.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from xent_cli.dtypes import BFLOAT16, is_bfloat16
from xent_cli.errors import DataError
from xent_cli.records import record

MAGIC = b"\x93NUMPY"
MAX_HEADER = 1 << 16
MAX_DIMS = 64
_ALIGN = 64
_LIMIT, _WIDEST = 1 << 63, 8
_LENGTH_BYTES = {1: 2, 2: 4, 3: 4}
_KEYS = {"descr", "fortran_order", "shape"}
_DESCR = re.compile(r"[<>=|]?[a-zA-Z?][a-zA-Z_]*[0-9]{0,9}(?:\[[^\[\]]*\])?")
_SAVE_NUMBERS = "save plain numbers: np.save(path, array.astype(np.float32))"

_WORDS = "words name the classes of LABELS alone; numbers: np.save(path, array.astype(float))"
_LONGEST = 1024

_REFUSED = {
    "O": (
        "holds Python objects, which .npy keeps as a pickle, and loading a pickle can run any code",
        f"{_SAVE_NUMBERS}, or class names: np.save(path, array.astype(str))",
    ),
    "c": ("holds complex numbers", "save one real part: np.save(path, array.real)"),
    "M": ("holds dates", _SAVE_NUMBERS),
    "m": ("holds time differences", _SAVE_NUMBERS),
}


@record
class Header:
    """What a .npy header promises: `dtype` as stored (either byte order), `offset` of the data."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    offset: int

    @property
    def nbytes(self) -> int:
        """The bytes that must follow the header; exact, however large."""
        return prod(self.shape) * self.dtype.itemsize


def read_header(read: Callable[[int], bytes], name: str) -> Header:
    """Reads and checks a header.

    Args:
        read: gives exactly the next n bytes, fewer only at the end of the source.
        name: of the source, for messages.

    Raises:
        DataError: not a .npy header of version 1 to 3, or one that cannot be trusted.

    >>> import io
    >>> file = io.BytesIO()
    >>> np.save(file, np.zeros((2, 3), "<f4"))
    >>> read_header(io.BytesIO(file.getvalue()).read, "logits.npy").shape
    (2, 3)
    """
    prefix = read(8)
    if not prefix:
        raise DataError(f"{name}: expected a .npy array, found an empty file")
    if prefix[:6] != MAGIC[: len(prefix)]:
        raise DataError(
            f"{name}: expected a .npy file (first bytes \\x93NUMPY), found {prefix[:6]!r}",
            "text goes by the suffix .csv, .tsv or .txt; arrays are written with np.save",
        )
    if len(prefix) < 8:
        raise DataError(f"{name}: the .npy header is cut off: expected 8 bytes, got {len(prefix)}")
    major, minor = prefix[6], prefix[7]
    width = _LENGTH_BYTES.get(major)
    if width is None or minor != 0:
        raise DataError(f"{name}: expected .npy version 1.0, 2.0 or 3.0, found {major}.{minor}")
    field = read(width)
    if len(field) < width:
        raise DataError(f"{name}: the .npy header is cut off before its length")
    length = int.from_bytes(field, "little")
    if length > MAX_HEADER:
        raise DataError(
            f"{name}: the .npy header claims {length} bytes; at most {MAX_HEADER} are accepted"
        )
    text = read(length)
    if len(text) < length:
        raise DataError(
            f"{name}: the .npy header is cut off: expected {length} bytes, got {len(text)}"
        )
    return parse_header(text, (major, 8 + width + length), name)


def check_text(header: Header, name: str, *, is_labels: bool) -> Header:
    """The header; words are an array only where they name the classes of labels.

    Raises:
        DataError: words elsewhere, or longer ones than names are.
    """
    if header.dtype.kind in "US":
        if not is_labels:
            raise DataError(f"{name}: holds text (dtype {header.dtype.str!r})", _WORDS)
        if not 0 < header.dtype.itemsize <= _LONGEST:
            raise DataError(
                f"{name}: holds text of {header.dtype.itemsize} bytes each, expected the names of "
                f"classes, of 1 to {_LONGEST} bytes"
            )
    return header


def parse_header(text: bytes, place: tuple[int, int], name: str) -> Header:
    """Checks the dict literal of a header.

    Args:
        text: the literal, at most 64 KiB.
        place: the major version (3 means UTF-8, else Latin-1) and the offset of the data.
        name: of the source, for messages.

    Raises:
        DataError: not a dict of exactly the three keys, or a value that cannot be trusted.
    """
    major, offset = place
    try:
        literal = text.decode("utf-8" if major == 3 else "latin-1")
    except UnicodeDecodeError as error:
        raise DataError(f"{name}: the .npy header is not UTF-8 text") from error
    entries = _evaluate(literal, name)
    if not isinstance(entries, dict) or set(entries) != _KEYS:
        raise DataError(
            f"{name}: expected a .npy header with the keys descr, fortran_order and shape, "
            f"found {_short(entries)}"
        )
    fortran = entries["fortran_order"]
    if not isinstance(fortran, bool):
        raise DataError(f"{name}: fortran_order must be True or False, found {_short(fortran)}")
    return Header(
        _check_shape(entries["shape"], name), _check_descr(entries["descr"], name), fortran, offset
    )


def is_possible(shape: Sequence[int]) -> bool:
    """Whether NumPy can describe an array of this shape, if it is of no elements.

    Others are compared with the bytes that there are. (0, 2**62) has none, and yet NumPy counts
    the bytes of the lengths that are not 0.
    """
    lengths = [length for length in shape if length]
    fits = all(0 < length < _LIMIT for length in lengths) and len(shape) <= MAX_DIMS
    return fits and (len(lengths) == len(shape) or prod(lengths) * _WIDEST < _LIMIT)


def check_size(header: Header, got: int, name: str) -> None:
    """Compares the size of a whole file with what its header promises.

    Raises:
        DataError: bytes are missing, or too many.
    """
    expected = header.offset + header.nbytes
    if got == expected:
        return
    what = (
        f"expected {_count(expected)} bytes (shape {_shape_text(header.shape)}, "
        f"{header.dtype.itemsize} bytes each), got {got}"
    )
    if got < expected:
        raise DataError(
            f"{name}: the data is cut off: {what}",
            "the file was not written or copied to its end",
        )
    raise DataError(
        f"{name}: {got - expected} bytes too many: {what}",
        "what stands behind the array is none that NumPy wrote",
    )


def format_header(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bytes:
    """Magic, version 1.0 and header of a C-order array, padded to 64 bytes as NumPy pads.

    bfloat16 is written as a field of that name, which `np.load` gives back as it was.

    >>> len(format_header((2, 3), np.dtype("<f4")))
    128
    """
    descr = repr(dtype.descr) if is_bfloat16(dtype) else repr(dtype.str)
    literal = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape!r}, }}"
    # Room for the first dimension to grow to 21 digits in place, as NumPy leaves it.
    literal += " " * (21 - len(repr(shape[0])) if shape else 0)
    length = len(literal) + 1
    pad = -(len(MAGIC) + 4 + length) % _ALIGN
    body = (literal + " " * pad + "\n").encode("latin-1")
    return MAGIC + b"\x01\x00" + len(body).to_bytes(2, "little") + body


def _evaluate(literal: str, name: str) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stray backslash in a hostile header
            try:
                return ast.literal_eval(literal.strip(" \n\x00"))
            except SyntaxError:
                # Python 2 wrote long integers as 3L.
                return ast.literal_eval(re.sub(r"(?<=\d)L\b", "", literal.strip(" \n\x00")))
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as error:
        raise DataError(f"{name}: the .npy header is not a dictionary: {literal[:60]!r}") from error


def _check_shape(shape: object, name: str) -> tuple[int, ...]:
    if not isinstance(shape, tuple):
        raise DataError(f"{name}: the shape in the header must be a tuple, found {_short(shape)}")
    if len(shape) > MAX_DIMS:
        raise DataError(f"{name}: {len(shape)} dimensions; at most {MAX_DIMS} are possible")
    for length in shape:
        if not isinstance(length, int) or isinstance(length, bool):
            raise DataError(
                f"{name}: the shape in the header must hold whole numbers, found {_short(length)}"
            )
        if length < 0:
            raise DataError(f"{name}: the shape in the header has a negative length")
    if not is_possible(shape):
        raise DataError(f"{name}: the lengths in the header are too large to hold")
    return shape


def _check_descr(descr: object, name: str) -> np.dtype[Any]:
    """The dtype, as NumPy reads it in any of its spellings (`<f4`, `<f`, `float32`)."""
    if descr in ([("bfloat16", "<u2")], [("bfloat16", ">u2")]):
        return BFLOAT16.newbyteorder(descr[0][1][0])
    if isinstance(descr, list) or (isinstance(descr, str) and "," in descr):
        raise DataError(
            f"{name}: holds records of several fields, not numbers",
            "save one field: np.save(path, array['field'])",
        )
    dtype = _dtype(descr) if isinstance(descr, str) and _DESCR.fullmatch(descr) else None
    if dtype is None:
        raise DataError(f"{name}: the header names an unknown dtype, {_short(descr)}")
    if dtype.kind in _REFUSED:
        reason, way_out = _REFUSED[dtype.kind]
        raise DataError(f"{name}: {reason} (dtype {descr!r})", way_out)
    if dtype.kind == "V":
        return _check_void(dtype.itemsize, descr, name)
    if dtype.hasobject or dtype.kind not in "biufUS" or str(descr)[-1:] == "c":
        raise DataError(f"{name}: the header names an unknown dtype, {_short(descr)}")
    if dtype.kind == "f" and dtype.itemsize > 8:
        raise DataError(
            f"{name}: holds long doubles (dtype {descr!r}), whose layout differs between machines",
            "save it as float64: np.save(path, array.astype(np.float64))",
        )
    return dtype


def _dtype(descr: str) -> np.dtype[Any] | None:
    if descr == "bfloat16":  # a name that is known to NumPy once ml_dtypes is loaded
        return BFLOAT16
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of spellings that go out of use
            return np.dtype(descr)
    except (TypeError, ValueError):
        return None


def _check_void(size: int, descr: object, name: str) -> np.dtype[Any]:
    # ml_dtypes registers no descr, so NumPy writes its bfloat16 as 2 raw bytes (native order).
    if size == 2:
        return BFLOAT16
    what = "an 8-bit float type, or raw bytes" if size == 1 else "raw bytes"
    raise DataError(
        f"{name}: holds {what} (dtype {descr!r}), not numbers that the file describes",
        _SAVE_NUMBERS,
    )


def _short(value: object) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # integers of more than 4300 digits, deep nesting
        return f"a {type(value).__name__} too large to print"
    return text if len(text) <= 60 else text[:57] + "..."


def _shape_text(shape: tuple[int, ...]) -> str:
    return repr(shape) if len(shape) <= 8 else f"of {len(shape)} dimensions"


def _count(number: int) -> str:
    return str(number) if number < 10**18 else "more than 10**18"
