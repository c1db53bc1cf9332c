"""Some rows of the inputs, looked at: what their numbers can be."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.figure import Figure
from xent_cli.losses.base import Flags, Floats, Place
from xent_cli.records import field, mutable_record, record
from xent_cli.tallies.rows import Indices

if TYPE_CHECKING:
    from xent_cli.header import Header
    from xent_cli.tallies.base import Tallies
    from xent_cli.tallies.rows import Rows

FIRST = 16
NUMBERS = (*range(FIRST), *(n for k in range(4, 62) for n in (1 << k, 3 << (k - 1))))
"""The rows that are looked at, by their numbers in C order: the first, and then ever fewer."""
_AT_ONCE = 1 << 13
"""Numbers that are looked at side by side: no array of a block's size is made."""
_MOST_DECIMALS = 4
_NONE: Indices = np.empty(0, np.int64)
_SLACK, _PERCENT = 1e-9, 100 + 1e-3


@record
class Look:
    """What the numbers of a row are.

    Attributes:
        count: how many there are.
        low, high: of those that are not NaN; inf and -inf where there is none.
        nan: how many are NaN.
        total: their sum, of rows from 0 to 100; else None.
        mass: the logarithm of the sum of their exponentials, of rows that are nowhere above 0; else
            None.
        decimals: the fewest with which they can be written, at most 4, of rows with a `total`; 0
            also of targets that are whole numbers; else -1.
    """

    count: int
    low: float
    high: float
    nan: int = 0
    total: float | None = None
    mass: float | None = None
    decimals: int = -1


def look_at(rows: np.ndarray[Any, Any], *, targets: bool = False) -> Iterator[Look]:
    """A look at each of some rows, (rows, classes), of any dtype.

    Sums are taken only where they say something: of a row of 32,000 logits the two ends alone.

    >>> [look.total for look in look_at(np.array([[0.25, 0.75], [-1.0, 2.0]]))]
    [1.0, None]
    """
    values, eps = as_float(rows), _eps(rows.dtype)
    lows, highs = values.min(axis=1), values.max(axis=1)
    nans = np.isnan(lows)
    counts = np.zeros(len(rows), np.int64)
    if nans.any():
        counts[nans] = np.isnan(values[nans]).sum(axis=1)
        lows[nans] = np.nanmin(np.where(np.isnan(values[nans]), np.inf, values[nans]), axis=1)
        highs[nans] = np.nanmax(np.where(np.isnan(values[nans]), -np.inf, values[nans]), axis=1)
    summed = ~nans & (lows >= -_SLACK) & (highs <= _PERCENT)
    negative = ~nans & (highs <= _SLACK) & np.isfinite(highs)
    totals: dict[int, tuple[float, int]] = {}
    masses: dict[int, float] = {}
    for some in _pieces(summed, rows.shape[1]):
        wide = values[some].astype(np.float64)
        pairs = zip(wide.sum(axis=1).tolist(), _decimals(wide, eps).tolist(), strict=True)
        totals.update(zip(some.tolist(), pairs, strict=True))
    for some in _pieces(negative, rows.shape[1]):
        wide = values[some].astype(np.float64)
        logs = highs[some] + np.log(np.exp(wide - highs[some, None]).sum(axis=1))
        masses.update(zip(some.tolist(), logs.tolist(), strict=True))
    whole = np.zeros(len(rows), bool)
    if targets:
        whole = (np.rint(values) == values).all(axis=1)
    ends = zip(lows.tolist(), highs.tolist(), counts.tolist(), strict=True)
    for index, (low, high, nan) in enumerate(ends):
        total, decimals = totals.get(index, (None, 0 if whole[index] else -1))
        yield Look(rows.shape[1], low, high, nan, total, masses.get(index), decimals)


def _pieces(chosen: Flags, width: int) -> Iterator[Indices]:
    """The chosen rows, as many at once as are looked at side by side."""
    indices, step = np.flatnonzero(chosen), max(1, _AT_ONCE // width)
    for start in range(0, len(indices), step):
        yield indices[start : start + step]


def _eps(dtype: np.dtype[Any]) -> float:
    if dtype.kind in "iub":
        return 0.0
    return float(np.finfo(dtype).eps) if dtype.names is None else 2.0**-7


def _decimals(values: Floats, eps: float) -> Indices:
    """The decimals that each row needs; -1: more than are counted."""
    needed = np.full(len(values), -1)
    for decimals in reversed(range(_MOST_DECIMALS + 1)):
        scaled = values * 10.0**decimals
        near = np.abs(scaled - np.rint(scaled)) <= max(_SLACK, 2 * eps) * np.maximum(1, scaled)
        fits = near.all(axis=1)
        needed[fits] = decimals
        if not fits.any():
            break
    return needed


@mutable_record
class Sample:
    """Looks at the rows of `NUMBERS`, by their numbers: the same for any route, block and cut.

    Attributes:
        operand, targets: a look at each.
        shifts: of index labels the loss of a row, and what it grows by for the class below the
            label's and for the one above (inf where there is none).
    """

    needs = ()

    operand: dict[int, Look] = field(default_factory=dict)
    targets: dict[int, Look] = field(default_factory=dict)
    shifts: dict[int, tuple[float, float, float]] = field(default_factory=dict)

    def add(self, rows: Rows) -> None:
        """Looks at the rows of a block that are among them."""
        block, count = rows.block, len(rows)
        if not count or not block.logits.shape[1]:
            return
        numbers, indices = sampled(rows)
        if not numbers:
            return
        for role, array in ((self.operand, block.logits), (self.targets, block.labels)):
            if array.ndim == 2 and array.shape[1]:
                for run in _runs(indices):
                    first = int(indices[run.start])
                    rows_of_run = array[first : first + run.stop - run.start]
                    looks = look_at(rows_of_run, targets=role is self.targets)
                    role.update(zip(numbers[run], looks, strict=True))

        if block.labels.ndim == 1:
            self.shifts.update(zip(numbers, _shifts(rows, indices), strict=True))

    def merge(self, other: Sample) -> None:
        """Takes in other rows."""
        self.shifts.update(other.shifts)
        self.operand.update(other.operand)
        self.targets.update(other.targets)

    def figures(self, header: Header, tallies: Tallies) -> Iterator[Figure]:
        """None: diagnoses tell of them."""
        yield from ()


def _shifts(rows: Rows, indices: Indices) -> Iterator[tuple[float, float, float]]:
    """What the losses of some rows are, and would grow by with another label."""
    labels, logits = rows.label_classes_at(indices), rows.block.logits
    for index, label in zip(indices.tolist(), labels.tolist(), strict=True):
        at, below, above = 0.0, math.inf, math.inf
        if 0 <= label < logits.shape[1]:
            near = as_float(logits[index, max(0, label - 1) : label + 2]).astype(np.float64)
            at = float(near[min(label, 1)])
            if label and not rows.block.label_base:
                below = at - float(near[0])
            if label + 1 < logits.shape[1]:
                above = at - float(near[-1])
        shift = (float(rows.unweighted[index]), below, above)
        one, two, three = (number if math.isfinite(number) else math.inf for number in shift)
        yield one, two, three


def _runs(indices: Indices) -> Iterator[slice]:
    """Where rows follow each other, so that they are looked at without a copy."""
    ends = [0, *(np.flatnonzero(np.diff(indices) != 1) + 1).tolist(), len(indices)]
    for start, stop in pairwise(ends):
        yield slice(start, stop)


def sampled(rows: Rows) -> tuple[list[int], Indices]:
    """The rows of a block that are looked at, and count: their numbers, and their indices."""
    numbers, indices = _sampled(rows.block.place, len(rows))
    if not numbers:
        return numbers, indices
    kept = counting(rows, indices)
    if not kept.all():
        numbers, indices = [n for n, k in zip(numbers, kept, strict=True) if k], indices[kept]
    return numbers, indices


def counting(rows: Rows, indices: Indices) -> Flags:
    """Which of some rows of a block count, and weigh something."""
    kept = np.ones(len(indices), np.bool_)
    if rows.losses.counted is not None:
        kept &= rows.losses.counted[indices]
    if rows.factors is not None and not rows.factors.by_element:
        kept &= rows.factors.values[indices] != 0
    return kept


def _sampled(place: Place, count: int) -> tuple[list[int], Indices]:
    """The rows of a block that are looked at: their numbers, and their indices in it."""
    locate = place.locate
    first, last = locate(0), locate(count - 1)
    numbers = list(NUMBERS[bisect_left(NUMBERS, first) : bisect_right(NUMBERS, last)])
    if not numbers:
        return numbers, _NONE
    if last - first == count - 1:
        return numbers, np.array(numbers, np.int64) - first
    indices = [bisect_left(range(count), number, key=locate) for number in numbers]
    found = [(n, i) for n, i in zip(numbers, indices, strict=True) if locate(i) == n]
    return [number for number, _ in found], np.array([index for _, index in found], np.int64)
