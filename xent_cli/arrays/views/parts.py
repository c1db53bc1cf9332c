"""Parts and reshaped forms of another array, read through it; nothing is copied ahead of need."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from xent_cli.array_facts import FileFacts
from xent_cli.arrays.base import Array, ArrayReader
from xent_cli.arrays.storage.extents import WORTH, Extent
from xent_cli.geometry import Box


class ArrayView(ArrayReader):
    """An array that is read through another one, with its dtype and order."""

    composed = True

    def __init__(self, source: ArrayReader, shape: tuple[int, ...], name: str) -> None:
        self.source = source
        self.shape = shape
        self.name = name
        self.format, self.dtype = source.format, source.dtype
        self.is_text = source.is_text
        self.seekable, self.fortran = source.seekable, source.fortran
        self.columns = source.columns
        self.diagnoses = source.diagnoses

    def files(self) -> tuple[FileFacts, ...]:
        """Those of the source."""
        return self.source.files()

    def finish(self) -> None:
        """Checks the end of the source."""
        self.source.finish()

    def close(self) -> None:
        """Closes nothing: the source may have other views."""


class SlicedArray(ArrayView):
    """The indices from `start` to `stop` of another array along `dim`."""

    def __init__(self, source: ArrayReader, dim: int, start: int, stop: int) -> None:
        shape = (*source.shape[:dim], stop - start, *source.shape[dim + 1 :])
        super().__init__(source, shape, f"{source.name}[{start}:{stop}]")
        self.dim, self.start = dim, start
        if self.columns is not None and dim == len(shape) - 1:
            self.columns = self.columns[start:stop]

    def extents(self) -> Iterator[Extent] | None:
        """The runs of the source that are in the slice."""
        whole, shape = self.source.extent(), self.source.shape
        count, length = prod(shape[: self.dim]), shape[self.dim]
        if whole is None or not count or not length:
            return None
        step = whole.size // count
        first, size = step // length * self.start, step // length * self.shape[self.dim]
        if count > 1 and size < WORTH:
            return None
        return (whole.part(turn * step + first, size) for turn in range(count))

    def read(self, box: Box) -> Array:
        """The box, moved to where it lies in the source."""
        cut = box[self.dim]
        moved = slice(cut.start + self.start, cut.stop + self.start)
        return self.source.read((*box[: self.dim], moved, *box[self.dim + 1 :]))


class ColumnArray(ArrayView):
    """The one column of another array, (N,) for (N, 1)."""

    def __init__(self, source: ArrayReader) -> None:
        super().__init__(source, source.shape[:-1], source.name)
        self.columns = None

    def read(self, box: Box) -> Array:
        """The box of the column."""
        values = self.source.read((*box, slice(0, 1)))
        return values.reshape(values.shape[:-1])

    def close(self) -> None:
        """Closes the source: nothing else reads a column of it."""
        self.source.close()


class ExpandedArray(ArrayView):
    """Another array with a new axis of length 1 at `dim`: what stacking joins."""

    def __init__(self, source: ArrayReader, dim: int) -> None:
        shape = (*source.shape[:dim], 1, *source.shape[dim:])
        super().__init__(source, shape, source.name)
        self.dim = dim
        if dim == len(source.shape):
            self.columns = None

    def extent(self) -> Extent | None:
        """A new axis moves no byte."""
        return self.source.extent()

    def read(self, box: Box) -> Array:
        """The box of the source, with the new axis."""
        values = self.source.read(box[: self.dim] + box[self.dim + 1 :])
        return values.reshape(*values.shape[: self.dim], 1, *values.shape[self.dim :])
