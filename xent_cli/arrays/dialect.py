"""How a text file is cut into cells: its delimiter, its header row, its comments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xent_cli.arrays.base import ReadOptions
from xent_cli.errors import DataError, UsageError

_CANDIDATES = ("\t", ";", "|", ",")
"""In this order: a comma may be a decimal sign between cells cut by the others."""

_SAMPLE = 100
"""Lines that must agree on a delimiter for it to be chosen."""

_NUMBER = re.compile(
    r"\s*[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf|infinity|nan)\s*", re.IGNORECASE
)
_WORDS = {"tab": "\t", r"\t": "\t", "space": " ", "comma": ",", "semicolon": ";"}


@dataclass(frozen=True)
class Dialect:
    """How lines are cut.

    Attributes:
        delimiter: one character; a space stands for any run of spaces and tabs.
        columns: the names in the header row, or None where there is none.
        header_by_guess: nobody asked for the header: the first row is just not numeric.
        width: cells in a row.
        doubtful: a cell of the guessed header that is a number; None if none is.
    """

    delimiter: str
    columns: tuple[str, ...] | None
    header_by_guess: bool
    width: int
    doubtful: str | None = None


def is_number(cell: str) -> bool:
    """Whether a cell is a number as xent reads it: decimal, nan or inf; ASCII digits only."""
    return cell.isascii() and _NUMBER.fullmatch(cell) is not None


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of a line, quotes taken off."""
    if delimiter == " ":
        return [cell.strip('"') for cell in line.split()]
    if '"' not in line:
        return line.split(delimiter)
    import csv

    return next(csv.reader([line], delimiter=delimiter), [""])


def find_dialect(lines: Sequence[str], options: ReadOptions, name: str, suffix: str) -> Dialect:
    """The dialect of a text from its first lines (comments and blank lines left out).

    Args:
        lines: at least one.
        options: what the user said of header and delimiter.
        name: of the file, for messages.
        suffix: `.tsv` and `.tab` are cut at tabs.

    Raises:
        UsageError: the delimiter is not one character.
    """
    delimiter = _named(options.delimiter) or ("\t" if suffix in (".tsv", ".tab") else None)
    delimiter = delimiter or _guess(lines[:_SAMPLE])
    first = cells_of(lines[0], delimiter)
    numeric = all(is_number(cell) for cell in first)
    header = options.header if options.header is not None else not numeric
    columns = tuple(cell.strip() for cell in first) if header else None
    if columns is not None and len(set(columns)) < len(columns) and options.header is None:
        twice = next(cell for cell in columns if columns.count(cell) > 1)
        raise DataError(
            f"{name}:1: the first row is not numeric, and as column names {twice!r} is there twice",
            "--header reads it as names all the same, --no-header as data",
        )
    guessed = header and options.header is None
    doubtful = next((cell.strip() for cell in first if guessed and is_number(cell)), None)
    return Dialect(delimiter, columns, guessed, len(first), doubtful)


def _named(delimiter: str | None) -> str | None:
    if delimiter is None:
        return None
    delimiter = _WORDS.get(delimiter, delimiter)
    if len(delimiter) != 1 or delimiter in '"\n\r' or delimiter.isalnum() or delimiter > "~":
        raise UsageError(
            f"--delimiter takes one character; got {delimiter!r}",
            "a tab is written tab, any run of spaces is written ' '",
        )
    return delimiter


def _guess(lines: Sequence[str]) -> str:
    """The first candidate that cuts all lines into the same number of cells, at least two."""
    counts = {mark: [len(cells_of(line, mark)) for line in lines] for mark in _CANDIDATES}
    for mark, widths in counts.items():
        if widths[0] > 1 and len(set(widths)) == 1:
            return mark
    words = [len(line.split()) for line in lines]
    if words[0] > 1 and len(set(words)) == 1 and any(_is_numeric(line) for line in lines):
        return " "
    mark = max(counts, key=lambda mark: max(counts[mark]))
    return mark if max(counts[mark]) > 1 else ","


def _is_numeric(line: str) -> bool:
    return all(is_number(word) for word in line.split())


def explain_line(line: str, number: int, dialect: Dialect, name: str) -> DataError | None:
    """What is wrong with a line, with its place; None if nothing is."""
    cells = cells_of(line, dialect.delimiter)
    if not line.strip():
        return DataError(f"{name}:{number}: the line is blank, expected {_count(dialect.width)}")
    if len(cells) != dialect.width:
        mark = {"\t": "tab", " ": "space"}.get(dialect.delimiter, repr(dialect.delimiter))
        return DataError(
            f"{name}:{number}: expected {_count(dialect.width)}, got {len(cells)} "
            f"(delimiter {mark})",
            "--delimiter names another one" if number < 3 else None,
        )
    for column, cell in enumerate(cells, 1):
        where = f"{name}:{number}:{column}"
        if not cell.strip():
            return DataError(f"{where}: the cell is empty, expected a number")
        if not is_number(cell):
            return DataError(f"{where}: expected a number, got {cell.strip()!r}", _way_out(cell))
        if float(cell) in (float("inf"), float("-inf")) and "inf" not in cell.lower():
            return DataError(
                f"{where}: {cell.strip()} is too large for float64", "write inf if it is meant"
            )
    return None


def _way_out(cell: str) -> str | None:
    if is_number(cell.replace(",", ".")):
        return "a number has a point, not a comma: 1.5"
    if re.fullmatch(r"\s*[+-]?\d[\d_ ']*\d\s*", cell):
        return "write the digits without separators"
    return None


def _count(width: int) -> str:
    return f"{width} cell{'' if width == 1 else 's'}"
