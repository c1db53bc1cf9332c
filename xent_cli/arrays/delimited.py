"""Delimited text (.csv, .tsv, .txt): read strictly, each error with its line and column.

Text is parsed once, block by block, into a spool, so a file or a pipe of any size becomes an array
that can be read anywhere. NumPy converts clean blocks (correctly rounded); only a block that it
refuses is looked at cell by cell, to tell the place. Lines that start with `#` are comments. Blank
lines may stand at the end. A file whose cells are all integers is int64, any other float64.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from xent_cli.arrays.atomic import AtomicFile
from xent_cli.arrays.base import Array, ArrayReader, ArrayWriter, Box, ReadOptions
from xent_cli.arrays.cells import brief, cells_of, unquoted, width_of
from xent_cli.arrays.decimals import parse_numbers
from xent_cli.arrays.dialect import Dialect, explain_line, find_dialect
from xent_cli.arrays.picking import MARK, Picker
from xent_cli.arrays.spool import GrowingSpool, text_spool
from xent_cli.arrays.streams import ByteSource
from xent_cli.arrays.text_lines import Lines
from xent_cli.arrays.text_writer import TextWriter
from xent_cli.errors import DataError, StorageError

_SAMPLE, _SAMPLE_BYTES = 200, 1 << 20
_EXACT = 1 << 53
NEWLINE = b"\n"
_COMMENTS = re.compile(rb"^(?:[ \t\v\f]*+#[^\n]*+\n?)++", re.MULTILINE)
_CELLS = re.compile(rb"^(?![ \t\v\f]*+(?:#|$))[^\n]++", re.MULTILINE)
_SWAPPED = bytes.maketrans(b",.", b".,")
_LONG_INTEGER = re.compile(rb"(?<![\w.+-])[+-]?\d{16,}(?![\w.])")


class DelimitedArray(ArrayReader):
    """The numbers of a text file, shape (rows, columns).

    Args:
        source: the bytes.
        options: delimiter and header, where the user named them.
        suffix: of the file's name.

    Raises:
        DataError: `file:line:column` of what is not a number, of a row with too many or too few
            cells, of bytes that are no text.
    """

    _picker: Picker | None = None

    def __init__(self, source: ByteSource, options: ReadOptions, suffix: str = ".csv") -> None:
        self.name = source.name
        self.format = "tsv" if suffix in (".tsv", ".tab") else "csv"
        self._text = text_spool() if options.keep_text else None
        with closing(source):
            self._parse(Lines(source), options, suffix)

    def _parse(self, lines: Lines, options: ReadOptions, suffix: str) -> None:
        spools: tuple[GrowingSpool, GrowingSpool] | None = None
        not_finite, skip, rounded = 0, False, None
        for number, text in lines.blocks():
            if spools is None:
                start, first = _data_lines(text)
                if not first:
                    continue
                where = f"{self.name}:{number + text.count(NEWLINE, 0, start)}"
                self.dialect = find_dialect(first, options, where, suffix)
                if Picker.wanted(self.dialect, options):
                    self._picker = Picker(self.dialect, options, self.name)
                spools = (
                    GrowingSpool(self.name, len(self.dialect.picked)),
                    GrowingSpool(self.name, len(self.dialect.labels)),
                )
                self.columns = self.dialect.picked_columns
                skip = self.dialect.columns is not None
            block = _Block(
                _without_line(text, start) if skip else text, number, self.dialect, self.name
            )
            skip = False
            plain, values, labels = self._numbers(block)
            rounded = rounded or block.first_rounded(values)
            if self._text is not None and plain:
                self._text.write(plain + b"\n")
            if values.dtype == np.float64:
                not_finite += int(np.count_nonzero(~np.isfinite(values)))

            spools[0].append(values)
            if labels is not None:
                spools[1].append(labels)
        if spools is None:
            raise DataError(f"{self.name}: there are no lines, expected rows of numbers")
        self._spool = spools[0].finish()
        self.shape, self.dtype = self._spool.shape, self._spool.dtype
        self.names_labels = self._picker is not None and self._picker.names_labels
        if self.dialect.labels:
            self.labels = spools[1].finish()
            self.labels.name = f"{self.name}[{options.label_col}]"
            self.labels.format, self.labels.names_labels = self.format, self.names_labels
        self.notes = self._notes(options)
        filled = self._picker.filled_array if self._picker is not None else 0
        self.warnings = self._warnings(not_finite - filled, rounded)

    def _numbers(self, block: _Block) -> tuple[bytes, Array, Array | None]:
        """The cells' text, and the numbers of the array and of the labels."""
        if self._picker is None:
            return (*block.parse(), None)
        if not self._picker.always:
            try:
                return (*block.parse(), None)
            except DataError:
                pass
        return block.pick(self._picker)

    def _notes(self, options: ReadOptions) -> tuple[str, ...]:
        notes = []
        if self.dialect.header_by_guess and self.dialect.doubtful is None:
            notes.append(
                f"{self.name}: the first row is read as column names (--no-header: as data)"
            )
        if not self.dialect.takes_all:
            told = f"{self.name}: the array is made of {self._told(self.dialect.picked)}"
            if self.dialect.labels:
                told += f", the labels of {self._told(self.dialect.labels)}"
            notes.append(told)
        if self._picker is not None and self._picker.skipped:
            rows = "1 row" if self._picker.skipped == 1 else f"{self._picker.skipped} rows"
            notes.append(f"{self.name}: {rows} with empty cells left out")
        if self._picker is not None and self._picker.filled:
            cells = (
                "1 empty cell" if self._picker.filled == 1 else f"{self._picker.filled} empty cells"
            )
            notes.append(f"{self.name}: {cells} read as nan")
        return tuple(notes)

    def _told(self, columns: Sequence[int]) -> str:
        """Columns as people count them, with their names; of many the first and the last."""
        ends, mark = tuple(columns), ", "
        if len(columns) > 4:
            ends, mark = (columns[0], columns[-1]), " ... "
        places = mark.join(str(column + 1) for column in ends)
        word = "column" if len(columns) == 1 else "columns"
        if self.dialect.columns is None:
            return f"{word} {places}"
        return f"{word} {places} ({mark.join(self.dialect.columns[column] for column in ends)})"

    def _warnings(self, not_finite: int, rounded: str | None) -> tuple[str, ...]:
        found = [rounded] if rounded is not None and self.dtype == np.float64 else []
        if self.dialect.doubtful is not None:
            found.append(
                f"{self.name}: the first row is read as column names, though "
                f"{brief(self.dialect.doubtful)} is a number "
                "(--header: it is; --no-header: it is data)"
            )
        if not_finite:
            cells = "1 cell is" if not_finite == 1 else f"{not_finite} cells are"
            found.append(f"{self.name}: {cells} nan or inf")
        return tuple(found)

    def read(self, box: Box) -> Array:
        """The box."""
        return self._spool.read(box)

    def lines(self, delimiter: str) -> Iterator[str]:
        """The rows as they were written, once they were checked, cut by `delimiter`.

        Comments, quotes and the header are left out. Needs `ReadOptions.keep_text`.
        """
        if self._text is None:
            raise ValueError("the text was not kept")
        self._text.seek(0)
        mark = self.dialect.delimiter if self._picker is None else MARK
        own = None if mark == " " else mark
        for line in self._text:
            row = line.decode().rstrip("\n")
            yield row if own == delimiter else delimiter.join(row.split(own))

    def close(self) -> None:
        """Drops the values, the labels and the text."""
        self._spool.close()
        if self.labels is not None:
            self.labels.close()
        if self._text is not None:
            self._text.close()


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _data_lines(block: bytes) -> tuple[int, list[str]]:
    """Where the first line of cells starts, and the first few; whole lines, however long."""
    data: list[str] = []
    begin = size = 0
    for match in _CELLS.finditer(block):
        begin = begin if data else match.start()
        data.append(match[0].decode())
        size += len(data[-1])
        if len(data) == _SAMPLE or size >= _SAMPLE_BYTES:
            break
    return begin, data


def _without_line(block: bytes, start: int) -> bytes:
    """The block with the line from `start` turned into a comment, so that lines keep counting."""
    stop = block.find(NEWLINE, start)
    return block[:start] + b"#" + (block[stop:] if stop >= 0 else b"")


def _is_tidy(text: bytes) -> bool:
    """Whether cells are parted by single blanks, with none around a line and no commas."""
    odd = (b"  ", b" \n", b"\n ", b"\t", b"\v", b"\f", b",")
    return text[:1] != b" " and text[-1:] != b" " and not any(mark in text for mark in odd)


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


class _Block:
    """Whole lines of cells, and where they are in the file."""

    def __init__(self, text: bytes, number: int, dialect: Dialect, name: str) -> None:
        self.text, self.number, self.dialect, self.name = text, number, dialect, name

    def parse(self) -> tuple[bytes, Array]:
        """The cells without comments and quotes, and their numbers, (rows, width).

        int64 where every cell is an integer that fits, else float64.
        """
        text = self.text
        if b"#" in text:
            text = _COMMENTS.sub(b"", text)
        if b'"' in text:
            text = self._unquoted(text)
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
            raise self._explain()
        flat = table if mark == b" " else table.replace(b"\n", mark)
        values = _checked_numbers(flat, mark, rows * self.dialect.width)
        if values is None:
            raise self._explain()
        return text, values.reshape(rows, self.dialect.width)

    def pick(self, picker: Picker) -> tuple[bytes, Array, Array | None]:
        """As `parse`, of the cells that are wanted; and the labels' numbers, (rows, columns)."""
        lines = self.text.decode().rstrip("\n")
        picked = picker.pick(lines, self.number)
        rows, count, extra = len(picked.rows), len(self.dialect.picked), len(self.dialect.labels)
        if not rows:
            return b"", np.empty((0, count), np.int64), np.empty((0, extra), np.int64)
        plain, mark = MARK.join(picked.rows).encode(), MARK.encode()
        values = _checked_numbers(plain, mark, rows * count)
        labels: Array | None = np.empty((rows, 0), np.int64)
        if extra:
            labels = _checked_numbers(MARK.join(picked.labels).encode(), mark, rows * extra)
        if values is None or labels is None:
            error = picker.explain(lines, self.number)
            raise error or DataError(f"{self.name}:{self.number}: expected rows of numbers")
        text = "\n".join(picked.rows).encode()
        return text, values.reshape(rows, count), labels.reshape(rows, extra) if extra else None

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

    def _unquoted(self, text: bytes) -> bytes:
        mark, lines = self.dialect.delimiter, text.decode()

        def row(line: str) -> str:
            cells = cells_of(line, mark)
            if any(mark in cell for cell in cells):
                raise DataError("a cell holds the delimiter")
            return mark.join(cells)

        try:
            plain = unquoted(lines, mark) or "\n".join(map(row, lines.rstrip("\n").split("\n")))
        except DataError:
            raise self._explain() from None
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
            if not _is_comment(line):
                error = explain_line(line, self.number + offset, self.dialect, self.name)
                if error is not None:
                    return error
        return DataError(f"{self.name}:{self.number}: expected rows of numbers")


def open_file(path: str, name: str, options: ReadOptions) -> ArrayReader:
    """A text file; see `DelimitedArray`."""
    try:
        stream: Any = Path(path).open("rb", buffering=0)  # noqa: SIM115
    except OSError as error:
        raise StorageError(f"{name}: cannot be opened: {error.strerror or error}") from error
    return DelimitedArray(ByteSource(stream, name), options, Path(path).suffix.lower())


def open_stream(source: ByteSource, options: ReadOptions) -> ArrayReader:
    """Text from a pipe; see `DelimitedArray`."""
    return DelimitedArray(source, options)


def _delimiter(name: str) -> str:
    return "\t" if Path(name).suffix.lower() in (".tsv", ".tab") else ","


def create_file(
    path: str, shape: tuple[int, ...], dtype: np.dtype[Any], columns: tuple[str, ...] | None
) -> ArrayWriter:
    """A new text file, with a header row where there are names."""
    file = AtomicFile(path)
    try:
        return TextWriter(file, path, (shape, dtype), columns, _delimiter(path))
    except BaseException:
        file.abort()
        raise


def create_stream(
    stream: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any], columns: tuple[str, ...] | None
) -> ArrayWriter:
    """Text on a stream, cells parted by commas."""
    return TextWriter(stream, "stdout", (shape, dtype), columns)
