"""How the arrays of a loss lie over its first operand, and what of them lies over a box of it."""

from __future__ import annotations

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader, Box
from xent_cli.losses.checks import broadcasts
from xent_cli.records import record, replace
from xent_cli.reduction.blocks import box_shape


def without(box: Box, axis: int | None) -> Box:
    """A box without one axis.

    >>> without((slice(0, 2), slice(0, 5)), 1)
    (slice(0, 2, None),)
    """
    return box if axis is None else box[:axis] + box[axis + 1 :]


@record
class Aligned:
    """An array with the axes of the first operand, in their order.

    Attributes:
        reader: where it comes from.
        missing: the axis that it does not have (the class axis, of one number a row).
        column: it has one axis of length 1 more, at the end.
        ahead: its last axis is read one place ahead, with this number behind the end.
    """

    reader: ArrayReader
    missing: int | None = None
    column: bool = False
    ahead: int | None = None

    def through(self, reader: ArrayReader) -> Aligned:
        """The same array, read by another reader."""
        return replace(self, reader=reader)

    def read(self, box: Box) -> Array:
        """The part over `box`, without the axis that is missing."""
        part = without(box, self.missing)
        lengths = box_shape(part)
        if self.column:
            part = (*part, slice(0, 1))
        if self.ahead is None:
            return self.reader.read(part).reshape(lengths)
        *before, last = part
        there = slice(last.start + 1, min(last.stop + 1, self.reader.shape[-1]))
        moved = np.full(box_shape(part), self.ahead, dtype=np.int64)
        moved[..., : there.stop - there.start] = self.reader.read((*before, there))
        return moved.reshape(lengths)


@record
class Overlay:
    """An array that lies over another of shape `shape`, read box by box.

    `leading`: it has that array's leading axes, and one value for all that follows them;
    otherwise NumPy's broadcasting holds, which aligns the last axes.
    """

    reader: ArrayReader
    shape: tuple[int, ...]
    leading: bool = False

    @classmethod
    def over(
        cls, reader: ArrayReader, shape: tuple[int, ...], *, leading: bool = False
    ) -> Overlay | None:
        """The overlay, or None if the shapes do not fit; `leading` allows missing last axes."""
        own = reader.shape
        if leading and len(own) < len(shape) and own == shape[: len(own)]:
            return cls(reader, shape, True)
        return cls(reader, shape) if broadcasts(own, shape) else None

    def through(self, reader: ArrayReader) -> Overlay:
        """The same array, read by another reader."""
        return replace(self, reader=reader)

    def read(self, box: Box) -> Array:
        """The part that lies over `box`, in the box's shape."""
        rank = len(self.reader.shape)
        lying = box[:rank] if self.leading else box[len(box) - rank :]
        part = self.reader.read(
            tuple(
                slice(0, 1) if length == 1 else extent
                for length, extent in zip(self.reader.shape, lying, strict=True)
            )
        )
        if self.leading:
            part = part.reshape(part.shape + (1,) * (len(box) - rank))
        return np.broadcast_to(part, box_shape(box))


Operand = Aligned | Overlay
"""An array that is read box by box of the first operand."""
