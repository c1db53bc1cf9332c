"""Whether the whole numbers of a column recur, in bounded memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from xent_cli.arrays.base import Array

_MOST = 1 << 26
"""Numbers further from the first are not looked for again; of nearer ones a byte each is kept."""


class Distinct:
    """Numbers that come in blocks.

    Those of an index mostly count by one, of which only the ends are kept. Of others those within
    2**26 of the first are.

    >>> numbers = Distinct()
    >>> numbers.first_again(np.array([0, 1, 2])), numbers.first_again(np.array([3, 9, 1]))
    (None, 2)
    """

    def __init__(self) -> None:
        self._base: int | None = None
        self._start = self._stop = 0
        self._seen: np.ndarray[Any, np.dtype[np.bool_]] | None = None

    def first_again(self, numbers: Array) -> int | None:
        """The place of the first number that was there before; None where there is none."""
        if self._base is None:
            low, high = int(numbers.min()), int(numbers.max())
            self._base = 0 if low >= 0 and high < _MOST else low - _MOST // 2
        numbers = numbers - self._base
        if self._seen is None:
            start = self._stop if self._stop > self._start else int(numbers[0])
            if np.array_equal(numbers, np.arange(start, start + len(numbers))):
                self._start = self._start if self._stop > self._start else start
                self._stop = start + len(numbers)
                return None
            self._seen = np.zeros(0, np.bool_)
            self._reach(min(self._stop, _MOST))
            self._seen[max(0, self._start) : max(0, self._stop)] = True
        small = np.flatnonzero((numbers >= 0) & (numbers < _MOST))
        if not small.size:
            return None
        wanted = numbers[small]
        self._reach(int(wanted.max()) + 1)
        again = self._seen[wanted]
        first = np.unique(wanted, return_index=True)[1]
        twice = np.ones(len(wanted), np.bool_)
        twice[first] = False
        again |= twice
        self._seen[wanted] = True
        return int(small[np.argmax(again)]) if again.any() else None

    def _reach(self, length: int) -> None:
        assert self._seen is not None
        if length > len(self._seen):
            more = np.zeros(min(_MOST, max(length, 2 * len(self._seen))), np.bool_)
            more[: len(self._seen)] = self._seen
            self._seen = more
