"""Arrays as delimited text: one line a row, every number in its shortest form that reads back."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from xent_cli.arrays.atomic import AtomicFile
from xent_cli.arrays.base import Array, ArrayWriter, Box
from xent_cli.dtypes import as_float, is_bfloat16
from xent_cli.errors import UsageError, write_failure


class TextWriter(ArrayWriter):
    """Rows of text, front to back.

    Args:
        sink: has `write(bytes)`; an `AtomicFile` is committed and aborted with the array.
        name: of the target, for messages.
        array: shape and dtype; at most two axes, one axis gives one value a line.
        columns: the header row, if any.
        delimiter: between the cells.

    Raises:
        UsageError: the array has more than two axes.
    """

    seekable = False

    def __init__(
        self,
        sink: AtomicFile | BinaryIO,
        name: str,
        array: tuple[tuple[int, ...], np.dtype[Any]],
        columns: tuple[str, ...] | None,
        delimiter: str = ",",
    ) -> None:
        shape, dtype = array
        if len(shape) > 2:
            raise UsageError(
                f"{name}: text has rows and columns, but the array has shape {shape}",
                "write .npy: -o FILE.npy, or -f npy on a pipe",
            )
        self.name, self.shape, self.dtype = name, shape, dtype
        self.format = "tsv" if delimiter == "\t" else "csv"
        self._sink, self.delimiter = sink, delimiter
        self.diagnoses = sink.diagnoses if isinstance(sink, AtomicFile) else ()
        self._width = shape[1] if len(shape) == 2 else 1
        if columns is not None and len(shape) == 2:
            names = delimiter.join(quoted(column, delimiter) for column in columns)
            self.write_text(f"{names}\n".encode())

    def write(self, box: Box, values: Array) -> None:
        """Writes the next box: whole rows, or a part of one row."""
        cells = as_text(values)
        if len(box) < 2:
            self.write_text("".join(f"{cell}\n" for cell in cells.reshape(-1).tolist()).encode())
            return
        end = "\n" if box[1].stop == self._width else self.delimiter
        self.write_text("".join(self.delimiter.join(row) + end for row in cells.tolist()).encode())

    def write_text(self, lines: bytes) -> None:
        """Writes whole rows that are text already, their cells cut by `delimiter`."""
        try:
            self._sink.write(lines)
        except OSError as error:
            raise write_failure(self.name, error) from error

    def commit(self) -> None:
        """Makes the file appear; a stream is flushed."""
        if isinstance(self._sink, AtomicFile):
            self._sink.commit()
            return
        try:
            self._sink.flush()
        except OSError as error:
            raise write_failure(self.name, error) from error

    def abort(self) -> None:
        """Removes what was written to a file."""
        if isinstance(self._sink, AtomicFile):
            self._sink.abort()


def as_text(values: Array) -> Array:
    """The values as text, each in the shortest form that reads back in its own dtype.

    >>> as_text(np.array([0.1, 1e300], dtype=np.float64)).tolist()
    ['0.1', '1e+300']
    """
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    return (as_float(values) if is_bfloat16(values.dtype) else values).astype(str)


def quoted(cell: str, delimiter: str) -> str:
    """A cell of text, in quotes where it has to be."""
    if any(mark in cell for mark in (delimiter, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell
