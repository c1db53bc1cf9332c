"""A block of delimited text as numbers: at once where it is clean, cell by cell where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from xent_cli.arrays.base import Array
from xent_cli.arrays.text.cells import cells_of, is_comment, unquoted, width_of
from xent_cli.arrays.text.decimals import parse_numbers
from xent_cli.arrays.text.dialect import Dialect, explain_line
from xent_cli.arrays.text.picking import MARK, Picker
from xent_cli.arrays.text.reader import NEWLINE
from xent_cli.errors import DataError

_EXACT = 1 << 53
_PART = 1 << 18
_COMMENTS = re.compile(rb"^(?:[ \t\v\f]*+#[^\n]*+\n?)++", re.MULTILINE)
_SWAPPED = bytes.maketrans(b",.", b".,")
_LONG_INTEGER = re.compile(rb"(?<![\w.+-])[+-]?\d{16,}(?![\w.])")


def _is_tidy(text: bytes) -> bool:
    """Whether cells are parted by single blanks, with none around a line and no commas."""
    untidy = (b"  ", b" \n", b"\n ", b"\t", b"\v", b"\f", b",")
    return text[:1] != b" " and text[-1:] != b" " and not any(mark in text for mark in untidy)


def _checked_numbers(flat: bytes, mark: bytes, count: int) -> Array | None:
    """As `parse_numbers`; None also where NumPy reads more than people write."""
    values = parse_numbers(flat, mark, count)
    if values is None or b"(" in flat:  # nan(1) is a number to NumPy
        return None
    if values.dtype == np.float64:
        infinite = np.count_nonzero(np.isinf(values))
        if infinite and infinite != flat.lower().count(b"inf"):
            return None
    return values


class TextBlock:
    """Whole lines of cells, and where they are in the file.

    Args:
        text: the lines.
        number: of the first.
        dialect: how they are cut.
        name: of the file, for messages.
    """

    def __init__(self, text: bytes, number: int, dialect: Dialect, name: str) -> None:
        self.text, self.number, self.dialect, self.name = text, number, dialect, name

    def parse(self) -> tuple[bytes, Array]:
        """The cells without comments and quotes, and their numbers, (rows, width).

        int64 where every cell is an integer that fits, else float64.

        Raises:
            DataError: `file:line:column` of what is wrong.
        """
        clean = self.parse_clean()
        if clean is None:
            raise self._explain()
        return clean

    def parse_clean(self) -> tuple[bytes, Array] | None:
        """As `parse`; None where something is wrong, or has to be looked at cell by cell."""
        text = self.text
        if b"#" in text:
            text = _COMMENTS.sub(b"", text)
        if b'"' in text:
            bare = self._unquoted(text)
            if bare is None:
                return None
            text = bare
        text = text.rstrip(b"\n")
        if self.dialect.decimal == ",":
            text = text.translate(_SWAPPED)
        if not text:
            return b"", np.empty((0, self.dialect.width), dtype=np.int64)
        rows = text.count(b"\n") + 1
        table, mark = text, self.dialect.delimiter.encode()
        if mark == b" " and _is_tidy(text):
            table, mark = text.replace(b" ", b","), b","
        if not self._has_even_rows(table, rows, mark):
            return None
        flat = table if mark == b" " else table.replace(b"\n", mark)
        values = _checked_numbers(flat, mark, rows * self.dialect.width)
        if values is None:
            return None
        return text, values.reshape(rows, self.dialect.width)

    def pick(self, picker: Picker) -> tuple[bytes, Array, Array | None]:
        """As `parse`, of the cells that are wanted; and the labels' numbers, (rows, columns)."""
        texts, values, labels = zip(*(p._pick(picker) for p in self._parts()), strict=True)
        plain = NEWLINE.join(text for text in texts if text)
        if not self.dialect.labels:
            return plain, np.concatenate(values), None
        return plain, np.concatenate(values), np.concatenate(labels)

    def _parts(self) -> Iterator[TextBlock]:
        """The block in pieces of whole lines: cells one by one take ten times their text."""
        start, number = 0, self.number
        while start < len(self.text):
            stop = self.text.find(NEWLINE, start + _PART) + 1 or len(self.text)
            yield TextBlock(self.text[start:stop], number, self.dialect, self.name)
            number += self.text.count(NEWLINE, start, stop)
            start = stop

    def _pick(self, picker: Picker) -> tuple[bytes, Array, Array]:
        lines = self.text.decode().removesuffix("\n")
        picked = picker.pick(lines, self.number)
        rows, count, extra = len(picked.rows), len(self.dialect.picked), len(self.dialect.labels)
        if not rows:
            return b"", np.empty((0, count), np.int64), np.empty((0, extra), np.int64)
        plain, mark = MARK.join(picked.rows).encode(), MARK.encode()
        values = _checked_numbers(plain, mark, rows * count)
        labels: Array | None = np.empty(0, np.int64)
        if extra:
            labels = _checked_numbers(MARK.join(picked.labels).encode(), mark, rows * extra)
        if values is None or labels is None:
            # No name for it here: the error and this frame, with its text, would hold each other.
            raise picker.explain(lines, self.number) or DataError(
                f"{self.name}:{self.number}: expected rows of numbers"
            )
        text = "\n".join(picked.rows).encode()
        return text, values.reshape(rows, count), labels.reshape(rows, extra)

    def first_rounded(self, values: Array) -> str | None:
        """What is lost in the first integer that float64 cannot hold; None if there is none."""
        with np.errstate(invalid="ignore"):
            if not ((values >= _EXACT) | (values <= -_EXACT)).any():
                return None
        if _LONG_INTEGER.search(self.text) is None:
            return None
        mark = self.dialect.delimiter.encode()
        for number, line in enumerate(self.text.split(b"\n"), self.number):
            if line.lstrip().startswith(b"#"):
                continue
            column, place = 1, 0
            for match in _LONG_INTEGER.finditer(line):
                gap = line[place : match.start()]
                column += len(gap.split()) if mark == b" " else gap.count(mark)
                cell, place = match[0].decode(), match.end()
                exact = len(cell) <= 400 and int(cell) == int(float(cell))
                if not exact and column - 1 in self.dialect.picked:
                    return (
                        f"{self.name}:{number}:{column}: the integer {cell} is rounded to "
                        f"{float(cell)!r}: float64 holds integers up to 2**53"
                    )
                column += mark == b" "
        return None

    def _unquoted(self, text: bytes) -> bytes | None:
        mark, lines = self.dialect.delimiter, text.decode()

        def row(line: str) -> str:
            cells = cells_of(line, mark)
            if any(mark in cell for cell in cells):
                raise DataError("a cell holds the delimiter")
            return mark.join(cells)

        try:
            plain = unquoted(lines, mark) or "\n".join(map(row, lines.rstrip("\n").split("\n")))
        except DataError:
            return None
        return plain.encode()

    def _has_even_rows(self, text: bytes, rows: int, mark: bytes) -> bool:
        """Whether every line has as many cells as the first: counted on bytes, not line by line."""
        if mark == b" ":
            lines = text.decode().split("\n")
            return all(width_of(line, mark.decode()) == self.dialect.width for line in lines)
        marks = self.dialect.width - 1
        codes = np.frombuffer(text, dtype=np.uint8)
        ends = np.append(np.flatnonzero(codes == ord("\n")), len(codes))
        places = np.flatnonzero(codes == ord(mark))
        if len(places) != marks * rows:
            return False
        if not marks:
            return bool((np.diff(ends, prepend=-1) > 1).all())
        table = places.reshape(rows, marks)
        starts = np.concatenate([[0], ends[:-1]])
        return bool((table[:, 0] >= starts).all() and (table[:, -1] < ends).all())

    def _explain(self) -> DataError:
        """The second look: the first line that is wrong, and its place."""
        for offset, line in enumerate(self.text.decode().rstrip("\n").split("\n")):
            if not is_comment(line):
                error = explain_line(line, self.number + offset, self.dialect, self.name)
                if error is not None:
                    return error
        return DataError(f"{self.name}:{self.number}: expected rows of numbers")
