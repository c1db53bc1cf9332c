"""Columns by position, range and name."""

from __future__ import annotations

import pytest

from xent_cli.arrays.text.columns import by_name, choose_columns
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
    assert choose_columns(spec, NAMES, 5, "--cols") == expected


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
        choose_columns(spec, NAMES, 5, "--cols")


def test_names_need_a_header() -> None:
    with pytest.raises(UsageError, match="no header row"):
        choose_columns("a", None, 5, "--cols")
    assert by_name("1,x")
    assert not by_name("1-3,5")
    assert not by_name(None)


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
    assert choose_columns(spec, names, 3000, "--cols") == tuple(range(3000))[::-1]
    assert Counted.compared < 10_000
    with pytest.raises(UsageError, match="column 299999 is there twice"):
        choose_columns("1-299999,299999", None, 300_000, "--cols")
