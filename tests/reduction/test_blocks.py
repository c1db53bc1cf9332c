"""Boxes tile an array exactly, stay below the limit, and follow its memory."""

from __future__ import annotations

import tracemalloc
from itertools import islice
from math import prod

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from xent_cli.geometry import box_shape, is_run
from xent_cli.reduction.blocks import plan_boxes

SHAPES = st.lists(st.integers(0, 6), max_size=4).map(tuple)


@given(SHAPES, st.integers(1, 40), st.booleans(), st.data())
def test_boxes_tile_the_array(
    shape: tuple[int, ...], limit: int, fortran: bool, data: st.DataObject
) -> None:
    whole = data.draw(st.sets(st.sampled_from(range(len(shape))))) if shape else set()
    seen = np.zeros(shape, dtype=int)
    for box in plan_boxes(shape, limit=limit, whole=tuple(whole), fortran=fortran):
        seen[box] += 1
        row = prod(shape[axis] for axis in whole)
        assert prod(box_shape(box)) <= max(limit, row)
        assert all(box[axis] == slice(0, shape[axis]) for axis in whole)
    assert (seen == 1).all()


@given(SHAPES, st.integers(1, 40))
def test_c_order_boxes_are_sequential(shape: tuple[int, ...], limit: int) -> None:
    places = np.arange(prod(shape)).reshape(shape)
    boxes = list(plan_boxes(shape, limit=limit))
    read = [int(i) for box in boxes for i in places[box].reshape(-1)]
    assert read == list(range(prod(shape)))
    assert all(is_run(shape, box) for box in boxes)


@given(SHAPES, st.data())
def test_is_run_tells_the_truth(shape: tuple[int, ...], data: st.DataObject) -> None:
    """Of boxes of any kind that are not empty: their elements follow each other, or they do not."""
    ends = [sorted(data.draw(st.tuples(*[st.integers(0, n)] * 2))) for n in shape]
    assume(all(start < stop for start, stop in ends))
    box = tuple(slice(start, stop) for start, stop in ends)
    read = np.arange(prod(shape)).reshape(shape)[box].reshape(-1)
    assert is_run(shape, box) == (read[-1] - read[0] == read.size - 1)


def test_boxes_are_planned_one_by_one() -> None:
    tracemalloc.start()
    try:
        boxes = list(islice(plan_boxes((1_000_000, 3), limit=1, whole=(1,)), 10))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert boxes[-1] == (slice(9, 10), slice(0, 3))
