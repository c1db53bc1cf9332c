"""Which columns of a text are wanted: by position (from 1, as error messages count) or by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import islice

from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.text.cells import brief, shortened
from xent_cli.errors import UsageError

_RANGE = r"\s*(\d+)\s*(?:(-)\s*(\d*)\s*)?"  # compiled when a list is read, 200 calls
_DIGITS = 18
"""More make no number of a column, and Python reads no number of more than 4300."""


def by_name(spec: str | None) -> bool:
    """Whether a choice of columns needs a header row.

    >>> by_name("2-11"), by_name("1,label")
    (False, True)
    """
    return spec is not None and not all(re.fullmatch(_RANGE, part) for part in spec.split(","))


def names_chosen(options: ReadOptions) -> tuple[str, ...]:
    """The names in the choices of columns of a text, which then has a header row."""
    specs = (options.cols, options.label_col)
    return tuple(
        part.strip()
        for spec in specs
        if spec is not None and by_name(spec)
        for part in (spec, *spec.split(","))
        if not re.fullmatch(_RANGE, part)
    )


def choose_columns(
    spec: str, names: Sequence[str] | None, width: int, option: str
) -> tuple[int, ...]:
    """The positions, from 0, of the columns that `spec` lists in the order it lists them.

    Args:
        spec: `2-11`, `3,1`, `4-` (to the last), names, or several of these between commas. What is
            a whole number is a position, whatever the columns are called.
        names: of the columns; None where there is no header row.
        width: how many columns there are.
        option: as it was typed, for messages.

    Raises:
        UsageError: a column that is not there, or one that is listed twice.

    >>> choose_columns("2-3,id", ("id", "a", "b"), 3, "--cols")
    (1, 2, 0)
    """
    chosen: dict[int, None] = {}  # in the order of the list
    names_at: dict[str, int] = {}
    for place, name in enumerate(names or ()):
        names_at.setdefault(name, place)
    whole = spec in names_at and by_name(spec)  # a name may hold a comma
    for part in [spec] if whole else spec.split(","):
        match = re.fullmatch(_RANGE, part)
        if match is not None:
            columns = _range(match, width, option)
        elif names is None:
            raise UsageError(
                f"{option} {shortened(part.strip())}: the text has no header row that names "
                "columns",
                "give the position, counted from 1",
            )
        else:
            columns = range(place := _place(part.strip(), names_at, option), place + 1)
        for column in columns:
            if column in chosen:
                raise UsageError(f"{option} {shortened(spec)}: column {column + 1} is there twice")
            chosen[column] = None
    return tuple(chosen)


def _range(match: re.Match[str], width: int, option: str) -> range:
    """The columns of `3`, `2-11` or `4-`."""
    shown = shortened(match[0].strip())
    if len(match[1]) > _DIGITS or len(match[3] or "") > _DIGITS:
        raise UsageError(f"{option} {shown}: there are {width} columns")
    first = int(match[1])
    last = first if match[2] is None else int(match[3] or width)
    if first > last and match[3]:
        raise UsageError(f"{option} {shown}: a range goes from left to right")
    if not 1 <= first <= last <= width:
        raise UsageError(f"{option} {shown}: columns are counted from 1, and there are {width}")
    return range(first - 1, last)


def _place(name: str, names_at: Mapping[str, int], option: str) -> int:
    if name not in names_at:
        close = get_close_matches(name, names_at, n=1)
        listed = ", ".join(islice(names_at, 8)) + (", ..." if len(names_at) > 8 else "")
        raise UsageError(
            f"{option}: there is no column {brief(name)}",
            f"did you mean {close[0]}?" if close else f"columns: {listed}",
        )
    return names_at[name]
