"""Cells that have to be looked at one by one: chosen columns, labels by name, empty cells.

Text that needs none of it is parsed in blocks and never comes here.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.text.cells import brief, cells_of, is_comment, width_of
from xent_cli.arrays.text.dialect import (
    Dialect,
    explain_cell,
    explain_width,
    is_missing,
    is_number,
    with_column_hint,
)
from xent_cli.errors import DataError
from xent_cli.records import mutable_record

MOST_WORDS = 1 << 16
"""Different labels that may be words: each is kept."""
MARK = ";"
"""Parts the cells that were picked; never a part of a number."""


def label_names(columns: Sequence[str] | None) -> tuple[str, ...]:
    """The names that labels may have, from a header: `1` is a class index, whatever it heads.

    >>> label_names(("cat", "2"))
    ('cat', '')
    """
    return tuple("" if is_number(name) else name for name in columns or ())


@mutable_record
class Picked:
    """Numbers of a block as text: rows of the array, and of the labels, cells cut by `MARK`."""

    rows: list[str]
    labels: list[str]


class Picker:
    """Picks the cells of a text that are wanted.

    Attributes:
        always: no block can be parsed without it.
        skipped: rows left out so far.
        filled: empty cells read as nan so far; of these, `filled_array` are the array's.
        names_labels: a label stood as a name.
    """

    def __init__(self, dialect: Dialect, options: ReadOptions, name: str) -> None:
        self._dialect, self._na, self._name = dialect, options.na, name
        self._is_labels = options.is_labels and dialect.width == 1
        names = options.classes
        if names is None:
            names = label_names(dialect.picked_columns) if dialect.labels else ()
        self._index = {name: str(index) for index, name in enumerate(names) if name}
        self._words, self._first_word = options.words, len(names)
        self._named_only = any(is_number(name) for name in self._index)
        self.always = (
            not dialect.takes_all
            or self._named_only
            or options.keep_text
            or (dialect.decimal != "." and dialect.delimiter == dialect.decimal)
        )
        self.skipped = self.filled = self.filled_array = 0
        self.names_labels = False

    @staticmethod
    def wanted(dialect: Dialect, options: ReadOptions) -> bool:
        """Whether a block of such a text may need picking."""
        return (
            options.na != "error"
            or not dialect.takes_all
            or (options.is_labels and dialect.width == 1)
            or dialect.decimal != "."
        )

    def pick(self, text: str, number: int) -> Picked:
        """The cells of whole lines, the first of which is line `number`.

        Raises:
            DataError: `file:line:column` of a label that is no class, a row of another width.
        """
        dialect, picked = self._dialect, Picked([], [])
        for line_number, line in enumerate(text.split("\n"), number):
            if is_comment(line):
                continue
            cells = self._cells(line, line_number)
            row = [cells[column] for column in dialect.picked]
            labels = [cells[column] for column in dialect.labels]
            if self._na != "error" and any(map(is_missing, (*row, *labels))):
                if self._na == "skip":
                    self.skipped += 1
                    continue
                self.filled_array += sum(map(is_missing, row))
                row, labels = self._filled(row), self._filled(labels)
            if self._is_labels:
                row = [self._label(row[0], f"{line_number}:1")]
            if labels:
                labels = [
                    self._label(cell, f"{line_number}:{column + 1}")
                    for cell, column in zip(labels, dialect.labels, strict=True)
                ]
                picked.labels.append(MARK.join(labels))
            picked.rows.append(MARK.join(row))
        if dialect.decimal != ".":
            picked.rows = [dialect.plain(row) for row in picked.rows]
            picked.labels = [dialect.plain(row) for row in picked.labels]
        return picked

    def _cells(self, line: str, number: int) -> list[str]:
        dialect = self._dialect
        if dialect.width > 1 and not line.strip():
            raise explain_width(line, number, dialect, self._name)
        quoted = '"' in line
        if not quoted and width_of(line, dialect.delimiter) != dialect.width and line:
            raise explain_width(line, number, dialect, self._name)
        cells = cells_of(line, dialect.delimiter, f"{self._name}:{number}") or [""]
        if quoted and len(cells) != dialect.width:
            raise explain_width(line, number, dialect, self._name)
        return cells

    def explain(self, text: str, number: int) -> DataError | None:
        """The first wanted cell that is not a number."""
        dialect, labels = self._dialect, frozenset(self._dialect.labels)
        for line_number, line in enumerate(text.split("\n"), number):
            if is_comment(line):
                continue
            if not line.strip():
                return explain_width(line, line_number, dialect, self._name)
            cells = cells_of(line, dialect.delimiter, f"{self._name}:{line_number}") or [""]
            for column in sorted((*dialect.picked, *dialect.labels)):
                cell = cells[column]
                if self._na != "error" and is_missing(cell):
                    continue
                is_label = self._is_labels or column in labels
                if is_label and (self._words is not None or cell.strip() in self._index):
                    continue
                where = f"{self._name}:{line_number}:{column + 1}"
                error = explain_cell(cell, where, dialect.decimal)
                if error is not None:
                    return with_column_hint(error, (line_number, column + 1), dialect)
        return None

    def _filled(self, cells: list[str]) -> list[str]:
        self.filled += sum(map(is_missing, cells))
        return ["nan" if is_missing(cell) else cell for cell in cells]

    def _label(self, cell: str, place: str) -> str:
        """A class index as it is, or in place of a name."""
        cell = cell.strip()
        index = self._index.get(cell)
        if index is not None:
            self.names_labels = True
            return index
        number = is_number(self._dialect.plain(cell))
        # Where classes are called 3, 7 and 9, a 0 is not the first: only marks like -100 are left.
        if number and (not self._named_only or cell.startswith("-") or cell == "nan"):
            return cell
        if not cell:
            return cell
        if self._words is not None:
            return self._word(cell, place)
        if not self._index:
            raise DataError(
                f"{self._name}:{place}: the label {brief(cell)} is not a number, "
                "and the classes have no names",
                "--classes FILE.yaml names them, or a header row in the logits' file",
            )
        close = get_close_matches(cell, self._index, n=1)
        listed = ", ".join(list(self._index)[:8]) + (", ..." if len(self._index) > 8 else "")
        raise DataError(
            f"{self._name}:{place}: the label {brief(cell)} is none of the classes",
            f"did you mean {close[0]}?" if close else f"classes: {listed}",
        )

    def _word(self, word: str, place: str) -> str:
        """The number that stands for a word; those of new words follow those of the names."""
        assert self._words is not None
        self.names_labels = True
        if word not in self._words and len(self._words) == MOST_WORDS:
            raise DataError(
                f"{self._name}:{place}: more than {MOST_WORDS} different words as labels"
            )
        return str(self._words.setdefault(word, self._first_word + len(self._words)))
