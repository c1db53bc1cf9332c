"""Boxes of an array that lies in a file without gaps, read through short-lived memory maps.

Not one map for the whole file: pages of a map count as resident until it goes, so memory stays
bounded by the boxes alive (513 MB against 33 MB were measured for a walk over 512 MB).

Nothing is read ahead on top of what the system does: while one thread waits for its box another
calculates. Measured on 1 GB that was not in memory, the system's read-ahead at 128 KiB (8 MiB):
800 ms (695) as it is, 782 (684) with a thread that reads the next box, 885 (660) after
posix_fadvise, which leaves the file in small pages that are half as fast to map ever after.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from xent_cli.arrays.base import Array
from xent_cli.arrays.session import current
from xent_cli.arrays.storage.extents import Extent
from xent_cli.dtypes import BFLOAT16, is_bfloat16
from xent_cli.errors import DataError, StorageError
from xent_cli.geometry import Box
from xent_cli.guard import pages_lost
from xent_cli.records import record

SPAN = 16 << 20
"""Bytes of a file that are mapped at once where a box takes only short runs of them."""
WINDOW = 16 << 20
"""Bytes mapped around a box of at most a quarter of them, for the boxes that follow it."""
LONG_RUN = 64 << 10
"""Runs from which mapping costs little beyond the run (the kernel maps 64 KiB around a fault)."""
# Where a map starts: at 2 MiB the kernel can map a large page at once.
_GRAIN = max(mmap.ALLOCATIONGRANULARITY, 2 << 20)


@record
class Layout:
    """How an array lies in a file: `dtype` in either byte order, `offset` of the first byte."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool = False
    offset: int = 0

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one index to the next, for every axis."""
        step = self.dtype.itemsize
        strides = [0] * len(self.shape)
        for axis in self.fast_to_slow:
            strides[axis] = step
            step *= self.shape[axis]
        return tuple(strides)

    @property
    def end(self) -> int:
        """Where the last element ends."""
        return self.offset + prod(self.shape) * self.dtype.itemsize

    @property
    def fast_to_slow(self) -> range:
        """The axes, the one of neighbours in the file first."""
        axes = range(len(self.shape))
        return axes if self.fortran else axes[::-1]


class MappedFile:
    """Reads boxes of a `Layout` in an open file; several threads may read at once.

    The descriptor stays the owner's. A file that was cut is a DataError when a box is read, and one
    that is cut while a box is in use when `check` is called (`xent_cli.guard`).
    """

    def __init__(self, descriptor: int, layout: Layout, name: str) -> None:
        self._descriptor = descriptor
        self._session = current()
        self._layout = layout
        self._strides = layout.strides
        self._name = name
        self._bfloat16 = is_bfloat16(layout.dtype)
        # bfloat16 travels as integers here: copies of records are slow.
        self._stored = np.dtype(layout.dtype[0] if self._bfloat16 else layout.dtype)
        self._native = self._stored.newbyteorder("=")

    def read(self, box: Box) -> Array:
        """The elements of `box` in native byte order: a read-only view, or a copy."""
        lengths = tuple(s.stop - s.start for s in box)
        if 0 in lengths:
            return self._typed(np.empty(lengths, self._native))
        if self._span(box) <= SPAN or self._run(box) >= LONG_RUN:
            values = self._map(box)
            if not self._stored.isnative:
                values = values.astype(self._native)
        else:
            values = np.empty(lengths, self._native, order="F" if self._layout.fortran else "C")
            for part in self._cut(box, self._layout.fast_to_slow[::-1]):
                target = tuple(
                    slice(p.start - b.start, p.stop - b.start)
                    for p, b in zip(part, box, strict=True)
                )
                values[target] = self._map(part)
        if values.dtype == np.bool_:
            _check_bool(values, self._name)
        return self._typed(values)

    def extent(self) -> Extent | None:
        """The bytes of the whole array, where C-order arrays are written as they lie here.

        None for Fortran order, for the other byte order, and for bool, whose bytes are checked.
        """
        layout = self._layout
        turned = layout.fortran and sum(length > 1 for length in layout.shape) > 1
        if turned or not self._stored.isnative or self._stored == np.bool_:
            return None
        size = prod(layout.shape) * self._stored.itemsize
        return Extent(self._descriptor, layout.offset, size, self._name)

    def _typed(self, values: Array) -> Array:
        return values.view(BFLOAT16) if self._bfloat16 else values

    def _span(self, box: Box) -> int:
        reach: int = sum(
            (s.stop - 1 - s.start) * step for s, step in zip(box, self._strides, strict=True)
        )
        return reach + self._stored.itemsize

    def _run(self, box: Box) -> int:
        """Bytes of the box that are neighbours in the file."""
        run = self._stored.itemsize
        for axis in self._layout.fast_to_slow:
            length = box[axis].stop - box[axis].start
            run *= length
            if length != self._layout.shape[axis]:
                break
        return run

    def _cut(self, box: Box, slow_to_fast: Sequence[int]) -> Iterator[Box]:
        """Parts of the box that span at most `SPAN` bytes each, or are one run."""
        if not slow_to_fast or self._span(box) <= SPAN:
            yield box
            return
        axis = slow_to_fast[0]
        whole = box[axis]
        step = max(1, SPAN // self._strides[axis])
        for start in range(whole.start, whole.stop, step):
            part = slice(start, min(start + step, whole.stop))
            yield from self._cut((*box[:axis], part, *box[axis + 1 :]), slow_to_fast[1:])

    def _map(self, box: Box) -> Array:
        first: int = sum(s.start * step for s, step in zip(box, self._strides, strict=True))
        begin = self._layout.offset + first
        end = begin + self._span(box)
        size = self._size_for(end)
        window = self._session.windows.find(self, begin, end)
        base, pages = window or self._open_window(begin, end, size)
        lengths = tuple(s.stop - s.start for s in box)
        return np.ndarray(lengths, self._stored, pages, begin - base, self._strides)

    def _size_for(self, end: int) -> int:
        """The size of the file, at least `end` bytes."""
        try:
            size = os.fstat(self._descriptor).st_size
        except OSError as error:
            raise StorageError(f"{self._name}: cannot be read: {error.strerror}") from error
        if size < end:
            raise DataError(
                f"{self._name}: the file shrank while it was read: "
                f"expected at least {end} bytes, got {size}"
            )
        return size

    def check(self) -> None:
        """Raises a DataError if the file was cut under a box that was read."""
        self._size_for(self._layout.end)
        if pages_lost():
            raise DataError(f"{self._name}: a file shrank while it was read, and grew again")

    def _open_window(self, begin: int, end: int, size: int) -> tuple[int, mmap.mmap]:
        shared = end - begin <= WINDOW // 4
        base = begin - begin % _GRAIN
        stop = min(size, base + WINDOW) if shared else end
        try:
            pages = mmap.mmap(self._descriptor, stop - base, access=mmap.ACCESS_READ, offset=base)
        except ValueError as error:
            raise DataError(f"{self._name}: the file shrank while it was read") from error
        except OSError as error:
            raise StorageError(f"{self._name}: cannot be mapped: {error.strerror}") from error
        if shared:
            self._session.windows.keep(self, base, pages)
        return base, pages

    def close(self) -> None:
        """Lets go of maps that are kept for the next box; arrays read before stay valid."""
        self._session.windows.forget(self)


def _check_bool(values: Array, name: str) -> None:
    # NumPy trusts a bool to be the byte 0 or 1 and calculates with others as they are.
    largest = int(values.view(np.uint8).max())
    if largest > 1:
        raise DataError(f"{name}: expected bool values (bytes 0 and 1), found the byte {largest}")
