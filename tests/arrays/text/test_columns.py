"""Columns by position, range and name."""

from __future__ import annotations

import pytest

from xent_cli.arrays.text.columns import Choice, choose_columns
from xent_cli.errors import UsageError

NAMES = ("id", "a", "b,c", "2", "y")


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("1", (0,)),
        ("2", (1,)),  # whatever the columns are called
        ("2-4", (1, 2, 3)),
        ("2-", (1, 2, 3, 4)),
        ("5,1-2", (4, 0, 1)),
        (" 2 - 3 , 5 ", (1, 2, 4)),
        ("a", (1,)),
        ("y,a", (4, 1)),
        ("b,c", (2,)),
        ("a,3-4", (1, 2, 3)),
    ],
)
def test_choices(spec: str, expected: tuple[int, ...]) -> None:
    assert choose_columns(Choice(spec, "--cols"), NAMES, 5) == expected


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("0", "counted from 1"),
        ("6", "there are 5"),
        ("4-6", "there are 5"),
        ("3-2", "from left to right"),
        ("1,1", "there twice"),
        ("a,2", "there twice"),
        ("z", "no column 'z'"),
        ("", "no column ''"),
        ("1,,2", "no column ''"),
        ("-1", "no column '-1'"),
        ("1" * 5000, "there are 5"),
        ("1-" + "1" * 5000, "there are 5"),
    ],
)
def test_what_is_not_there(spec: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        choose_columns(Choice(spec, "--cols"), NAMES, 5)


def test_names_need_a_header() -> None:
    with pytest.raises(UsageError, match="no header row"):
        choose_columns(Choice("a", "--cols"), None, 5)


def test_many_columns_are_chosen_in_linear_time() -> None:
    class Counted(str):
        """A name that counts how often it is compared."""

        compared = 0

        def __eq__(self, other: object) -> bool:
            Counted.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    names = tuple(Counted(f"n{column}") for column in range(3000))
    spec = ",".join(reversed(names))
    assert choose_columns(Choice(spec, "--cols"), names, 3000) == tuple(range(3000))[::-1]
    assert Counted.compared < 10_000
    with pytest.raises(UsageError, match="column 299999 is there twice"):
        choose_columns(Choice("1-299999,299999", "--cols"), None, 300_000)


YEARS = ("id", "2019", "2020", "3", "2")
ODD = ("cat, wild", "left-right", 'say "a:b"', "2", "#1")


def behind_a_colon(spec: str, names: tuple[str, ...] | None) -> tuple[int, ...]:
    return choose_columns(Choice(spec, "x.csv", is_option=False), names, 5)


@pytest.mark.parametrize(
    ("spec", "names", "expected"),
    [
        ("2-4,1", None, (1, 2, 3, 0)),
        ("#2-#4", None, None),
        ("#2-4", NAMES, (1, 2, 3)),
        ("2", NAMES, "'x.csv:#2' is the position, 'x.csv:\"2\"' the name"),
        ('"2"', NAMES, (3,)),
        ("#2", NAMES, (1,)),
        ("3-4", NAMES, (2, 3)),
        ("2019-2020", YEARS, (1, 2)),
        ("2020", YEARS, (2,)),
        ("3-2", YEARS, (3, 4)),
        ("4", YEARS, (3,)),
        ('"cat, wild","left-right"', ODD, (0, 1)),
        ('left-right, "say ""a:b"""', ODD, (1, 2)),
        ('"#1"', ODD, (4,)),
        ("#1", ODD, (0,)),
        ("cat, wild", ODD, (0,)),
        ("a", None, "give the position"),
        ("z", NAMES, "columns: id, a, b,c, 2, y"),
    ],
)
def test_behind_a_colon(spec: str, names, expected) -> None:
    if isinstance(expected, tuple):
        assert behind_a_colon(spec, names) == expected
        return
    with pytest.raises(UsageError) as caught:
        behind_a_colon(spec, names)
    assert (expected or "") in (caught.value.hint or "")
