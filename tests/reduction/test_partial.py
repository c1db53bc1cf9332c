"""Partials: merging in any order and cut gives the same, and the earliest extreme row wins."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xent_cli.reduction.partial import Partial

VALUES = st.lists(st.floats(width=32, allow_infinity=True, allow_nan=True), min_size=1, max_size=30)


def _of(values: list[float], start: int = 0) -> Partial:
    array = np.array(values, dtype=np.float64)
    return Partial.of(array, 1, None, lambda index: index + start)


def _state(partial: Partial) -> tuple[object, ...]:
    return (
        partial.rows,
        partial.ignored,
        partial.numerator,
        partial.denominator,
        partial.minimum,
        partial.maximum,
        partial.error,
    )


@given(VALUES, st.integers(1, 29), st.booleans())
def test_blocks_merge_to_the_whole(values: list[float], cut: int, backwards: bool) -> None:
    parts = [_of(values[:cut], 0), _of(values[cut:], min(cut, len(values)))]
    total = Partial()
    for part in reversed(parts) if backwards else parts:
        total.merge(part)
    assert _state(total) == _state(_of(values))


ROWS = st.lists(st.tuples(st.integers(-9, 9), st.booleans()), min_size=1, max_size=24)


@given(ROWS, st.lists(st.integers(0, 24), max_size=4), st.randoms(use_true_random=False))
def test_ignored_rows_are_counted_once_however_blocks_are_cut(rows, cuts, random) -> None:
    """Against sums of Python integers: of blocks without rows, and with none that counts, too."""

    def block(start: int, stop: int) -> Partial:
        cut = rows[start:stop]
        values = np.array([float(value) for value, _ in cut])
        counted = np.array([counts for _, counts in cut], dtype=bool)
        bounds = random.choice([0.5, np.full(len(cut), 0.5)])
        return Partial.of(values, 3, counted, lambda index: start + index, bounds)

    ends = sorted({0, len(rows), *(min(cut, len(rows)) for cut in cuts)})
    blocks = [block(start, stop) for start, stop in pairwise([0, *ends])]
    random.shuffle(blocks)
    halves = [Partial(), Partial()]
    for part in blocks:
        random.choice(halves).merge(part)
    total = Partial()
    total.merge(halves[1])
    total.merge(halves[0])
    kept = [value for value, counts in rows if counts]
    assert (total.rows, total.ignored) == (len(rows), len(rows) - len(kept))
    assert total.numerator.value() == sum(kept)
    assert total.denominator.value() == 3 * len(kept)
    assert total.error.value() == len(kept) / 2
    whole = block(0, len(rows))
    assert (total.minimum, total.maximum) == (whole.minimum, whole.maximum)


def test_ignored_rows_count_nowhere() -> None:
    counted = np.array([True, False, True])
    partial = Partial.of(
        np.array([1.0, 0.0, 3.0]), np.array([2.0, 9.0, 4.0]), counted, lambda i: 10 + i
    )
    assert (partial.rows, partial.ignored) == (3, 1)
    assert partial.numerator.value() == 4.0
    assert partial.denominator.value() == 6.0
    assert partial.minimum == (1.0, 10)
    assert partial.maximum == (3.0, 12)


def test_extremes_pass_over_nan_and_name_the_first_row() -> None:
    partial = _of([math.nan, 2.0, 1.0, 2.0, 1.0, math.nan])
    assert partial.minimum == (1.0, 2)
    assert partial.maximum == (2.0, 1)
    assert _of([math.nan]).minimum is None


def test_counts_add_up_and_zeros_leave_no_trace() -> None:
    total, other = Partial(), Partial()
    other.count({"clamped": 2, "nothing": 0})
    total.merge(other)
    total.merge(other)
    assert dict(total.counts) == {"clamped": 4}
