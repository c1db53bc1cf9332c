"""A line of delimited text cut into its cells; quotes as in RFC 4180, within one line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

import numpy as np

from xent_cli.errors import DataError

_INSIDE = '[^"]*+(?:""[^"]*+)*+'
_SHOWN = 40
BLANKS = " \t\v\f"
"""What may stand around a cell: str.strip takes 0x1c to 0x1f as well, float does not."""
TRUTHS = {"true": "1", "yes": "1", "false": "0", "no": "0"}
"""Words for 1 and 0, in small letters."""
SWAPPED = str.maketrans(",.", ".,")
"""What a decimal comma makes of the marks in numbers."""
ABSENT = frozenset(
    [
        *("na", "n/a", "null", "<na>", "\\n"),
        *("#n/a", "#na", "#null!", "#div/0!", "#value!", "#ref!", "#name?", "#num!"),
        *("1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan"),
    ]
)
"""Words that say that there is no value, in small letters: those of pandas, R, Excel, C on Windows
and SQL that no class is called by, and no number is begun with."""
_SPACED = rf'"{_INSIDE}"(?=[{BLANKS}]|$)|[^{BLANKS}]+'
_LONG = 1 << 16
_NUMBER = re.compile(
    rf"[{BLANKS}]*[+-]?(\d+(\.\d*)?(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?|inf|infinity|nan)[{BLANKS}]*",
    re.IGNORECASE,
)

_LEAD = r"[+-]?[1-9]\d{0,2}"  # no thousands follow a 0: 0,500 is a fraction
_PARTED = rf"{_LEAD}(?P<mark>[,'\u00a0\u202f ])\d{{3}}(?:(?P=mark)\d{{3}})*"
_MARKED = re.compile(rf"(?:{_PARTED}|[+-]?\d+)(?:\.\d+)?[ \u00a0\u202f]?%?", re.ASCII)
_GROUPED = re.compile(rf"{_LEAD}(?:(?:,\d{{3}}){{2,}}(?:\.\d+)?|,\d{{3}}\.\d+)", re.ASCII)
_THOUSAND = re.compile(rf"{_LEAD}\.\d{{3}}", re.ASCII)
_MARKS = str.maketrans("", "", ",'\u00a0\u202f ")


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
    cells: list[str] = []
    if delimiter == " ":
        for match in re.finditer(_SPACED, line):
            cells.append(_bare(match[0], f"{where}:{len(cells) + 1}"))
        return cells
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
    if re.fullmatch(f'"{_INSIDE}"', cell) is None:
        raise _not_closed(where)
    return cell[1:-1].replace('""', '"')


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


def unmarked(cell: str) -> str | None:
    """A number without the marks between its thousands, a percent sign as hundredths.

    Args:
        cell: bare, with a decimal point.

    Returns:
        The number as `is_number` has it; None where the cell is no such number.

    >>> unmarked("1,234,567.5"), unmarked("50 %"), unmarked("0,5")
    ('1234567.5', '50e-2', None)
    """
    match = _MARKED.fullmatch(cell)
    if match is None:
        return None
    number = cell.translate(_MARKS).rstrip("%")
    return f"{number}e-2" if cell.endswith("%") else number


def is_grouped(cell: str) -> bool:
    """Whether commas in a number part its thousands for certain: one alone may be a decimal comma.

    >>> [is_grouped(cell) for cell in ("1,234,567", "1,234.5", "1,234", "0,500.0")]
    [True, True, False, False]
    """
    return _GROUPED.fullmatch(cell) is not None


def has_point(cell: str) -> bool:
    """Whether the point of a number stands before its fraction for certain, not before thousands.

    >>> [has_point(cell) for cell in ("5.5", "0.125", "1.125", "12")]
    [True, True, False, False]
    """
    return "." in cell and is_number(cell) and _THOUSAND.fullmatch(cell) is None


def absent_words(na: str) -> frozenset[str]:
    """The words that say that there is no value, in small letters.

    Args:
        na: `ReadOptions.na`, which may name some behind a colon.

    >>> sorted(absent_words("nan:None,-999") - ABSENT), absent_words("skip") is ABSENT
    (['-999', 'none'], True)
    """
    words = na.partition(":")[2]
    return ABSENT.union(word.strip().lower() for word in words.split(",")) if words else ABSENT


def is_missing(cell: str, absent: Collection[str] = ABSENT) -> bool:
    """Whether a cell says that there is no value.

    >>> is_missing(" "), is_missing("NA"), is_missing("nan"), is_missing("None", {"none"})
    (True, True, False, True)
    """
    return not cell.strip() or cell.strip().lower() in absent


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
