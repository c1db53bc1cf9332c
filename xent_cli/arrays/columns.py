"""Which columns of a text are wanted: by position (from 1, as error messages count) or by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from xent_cli.arrays.cells import brief
from xent_cli.errors import UsageError

_RANGE = re.compile(r"\s*(\d+)\s*(?:(-)\s*(\d*)\s*)?")


def by_name(spec: str | None) -> bool:
    """Whether a choice of columns needs a header row.

    >>> by_name("2-11"), by_name("1,label")
    (False, True)
    """
    return spec is not None and not all(_RANGE.fullmatch(part) for part in spec.split(","))


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
    found: list[int] = []
    whole = names is not None and by_name(spec) and spec in names  # a name may hold a comma
    for part in [spec] if whole else spec.split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            found.append(_named(part.strip(), names, option))
            continue
        first = int(match[1])
        last = first if match[2] is None else int(match[3] or width)
        if first > last and match[3]:
            raise UsageError(f"{option} {part.strip()}: a range goes from left to right")
        if not 1 <= first <= last <= width:
            raise UsageError(
                f"{option} {part.strip()}: columns are counted from 1, and there are {width}"
            )
        found.extend(range(first - 1, last))
    if len(set(found)) < len(found):
        twice = next(column for column in found if found.count(column) > 1)
        raise UsageError(f"{option} {spec}: column {twice + 1} is there twice")
    return tuple(found)


def _named(name: str, names: Sequence[str] | None, option: str) -> int:
    if names is None:
        raise UsageError(
            f"{option} {name}: the text has no header row that names columns",
            "give the position, counted from 1",
        )
    if name not in names:
        close = get_close_matches(name, names, n=1)
        listed = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        raise UsageError(
            f"{option}: there is no column {brief(name)}",
            f"did you mean {close[0]}?" if close else f"columns: {listed}",
        )
    return list(names).index(name)
