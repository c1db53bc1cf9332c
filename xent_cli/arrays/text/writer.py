"""Arrays as delimited text: one line a row, every number in its shortest form that reads back."""

from __future__ import annotations

from abc import abstractmethod
from typing import BinaryIO

import numpy as np

from xent_cli.arrays.base import Array, ArrayWriter, Outline
from xent_cli.dtypes import as_float, is_bfloat16
from xent_cli.errors import UsageError, write_failure
from xent_cli.geometry import Box


class TextWriter(ArrayWriter):
    """Rows of text, front to back; `lines` says how a format writes them.

    Args:
        stream: where it goes.
        name: of the target, for messages.
        outline: at most two axes; one axis gives one value a line.

    Raises:
        UsageError: the array has more than two axes.
    """

    seekable = False

    def __init__(self, stream: BinaryIO, name: str, outline: Outline) -> None:
        self.name, self.shape, self.dtype = name, outline.shape, outline.dtype
        if len(self.shape) > 2:
            raise UsageError(
                f"{name}: text has rows and columns, but the array has shape {self.shape}",
                "write .npy: -o FILE.npy, or -f npy on a pipe",
            )
        self._stream = stream
        self.width = self.shape[1] if len(self.shape) == 2 else 1

    @abstractmethod
    def lines(self, rows: list[list[str]], start: int, stop: int) -> str:
        """The text of some rows, of which the columns from `start` to `stop` are there.

        Several rows are whole; one of very many columns comes in parts, from 0 to `width`.
        """

    def write(self, box: Box, values: Array) -> None:
        """Writes the next box: whole rows, or a part of one row."""
        cells = as_text(values)
        columns = box[1] if len(box) == 2 else slice(0, 1)
        rows = cells.tolist() if len(box) == 2 else cells.reshape(-1, 1).tolist()
        self.put(self.lines(rows, columns.start, columns.stop).encode())

    def put(self, text: bytes) -> None:
        """Writes text as it is."""
        try:
            self._stream.write(text)
        except OSError as error:
            raise write_failure(self.name, error) from error

    def commit(self) -> None:
        """Flushes the stream; it stays open."""
        try:
            self._stream.flush()
        except OSError as error:
            raise write_failure(self.name, error) from error

    def abort(self) -> None:
        """Leaves the stream as it is."""


class DelimitedWriter(TextWriter):
    """Rows of cells parted by a delimiter, under a header row where the columns have names."""

    def __init__(self, stream: BinaryIO, name: str, outline: Outline, delimiter: str) -> None:
        super().__init__(stream, name, outline)
        self.format = "tsv" if delimiter == "\t" else "csv"
        self.delimiter: str = delimiter
        if outline.columns is not None and len(self.shape) == 2:
            names = delimiter.join(quoted(column, delimiter) for column in outline.columns)
            self.put(f"{names}\n".encode())

    def lines(self, rows: list[list[str]], start: int, stop: int) -> str:
        """Cells and delimiters."""
        end = "\n" if stop == self.width else self.delimiter
        return "".join(self.delimiter.join(row) + end for row in rows)

    def write_text(self, rows: bytes) -> None:
        """Writes rows that are text already."""
        self.put(rows)


def as_text(values: Array) -> Array:
    """The values as text, each in the shortest form that reads back in its own dtype.

    Those of 16 bits read back as float64: in their own shortest form they would be other numbers
    to whoever reads the text (0.1 in float16 is 0.0999755859375).

    >>> as_text(np.array([0.1, 1e300], dtype=np.float64)).tolist()
    ['0.1', '1e+300']
    """
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    if values.dtype == np.float16 or is_bfloat16(values.dtype):
        with np.errstate(invalid="ignore"):  # signaling NaN
            values = as_float(values).astype(np.float64)
    return values.astype(str)


def quoted(cell: str, delimiter: str) -> str:
    """A cell of text, in quotes where it has to be."""
    if any(mark in cell for mark in (delimiter, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell
