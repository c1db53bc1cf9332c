"""Arrays whose bytes lie in files as they are to be written: copied by the kernel, never looked at.

Measured on 8 GiB against cat(1) in the same run: 0.9 of its speed along dim 0, 1.0 along dim 1;
where cat's output has to be on the disk, too, 1.0 and 1.15. Through maps and memory dim 1 had 0.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xent_cli.records import record, replace

WORTH = 64 << 10
"""Bytes of a run from which a call of the kernel for each costs less than gathering in memory."""


@record
class Extent:
    """`size` bytes of an open file from `offset`; `name` is what messages call it."""

    descriptor: int
    offset: int
    size: int
    name: str

    def part(self, start: int, size: int) -> Extent:
        """`size` of the bytes, from `start`."""
        return replace(self, offset=self.offset + start, size=size)


def interleaved(extents: Sequence[Extent], count: int) -> Iterator[Extent] | None:
    """Each extent in `count` equal runs: the first of each, the second of each, and so on.

    None where the runs are too short to be worth it.
    """
    steps = [extent.size // count for extent in extents]
    if sum(steps) < WORTH * len(steps):
        return None
    return (
        extent.part(turn * step, step)
        for turn in range(count)
        for extent, step in zip(extents, steps, strict=True)
    )
