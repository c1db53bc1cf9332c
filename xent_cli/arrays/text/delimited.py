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

import numpy as np

from xent_cli.arrays.base import Array, ReadOptions
from xent_cli.arrays.storage.streams import ByteSource
from xent_cli.arrays.text.block import TextBlock
from xent_cli.arrays.text.cells import brief
from xent_cli.arrays.text.dialect import Dialect, find_dialect
from xent_cli.arrays.text.lines import Lines
from xent_cli.arrays.text.picking import MARK, Picker
from xent_cli.arrays.text.reader import NEWLINE, TextArray
from xent_cli.diagnosis import NOTE, WARNING, Diagnosis
from xent_cli.errors import DataError

_SAMPLE, _SAMPLE_BYTES = 200, 1 << 20
_CELLS = re.compile(rb"^(?![ \t\v\f]*+(?:#|$))[^\n]++", re.MULTILINE)


class DelimitedArray(TextArray):
    """The numbers of a text file, shape (rows, columns).

    Args:
        source: the bytes.
        options: delimiter and header, where the user named them.
        format: a key of `FORMATS`.

    Raises:
        DataError: `file:line:column` of what is not a number, of a row with too many or too few
            cells, of bytes that are no text.
    """

    _picker: Picker | None = None

    def __init__(self, source: ByteSource, options: ReadOptions, format: str) -> None:
        super().__init__(source.name, format, options)
        try:
            with closing(source):
                self._parse(Lines(source), options)
        except BaseException:
            self.close()
            raise

    def _parse(self, lines: Lines, options: ReadOptions) -> None:
        not_finite, skip, rounded, started = 0, False, None, False
        for number, lines_read in lines.blocks():
            text = lines_read
            if not started:
                start, first = _data_lines(text)
                if not first:
                    continue
                started = True
                above = text.count(NEWLINE, 0, start)
                where = f"{self.name}:{number + above}"
                text, start = b"#\n" * above + text[start:], 2 * above
                self._begin(find_dialect(first, options, where), options)
                skip = self._dialect.columns is not None
            block = TextBlock(
                _without_line(text, start) if skip else text, number, self._dialect, self.name
            )
            skip = False
            plain, values, labels = self._numbers(block)
            rounded = rounded or block.first_rounded(values)
            if values.dtype == np.float64:
                not_finite += int(np.count_nonzero(~np.isfinite(values)))
            self.add(values, labels, plain + NEWLINE if plain else b"")
        if not started:
            raise DataError(f"{self.name}: there are no lines, expected rows of numbers")
        self.complete(f"{self.name}[{options.label_col}]")
        self.names_labels = self._picker is not None and self._picker.names_labels
        if self.labels is not None:
            self.labels.names_labels = self.names_labels
        filled = self._picker.filled_array if self._picker is not None else 0
        self.diagnoses = (*self._told(), *self._warned(not_finite - filled, rounded))

    def _begin(self, dialect: Dialect, options: ReadOptions) -> None:
        self._dialect, self.mark = dialect, dialect.delimiter
        if Picker.wanted(dialect, options):
            self._picker, self.mark = Picker(dialect, options, self.name), MARK
        self.columns = dialect.picked_columns

    def _numbers(self, block: TextBlock) -> tuple[bytes, Array, Array | None]:
        """The cells' text, and the numbers of the array and of the labels."""
        if self._picker is None:
            return (*block.parse(), None)
        if not self._picker.always and (clean := block.parse_clean()) is not None:
            return (*clean, None)
        return block.pick(self._picker)

    def _told(self) -> Iterator[Diagnosis]:
        """How the text was understood."""
        picker, dialect = self._picker, self._dialect
        if dialect.header_by_guess and dialect.doubtful is None:
            yield self._diagnosis(
                "text-header", NOTE, "the first row is read as column names (--no-header: as data)"
            )
        if not dialect.takes_all:
            columns = f"the array is made of {self._listed(dialect.picked)}"
            if dialect.labels:
                columns += f", the labels of {self._listed(dialect.labels)}"
            yield self._diagnosis("text-columns", NOTE, columns)
        if picker is not None and picker.skipped:
            rows = "1 row" if picker.skipped == 1 else f"{picker.skipped} rows"
            yield self._diagnosis("empty-cells-skipped", NOTE, f"{rows} with empty cells left out")
        if picker is not None and picker.filled:
            cells = "1 empty cell" if picker.filled == 1 else f"{picker.filled} empty cells"
            yield self._diagnosis("empty-cells-nan", NOTE, f"{cells} read as nan")

    def _diagnosis(self, id: str, level: str, message: str) -> Diagnosis:
        return Diagnosis(id, level, f"{self.name}: {message}", place={"file": self.name})

    def _listed(self, columns: Sequence[int]) -> str:
        """Columns as people count them, with their names; of many the first and the last."""
        ends, mark = tuple(columns), ", "
        if len(columns) > 4:
            ends, mark = (columns[0], columns[-1]), " ... "
        places = mark.join(str(column + 1) for column in ends)
        word = "column" if len(columns) == 1 else "columns"
        if self._dialect.columns is None:
            return f"{word} {places}"
        return f"{word} {places} ({mark.join(self._dialect.columns[column] for column in ends)})"

    def _warned(self, not_finite: int, rounded: str | None) -> Iterator[Diagnosis]:
        """What may be wrong with its content."""
        if rounded is not None and self.dtype == np.float64:
            yield Diagnosis("whole-number-rounded", WARNING, rounded, place={"file": self.name})
        if self._dialect.doubtful is not None:
            yield self._diagnosis(
                "text-header-doubtful",
                WARNING,
                "the first row is read as column names, though "
                f"{brief(self._dialect.doubtful)} looks like a number "
                "(--header: it is; --no-header: it is data)",
            )
        if not_finite:
            cells = "1 cell is" if not_finite == 1 else f"{not_finite} cells are"
            yield self._diagnosis("cells-not-finite", WARNING, f"{cells} nan or inf")


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
