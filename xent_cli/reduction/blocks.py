"""Cuts an array into boxes of bounded size, in the order of its memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from xent_cli.geometry import Box


def plan_boxes(
    shape: tuple[int, ...],
    *,
    limit: int,
    whole: tuple[int, ...] = (),
    fortran: bool = False,
) -> Iterator[Box]:
    """Boxes that tile `shape`, each of at most `limit` elements (or one row, if that is larger).

    Args:
        shape: the array's shape; () gives one empty box, an axis of length 0 gives no box.
        limit: elements a box may hold, at least 1.
        whole: the axes that are never cut (the class axis).
        fortran: the first axis varies fastest, so cut the last one first.

    The boxes run through memory from front to back. For C order and no `whole` axis, or the last
    axis whole, each box is one contiguous run.

    >>> [(rows.start, rows.stop) for rows, columns in plan_boxes((5, 3), limit=6)]
    [(0, 2), (2, 4), (4, 5)]
    """
    if 0 in shape:
        return
    axes = list(range(len(shape)))
    slow_to_fast = [a for a in (reversed(axes) if fortran else axes) if a not in whole]
    size = prod(shape[axis] for axis in whole)
    steps = dict.fromkeys(axes, 1)
    steps |= {axis: shape[axis] for axis in whole}
    for axis in reversed(slow_to_fast):
        steps[axis] = min(shape[axis], max(1, limit // size))
        size *= shape[axis]
        if steps[axis] < shape[axis]:
            break
    for starts in _product([range(0, shape[axis], steps[axis]) for axis in slow_to_fast]):
        box = [slice(0, length) for length in shape]
        for axis, start in zip(slow_to_fast, starts, strict=True):
            box[axis] = slice(start, min(start + steps[axis], shape[axis]))
        yield tuple(box)


def _product(ranges: Sequence[range]) -> Iterator[tuple[int, ...]]:
    """As `itertools.product`, which makes tuples of all the numbers first."""
    if not ranges:
        yield ()
        return
    for first in ranges[0]:
        for others in _product(ranges[1:]):
            yield (first, *others)
