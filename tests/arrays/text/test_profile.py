"""What the cells of a column are, by whichever way they are profiled."""

from __future__ import annotations

import math
import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xent_cli.arrays.text import profile
from xent_cli.arrays.text.profile import Profile, Rows, kind_of, profile_of, value_of


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("0", "whole", 0.0),
        ("007", "whole", 7.0),
        ("+1", "whole", 1.0),
        ("-12", "whole", -12.0),
        (" 3\t", "whole", 3.0),
        ("1.", "fraction", 1.0),
        (".5", "fraction", 0.5),
        ("1.0", "fraction", 1.0),
        ("1e3", "fraction", 1000.0),
        ("-2.5E-1", "fraction", -0.25),
        ("50%", "fraction", 0.5),
        ("12.5 %", "fraction", 0.125),
        ("1,234", "whole", 1234.0),
        ("1'234'567.5", "fraction", 1234567.5),
        ("1,23", "word", None),
        ("12,345,6", "word", None),
        ("nan", "not finite", None),
        ("-Infinity", "not finite", None),
        ("True", "truth", None),
        ("no", "truth", None),
        ("NA", "missing", None),
        ("#N/A", "missing", None),
        ("", "empty", None),
        (" \t", "empty", None),
        ("cat", "word", None),
        ("1_000", "word", None),
        ("1.0D0", "word", None),
        ("0x1", "word", None),
        (".", "word", None),
        ("e5", "word", None),
        ("\uff11", "word", None),
        ("none", "word", None),
        ("norway", "word", None),
        ("Île", "word", None),
    ],
)
def test_a_cell(cell: str, kind: str, value: float | None) -> None:
    assert kind_of(cell) == kind
    assert value_of(cell) == value if value is not None else math.isnan(value_of(cell))
    column = profile_of([cell, "x"])
    counts = {
        "whole": column.whole,
        "fraction": column.fractions,
        "not finite": column.not_finite,
        "truth": column.truths,
        "missing": column.missing,
        "empty": column.empty,
        "word": column.words - 1,
    }
    assert counts == {name: int(name == kind) for name in counts}


def test_words_of_the_user_are_missing_even_if_they_are_numbers() -> None:
    column = profile_of(["-999", "?", "5"], frozenset({"-999", "?"}))
    assert (column.missing, column.whole, column.smallest) == (2, 1, 5.0)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["0", "1", "2"], {"is_whole": True, "counts_from": 0, "is_key": True, "largest": 2.0}),
        (["1", "2", "3"], {"counts_from": 1}),
        (["001", "002"], {"counts_from": 1}),
        (["2", "3"], {"counts_from": None, "distinct": True}),
        (["0", "2", "1"], {"counts_from": None, "is_key": True}),
        (["0", "1", "1"], {"counts_from": None, "is_key": False, "binary": True}),
        (["0", "2", "2"], {"counts_from": None}),
        (["0", "1", "3", "3"], {"counts_from": None}),
        (["0.0", "1.0"], {"counts_from": None, "binary": False, "fractions": 2}),
        (["0", "1.5"], {"is_whole": False, "is_numbers": True, "is_key": False}),
        (["1", "nan"], {"is_numbers": True, "is_whole": False, "largest": 1.0}),
        (["1", "", "NA"], {"is_numbers": True, "is_whole": False}),
        (["a", "b"], {"is_words": True, "is_key": True, "is_numbers": False}),
        (["a", "a"], {"is_words": True, "is_key": False}),
        (["dog", "-100", "-100"], {"is_words": True, "is_numbers": False}),
        (["0.5", "0.7", "oops"], {"is_words": False, "is_numbers": True}),
        (["True", "False"], {"is_words": False, "is_numbers": False, "truths": 2}),
        (["", ""], {"is_words": False, "is_numbers": False, "empty": 2}),
        (["-3.5", "2", "1e1"], {"smallest": -3.5, "largest": 10.0, "fractions": 2}),
        (["1e5", "1.5e5", "7"], {"fractions": 2, "whole": 1}),
        ([" 1", "2 "], {"is_whole": True, "counts_from": 1}),
        (["12345678901234567890", "12345678901234567891"], {"is_key": True, "whole": 2}),
        ([], {"rows": 0, "is_whole": False, "is_numbers": False, "is_key": False}),
    ],
)
def test_a_column(cells: list[str], expected: dict) -> None:
    column = profile_of(cells)
    assert {name: getattr(column, name) for name in expected} == expected


CELLS = st.sampled_from(
    ["0", "1", "007", "-3", "+2", "2.5", "1e3", "nan", "inf", " 4", "", "NA", "a", "yes", "50%"]
)


@given(st.lists(CELLS, max_size=12))
def test_the_quick_way_is_the_slow_way(cells: list[str]) -> None:
    """A word below them takes the same cells the other way."""
    quick, slow = profile_of(cells), profile_of([*cells, "word"])
    names = ("whole", "fractions", "not_finite", "truths", "missing", "empty")
    assert [getattr(quick, name) for name in names] == [getattr(slow, name) for name in names]
    assert slow.words == quick.words + 1
    for end in ("smallest", "largest"):
        assert repr(getattr(quick, end)) == repr(getattr(slow, end))


@pytest.mark.parametrize("rows", [1, 3, 70_000])
def test_columns_in_bands_are_columns(rows: int) -> None:
    table = [[f"{row % 7}.{column}" for column in range(11)] for row in range(rows)]
    text = Rows([",".join(row) for row in table])
    for place, cells in enumerate(text.columns()):
        assert list(cells) == [row[place] for row in table]
    assert place == 10
    assert list(text.column(10)) == [row[10] for row in table]
    assert text.row(rows - 1) == table[-1]


def test_quotes_and_blanks_part_cells() -> None:
    assert Rows.cut(['"a, b",1', "c,2"], ",").column(0) == ["a, b", "c"]
    assert Rows.cut(["a  1", " b 2 "], " ").column(1) == ["1", "2"]


def test_decimal_commas() -> None:
    rows = Rows.cut(["1,5;a", "2;b"], ";").with_points()
    assert rows.profile(0).fractions == 1
    assert rows.kind("1,5") == "fraction"
    assert Rows.cut(['"1,5","2"'], ",").with_points().profile(0).fractions == 1


@pytest.mark.parametrize(
    ("lines", "fractions", "binary", "ends"),
    [
        (["0.5,1.5", "1,2"], True, False, (0.5, 2.0)),
        (["0.5,1", "1,2.5"], True, False, (0.5, 2.5)),
        (["0.5,1", "1,2"], False, False, (0.5, 2.0)),
        (["1e2,5e-1"], True, False, (0.5, 100.0)),
        (["a.b,1.5"], False, False, (1.5, 1.5)),
        (["1.5.2,1"], False, False, (1.0, 1.0)),
        (["0, 1", "1,0"], False, True, (0.0, 1.0)),
        (["0,1", "1,"], False, False, (0.0, 1.0)),
        (["nan,-inf", "0.5,2."], True, False, (0.5, 2.0)),
    ],
)
def test_all_columns(lines: list[str], fractions: bool, binary: bool, ends: tuple) -> None:
    rows = Rows(lines)
    assert (rows.all_fractions, rows.all_binary, rows.range) == (fractions, binary, ends)


def test_columns_left_out() -> None:
    rows = Rows(["a,0.5,1", "b,1.5,2"])
    assert not rows.all_fractions
    assert rows.without({0, 2}).all_fractions
    assert rows.without({1}).lines == ["a,1", "b,2"]
    assert rows.without({0, 1, 2}).width == 0
    assert rows.without(()) is rows


@pytest.mark.parametrize(("columns", "rows"), [(10, 12_000), (5, 100_000), (300_000, 2)])
def test_memory_is_a_few_times_the_text(columns: int, rows: int) -> None:
    draw = random.Random(1)
    cell = (
        (lambda: f"{draw.gauss(0, 3):.5f}") if columns == 10 else (lambda: str(draw.randrange(10)))
    )
    text = Rows([",".join(cell() for _ in range(columns)) for _ in range(rows)])
    size = sum(map(len, text.lines))
    tracemalloc.start()
    try:
        for cells in text.columns():
            profile_of(cells)
            if columns > 1000:
                break
        assert text.all_fractions == (columns == 10)
        assert text.range[0] <= 0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 13 * size


def test_a_profile_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Profile] = []
    original = profile.profile_of

    def counted(cells: list[str], absent: frozenset[str]) -> Profile:
        made.append(original(cells, absent))
        return made[-1]

    monkeypatch.setattr(profile, "profile_of", counted)
    rows = Rows(["1,2"])
    assert rows.profile(1) is rows.profile(1)
    assert len(made) == 1
