"""Where an axis is cut: the rules of torch.split, torch.chunk and torch.tensor_split."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from xent_cli.errors import DataError, UsageError

Ranges = list[tuple[int, int]]
"""The (start, stop) of each piece, in order."""
MOST = 1 << 20
"""Pieces that are cut at most: each is a file."""


def by_size(length: int, size: int) -> Ranges:
    """Pieces of `size`, the last one smaller: torch.split(x, size).

    >>> by_size(11, 4)
    [(0, 4), (4, 8), (8, 11)]

    Raises:
        UsageError: `size` is negative, or 0 for an axis that is not empty; too many pieces.
    """
    if size < 0 or (size == 0 and length > 0):
        raise UsageError(f"--size must be at least 1; got {size}")
    starts = range(0, length, size) if length else range(1)
    _check_count(len(starts))
    return [(start, min(start + size, length)) for start in starts]


def _check_count(pieces: int) -> None:
    if pieces > MOST:
        raise UsageError(f"there would be {pieces} pieces, expected at most {MOST}")


def by_sizes(length: int, sizes: Sequence[int]) -> Ranges:
    """Pieces of the given sizes, which must add up to the axis: torch.split(x, [sizes]).

    >>> by_sizes(5, [2, 0, 3])
    [(0, 2), (2, 2), (2, 5)]

    Raises:
        UsageError: a size is negative.
        DataError: the sizes add up to another length.
    """
    if any(size < 0 for size in sizes):
        raise UsageError(f"--sizes must not be negative; got {min(sizes)}")
    if sum(sizes) != length:
        raise DataError(
            f"the sizes {', '.join(map(str, sizes))} add up to {sum(sizes)}, "
            f"but the dimension has length {length}",
            "sizes must cover it exactly; for pieces of one size use --size",
        )
    return list(pairwise([0, *accumulate(sizes)]))


def by_chunks(length: int, chunks: int) -> Ranges:
    """At most `chunks` pieces of ceil(length / chunks): torch.chunk(x, chunks).

    There may be fewer pieces than asked for; an empty axis gives `chunks` empty ones.

    >>> by_chunks(13, 6)
    [(0, 3), (3, 6), (6, 9), (9, 12), (12, 13)]

    Raises:
        UsageError: `chunks` is less than 1, or too many for an empty axis.
    """
    if chunks < 1:
        raise UsageError(f"--chunks must be at least 1; got {chunks}")
    if length == 0:
        _check_count(chunks)
        return [(0, 0)] * chunks
    return by_size(length, -(-length // chunks))


def by_sections(length: int, sections: int) -> Ranges:
    """Exactly `sections` pieces, the first length % sections one longer: torch.tensor_split(x, n).

    >>> by_sections(13, 6)
    [(0, 3), (3, 5), (5, 7), (7, 9), (9, 11), (11, 13)]

    Raises:
        UsageError: `sections` is less than 1, or too many.
    """
    if sections < 1:
        raise UsageError(f"--tensor-split must be at least 1; got {sections}")
    _check_count(sections)
    size, longer = divmod(length, sections)
    return list(pairwise([0, *accumulate(size + (i < longer) for i in range(sections))]))


def by_points(length: int, points: Sequence[int]) -> Ranges:
    """Pieces between cut points, as slices take them: torch.tensor_split(x, [points]).

    Negative points count from the end; points past the end give empty pieces, and points that do
    not rise give pieces that overlap or are empty, as x[a:b] would.

    >>> by_points(5, [2, 9])
    [(0, 2), (2, 5), (5, 5)]
    """
    bounds = [slice(point, None).indices(length)[0] for point in points]
    return [(a, max(a, b)) for a, b in pairwise([0, *bounds, length])]
