"""How a text file is cut into cells: its delimiter, its header row, its comments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.text.cells import BLANKS, brief, cells_of, width_of, words_of
from xent_cli.arrays.text.columns import by_name, choose_columns
from xent_cli.errors import DataError, UsageError
from xent_cli.records import record

_CANDIDATES = ("\t", ";", "|", ",")
"""In this order: a comma may be a decimal sign between cells cut by the others."""

_SAMPLE = 100
"""Lines that must agree on a delimiter for it to be chosen."""

MOST_COLUMNS = 300_000
"""The largest vocabularies have 2**18 entries; a row of names takes 100 bytes for each."""

_NUMBER = re.compile(
    rf"[{BLANKS}]*[+-]?(\d+(\.\d*)?(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?|inf|infinity|nan)[{BLANKS}]*",
    re.IGNORECASE,
)
_ALMOST_NUMBER = re.compile(r"\s*[+-]?\d[\d.,_' ]*%?\s*")
_FIRST_ROWS = 5
_WORDS = {"tab": "\t", r"\t": "\t", "space": " ", "comma": ",", "semicolon": ";"}


@record
class Dialect:
    """How lines are cut.

    Attributes:
        delimiter: one character; a space stands for any run of spaces and tabs.
        columns: the names in the header row, or None where there is none.
        header_by_guess: nobody asked for the header: the first row is just not numeric.
        width: cells in a row.
        doubtful: a cell of the guessed header that looks like a number; None if none does.
        decimal: `.` or `,`.
        picked: positions, from 0, of the columns that are the array.
        labels: positions of the columns that are labels.
    """

    delimiter: str
    columns: tuple[str, ...] | None
    header_by_guess: bool
    width: int
    doubtful: str | None = None
    decimal: str = "."
    picked: Sequence[int] = ()
    labels: tuple[int, ...] = ()

    @property
    def takes_all(self) -> bool:
        """Whether the array is made of all columns, in their order."""
        return self.picked == range(self.width)

    @property
    def picked_columns(self) -> tuple[str, ...] | None:
        """The names of the columns that are the array."""
        if self.columns is None:
            return None
        if self.takes_all:
            return self.columns
        return tuple(self.columns[column] for column in self.picked)

    def plain(self, text: str) -> str:
        """`text` with a point in its numbers; a point that was there makes them invalid."""
        return text if self.decimal == "." else text.translate(_SWAPPED)


_SWAPPED = str.maketrans(",.", ".,")

_MISSING = frozenset({"", "na", "n/a", "null"})


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value.

    >>> is_missing(" "), is_missing("NA"), is_missing("nan")
    (True, True, False)
    """
    return cell.strip().lower() in _MISSING


def is_number(cell: str) -> bool:
    """Whether a cell is a number as xent reads it: decimal, nan or inf; ASCII digits only."""
    return cell.isascii() and _NUMBER.fullmatch(cell) is not None


def find_dialect(lines: Sequence[str], options: ReadOptions, where: str) -> Dialect:
    """The dialect of a text from its first lines (comments and blank lines left out).

    Args:
        lines: at least one.
        options: what the user said of header and delimiter.
        where: `file:line` of the first, for messages.

    Raises:
        UsageError: the delimiter is not one character, or a column that is not there.
        DataError: too many columns, quotes that are wrong, names of columns that are there twice.
    """
    delimiter = _named(options.delimiter) or _guess(lines[:_SAMPLE], options.decimal)
    if width_of(lines[0], delimiter) > MOST_COLUMNS:
        raise DataError(
            f"{where}: more than {MOST_COLUMNS} columns, expected rows of numbers", "write .npy"
        )
    first = cells_of(lines[0], delimiter, where)
    named = by_name(options.cols) or by_name(options.label_col)
    header = (
        options.header if options.header is not None else named or _is_header(lines, first, options)
    )
    columns = tuple(cell.strip() for cell in first) if header else None
    twice = _twice(columns or ()) if options.header is None else None
    if twice is not None:
        raise DataError(
            f"{where}: the first row is not numeric, and as column names {brief(twice)} is there "
            "twice",
            "--header reads it as names all the same, --no-header as data",
        )
    picked, labels = _choose(options, columns, len(first))
    guessed = header and options.header is None and not named
    names = (first[column].strip() for column in picked if guessed)
    doubtful = next((cell for cell in names if _is_doubtful(cell)), None)
    return Dialect(
        delimiter, columns, guessed, len(first), doubtful, options.decimal, picked, labels
    )


def _twice(names: Sequence[str]) -> str | None:
    """A name that is there twice; a set of half a million names would take 32 MB."""
    ordered = sorted(names)
    return next((name for name, following in pairwise(ordered) if name == following), None)


def _choose(
    options: ReadOptions, columns: tuple[str, ...] | None, width: int
) -> tuple[Sequence[int], tuple[int, ...]]:
    """The columns of the array, and those of the labels."""
    labels: tuple[int, ...] = ()
    if options.label_col is not None:
        labels = choose_columns(options.label_col, columns, width, "--label-col")
    if options.cols is None:
        if not labels:
            return range(width), labels
        others = dict.fromkeys(range(width))
        for column in labels:
            del others[column]
        return tuple(others), labels
    picked = choose_columns(options.cols, columns, width, "--cols")
    if set(picked) & set(labels):
        raise UsageError(
            f"--cols {options.cols} and --label-col {options.label_col} have a column in common",
            "columns are counted from 1",
        )
    return range(width) if picked == tuple(range(width)) else picked, labels


def _is_header(lines: Sequence[str], first: Sequence[str], options: ReadOptions) -> bool:
    """Whether the first row names the columns: a cell of the array in it is not a number.

    Above words that may be labels a word says nothing; it is taken for one of them.
    """
    if len(first) == 1 and options.is_labels:
        if first[0].strip() in (options.classes or ()):
            return False
        below = lines[1:2]
        if options.words is not None and not (below and is_number(below[0].strip())):
            return False
    swap = _SWAPPED if options.decimal == "," else {}
    picked, _ = _choose(options, None, len(first))
    for cell in (first[column] for column in picked):
        blank = options.na != "error" and not cell.strip()
        if not blank and not is_number(cell.translate(swap)):
            return True
    return False


def _is_doubtful(name: str) -> bool:
    return is_number(name) or _ALMOST_NUMBER.fullmatch(name) is not None


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


def _guess(lines: Sequence[str], decimal: str) -> str:
    """The first candidate that cuts all lines into the same number of cells, at least two."""
    # A decimal comma parts cells only where those that have one stand in quotes.
    comma = decimal != "," or any('"' in line for line in lines)
    marks = _CANDIDATES if comma else _CANDIDATES[:-1]
    counts = {mark: [width_of(line, mark) for line in lines] for mark in marks}
    for mark, widths in counts.items():
        if widths[0] > 1 and len(set(widths)) == 1:
            return mark
    words = [width_of(line, " ") for line in lines]
    if words[0] > MOST_COLUMNS:
        return " "
    if words[0] > 1 and len(set(words)) == 1 and any(_is_numeric(line, decimal) for line in lines):
        return " "
    mark = max(counts, key=lambda mark: max(counts[mark]))
    return mark if max(counts[mark]) > 1 else marks[-1]


def _is_numeric(line: str, decimal: str) -> bool:
    swap = _SWAPPED if decimal == "," else {}
    return all(is_number(word.translate(swap)) for word in words_of(line))


def explain_line(line: str, number: int, dialect: Dialect, name: str) -> DataError | None:
    """What is wrong with a line, with its place; None if nothing is."""
    where = f"{name}:{number}"
    if not line.strip() or width_of(line, dialect.delimiter) not in (0, dialect.width):
        return explain_width(line, number, dialect, name)
    cells = cells_of(line, dialect.delimiter, where)
    for column, cell in enumerate(cells, 1):
        error = explain_cell(cell, f"{where}:{column}", dialect.decimal)
        if error is not None:
            return with_column_hint(error, (number, column), dialect)
    return None


def with_column_hint(error: DataError, place: tuple[int, int], dialect: Dialect) -> DataError:
    """The error of a cell at line and column; in the first rows, the column may not be meant."""
    chosen = len(dialect.picked) + len(dialect.labels) < dialect.width
    if error.hint is not None or chosen or place[0] > _FIRST_ROWS or dialect.width < 3:
        return error
    first, last, column = dialect.picked[0] + 1, dialect.picked[-1] + 1, place[1]
    if last - first + 1 != len(dialect.picked) or column not in (first, last):
        return error
    first, last = first + (column == first), last - (column == last)
    return DataError(error.message, f"--cols chooses columns: --cols {first}-{last}")


def explain_width(line: str, number: int, dialect: Dialect, name: str) -> DataError:
    """What is wrong with a line that has too many or too few cells."""
    if not line.strip():
        return DataError(f"{name}:{number}: the line is blank, expected {_count(dialect.width)}")
    width = width_of(line, dialect.delimiter)
    mark = {"\t": "tab", " ": "space"}.get(dialect.delimiter, repr(dialect.delimiter))
    return DataError(
        f"{name}:{number}: expected {_count(dialect.width)}, got {width} (delimiter {mark})",
        "--delimiter names another one" if number < 3 else None,
    )


def explain_cell(cell: str, where: str, decimal: str = ".") -> DataError | None:
    """What is wrong with a cell at `where`; None if it is a number."""
    if not cell.strip():
        return DataError(
            f"{where}: the cell is empty, expected a number",
            "--na nan reads it as nan, --na skip leaves its row out",
        )
    number = cell.translate(_SWAPPED) if decimal == "," else cell
    if not is_number(number):
        return DataError(
            f"{where}: expected a number, got {brief(cell.strip(BLANKS))}", _way_out(cell, decimal)
        )
    if float(number) in (float("inf"), float("-inf")) and "inf" not in number.lower():
        return DataError(
            f"{where}: {brief(cell.strip())} is too large for float64", "write inf if it is meant"
        )
    return None


def _way_out(cell: str, decimal: str) -> str | None:
    if decimal == ",":
        return "--decimal , wants a comma, and no point" if is_number(cell) else None
    if is_number(cell.replace(",", ".")):
        return "a number has a point, 1.5; --decimal , reads a comma"
    if is_missing(cell):
        return "--na nan reads it as nan, --na skip leaves its row out"
    if "#" in cell:
        return "a comment stands in a line of its own"
    if re.fullmatch(r"\s*[+-]?\d[\d_ ']*\d\s*", cell):
        return "write the digits without separators"
    return None


def _count(width: int) -> str:
    return f"{width} cell{'' if width == 1 else 's'}"
