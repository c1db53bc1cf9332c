"""Blocks of decimal cells against Python's own float and int, cell by cell."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xent_cli.arrays.text import decimals
from xent_cli.arrays.text.decimals import parse_numbers
from xent_cli.arrays.text.dialect import is_number

SIGN = st.sampled_from(["", "", "", "-", "+"])
DIGITS = st.text("0123456789", min_size=0, max_size=17)
EXPONENT = st.sampled_from(
    ["", "", "", "e5", "e-7", "E+3", "e22", "e-22", "e23", "e-300", "e308", "e0"]
)
DECIMAL = st.builds(
    lambda s, a, p, b, e: s + a + p + b + e,
    SIGN,
    DIGITS,
    st.sampled_from([".", ".", ""]),
    DIGITS,
    EXPONENT,
)
FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False).map(
    lambda x: str(np.float32(x))
)
FLOAT64 = st.floats(allow_nan=False, allow_infinity=False).map(repr)
INTEGER = st.integers(-(2**65), 2**65).map(str)
ODD = st.sampled_from(
    ["-0", "-0.0", "+0.0", "nan", "-inf", "inf", "9223372036854775807", "-9223372036854775808",
     "9007199254740993", "9007199254740993.0", "0.1e1", "5e-324", "1.7976931348623157e308"]
)  # fmt: skip
JUNK = st.sampled_from(
    ["1.2.3", ".-5", "-.+5", "1e5e3", "1e", "e5", ".e5", "-", "+", ".", "-.", "+-1", "--1", "1-2",
     "1.-2", "1e.5", "1e5.", "1e5.0", "1_0", "0x10", "1d5", "abc", "1 2", "1. 5", "1 .5", "1e 5", "- ", "- 1", " -", "+ ", "-\t", "", " ", "  ", " \v"]
)  # fmt: skip
NUMBER = (DECIMAL | FLOAT32 | FLOAT64 | INTEGER | ODD).filter(is_number)
SHORT = st.decimals(-999, 999, places=4).map(str)


def _expected(cells: list[str]) -> list[float] | list[int]:
    whole = all(cell.strip(" +-").isdigit() and -(2**63) <= int(cell) < 2**63 for cell in cells)
    return [int(cell) for cell in cells] if whole else [float(cell) for cell in cells]


def _check(cells: list[str], mark: str) -> None:
    got = parse_numbers(mark.join(cells).encode(), mark.encode(), len(cells))
    assert got is not None
    want = np.array(_expected(cells))
    assert got.dtype == want.dtype
    assert got.tobytes() == want.tobytes() or np.isnan(want).any()
    np.testing.assert_array_equal(got, want)


@settings(max_examples=300, deadline=None)
@given(st.lists(NUMBER, min_size=1, max_size=40), st.sampled_from([",", ";", "\t", " ", "|"]))
@example(["9223372036854775807", "1"], ",")
def test_every_cell_is_what_python_reads(cells: list[str], mark: str) -> None:
    _check(cells, mark)
    padded = [f" {cell}" if i % 3 else f"{cell}  " for i, cell in enumerate(cells)]
    _check(padded, mark)


@settings(max_examples=100, deadline=None)
@given(st.lists(SHORT | FLOAT32, min_size=40, max_size=80), st.lists(NUMBER, max_size=1))
def test_short_cells_with_a_rare_long_one(cells: list[str], odd: list[str]) -> None:
    _check(cells[:20] + odd + cells[20:], ",")


@settings(max_examples=200, deadline=None)
@given(
    *[st.lists(SHORT | INTEGER | FLOAT64, max_size=40)] * 2, JUNK, st.sampled_from([",", "\t", " "])
)
def test_what_is_no_number_is_never_read(
    before: list[str], after: list[str], junk: str, mark: str
) -> None:
    cells = [*before, junk, *after]
    if mark == " ":
        count = len(cells)
        cells = mark.join(cells).split()
        if len(cells) == count - 1 or all(map(is_number, cells)):
            return
    elif mark == "\t" and "\t" in junk:
        return
    if not is_number(junk):
        assert parse_numbers(mark.join(cells).encode(), mark.encode(), len(cells)) is None


@pytest.mark.parametrize("text", ["1,,2", ",1,2", "1,2,", "1.5,,2.5", "1,2", "1,2,3,4", "1.5,2.5"])
def test_the_count_is_checked(text: str) -> None:
    assert parse_numbers(text.encode(), b",", 3) is None


def test_short_decimals_go_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [f"{x:.5f}" for x in np.linspace(-3, 3, 1001)] + ["-0.0", "1e-05", "2.5E+10"]
    flat = ",".join(cells).encode()
    monkeypatch.setattr(decimals, "_all_fit", None)
    quick = decimals._quick(flat, b",", len(cells))
    assert quick is not None
    assert quick.tobytes() == np.array([float(cell) for cell in cells]).tobytes()


def _long_cells() -> list[str]:
    """Cells of 16 to 19 digits; many as near to the middle of two float64 as digits allow."""
    rng = np.random.default_rng(6)
    cells = [f"{x:.{n}g}" for n in (16, 17, 18) for x in rng.standard_normal(3000) * 1e3]
    cells += [f"{x:.18e}" for x in rng.standard_normal(3000) * 10.0 ** rng.integers(-8, 4, 3000)]
    for x in rng.standard_normal(300) * 10.0 ** rng.integers(-3, 9, 300):
        middle = (Fraction(x) + Fraction(np.nextafter(x, np.inf))) / 2
        digits = 18 - len(str(int(abs(x))))
        scaled = int(middle * 10**digits)
        cells += [str(Decimal(scaled + step).scaleb(-digits)) for step in (-1, 0, 1)]
    halves = 2**53 + 2 * rng.integers(0, 2**40, 300) + 1  # in the middle, to the last bit
    cells += [f"{whole}.0" for whole in halves.tolist()]
    return [cell.replace("E", "e") for cell in cells]


@pytest.mark.parametrize("has_long", [True, False])
def test_long_decimals_are_rounded_once(has_long: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decimals, "_HAS_LONG", has_long and decimals._HAS_LONG)
    cells = _long_cells()
    _check(cells, ",")
    flat = ",".join(cells).encode()
    assert (decimals._quick(flat, b",", len(cells)) is not None) == decimals._HAS_LONG
