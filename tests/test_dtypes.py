"""Element types: bfloat16 bit by bit, and what becomes a float of which width."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import numpy as np
import pytest

from xent_cli.dtypes import (
    BFLOAT16,
    as_float,
    convert,
    dtype_name,
    is_real,
    narrow_to_bfloat16,
    native,
)

EVERY = np.arange(1 << 16, dtype=np.uint16)


def value_of(bits: int) -> float:
    """The number that a bfloat16 stands for: by the table of IEEE 754, with 7 bits of fraction."""
    sign, exponent, part = -1.0 if bits >> 15 else 1.0, bits >> 7 & 0xFF, bits & 0x7F
    if exponent == 0xFF:
        return math.nan if part else sign * math.inf
    return sign * math.ldexp(part + 128 * (exponent > 0), max(exponent, 1) - 134)


def nearest(value: float) -> int:
    """The bits of the bfloat16 next to a finite number; of two as near, those that end in 0."""
    largest = 0x7F80  # infinity stands one step above the largest number
    low, high = 0, largest
    size = Fraction(abs(value))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if Fraction(value_of(middle)) <= size else (low, middle)
    above = Fraction(2) ** 128 if high == largest else Fraction(value_of(high))
    left, right = size - Fraction(value_of(low)), above - size
    bits = low if left < right or (left == right and low % 2 == 0) else high
    return bits | (math.copysign(1, value) < 0) << 15


def test_every_bfloat16_is_widened_exactly() -> None:
    wide = as_float(EVERY.view(BFLOAT16))
    assert wide.dtype == np.float32
    np.testing.assert_array_equal(wide, [value_of(bits) for bits in EVERY.tolist()])
    np.testing.assert_array_equal(as_float(EVERY.view(BFLOAT16)[::-3]), wide[::-3])


def test_every_float16_is_widened_exactly() -> None:
    wide = as_float(EVERY.view(np.float16))
    assert wide.dtype == np.float32
    expected = [struct.unpack("<e", bits.to_bytes(2, "little"))[0] for bits in EVERY.tolist()]
    np.testing.assert_array_equal(wide, expected)


def test_every_bfloat16_comes_back() -> None:
    wide = np.array([value_of(bits) for bits in EVERY.tolist()])
    kept = ~np.isnan(wide)
    back = narrow_to_bfloat16(wide).view(np.uint16)
    np.testing.assert_array_equal(back[kept], EVERY[kept])
    assert all(math.isnan(value_of(bits)) for bits in back[~kept].tolist())


def test_numbers_are_rounded_once_to_the_nearest_bfloat16() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal(1000) * 2.0 ** rng.integers(-140, 128, 1000)
    low = rng.integers(0, 0x7F7F, 500)
    middles = np.array([(value_of(bits) + value_of(bits + 1)) / 2 for bits in low.tolist()])
    beside = [np.nextafter(middles, way) for way in (-np.inf, np.inf)]  # half a float64 away
    ends = [0.0, -0.0, 3.3895313892515355e38, 3.4e38, 1.7e308, -1.7e308, 5e-324, 4.6e-41]
    values = np.concatenate([values, middles, -middles, *beside, ends])
    found = narrow_to_bfloat16(values).view(np.uint16).tolist()
    assert found == [nearest(value) for value in values.tolist()]


@pytest.mark.parametrize(
    ("dtype", "width"),
    [("?", 4), ("i1", 4), ("u2", 4), ("f2", 4), ("f4", 4), ("i4", 8), ("u8", 8), ("f8", 8)],
)
def test_the_float_that_holds_a_number(dtype: str, width: int) -> None:
    found = as_float(np.ones(2, dtype))
    assert (found.dtype.kind, found.dtype.itemsize, found.tolist()) == ("f", width, [1.0, 1.0])


def test_conversions_and_names() -> None:
    x = np.array([1.0, -2.5], "f4")
    assert convert(x, np.dtype("f4")) is x
    narrow = convert(x, BFLOAT16)
    assert narrow.view(np.uint16).tolist() == [0x3F80, 0xC020]
    assert convert(narrow, np.dtype("f8")).tolist() == [1.0, -2.5]
    swapped = narrow.astype(BFLOAT16.newbyteorder(">"))
    assert native(swapped).view(np.uint16).tolist() == [0x3F80, 0xC020]
    assert native(x.astype(">f4")).dtype.isnative
    assert [dtype_name(np.dtype(d)) for d in (BFLOAT16, ">f4", "?")] == [
        "bfloat16", "float32", "bool",
    ]  # fmt: skip
    assert [is_real(np.dtype(d)) for d in (BFLOAT16, "f8", "u1", "c8", "S2", "M8[s]", "O")] == [
        True, True, True, False, False, False, False,
    ]  # fmt: skip
