"""How the arrays of a loss lie over its first operand, and what of them lies over a box of it."""

from __future__ import annotations

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader
from xent_cli.geometry import Box, box_shape
from xent_cli.losses.geometry import broadcasts
from xent_cli.losses.misfits import without
from xent_cli.records import record, replace


@record
class Aligned:
    """An array with the axes of the first operand, in their order.

    Attributes:
        reader: where it comes from.
        missing: the axes that it does not have (those of the classes, of one number a row).
        column: it has one axis of length 1 more, at the end.
        ahead: its last axis is read one place ahead, with this number behind the end.
    """

    reader: ArrayReader
    missing: tuple[int, ...] = ()
    column: bool = False
    ahead: int | None = None

    def through(self, reader: ArrayReader) -> Aligned:
        """The same array, read by another reader."""
        return replace(self, reader=reader)

    def read(self, box: Box) -> Array:
        """The part over `box`, without the axes that are missing."""
        part, column = without(box, self.missing), (slice(0, 1),) if self.column else ()
        lengths = box_shape(part)
        if self.ahead is None:
            return self.reader.read((*part, *column)).reshape(lengths)
        *before, last = part
        there = slice(last.start + 1, min(last.stop + 1, self.reader.shape[len(before)]))
        count = there.stop - there.start
        moved = np.full(lengths, self.ahead, dtype=np.int64)
        values = self.reader.read((*before, there, *column))
        moved[..., :count] = values.reshape(*lengths[:-1], count)
        return moved


@record
class Overlay:
    """An array that lies over another of shape `shape`, read box by box, by NumPy's broadcasting.

    `lacking`: the axes of that array that it does not have, and is given with length 1 first.
    """

    reader: ArrayReader
    shape: tuple[int, ...]
    lacking: tuple[int, ...] = ()

    @classmethod
    def over(
        cls, reader: ArrayReader, shape: tuple[int, ...], lacking: tuple[int, ...] = ()
    ) -> Overlay | None:
        """The overlay, or None if the shapes do not fit; where both ways do, `lacking` holds."""
        own = reader.shape
        rows = without(shape, lacking)
        if lacking and len(own) == len(rows) and broadcasts(own, rows):
            return cls(reader, shape, lacking)
        return cls(reader, shape) if broadcasts(own, shape) else None

    def through(self, reader: ArrayReader) -> Overlay:
        """The same array, read by another reader."""
        return replace(self, reader=reader)

    def read(self, box: Box) -> Array:
        """The part that lies over `box`, in the box's shape."""
        own = self.reader.shape
        lying = without(box, self.lacking)
        part = self.reader.read(
            tuple(
                slice(0, 1) if length == 1 else extent
                for length, extent in zip(own, lying[len(lying) - len(own) :], strict=True)
            )
        )
        part = np.expand_dims(part, self.lacking)
        return np.broadcast_to(part, box_shape(box))


Operand = Aligned | Overlay
"""An array that is read box by box of the first operand."""
