"""A block of delimited text as numbers: at once where it is clean, cell by cell where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from xent_cli.arrays.base import Array
from xent_cli.arrays.text.cells import (
    BLANKS,
    brief,
    cells_of,
    is_missing,
    swapped,
    unquoted,
    width_of,
)
from xent_cli.arrays.text.converter import Converter
from xent_cli.arrays.text.cutting import Columns
from xent_cli.arrays.text.decimals import parse_numbers
from xent_cli.arrays.text.distinct import Distinct
from xent_cli.arrays.text.look import comment_lines
from xent_cli.arrays.text.profile import value_of
from xent_cli.arrays.text.reader import NEWLINE
from xent_cli.arrays.text.reading import Reading
from xent_cli.arrays.text.roles import chosen_columns
from xent_cli.errors import DataError
from xent_cli.records import mutable_record, record

_EXACT = 1 << 53
_PART = 1 << 18
_MARK = ";"
"""Parts cells that were looked at one by one; never a part of a number."""
_SWAPPED = bytes.maketrans(b",.", b".,")
_BLANK = re.compile(rb"^[ \t\v\f]*+$", re.MULTILINE)
_BLANK_LINES = re.compile(rb"^(?:[ \t\v\f]*+\n)++", re.MULTILINE)
_LONG_INTEGER = re.compile(rb"(?<![\w.+-])[+-]?\d{16,}(?![\w.])")


@record
class Piece:
    """The rows of a block.

    Attributes:
        values: (rows, columns), int64 where every cell is a whole number that fits, else float64.
        labels: of the same rows, (rows, columns of labels); None where there are none.
        cells: the cells of the array as text, cut by the delimiter.
        ids: the cells of the ids' column, a line each; empty where none is asked for.
        index: the numbers of the columns that are set aside as distinct, (rows, columns).
    """

    values: Array
    labels: Array | None = None
    cells: bytes = b""
    ids: bytes = b""
    index: Array | None = None


@mutable_record
class Tally:
    """What there is to tell of all blocks.

    Attributes:
        comments: lines of them that were passed over.
        blanks: blank lines within the rows, likewise.
        rounded: the first integer that float64 does not hold, as a sentence.
    """

    comments: int = 0
    blanks: int = 0
    rounded: str | None = None


@record
class Cutter:
    """What all blocks of a text are cut by.

    Attributes:
        name: the file, for messages.
        reading: what its columns are.
        converter: for cells that are looked at one by one.
        comment: the mark of comments; empty where there are none.
        is_said: the user named the mark: a row that begins with it is a comment, too.
        keeps_text: the cells are wanted as they were written.
        tally: counts what is passed over.
        distinct: what was met in each column of `reading.index`.
    """

    name: str
    reading: Reading
    converter: Converter
    comment: str
    is_said: bool
    keeps_text: bool
    tally: Tally
    distinct: tuple[Distinct, ...]

    @property
    def keeps_blanks(self) -> bool:
        """Whether a blank line is an empty cell."""
        return self.reading.dialect.width == 1 and self.converter.fills

    @property
    def needs_looks(self) -> bool:
        """Whether no block can be read at once: names that are numbers, cells in another order."""
        values = self.reading.values
        ordered = isinstance(values, range) or list(values) == sorted(values)
        named_only = self.converter.named_only and self.converter.is_labels
        return named_only or self.converter.looks_for_numbers or (self.keeps_text and not ordered)

    def cut(self, text: bytes, number: int) -> Piece:
        """The rows of whole lines, the first of which is line `number`.

        Raises:
            DataError: `file:line:column` of what is wrong.
        """
        block = Block(self, text, number)
        piece = block.at_once()  # comments and blank lines are counted by it
        if piece is None or self.needs_looks:
            piece = _joined([part.cell_by_cell() for part in block.parts()])
        self.tally.rounded = self.tally.rounded or block.first_rounded(piece.values)
        if piece.index is not None and len(piece.index):
            for place, seen, numbers in zip(
                self.reading.index, self.distinct, piece.index.T, strict=True
            ):
                row = seen.first_again(numbers)
                if row is not None:
                    number = int(numbers[row])
                    line = block.last_line(place, number)
                    raise self.no_index(place, line, f"{number} is there again")
        return piece

    def no_index(self, place: int, line: int, what: str) -> DataError:
        """A column that was set aside is no index."""
        others = chosen_columns(self.name, sorted(self.reading.values))
        return DataError(
            f"{self.name}:{line}:{place + 1}: {what}, but column {place + 1} was set aside as an "
            "index for the distinct whole numbers at its start",
            f"--index none reads it as any other, {others} chooses the other columns",
        )


def _joined(pieces: Sequence[Piece]) -> Piece:
    labels = [piece.labels for piece in pieces if piece.labels is not None]
    index = [piece.index for piece in pieces if piece.index is not None]
    return Piece(
        np.concatenate([piece.values for piece in pieces]),
        np.concatenate(labels) if labels else None,
        b"".join(piece.cells for piece in pieces),
        b"".join(piece.ids for piece in pieces),
        np.concatenate(index) if index else None,
    )


class Block:
    """Whole lines, the first of which is line `number`."""

    def __init__(self, cutter: Cutter, text: bytes, number: int) -> None:
        self._cutter, self._text, self._number = cutter, text, number
        self._reading, self._dialect = cutter.reading, cutter.reading.dialect

    def at_once(self) -> Piece | None:
        """The rows, read at once; None where something is wrong, or has to be looked at.

        Raises:
            DataError: a line that begins with the mark of comments is as wide as a row.
        """
        rows, mark = self._text, self._cutter.comment
        if mark and mark.encode() in rows:
            if not self._cutter.is_said:
                self._check_comments()
            rows = self._without(rows, comment_lines(mark), "comments")
        piece = self._parsed(rows)
        # Blank lines are looked for only here: clean text, which has none, is searched for nothing.
        if piece is None and not self._cutter.keeps_blanks and _BLANK.search(rows):
            piece = self._parsed(self._without(rows, _BLANK_LINES, "blanks"))
        return piece

    def _without(self, text: bytes, lines: re.Pattern[bytes], tally: str) -> bytes:
        """The text without some lines, which are counted."""
        rows = lines.sub(b"", text + NEWLINE)
        there = getattr(self._cutter.tally, tally) + text.count(NEWLINE) + 1 - rows.count(NEWLINE)
        setattr(self._cutter.tally, tally, there)
        return rows[:-1]

    def _check_comments(self) -> None:
        dialect, mark = self._dialect, self._cutter.comment
        delimiter = rb"\s" if dialect.delimiter == " " else re.escape(dialect.delimiter).encode()
        start = rb"^[ \t\v\f]*+" + re.escape(mark).encode()
        for match in re.finditer(start + rb"[^\n]*?" + delimiter + rb"[^\n]*+", self._text, re.M):
            width = width_of(match[0].decode(), dialect.delimiter)
            if dialect.width > 1 and width == dialect.width + dialect.trailing:
                number = self._number + self._text.count(NEWLINE, 0, match.start())
                raise commented_row(f"{self._cutter.name}:{number}", mark)

    def _lines(self) -> Iterator[tuple[int, str]]:
        return enumerate(self._text.decode().split("\n"), self._number)

    def _parsed(self, text: bytes) -> Piece | None:
        if not text:
            return self._nothing()
        columns = self._columns(text)
        if columns is None:
            return None
        reading, converter = self._reading, self._cutter.converter
        index, values = self._with_index(columns)
        if values is None and converter.is_labels:
            values = self._names(columns, reading.values)
        if reading.index and index is None:
            return None
        labels = None
        if reading.labels and not converter.named_only:
            labels = columns.numbers(reading.labels)
        if reading.labels and labels is None:
            labels = self._names(columns, reading.labels)
        if values is None or (reading.labels and labels is None):
            return None
        cells = b""
        if self._cutter.keeps_text:
            cells = columns.text(sorted(reading.values), self._dialect.delimiter) + NEWLINE
        ids = b"" if reading.ids is None else columns.text([reading.ids]) + NEWLINE
        return Piece(values, labels, cells, ids, index)

    def _with_index(self, columns: Columns) -> tuple[Array | None, Array | None]:
        """The numbers of the index, and those of the array; None where a cell is none."""
        index, values = self._reading.index, self._reading.values
        if not index:
            return None, columns.numbers(values)
        both = columns.numbers((*index, *values))  # at once: parting columns takes half the time
        if both is None:
            numbers, both = columns.numbers(index), None
        else:
            numbers, both = both[:, : len(index)], both[:, len(index) :]
        if numbers is None:
            return None, both
        if numbers.dtype != np.int64 and not (np.abs(numbers) < _EXACT).all():
            return None, both
        if (numbers % 1).any():
            return None, both
        return numbers.astype(np.int64), both

    def _columns(self, text: bytes) -> Columns | None:
        """The rows cut into columns; None where that is not to be done at once."""
        dialect, mark = self._dialect, self._dialect.delimiter.encode()
        if b'"' in text:
            plain = unquoted(text.decode(), dialect.delimiter)
            if plain is None:
                return None
            text = plain.encode().rstrip(NEWLINE)
        if dialect.trailing:
            text, count = re.subn(re.escape(mark) + rb"[ \t]*$", b"", text, flags=re.MULTILINE)
            if count != text.count(NEWLINE) + 1:
                return None
        if dialect.decimal == ",":
            text = text.translate(_SWAPPED)
        if mark == b" ":
            if b"," in text:
                return None
            mark = b","
            text = text.replace(b" ", mark) if _is_tidy(text) else _tidied(text)
        return Columns.over(text, mark, dialect.width)

    def _names(self, table: Columns, places: Sequence[int]) -> Array | None:
        """The one column of labels that are names; None where they are to be looked at."""
        converter = self._cutter.converter
        if len(places) > 1 or self._dialect.decimal == "," or converter.fills:
            return None
        names = table.text(places).decode().split("\n")
        known = converter.indices(set(names))
        return None if known is None else np.array([known[name] for name in names]).reshape(-1, 1)

    def _nothing(self) -> Piece:
        empty = np.empty((0, len(self._reading.values)), np.int64)
        labels = np.empty((0, len(self._reading.labels)), np.int64)
        return Piece(empty, labels if self._reading.labels else None)

    def parts(self) -> Iterator[Block]:
        """The block in pieces of whole lines: cells one by one take ten times their text."""
        start, number = 0, self._number
        while start < len(self._text):
            stop = self._text.find(NEWLINE, start + _PART) + 1 or len(self._text)
            yield Block(self._cutter, self._text[start:stop].removesuffix(NEWLINE), number)
            number += self._text.count(NEWLINE, start, stop)
            start = stop

    def cell_by_cell(self) -> Piece:
        """The rows, each cell looked at.

        Raises:
            DataError: `file:line:column` of what is wrong.
        """
        reading, converter = self._reading, self._cutter.converter
        rows: list[str] = []
        labels: list[str] = []
        written: list[str] = []
        ids: list[str] = []
        index: list[list[int]] = []
        for number, line in self._rows():
            cells = self._cells(line, number)
            wanted = (*reading.values, *reading.labels)
            if converter.skips and any(
                is_missing(cells[place], converter.absent) for place in wanted
            ):
                converter.skipped += 1
                continue
            row = [converter.value(cells[k], f"{number}:{k + 1}") for k in reading.values]
            rows.append(_MARK.join(row))
            if self._cutter.keeps_text:
                written.append(self._dialect.delimiter.join(row))
            if reading.labels:
                of_row = [converter.label(cells[k], f"{number}:{k + 1}") for k in reading.labels]
                labels.append(_MARK.join(of_row))
            if reading.ids is not None:
                ids.append(cells[reading.ids].strip(BLANKS))
            if reading.index:
                index.append([self._index_number(cells[k], number, k) for k in reading.index])
        if not rows:
            return self._nothing()
        return Piece(
            _numbers(rows, len(reading.values)),
            _numbers(labels, len(reading.labels)) if reading.labels else None,
            "".join(f"{row}\n" for row in written).encode(),
            "".join(f"{name}\n" for name in ids).encode(),
            np.array(index, np.int64) if index else None,
        )

    def _rows(self) -> Iterator[tuple[int, str]]:
        """The lines that are rows, with their numbers."""
        mark = self._cutter.comment
        for number, line in self._lines():
            if not line.strip(BLANKS):
                if self._cutter.keeps_blanks:
                    yield number, line
            elif not (mark and line.lstrip(BLANKS).startswith(mark)):
                yield number, line

    def last_line(self, place: int, number: int) -> int:
        """The last line that holds a number in one of its columns."""
        cells = ((line, self._cells(text, line)[place]) for line, text in self._rows())
        return max(line for line, cell in cells if self._value(cell) == number)

    def _value(self, cell: str) -> float:
        return value_of(swapped(cell, self._dialect.decimal))

    def _index_number(self, cell: str, line: int, place: int) -> int:
        number = self._value(cell)
        if not abs(number) < _EXACT or number % 1:
            raise self._cutter.no_index(place, line, f"{brief(cell.strip(BLANKS))} stands there")
        return int(number)

    def _cells(self, line: str, number: int) -> list[str]:
        where, dialect = f"{self._cutter.name}:{number}", self._dialect
        cells = cells_of(line, dialect.delimiter, where) or [""]
        if dialect.trailing and len(cells) == dialect.width + 1 and not cells[-1].strip():
            cells.pop()
        if len(cells) != dialect.width:
            raise dialect.explain_width(line, where, early=number < 3)
        return cells

    def first_rounded(self, values: Array) -> str | None:
        """What is lost in the first integer that float64 cannot hold; None if there is none."""
        with np.errstate(invalid="ignore"):
            if not ((values >= _EXACT) | (values <= -_EXACT)).any():
                return None
        if _LONG_INTEGER.search(self._text) is None:
            return None
        wanted = frozenset(self._reading.values)
        for number, line in self._lines():
            if _LONG_INTEGER.search(line.encode()) is None:
                continue
            for place, cell in enumerate(cells_of(line, self._dialect.delimiter)):
                word = cell.strip(BLANKS)
                if place in wanted and _LONG_INTEGER.fullmatch(word.encode()):
                    exact = len(word) <= 400 and int(word) == int(float(word))
                    if not exact:
                        return (
                            f"{self._cutter.name}:{number}:{place + 1}: the integer {word} is "
                            f"rounded to {float(word)!r}: float64 holds integers up to 2**53"
                        )
        return None


def commented_row(where: str, mark: str) -> DataError:
    """A line that may be a comment or a row."""
    return DataError(
        f"{where}: the line begins with {mark}, as comments do, and has as many cells as a row",
        f"--comment none reads it as a row, --comment '{mark}' passes over it",
    )


def _numbers(rows: Sequence[str], width: int) -> Array:
    """The numbers of rows of plain cells."""
    values = parse_numbers(_MARK.join(rows).encode(), _MARK.encode(), len(rows) * width)
    assert values is not None  # each was looked at
    return values.reshape(len(rows), width)


def _is_tidy(text: bytes) -> bool:
    """Whether cells are parted by single blanks, with none around a line."""
    untidy = (b"  ", b" \n", b"\n ", b"\t", b"\v", b"\f")
    return text[:1] != b" " and text[-1:] != b" " and not any(mark in text for mark in untidy)


def _tidied(text: bytes) -> bytes:
    """Lines with a comma for each run of blanks."""
    return NEWLINE.join(b",".join(line.split()) for line in text.split(NEWLINE))
