"""Arrays kept while a command runs: in memory while small, in an unnamed file beyond."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import prod
from typing import IO, Any, cast

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader, ArrayWriter
from xent_cli.arrays.session import current
from xent_cli.arrays.storage.layout import Layout, MappedFile
from xent_cli.arrays.storage.runs import as_bytes
from xent_cli.diagnosis import NOTE, Diagnosis
from xent_cli.errors import StorageError
from xent_cli.geometry import Box, is_run

IN_MEMORY = 64 << 20
"""Bytes that are kept in memory; more go to a file without a name, gone when it is closed."""

_CHUNK = 1 << 16
_TEXT_IN_MEMORY = 1 << 20


class Spool(ArrayReader, ArrayWriter):
    """An array that is written first (in boxes, in any order) and read afterwards.

    Args:
        shape, dtype: of the array.
        name: for messages.
        fortran: the first axis is to vary fastest.
        file: holds the values already.

    Raises:
        StorageError: there is no room for the temporary file.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        name: str,
        *,
        fortran: bool = False,
        file: IO[bytes] | None = None,
    ) -> None:
        self.name, self.shape, self.dtype, self.fortran = name, shape, dtype, fortran
        self.format = "memory"
        self._file = file
        self._values: Array | None = None
        size = prod(shape) * dtype.itemsize
        if size <= IN_MEMORY and file is None:
            self._values = np.empty(shape, dtype, order="F" if fortran else "C")
            return
        self._layout = Layout(shape, dtype, fortran)
        if self._file is None:
            # Not of its size at once: a header may claim more than any file can have.
            self._file = _temporary_file(name)
        self._mapped = MappedFile(self._file.fileno(), self._layout, name)

    def write(self, box: Box, values: Array) -> None:
        """Writes `values` at `box`."""
        if self._values is not None:
            self._values[box] = values
        elif values.size:
            self._write_runs(box, values)

    def _write_runs(self, box: Box, values: Array) -> None:
        """Cuts the box along its slowest axis until each part is one run of the file."""
        file = cast(IO[bytes], self._file)
        axes = self._layout.fast_to_slow[::-1]
        if is_run(tuple(self.shape[axis] for axis in axes), tuple(box[axis] for axis in axes)):
            strides = self._layout.strides
            offset = sum(s.start * step for s, step in zip(box, strides, strict=True))
            _write_at(file, offset, as_bytes(values.transpose(axes), self.dtype), self.name)
            return
        axis = next(axis for axis in axes if box[axis].stop - box[axis].start > 1)
        for index in range(box[axis].start, box[axis].stop):
            part = (*box[:axis], slice(index, index + 1), *box[axis + 1 :])
            taken = index - box[axis].start
            own = values[(slice(None),) * axis + (slice(taken, taken + 1),)]
            self._write_runs(part, own)

    def read(self, box: Box) -> Array:
        """The box."""
        return self._values[box] if self._values is not None else self._mapped.read(box)

    def chunks(self) -> Iterator[list[Any]]:
        """Runs of values in C order, as Python numbers."""
        flat = Layout((self.size,), self.dtype)
        mapped = None if self._file is None else MappedFile(self._file.fileno(), flat, self.name)
        for start in range(0, self.size, _CHUNK):
            part = slice(start, min(start + _CHUNK, self.size))
            if mapped is not None:
                yield mapped.read((part,)).tolist()
            else:
                yield cast(Array, self._values).reshape(-1)[part].tolist()

    def commit(self) -> None:
        """Nothing is left to do: what was written can be read."""

    def abort(self) -> None:
        """Drops what was written."""
        self.close()

    def close(self) -> None:
        """Drops the values."""
        super().close()
        if self._file is not None:
            _drop(self._file)

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class GrowingSpool:
    """Rows that arrive block by block, of whole numbers until a block is not.

    Args:
        name: for messages.
        width: the number of columns.
    """

    def __init__(self, name: str, width: int) -> None:
        self._name, self._width, self._session = name, width, current()
        self._dtype: np.dtype[Any] = np.dtype(np.int64)
        self._rows = self._size = 0  # bytes in the file
        self._parts: list[Array] = []
        self._file: IO[bytes] | None = None

    def append(self, values: Array) -> None:
        """Adds rows: int64 or float64, (rows, width)."""
        if values.dtype != self._dtype and not values.size:
            return
        if self._dtype == np.int64 and values.dtype == np.float64:
            self._become_float()
        self._rows += len(values)
        self._parts.append(values.astype(self._dtype, copy=False))
        room = IN_MEMORY - self._session.in_memory
        if self._file is not None or self._rows * self._width * 8 > room:
            self._flush()

    def _become_float(self) -> None:
        self._dtype = np.dtype(np.float64)
        self._parts = [part.astype(np.float64) for part in self._parts]
        if self._file is None:
            return
        # Both types have 8 bytes, so what is in the file is converted where it stands.
        for start in range(0, self._size, 8 * _CHUNK):
            with _temporary(self._name):
                integers = os.pread(self._file.fileno(), 8 * _CHUNK, start)
            floats = np.frombuffer(integers, np.int64).astype(np.float64)
            _write_at(self._file, start, as_bytes(floats, self._dtype), self._name)

    def _flush(self) -> None:
        if self._file is None:
            self._file = _temporary_file(self._name)
        for part in self._parts:
            data = as_bytes(part, self._dtype)
            _write_at(self._file, self._size, data, self._name)
            self._size += part.nbytes
        self._parts = []

    def finish(self) -> ArrayReader:
        """All rows as an array of shape (rows, width), int64 or float64."""
        shape = (self._rows, self._width)
        if self._file is not None:
            return Spool(shape, self._dtype, self._name, file=self._file)
        values = np.concatenate(self._parts) if self._parts else np.empty(shape, self._dtype)
        self._parts = []
        return self._session.keep(values, self._name)

    def close(self) -> None:
        """Drops the rows, where nobody is to have them."""
        if self._file is not None:
            _drop(self._file)


class TextSpool:
    """Text that is written once, in whole lines, and read afterwards; `name` is for messages."""

    def __init__(self, name: str) -> None:
        import tempfile

        self._name = name
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115
            _TEXT_IN_MEMORY
        )

    def write(self, lines: bytes) -> None:
        """Adds lines, with the end of the last."""
        with _temporary(self._name):
            self._file.write(lines)

    def blocks(self) -> Iterator[bytes]:
        """All lines, in blocks."""
        with _temporary(self._name):
            self._file.seek(0)
            while block := self._file.read(_TEXT_IN_MEMORY):
                yield block + self._file.readline()

    def lines(self) -> Iterator[str]:
        """All lines, without their ends."""
        for block in self.blocks():
            yield from block.decode().split("\n")[:-1]

    def close(self) -> None:
        """Drops the text."""
        _drop(self._file)


@contextmanager
def _temporary(name: str) -> Iterator[None]:
    """Failures of the temporary file that keeps `name`."""
    try:
        yield
    except OSError as error:
        import tempfile

        try:
            folder = tempfile.gettempdir()
        except OSError:
            folder = f"{os.environ.get('TMPDIR', 'not set')}, which cannot be used"
        raise StorageError(
            f"{name}: cannot be kept in a temporary file: {error.strerror or error}",
            f"TMPDIR names the directory for it (now {folder})",
        ) from error


def _temporary_file(name: str) -> IO[bytes]:
    import tempfile

    with _temporary(name):
        return tempfile.TemporaryFile(prefix="xent-", buffering=0)


def _drop(file: IO[bytes]) -> None:
    with suppress(OSError):  # what could not be written is told already, and is wanted no more
        file.close()


def _write_at(file: IO[bytes], offset: int, data: memoryview, name: str) -> None:
    with _temporary(name):
        while data:
            written = os.pwrite(file.fileno(), data, offset)
            data, offset = data[written:], offset + written


def spooled(reader: ArrayReader) -> ArrayReader:
    """The array of a sequential reader, kept so that it can be read in any order.

    A reader that is seekable is given back as it is.

    Raises:
        DataError: the source ends early or goes on too long.
        StorageError: there is no room for the temporary file.
    """
    if reader.seekable:
        return reader
    spool = Spool(reader.shape, reader.dtype, reader.name, fortran=reader.fortran)
    spool.format, spool.columns = reader.format, reader.columns
    spool.is_text = reader.is_text
    copied = f"{reader.name}: copied first, to be read out of order"
    spool.diagnoses = (*reader.diagnoses, Diagnosis("copied-first", NOTE, copied))
    _fill_in_stream_order(spool, reader)
    reader.finish()
    spool.file = reader.file
    if reader.again is not None:
        spool.again = (spooled, (reader,))
    return spool


def _fill_in_stream_order(spool: Spool, reader: ArrayReader) -> None:
    """Copies run by run; of Fortran order the reversed axes are in C order."""
    shape = reader.shape[::-1] if reader.fortran else reader.shape
    if not shape:
        spool.write((), reader.read_run(1).reshape(()))
        return
    row = prod(shape[1:])
    step = max(1, IN_MEMORY // 8 // max(1, row * reader.dtype.itemsize))
    for start in range(0, shape[0] if row else 0, step):
        stop = min(start + step, shape[0])
        values = reader.read_run((stop - start) * row).reshape(stop - start, *shape[1:])
        box = (slice(start, stop), *(slice(0, length) for length in shape[1:]))
        if reader.fortran:
            values, box = values.transpose(), box[::-1]
        spool.write(box, values)
