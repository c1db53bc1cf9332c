"""A line of delimited text cut into its cells; quotes as in RFC 4180, within one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import numpy as np

from xent_cli.errors import DataError

_INSIDE = '[^"]*+(?:""[^"]*+)*+'
_SHOWN = 40
BLANKS = " \t\v\f"
"""What may stand around a cell: str.strip takes 0x1c to 0x1f as well, float does not."""
SWAPPED = str.maketrans(",.", ".,")
"""What a decimal comma makes of the marks in numbers."""
ABSENT = frozenset({"na", "n/a", "null", "#n/a", "<na>"})
"""Words that say that there is no value, in small letters."""
_LONG = 1 << 16
_NUMBER = re.compile(
    rf"[{BLANKS}]*[+-]?(\d+(\.\d*)?(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?|inf|infinity|nan)[{BLANKS}]*",
    re.IGNORECASE,
)


def cells_of(line: str, delimiter: str, where: str = "") -> list[str]:
    """The cells of a line, quotes taken off.

    Args:
        line: without its end.
        delimiter: one character; a space stands for any run of blanks.
        where: `file:line`, for messages.

    Raises:
        DataError: a quote that is not closed in its line, or text behind the closing one.

    >>> cells_of('1.5,"a, or b",2', ",")
    ['1.5', 'a, or b', '2']
    """
    if '"' not in line:
        return words_of(line) if delimiter == " " else line.split(delimiter)
    if delimiter == " ":
        return [_bare(cell, f"{where}:{n}") for n, cell in enumerate(words_of(line), 1)]
    cells: list[str] = []
    place = 0
    for match in _pattern(delimiter).finditer(line):
        if match.start() != place:
            break
        quoted, plain, end = match.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        if not end:
            return cells
        place = match.end()
    raise _wrong_quote(line[place:], delimiter, f"{where}:{len(cells) + 1}")


@cache
def _pattern(delimiter: str) -> re.Pattern[str]:
    """One cell and the delimiter behind it; nothing where its quotes are wrong."""
    mark = re.escape(delimiter)
    return re.compile(rf' *+(?:"({_INSIDE})" *+|(?!")([^{mark}]*+))({mark}|$)')


def _wrong_quote(rest: str, delimiter: str, where: str) -> DataError:
    closed = re.match(rf' *"{_INSIDE}"', rest)
    if closed is None:
        return _not_closed(where)
    return DataError(
        f"{where}: expected {delimiter!r} behind the closing quote, "
        f"got {brief(rest[closed.end() :])}"
    )


def _bare(cell: str, where: str) -> str:
    if '"' not in cell:
        return cell
    if len(cell) < 2 or cell[0] != '"' or cell[-1] != '"':
        raise _not_closed(where)
    return cell[1:-1]


def _not_closed(where: str) -> DataError:
    return DataError(
        f"{where}: the quote is not closed in its line",
        "cells of several lines are not read; a quote within quotes is written twice",
    )


def unquoted(text: str, delimiter: str) -> str | None:
    """Whole lines without their quotes; None where cells have to be looked at one by one."""
    import csv
    import io

    if delimiter == " ":
        return None
    marks = 0

    def rows() -> Iterator[str]:
        nonlocal marks
        lines = io.StringIO(text, newline="\n")
        for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True):
            marks += len(row) - 1
            yield delimiter.join(row)

    try:
        plain = "\n".join(rows())
    except csv.Error:
        return None
    # Delimiters within quotes, and quotes open at the end of a line, change the counts.
    same = marks == text.count(delimiter) and plain.count("\n") == text.rstrip("\n").count("\n")
    return plain if same and '"' not in plain else None


def width_of(line: str, delimiter: str) -> int:
    """How many cells a line has; 0 where its quotes are wrong.

    >>> width_of('1,"2,3"', ","), width_of('1,"2', ",")
    (2, 0)
    """
    if '"' not in line:
        return _words(line) if delimiter == " " else line.count(delimiter) + 1
    try:
        return len(cells_of(line, delimiter))
    except DataError:
        return 0


def swapped(text: str, decimal: str) -> str:
    """`text` with a point in its numbers; a point that was there makes them invalid.

    >>> swapped("1.234,5", ",")
    '1,234.5'
    """
    return text if decimal == "." else text.translate(SWAPPED)


def is_number(cell: str) -> bool:
    """Whether a cell is a number as xent reads it: decimal, nan or inf; ASCII digits only."""
    return cell.isascii() and _NUMBER.fullmatch(cell) is not None


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value.

    >>> is_missing(" "), is_missing("NA"), is_missing("nan")
    (True, True, False)
    """
    return not cell.strip() or cell.strip().lower() in ABSENT


def words_of(line: str) -> list[str]:
    """What stands between blanks: spaces, tabs, vertical tabs and form feeds, as NumPy has them."""
    return [word.decode() for word in line.encode().split()]


def _words(line: str) -> int:
    """As `len(words_of(line))`, without the words where there may be many."""
    text = line.encode()
    if len(text) < _LONG:
        return len(text.split())
    codes = np.frombuffer(text, np.uint8)
    blank = (codes == ord(" ")) | ((codes >= 9) & (codes <= 13))
    return int(np.count_nonzero(blank[:-1] & ~blank[1:])) + int(not blank[0])


def shortened(text: str) -> str:
    """As `brief`, without quotes."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


def brief(cell: str) -> str:
    """A cell as messages show it: in quotes, of a long one the start and the length.

    >>> brief("x" * 100)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'... (100 characters)"
    """
    if len(cell) <= _SHOWN:
        return repr(cell)
    return f"{cell[:_SHOWN]!r}... ({len(cell)} characters)"
