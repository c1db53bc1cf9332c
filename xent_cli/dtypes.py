"""Element types: the names xent shows, and bfloat16, which NumPy does not have.

Imports numpy only, so that `losses`, `arrays` and `reduction` share one notion of a type
without importing each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

BFLOAT16 = np.dtype([("bfloat16", "<u2")])
"""bfloat16 by its bit pattern: one named field, which slices, joins and maps as any dtype."""


def is_bfloat16(dtype: np.dtype[Any]) -> bool:
    """Whether `dtype` is `BFLOAT16` (in either byte order)."""
    return dtype.names == ("bfloat16",)


def is_real(dtype: np.dtype[Any]) -> bool:
    """Whether xent can calculate with `dtype`: bool, integers, float16 to float64, bfloat16."""
    if is_bfloat16(dtype):
        return True
    return dtype.kind in "biu" or (dtype.kind == "f" and dtype.itemsize <= 8)


def dtype_name(dtype: np.dtype[Any]) -> str:
    """The name shown to people: `float32`, `bfloat16`, ...; the byte order is left out."""
    if dtype.kind in "US":
        return "text"
    return "bfloat16" if is_bfloat16(dtype) else dtype.newbyteorder("=").name


def number_text(value: float) -> str:
    """A number in up to nine digits, or in as many as tell it from a whole number.

    >>> number_text(np.float32(0.1)), number_text(1.0), number_text(1 + 1e-12)
    ('0.100000001', '1', '1.000000000001')
    """
    number = float(value)
    text = f"{number:.9g}"
    return repr(number) if float(text).is_integer() and float(text) != number else text


def significand_bits(dtype: np.dtype[Any]) -> int:
    """The bits of a float's significand: whole numbers of as many are exact."""
    return 8 if is_bfloat16(dtype) else int(np.finfo(dtype).nmant) + 1


def native(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """`values` in this machine's byte order; the same object where it is so already."""
    dtype = values.dtype
    if is_bfloat16(dtype):
        return values if dtype == BFLOAT16 else values.astype(BFLOAT16)
    return values if dtype.isnative else values.astype(dtype.newbyteorder("="))


def widen_bfloat16(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """bfloat16 values as float32, exactly: the 16 bits are the upper half of a float32."""
    bits = values.view(np.uint16) if values.flags.c_contiguous else values["bfloat16"]
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


def as_float(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """`values` as float64 or float32, exactly.

    float32 and float64 stay; float16, bfloat16, bool and integers of up to 16 bits become
    float32; wider integers become float64 (exact up to 2**53).
    """
    dtype = values.dtype
    if is_bfloat16(dtype):
        return widen_bfloat16(values)
    if dtype in (np.float32, np.float64):
        return values
    narrow = dtype == np.float16 or dtype.kind == "b" or dtype.itemsize <= 2
    return values.astype(np.float32 if narrow else np.float64)


def narrow_to_bfloat16(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Numbers as bfloat16, rounded to nearest, ties to even; NaN stays NaN.

    float64 is rounded once: to float32 with the rounding kept odd, then to 16 bits (Boldo and
    Melquiond, "When double rounding is odd", 2005).
    """
    wide = np.asarray(values, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        single = wide.astype(np.float32)
        bits = single.view(np.uint32).copy()
        inexact = (single.astype(np.float64) != wide) & np.isfinite(single)
        away = inexact & (np.abs(single.astype(np.float64)) > np.abs(wide))
    bits[away] -= np.uint32(1)
    bits[inexact] |= np.uint32(1)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
    rounded = np.where(np.isnan(wide), np.uint32(0x7FC0), rounded)
    return rounded.astype(np.uint16).view(BFLOAT16)


def convert(values: np.ndarray[Any, Any], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """`values` as `dtype`, bfloat16 on either side included; the same object where it is so.

    A number that is too large for its new dtype is infinite, without a word of NumPy's.
    """
    if values.dtype == dtype:
        return values
    if is_bfloat16(values.dtype):
        values = widen_bfloat16(values)
    with np.errstate(over="ignore", invalid="ignore"):
        return narrow_to_bfloat16(values) if is_bfloat16(dtype) else values.astype(dtype)
