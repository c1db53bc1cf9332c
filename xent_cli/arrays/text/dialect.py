"""How the lines of a text are cut into cells: the delimiter, and the words for what is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xent_cli.arrays.text.cells import is_number, swapped, width_of, words_of
from xent_cli.errors import DataError, UsageError
from xent_cli.records import record

_CANDIDATES = ("\t", ";", "|", ",")
"""In this order: a comma may be a decimal sign between cells cut by the others."""

_SAMPLE = 100
"""Lines that must agree on a delimiter for it to be chosen."""

MOST_COLUMNS = 300_000
"""The largest vocabularies have 2**18 entries; a row of names takes 100 bytes for each."""

_WORDS = {"tab": "\t", r"\t": "\t", "space": " ", "comma": ",", "semicolon": ";"}
_LEAST_ROWS = 3
_COMMAS = r"\s*[+-]?\d+,\d+(?:\s+[+-]?\d+,\d+)*\s*"
_DECLARED = re.compile(r'\s*"?sep=(.)"?\s*', re.IGNORECASE)


@record
class Dialect:
    """How lines are cut.

    Attributes:
        delimiter: one character; a space stands for any run of spaces and tabs.
        width: cells in a row.
        decimal: `.` or `,`.
        trailing: each row ends in a delimiter, which makes no cell.
    """

    delimiter: str
    width: int
    decimal: str = "."
    trailing: bool = False

    def explain_width(self, line: str, where: str, *, early: bool = False) -> DataError:
        """What is wrong with a line that has too many or too few cells.

        Args:
            line: as it stands in the text.
            where: `file:line`.
            early: it is one of the first, so the delimiter may be another one.
        """
        if not line.strip():
            return DataError(f"{where}: the line is blank, expected {_count(self.width)}")
        mark = {"\t": "tab", " ": "space"}.get(self.delimiter, repr(self.delimiter))
        width = width_of(line, self.delimiter)
        if early:
            hint = "--delimiter names another one"
        elif width > self.width:
            hint = "a cell that holds the delimiter stands in quotes"
        else:
            above = int(where.rpartition(":")[2]) - 1
            hint = f"if the table ends above it, head -n {above} leaves it out"
        return DataError(
            f"{where}: expected {_count(self.width)}, got {width} (delimiter {mark})", hint
        )


def _count(width: int) -> str:
    return f"{width} cell{'' if width == 1 else 's'}"


def declared_delimiter(line: str) -> str | None:
    """The delimiter that a line declares, as Excel reads and writes it.

    >>> declared_delimiter("sep=;"), declared_delimiter("a;b")
    (';', None)
    """
    match = _DECLARED.fullmatch(line)
    return match[1] if match else None


def named_delimiter(name: str | None) -> str | None:
    """The character that `--delimiter` means.

    Raises:
        UsageError: it is not one character, or cannot part cells.
    """
    if name is None:
        return None
    delimiter = _WORDS.get(name, name)
    if len(delimiter) != 1 or delimiter in '"\n\r' or delimiter.isalnum() or delimiter > "~":
        raise UsageError(
            f"--delimiter takes one character; got {delimiter!r}",
            "a tab is written tab, any run of spaces is written ' '",
        )
    return delimiter


def has_decimal_commas(lines: Sequence[str]) -> bool:
    """Whether commas between digits stand before fractions, though they could part two cells.

    Several such numbers in a line do; of one, what two columns of whole numbers hardly have: a sign
    before a 0, a 0 behind the comma, or nothing but 0 before it.

    >>> has_decimal_commas(["0,5", "0,75", "0,1"]), has_decimal_commas(["3,5", "0,75", "1,5"])
    (True, False)
    """
    rows = lines if re.search(r"\d,\d", lines[0]) else lines[1:]
    if not rows or not all(re.fullmatch(_COMMAS, row) for row in rows):
        return False
    pairs = [pair.split(",") for row in rows for pair in row.split()]
    if len(pairs) > len(rows) or any(first == "-0" for first, _ in pairs):
        return True
    longest = max(len(fraction) for _, fraction in pairs)
    zeros = len(rows) >= _LEAST_ROWS and all(first == "0" for first, _ in pairs)
    padded = any(len(fraction) > 1 and fraction[0] == "0" for _, fraction in pairs)
    return longest > 1 and (zeros or padded)


def find_delimiter(lines: Sequence[str], decimal: str) -> str:
    """The first candidate that cuts all lines into the same number of cells, at least two.

    The first line may have one cell less, where it names no column of row names, or one more or
    less by a delimiter at the end of lines.
    """
    lines = lines[:_SAMPLE]
    # A decimal comma parts cells only where those that have one stand in quotes.
    comma = decimal != "," or any('"' in line for line in lines)
    marks = _CANDIDATES if comma else _CANDIDATES[:-1]
    counts = {mark: [width_of(line, mark) for line in lines] for mark in marks}
    for short in (False, True):
        for mark, widths in counts.items():
            if _is_even(widths, short):
                return mark
        words = [width_of(line, " ") for line in lines]
        if words[0] > MOST_COLUMNS:
            return " "
        if _is_even(words, short) and any(_is_numeric(line, decimal) for line in lines):
            return " "
    if not comma:
        widths = [width_of(line, ",") for line in lines]
        # A number has one decimal comma, and the name of a column hardly any.
        named = not re.search(r"\d", lines[0]) and not has_decimal_commas(lines)
        if _is_even(widths, False) and (widths[0] > 2 or named):
            return ","
    mark = max(counts, key=lambda mark: max(counts[mark]))
    return mark if max(counts[mark]) > 1 else marks[-1]


def _is_even(widths: Sequence[int], short: bool) -> bool:
    """Whether all lines have one width, of two cells at least; the first may be off by one."""
    width = widths[-1]
    if width < 2 or len(set(widths[1:])) > 1:
        return False
    return abs(widths[0] - width) == 1 if short and len(widths) > 1 else widths[0] == width


def _is_numeric(line: str, decimal: str) -> bool:
    """Whether as many words of a line are numbers as not: R puts a name in front of them."""
    words = words_of(line)
    return 2 * sum(is_number(swapped(word, decimal)) for word in words) >= len(words)
