"""Boxes and dimensions of arrays, without any array."""

from __future__ import annotations

from xent_cli.errors import UsageError

Box = tuple[slice, ...]
"""A slice with start and stop for every axis: what is read, calculated or written at once."""


def box_shape(box: Box) -> tuple[int, ...]:
    """The shape of a box."""
    return tuple(s.stop - s.start for s in box)


def is_run(shape: tuple[int, ...], box: Box) -> bool:
    """Whether the box is one run of a C-order array: single indices, one range, whole axes.

    Boxes cut as it was follow each other without a gap, too.

    >>> is_run((4, 3), (slice(1, 3), slice(0, 3))), is_run((4, 3), (slice(1, 3), slice(0, 2)))
    (True, False)
    """
    lengths = box_shape(box)
    lead = next((axis for axis, length in enumerate(lengths) if length != 1), len(lengths))
    return lengths[lead + 1 :] == shape[lead + 1 :]


def resolve_dim(dim: int, rank: int, array: str, option: str = "--dim") -> int:
    """A dimension as a number from 0.

    Args:
        dim: negative ones count from the end.
        rank: how many dimensions there are.
        array: the array and its shape in words, for the message.
        option: that named it.

    Raises:
        UsageError: there is no such dimension.

    >>> resolve_dim(-1, 2, "x.npy has shape (2, 3)")
    1
    """
    if not -rank <= dim < rank:
        bounds = f"its dims go from {-rank} to {rank - 1}" if rank else "a number without dims"
        raise UsageError(f"{option} {dim} does not exist: {array}, {bounds}")
    return dim % rank


def row_index(row: int, rows_shape: tuple[int, ...], first_row: int) -> tuple[int, ...]:
    """Where a row lies among all of the input, of which those from `first_row` are read.

    >>> row_index(5, (4, 3), 10)
    (11, 2)
    """
    if not rows_shape:
        return ()
    position = []
    for length in reversed(rows_shape[1:]):
        row, index = divmod(row, length)
        position.append(index)
    return (row + first_row, *reversed(position))
