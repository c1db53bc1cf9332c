""".npy: read in boxes from a file or as it comes from a pipe, written in boxes or to a pipe."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader, ArrayWriter, Outline, ReadOptions
from xent_cli.arrays.formats.members import Member, choose_member, typed
from xent_cli.arrays.formats.npy_header import (
    MAGIC,
    Header,
    check_size,
    check_text,
    format_header,
    read_header,
)
from xent_cli.arrays.storage.atomic import AtomicFile, Buffer, StrPath
from xent_cli.arrays.storage.extents import Extent
from xent_cli.arrays.storage.files import InputFile
from xent_cli.arrays.storage.layout import Layout
from xent_cli.arrays.storage.mapped import MappedArray
from xent_cli.arrays.storage.runs import as_bytes, nbytes, require_next
from xent_cli.arrays.storage.spool import spooled
from xent_cli.arrays.storage.streams import CHUNK, ByteSource
from xent_cli.dtypes import BFLOAT16, is_bfloat16, native
from xent_cli.errors import DataError, write_failure
from xent_cli.geometry import Box, is_run
from xent_cli.records import replace

_MOST = 1 << 16
_WRITE_BACK = 4 << 20
_GROW = 64 << 20


class NpyStream(ArrayReader):
    """A .npy array as it comes from a pipe, front to back.

    Attributes:
        is_chosen: others may stand behind it, and are passed over.

    Args:
        source: the bytes.
        header: what the array is, where the bytes themselves do not start with it.

    Raises:
        DataError: the header cannot be trusted.
        StorageError: the stream cannot be read.
    """

    format = "npy"
    seekable = False
    is_chosen = False

    def __init__(self, source: ByteSource, header: Header | None = None) -> None:
        self.name = source.name
        self._source = source
        self._header = header or read_header(source.read, self.name)
        self.shape = self._header.shape
        self.dtype = _native(self._header.dtype)
        self.fortran = _is_fortran(self.shape, self._header.fortran)
        self._done = 0
        self._copy: ArrayReader | None = None

    def read(self, box: Box) -> Array:
        """The next box; of an array in Fortran order, which is copied first, any.

        Raises:
            DataError: the stream ends early.
            ValueError: the box is not the next one.
        """
        if self.fortran:
            return self._copied().read(box)
        lengths = tuple(s.stop - s.start for s in box)
        if 0 in lengths:
            return np.empty(lengths, self.dtype)
        require_next(self.shape, box, self._done)
        count = 1
        for length in lengths:
            count *= length
        return self.read_run(count).reshape(lengths)

    def pass_over(self) -> None:
        """Reads what is left of the array.

        Raises:
            DataError: the stream ends early.
        """
        step = max(1, CHUNK // self._header.dtype.itemsize)
        while self._done < self.size:
            self.read_run(min(step, self.size - self._done))

    def _copied(self) -> ArrayReader:
        if self._copy is None:
            self._copy = spooled(self)
        return self._copy

    def read_run(self, count: int) -> Array:
        """The next `count` elements in the order of the stream, as a 1-D array."""
        values = self._pull(count * self._header.dtype.itemsize).view(self._header.dtype)
        self._done += count
        return native(values)

    def finish(self) -> None:
        """Reads what is left of the array, and checks that the stream ends with it.

        Raises:
            DataError: the stream ends early, or goes on.
        """
        self.pass_over()
        while self.is_chosen and self._source.peek(len(MAGIC)) == MAGIC:
            NpyStream(self._source, read_header(self._source.read, self.name)).pass_over()
        trailing = self._source.peek(len(MAGIC))
        if not trailing:
            super().finish()
            return
        if trailing == MAGIC:
            place = "-" if self.name == "stdin" else self.name
            raise DataError(
                f"{self.name}: expected one array, found another one behind it",
                f"name one by its number: {typed(place, '1')}",
            )
        raise DataError(
            f"{self.name}: bytes too many: expected the end after "
            f"{self._header.offset + self._header.nbytes} bytes"
        )

    def close(self) -> None:
        """Closes the stream."""
        if self._copy is not None:
            self._copy.close()
        self._source.close()
        super().close()

    def _pull(self, size: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        # A header may promise any size: memory grows only with the bytes that arrive.
        target = np.empty(min(size, _GROW), np.uint8)
        have = self._source.readinto(target)
        while have == target.size < size:
            more = np.empty(min(size, 2 * have) - have, np.uint8)
            have += self._source.readinto(more)
            target = np.concatenate([target, more])
        if have < size:
            before = self._header.offset + self._done * self._header.dtype.itemsize
            raise DataError(
                f"{self.name}: the data is cut off: expected "
                f"{self._header.offset + self._header.nbytes} bytes, got {before + have}",
                "the program that wrote it stopped early",
            )
        return target


class NpyWriter(ArrayWriter):
    """A new .npy file in C order; it appears under its name with `commit`.

    Boxes may come in any order and from several threads, as long as they do not overlap. A target
    that is no regular file (a named pipe) takes them in C order only (`seekable` is False).
    Without `header` there are the numbers alone.
    """

    format = "npy"

    def __init__(
        self,
        path: StrPath,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        *,
        header: bool = True,
    ) -> None:
        self.name = os.fspath(path)
        self.shape = shape
        self.dtype = dtype
        self._header = format_header(shape, dtype) if header else b""
        self._layout = Layout(shape, dtype, offset=len(self._header))
        self._strides = self._layout.strides
        self._done = 0
        self._count = threading.Lock()
        self._file = AtomicFile(path)
        self.seekable, self.diagnoses = self._file.seekable, self._file.diagnoses
        try:
            self._file.write(self._header)
            if self.seekable:
                self._file.reserve(len(self._header) + nbytes(shape, dtype))
        except BaseException:
            self._file.abort()
            raise

    def write(self, box: Box, values: Array) -> None:
        """Writes `values` at `box`."""
        if values.size == 0:
            return
        if not self.seekable:
            require_next(self.shape, box, self._done)
        if is_run(self.shape, box):
            data = as_bytes(values, self.dtype)
            if self.seekable:
                self._file.write_at(self._offset(box), data)
            else:
                self._file.write(data)
        else:
            self._scatter(box, values)
        with self._count:
            self._done += values.size

    def copy(self, extents: Iterable[Extent]) -> bool:
        """Copies the whole array from files, where the target is one."""
        if not self.seekable:
            return False
        place = self._layout.offset
        for extent in extents:
            self._file.copy(extent, place)
            place += extent.size
        self._done = (place - self._layout.offset) // self.dtype.itemsize
        return True

    def commit(self) -> None:
        """Makes the file appear.

        Raises:
            StorageError: it cannot be completed.
            ValueError: not every element was written.
        """
        missing = nbytes(self.shape, self.dtype) // self.dtype.itemsize - self._done
        if missing:
            self.abort()
            raise ValueError(f"{missing} elements were not written")
        self._file.commit()

    def abort(self) -> None:
        """Removes what was written."""
        self._file.abort()

    def _offset(self, box: Box) -> int:
        first: int = sum(s.start * step for s, step in zip(box, self._strides, strict=True))
        return self._layout.offset + first

    def _scatter(self, box: Box, values: Array) -> None:
        """Writes a box with gaps: cut until a part is one run, or small enough to write back."""
        reach = sum((s.stop - 1 - s.start) * t for s, t in zip(box, self._strides, strict=True))
        span = reach + self.dtype.itemsize
        if span <= _WRITE_BACK and not is_run(self.shape, box):

            def change(region: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
                stored = np.dtype("<u2") if is_bfloat16(self.dtype) else self.dtype
                place = np.ndarray(values.shape, stored, region, 0, self._strides)
                place[...] = values.view(stored) if stored != self.dtype else values

            self._file.update(self._offset(box), span, change)
            return
        if is_run(self.shape, box):
            self._file.write_at(self._offset(box), as_bytes(values, self.dtype))
            return
        axis = next(i for i, s in enumerate(box) if s.stop - s.start > 1)
        whole = box[axis]
        step = max(1, _WRITE_BACK // self._strides[axis])
        for start in range(whole.start, whole.stop, step):
            part = slice(start, min(start + step, whole.stop))
            taken = slice(part.start - whole.start, part.stop - whole.start)
            self._scatter(
                (*box[:axis], part, *box[axis + 1 :]), values[(slice(None),) * axis + (taken,)]
            )


class NpyStreamWriter(ArrayWriter):
    """A .npy array written to an open binary stream (stdout), in C order.

    `abort` cannot take back what the stream has. Without `header` there are the numbers alone.
    """

    format = "npy"
    seekable = False

    def __init__(
        self,
        stream: BinaryIO,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        name: str = "stdout",
        *,
        header: bool = True,
    ) -> None:
        self.name = name
        self.shape = shape
        self.dtype = dtype
        self._stream = stream
        self._done = 0
        if header:
            self._put(format_header(shape, dtype))

    def write(self, box: Box, values: Array) -> None:
        """Writes the next box."""
        if values.size == 0:
            return
        require_next(self.shape, box, self._done)
        self._put(as_bytes(values, self.dtype))
        self._done += values.size

    def commit(self) -> None:
        """Flushes the stream; it stays open.

        Raises:
            ValueError: not every element was written.
        """
        missing = nbytes(self.shape, self.dtype) // self.dtype.itemsize - self._done
        if missing:
            raise ValueError(f"{missing} elements were not written")
        self._put(b"")

    def abort(self) -> None:
        """Leaves the stream as it is."""

    def _put(self, data: Buffer) -> None:
        try:
            if len(data):
                self._stream.write(data)
            else:
                self._stream.flush()
        except OSError as error:
            raise write_failure(self.name, error) from error


def _native(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return BFLOAT16 if is_bfloat16(dtype) else dtype.newbyteorder("=")


def _is_fortran(shape: tuple[int, ...], flag: bool) -> bool:
    """A flag on an array with at most one axis longer than 1 changes nothing."""
    return flag and sum(length > 1 for length in shape) > 1


def open_file(file: InputFile, name: str, options: ReadOptions) -> ArrayReader:
    """A .npy file, mapped box by box; of several arrays in it the one of a number.

    Raises:
        DataError: a header cannot be trusted, the file is shorter or longer than they say, or it
            has no array of this number.
    """
    headers = _headers(file, name)
    number = _choose(name, headers, options.choice)
    called = name if options.choice is None else f"{name}:{number}"
    header = check_text(headers[number - 1], called, is_labels=options.is_labels)
    layout = Layout(header.shape, header.dtype, header.fortran, header.offset)
    reader = MappedArray(file, called, "npy", layout)
    reader.fortran = _is_fortran(header.shape, header.fortran)
    return reader


def list_members(file: InputFile, name: str) -> Iterator[Member]:
    """All arrays, in the order of the file."""
    for number, header in enumerate(_headers(file, name), 1):
        yield Member(str(number), "npy", header.shape, header.dtype, header.fortran)


def _headers(file: InputFile, name: str) -> list[Header]:
    """Those of all arrays that stand one behind the other; `offset` counts from the start."""
    headers: list[Header] = []
    end = 0
    while not headers or (end < file.size and file.at(end, len(MAGIC)) == MAGIC):
        if len(headers) == _MOST:
            raise DataError(f"{name}: holds more than {_MOST} arrays", "keep fewer in one file")
        file.seek(end)
        header = read_header(file.take, f"{name}:{len(headers) + 1}" if headers else name)
        headers.append(replace(header, offset=end + header.offset))
        end += header.offset + header.nbytes
    check_size(headers[-1], file.size, f"{name}:{len(headers)}" if len(headers) > 1 else name)
    return headers


def _choose(name: str, headers: list[Header], choice: str | None) -> int:
    """The number of the array that is read."""
    numbers = [str(number) for number in range(1, len(headers) + 1)]
    if len(numbers) == 1 and choice not in (None, "1"):
        raise DataError(f"{name}:{choice}: holds one array without a name", f"leave it out: {name}")
    return int(choose_member(name, numbers, choice))


def open_stream(source: ByteSource, options: ReadOptions) -> ArrayReader:
    """A .npy array from a pipe; those before it are passed over."""
    choice = options.choice
    if choice is None:
        header = read_header(source.read, source.name)
        return NpyStream(source, check_text(header, source.name, is_labels=options.is_labels))
    if not re.fullmatch("[1-9][0-9]{0,4}", choice):
        raise DataError(f"{source.name}:{choice}: arrays of a pipe have numbers, the first is 1")
    for number in range(1, int(choice) + 1):
        if number > 1 and source.peek(len(MAGIC)) != MAGIC:
            raise DataError(f"{source.name}: expected {choice} arrays, got {number - 1}")
        header = read_header(source.read, source.name)
        stream = NpyStream(source, header)
        if number < int(choice):
            stream.pass_over()
    stream.name, stream.is_chosen = f"{source.name}:{choice}", True
    check_text(header, stream.name, is_labels=options.is_labels)
    return stream


def create_file(path: str, outline: Outline) -> ArrayWriter:
    """A new .npy file; .npy has no place for names of columns."""
    return NpyWriter(path, outline.shape, outline.dtype)


def create_stream(stream: BinaryIO, name: str, outline: Outline) -> ArrayWriter:
    """A .npy array on a stream."""
    return NpyStreamWriter(stream, outline.shape, outline.dtype, name)
