"""Delimited text (.csv, .tsv, .txt): read strictly, each error with its line and column.

Text is parsed once, block by block, into a spool, so a file or a pipe of any size becomes an array
that can be read anywhere. NumPy converts clean blocks (correctly rounded); only a block that it
refuses is looked at cell by cell, to tell the place. Lines that start with `#` are comments. Blank
lines may stand at the end. A file whose cells are all integers is int64, any other float64.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from typing import Any, BinaryIO

import numpy as np

from xent_cli.arrays.atomic import AtomicFile
from xent_cli.arrays.base import Array, ArrayReader, ArrayWriter, Box, ReadOptions
from xent_cli.arrays.cells import brief
from xent_cli.arrays.dialect import find_dialect
from xent_cli.arrays.files import InputFile
from xent_cli.arrays.picking import MARK, Picker
from xent_cli.arrays.spool import GrowingSpool, TextSpool
from xent_cli.arrays.streams import ByteSource
from xent_cli.arrays.text_block import NEWLINE, TextBlock
from xent_cli.arrays.text_lines import Lines
from xent_cli.arrays.text_writer import TextWriter
from xent_cli.diagnosis import NOTE, WARNING, Diagnosis
from xent_cli.errors import DataError

_SAMPLE, _SAMPLE_BYTES = 200, 1 << 20
_CELLS = re.compile(rb"^(?![ \t\v\f]*+(?:#|$))[^\n]++", re.MULTILINE)


class DelimitedArray(ArrayReader):
    """The numbers of a text file, shape (rows, columns).

    Args:
        source: the bytes.
        options: delimiter and header, where the user named them.
        suffix: `.tsv`: cells are parted by tabs, and nothing is guessed.

    Raises:
        DataError: `file:line:column` of what is not a number, of a row with too many or too few
            cells, of bytes that are no text.
    """

    _picker: Picker | None = None

    def __init__(self, source: ByteSource, options: ReadOptions, suffix: str = ".csv") -> None:
        self.name = source.name
        self.format = "tsv" if suffix == ".tsv" else "csv"
        self._text = TextSpool(self.name) if options.keep_text else None
        with closing(source), ExitStack() as unfinished:
            if self._text is not None:
                unfinished.callback(self._text.close)
            self._parse(Lines(source), options, suffix, unfinished)
            unfinished.pop_all()

    def _parse(
        self, lines: Lines, options: ReadOptions, suffix: str, unfinished: ExitStack
    ) -> None:
        spools: tuple[GrowingSpool, GrowingSpool] | None = None
        not_finite, skip, rounded = 0, False, None
        for number, lines_read in lines.blocks():
            text = lines_read
            if spools is None:
                start, first = _data_lines(text)
                if not first:
                    continue
                above = text.count(NEWLINE, 0, start)
                where = f"{self.name}:{number + above}"
                text, start = b"#\n" * above + text[start:], 2 * above
                self.dialect = find_dialect(first, options, where, suffix)
                if Picker.wanted(self.dialect, options):
                    self._picker = Picker(self.dialect, options, self.name)
                spools = (
                    GrowingSpool(self.name, len(self.dialect.picked)),
                    GrowingSpool(self.name, len(self.dialect.labels)),
                )
                for spool in spools:
                    unfinished.callback(spool.close)
                self.columns = self.dialect.picked_columns
                skip = self.dialect.columns is not None
            block = TextBlock(
                _without_line(text, start) if skip else text, number, self.dialect, self.name
            )
            skip = False
            plain, values, labels = self._numbers(block)
            rounded = rounded or block.first_rounded(values)
            if self._text is not None and plain:
                self._text.write(plain + NEWLINE)
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
        filled = self._picker.filled_array if self._picker is not None else 0
        self.diagnoses = (*self._told(), *self._warned(not_finite - filled, rounded))

    def _numbers(self, block: TextBlock) -> tuple[bytes, Array, Array | None]:
        """The cells' text, and the numbers of the array and of the labels."""
        if self._picker is None:
            return (*block.parse(), None)
        if not self._picker.always and (clean := block.parse_clean()) is not None:
            return (*clean, None)
        return block.pick(self._picker)

    def _told(self) -> Iterator[Diagnosis]:
        """How the text was understood."""
        picker, dialect = self._picker, self.dialect
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
        if self.dialect.columns is None:
            return f"{word} {places}"
        return f"{word} {places} ({mark.join(self.dialect.columns[column] for column in ends)})"

    def _warned(self, not_finite: int, rounded: str | None) -> Iterator[Diagnosis]:
        """What is odd of its content."""
        if rounded is not None and self.dtype == np.float64:
            yield Diagnosis("whole-number-rounded", WARNING, rounded, place={"file": self.name})
        if self.dialect.doubtful is not None:
            yield self._diagnosis(
                "text-header-doubtful",
                WARNING,
                "the first row is read as column names, though "
                f"{brief(self.dialect.doubtful)} looks like a number "
                "(--header: it is; --no-header: it is data)",
            )
        if not_finite:
            cells = "1 cell is" if not_finite == 1 else f"{not_finite} cells are"
            yield self._diagnosis("cells-not-finite", WARNING, f"{cells} nan or inf")

    def read(self, box: Box) -> Array:
        """The box."""
        return self._spool.read(box)

    def texts(self, delimiter: str) -> Iterator[bytes]:
        """The rows as they were written, once they were checked: blocks of whole lines.

        Comments, quotes and the header are left out. Needs `ReadOptions.keep_text`.

        Args:
            delimiter: what cells are to be cut by.
        """
        if self._text is None:
            raise ValueError("the text was not kept")
        mark, wanted = self.dialect.delimiter if self._picker is None else MARK, delimiter.encode()
        for block in self._text.blocks():
            if mark == " ":
                yield NEWLINE.join(wanted.join(line.split()) for line in block.split(NEWLINE))
            else:
                yield block.replace(mark.encode(), wanted)

    def close(self) -> None:
        """Drops the values, the labels and the text."""
        super().close()
        self._spool.close()
        if self.labels is not None:
            self.labels.close()
        if self._text is not None:
            self._text.close()


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


def open_file(
    file: InputFile, name: str, options: ReadOptions, suffix: str = ".csv"
) -> ArrayReader:
    """A text file; see `DelimitedArray`."""
    return DelimitedArray(ByteSource(file, name), options, suffix)


def open_stream(source: ByteSource, options: ReadOptions) -> ArrayReader:
    """Text from a pipe; see `DelimitedArray`."""
    return DelimitedArray(source, options)


def create_file(
    path: str, shape: tuple[int, ...], dtype: np.dtype[Any], columns: tuple[str, ...] | None
) -> ArrayWriter:
    """A new text file, with a header row where there are names."""
    return text_file(path, (shape, dtype), columns, ",")


def text_file(
    path: str,
    array: tuple[tuple[int, ...], np.dtype[Any]],
    columns: tuple[str, ...] | None,
    delimiter: str,
) -> ArrayWriter:
    """A new text file, its cells parted by `delimiter`."""
    file = AtomicFile(path)
    try:
        return TextWriter(file, path, array, columns, delimiter)
    except BaseException:
        file.abort()
        raise


def create_stream(
    stream: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any], columns: tuple[str, ...] | None
) -> ArrayWriter:
    """Text on a stream, cells parted by commas."""
    return TextWriter(stream, "stdout", (shape, dtype), columns)
