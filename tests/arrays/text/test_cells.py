"""Cells of a line, against Python's own csv reader and floats."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from xent_cli.arrays.text.cells import (
    absent_words,
    cells_of,
    is_grouped,
    is_missing,
    is_number,
    swapped,
    unmarked,
    unquoted,
    width_of,
)
from xent_cli.errors import DataError

RNG = np.random.default_rng(0)
PIECES = ["1", "-2.5", "a b", '"x"', '"a,b"', '"say ""hi"""', "", " 3 ", '""']


@pytest.mark.parametrize("seed", range(40))
def test_cells_as_csv_cuts_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    line = ",".join(rng.choice(PIECES, int(rng.integers(1, 7))))
    expected = next(csv.reader([line], skipinitialspace=True)) or [""]
    assert [cell.strip() for cell in cells_of(line, ",")] == [cell.strip() for cell in expected]
    assert width_of(line, ",") == len(expected)
    plain = unquoted(line, ",")
    if plain is not None and '"' not in plain:
        assert [cell.strip() for cell in plain.split(",")] == [cell.strip() for cell in expected]


@pytest.mark.parametrize("line", ['"a', '"a"b,c', '1,"2', '"a" "b",1'])
def test_quotes_that_are_wrong_are_told_with_their_place(line: str) -> None:
    with pytest.raises(DataError, match=r"^x\.csv:7:\d"):
        cells_of(line, ",", "x.csv:7")


NUMBERS = ["1", "-1", "+1.5", ".5", "5.", "1e5", "1E-5", "nan", "inf", "-Infinity", "007", " 2 "]
NO_NUMBERS = ["", "a", "1,5", "1 2", "1_000", "0x10", "1e", "--1", "1.2.3", "\u0661", "nan(1)"]


@pytest.mark.parametrize("cell", NUMBERS)
def test_numbers(cell: str) -> None:
    assert is_number(cell)
    float(cell)


@pytest.mark.parametrize("cell", NO_NUMBERS)
def test_what_is_no_number(cell: str) -> None:
    assert not is_number(cell)


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        ("50%", 0.5),
        ("12.5 %", 0.125),
        ("-3%", -0.03),
        ("1,234,567", 1234567),
        ("1,234.5", 1234.5),
        ("1'234", 1234),
        ("1 234", 1234),
        ("0,500", None),
        ("12,34", None),
        ("1,2345", None),
        ("%", None),
        ("5%%", None),
    ],
)
def test_percent_signs_and_thousands(cell: str, plain: float | None) -> None:
    number = unmarked(cell)
    assert (number is None) == (plain is None)
    if number is not None:
        assert float(number) == plain


def test_what_shows_that_commas_part_thousands() -> None:
    assert [is_grouped(cell) for cell in ("1,234", "1,234,567", "1,234.5", "0,500,000")] == [
        False,
        True,
        True,
        False,
    ]


def test_words_for_no_value() -> None:
    words = absent_words("nan:None,-999")
    assert is_missing("none", words)
    assert is_missing("-999", words)
    assert is_missing(" NA ", words)
    assert not is_missing("-99", words)
    assert is_missing("#N/A")
    assert not is_missing("-999")


def test_decimal_commas_change_places_with_points() -> None:
    assert swapped("1.234,5", ",") == "1,234.5"
    assert swapped("1.5", ".") == "1.5"
