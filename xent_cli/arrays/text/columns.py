"""Which columns of a text are wanted: by position (from 1, as error messages count) or by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice

from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.text.cells import brief, shortened
from xent_cli.errors import UsageError
from xent_cli.records import record

_RANGE = r"\s*(\d+)\s*(?:(-)\s*(\d*)\s*)?"  # compiled when a list is read, 200 calls
_PART = r'\s*"((?:[^"]|"")*)"\s*(?:,|$)|([^,]*)(?:,|$)'
_DIGITS = 18
"""More make no number of a column, and Python reads no number of more than 4300."""


@record
class Choice:
    """Columns as they are typed: `2-11`, `4-` (to the last), names, several between commas.

    A name in quotes may hold commas; behind a colon `#2` is a position whatever names there are.

    Attributes:
        spec: what is typed.
        place: where, for messages: `--cols`, or the file whose colon stands before it.
        is_option: it is an option's, where a whole number is always a position.
    """

    spec: str
    place: str
    is_option: bool = True

    def told(self, part: str) -> str:
        """A part of it as it is typed, shortened."""
        return f"{self.place}{' ' if self.is_option else ':'}{shortened(part.strip())}"

    def parts(self) -> Iterator[tuple[str, bool]]:
        """What stands between commas, and whether it stands in quotes."""
        if '"' not in self.spec:
            yield from ((part, False) for part in self.spec.split(","))
            return
        rest = f"{self.spec},"
        while rest:
            match = re.match(_PART, rest)
            assert match is not None  # an unquoted part may be empty
            rest = rest[match.end() :]
            quoted, plain = match.groups()
            yield (plain, False) if quoted is None else (quoted.replace('""', '"'), True)


def choices(options: ReadOptions, name: str) -> tuple[Choice | None, Choice | None]:
    """The columns that are the array, and those that are labels, as a text's options choose them.

    Raises:
        UsageError: columns are chosen by an option and behind the file's colon.
    """
    labels = None if options.label_col is None else Choice(options.label_col, "--label-col")
    if options.choice is None:
        return (None if options.cols is None else Choice(options.cols, "--cols")), labels
    if options.cols is not None:
        raise UsageError(
            f"the columns of {name} are chosen twice: by --cols {options.cols} and by "
            f"{name}:{options.choice}",
            "leave one of them out",
        )
    return Choice(options.choice, name, is_option=False), labels


def names_chosen(options: ReadOptions) -> tuple[str, ...]:
    """The names in the choices of columns of a text, which then has a header row.

    >>> names_chosen(ReadOptions(choice='2-3,cat,"4"')), names_chosen(ReadOptions(cols="1-"))
    (('2-3,cat,"4"', 'cat', '4'), ())
    """
    return tuple(
        name for choice in choices(options, "") if choice is not None for name in _names_of(choice)
    )


def _names_of(choice: Choice) -> list[str]:
    names = [
        part.strip()
        for part, is_quoted in choice.parts()
        if is_quoted or not re.fullmatch(rf"#?{_RANGE}", part)
    ]
    return [choice.spec, *names] if names else []


def choose_columns(choice: Choice, names: Sequence[str] | None, width: int) -> tuple[int, ...]:
    """The positions, from 0, of the columns that are chosen, in the order in which they are named.

    Args:
        choice: what is typed.
        names: of the columns; None where there is no header row.
        width: how many columns there are.

    Raises:
        UsageError: a column that is not there, one that is listed twice, or a number that is the
            position of one column and the name of another.

    >>> choose_columns(Choice("2-3,id", "--cols"), ("id", "a", "b"), 3)
    (1, 2, 0)
    """
    chosen: dict[int, None] = {}  # in the order of the list
    names_at: dict[str, int] = {}
    for place, name in enumerate(names or ()):
        names_at.setdefault(name, place)
    parts: Iterable[tuple[str, bool]] = choice.parts()
    if choice.spec in names_at and _names_of(choice):  # a name may hold a comma
        parts = [(choice.spec, True)]
    for part, is_quoted in parts:
        for column in _columns(choice, part, is_quoted, names_at, width):
            if column in chosen:
                raise UsageError(f"{choice.told(choice.spec)}: column {column + 1} is there twice")
            chosen[column] = None
    return tuple(chosen)


def _columns(
    choice: Choice, part: str, is_quoted: bool, names_at: Mapping[str, int], width: int
) -> range:
    """The columns of one part."""
    match = None if is_quoted else re.fullmatch(_RANGE, part)
    if match is not None:
        named = None if choice.is_option else _named_range(match, names_at)
        return _settled(choice, match, named, width)
    if not is_quoted and not choice.is_option and part.strip().startswith("#"):
        match = re.fullmatch(_RANGE, part.strip()[1:])
        if match is not None:
            return _range(choice, match, width)
    if not names_at:
        raise UsageError(
            f"{choice.told(part)}: the text has no header row that names columns",
            "give the position, counted from 1",
        )
    place = _place(choice, part if is_quoted else part.strip(), names_at)
    return range(place, place + 1)


def _named_range(match: re.Match[str], names_at: Mapping[str, int]) -> range | None:
    """The columns that have the numbers of `3` or `2-11` as their names."""
    first, dash, last = match.groups()
    if first not in names_at or (dash and last not in names_at):
        return None
    start = names_at[first]
    return range(start, (names_at[last] if dash else start) + 1)


def _settled(choice: Choice, match: re.Match[str], named: range | None, width: int) -> range:
    """The columns of numbers, which are positions unless only names fit."""
    if named is None:
        return _range(choice, match, width)
    try:
        places = _range(choice, match, width)
    except UsageError:
        return named
    if places == named:
        return places
    part = match[0].strip()
    raise UsageError(
        f"{choice.told(part)}: {part} may be the position, or the name of column {named[0] + 1}",
        f"'{choice.place}:#{part}' is the position, '{choice.place}:\"{match[1]}\"' the name",
    )


def _range(choice: Choice, match: re.Match[str], width: int) -> range:
    """The columns at the positions `3`, `2-11` or `4-`."""
    told = choice.told(match[0])
    if len(match[1]) > _DIGITS or len(match[3] or "") > _DIGITS:
        raise UsageError(f"{told}: there are {width} columns")
    first = int(match[1])
    last = first if match[2] is None else int(match[3] or width)
    if first > last and match[3]:
        raise UsageError(f"{told}: a range goes from left to right")
    if not 1 <= first <= last <= width:
        raise UsageError(
            f"{told}: columns are counted from 1, and there are {width}",
            "--delimiter names what parts them, if there should be others",
        )
    return range(first - 1, last)


def _place(choice: Choice, name: str, names_at: Mapping[str, int]) -> int:
    if name not in names_at:
        close = get_close_matches(name, names_at, n=1)
        listed = ", ".join(islice(names_at, 8)) + (", ..." if len(names_at) > 8 else "")
        raise UsageError(
            f"{choice.place}: there is no column {brief(name)}",
            f"did you mean {close[0]}?" if close else f"columns: {listed}",
        )
    return names_at[name]
