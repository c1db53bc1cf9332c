"""Cuts endless output into pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

PIECE = 4096
"""Lines a piece of text holds: 100 kB of numbers, large enough that writing costs nothing."""


def batches(items: Iterable[Item], size: int = PIECE) -> Iterator[list[Item]]:
    """Runs of up to `size` items, never empty.

    >>> list(batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    source = iter(items)
    while run := list(islice(source, size)):
        yield run
