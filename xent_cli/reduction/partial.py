"""What a block of rows adds to the result; blocks merge in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from xent_cli.records import field, mutable_record
from xent_cli.reduction.exact import ExactSum

Floats = np.ndarray[Any, np.dtype[np.float64]]
Extreme = tuple[float, int]
"""A row's loss and its index in C order."""


@mutable_record
class Partial:
    """The rows seen so far: zero, `of` a block, `merge`, read.

    Attributes:
        rows: all rows, the ignored ones among them.
        ignored: rows that count neither in the numerator nor in the denominator.
        numerator, denominator: exact; their ratio is the mean.
        minimum, maximum: the extreme losses of rows that count, and the first row with each.
        counts: events by name (rows that are NaN, clamped elements, ...).
        error: how far the numerator can be from the exact one: the exact sum of the rows' bounds;
            NaN where the bound of a row is not known.
    """

    rows: int = 0
    ignored: int = 0
    numerator: ExactSum = field(default_factory=ExactSum)
    denominator: ExactSum = field(default_factory=ExactSum)
    minimum: Extreme | None = None
    maximum: Extreme | None = None
    counts: Counter[str] = field(default_factory=Counter)
    error: ExactSum = field(default_factory=ExactSum)

    @classmethod
    def of(
        cls,
        values: Floats,
        weights: Floats | int,
        counted: np.ndarray[Any, np.dtype[np.bool_]] | None,
        locate: Callable[[int], int],
        bounds: Floats | float | None = 0.0,
    ) -> Partial:
        """The partial of one block.

        Args:
            values: (rows,) float64, what each row adds to the numerator.
            weights: what each row adds to the denominator: (rows,) float64, or one whole number.
            counted: (rows,) bool, False for ignored rows; None if all count.
            locate: from an index in the block to the row in C order; must be increasing.
            bounds: how far the values can be off: (rows,) float64, or a number for every row;
                None: not known.
        """
        rows = len(values)
        where: Callable[[int], int] = locate
        if counted is not None and not counted.all():
            kept = np.flatnonzero(counted)
            values = values[kept]
            bounds = bounds[kept] if isinstance(bounds, np.ndarray) else bounds
            weights = weights if isinstance(weights, int) else weights[kept]

            def where(index: int) -> int:
                return locate(int(kept[index]))

        partial = cls(rows=rows, ignored=rows - len(values))
        low, high = partial.numerator.add_and_find(values)
        if low >= 0:
            partial.minimum = float(values[low]), where(low)
            partial.maximum = float(values[high]), where(high)
        if isinstance(weights, int):
            partial.denominator.add_integer(weights * len(values))
        else:
            partial.denominator.add(weights)
        if bounds is None:
            partial.error.nan += 1
        elif isinstance(bounds, np.ndarray):
            partial.error.add(bounds)
        else:
            partial.error.add_times(bounds, len(values))
        return partial

    def count(self, events: Mapping[str, int]) -> None:
        """Adds to the counts of named events; zeros leave no trace."""
        for name, number in events.items():
            if number:
                self.counts[name] += number

    def merge(self, other: Partial) -> None:
        """Takes in another block."""
        self.rows += other.rows
        self.ignored += other.ignored
        self.numerator.merge(other.numerator)
        self.denominator.merge(other.denominator)
        self.minimum = _better(self.minimum, other.minimum, sign=1)
        self.maximum = _better(self.maximum, other.maximum, sign=-1)
        self.counts.update(other.counts)
        self.error.merge(other.error)


def _better(ours: Extreme | None, other: Extreme | None, *, sign: int) -> Extreme | None:
    """The one with the smaller sign * loss; of equal losses the earlier row."""
    if ours is None or other is None:
        return other if ours is None else ours
    return min(ours, other, key=lambda extreme: (sign * extreme[0], extreme[1]))
