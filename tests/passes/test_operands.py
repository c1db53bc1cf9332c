"""What lies over a box of the logits, against NumPy's own broadcasting."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from xent_cli.arrays.base import MemoryArray
from xent_cli.passes.operands import Aligned, Overlay

SHAPE = (4, 3, 5)
BOXES = list(product([(0, 4), (1, 3)], [(0, 3), (2, 3)], [(0, 5), (1, 4)]))


@pytest.mark.parametrize(
    "own", [(4, 3, 5), (1, 3, 5), (3, 5), (5,), (1,), (), (4, 1, 1), (3, 1)], ids=str
)
@pytest.mark.parametrize("spans", BOXES, ids=str)
def test_overlays(own: tuple[int, ...], spans) -> None:
    values = np.random.default_rng(0).normal(size=own)
    overlay = Overlay.over(MemoryArray(values, "w"), SHAPE)
    assert overlay is not None
    box = tuple(slice(*span) for span in spans)
    np.testing.assert_array_equal(overlay.read(box), np.broadcast_to(values, SHAPE)[box])


@pytest.mark.parametrize("own", [(4,), (2, 5), (4, 3), (1, 4, 3, 5)], ids=str)
def test_what_does_not_lie_over(own: tuple[int, ...]) -> None:
    assert Overlay.over(MemoryArray(np.zeros(own), "w"), SHAPE) is None


def test_one_number_a_row_lacks_the_classes() -> None:
    values = np.random.default_rng(0).normal(size=(4, 5))
    overlay = Overlay.over(MemoryArray(values, "w"), SHAPE, lacking=(1,))
    assert overlay is not None
    box = (slice(1, 3), slice(0, 3), slice(2, 5))
    wanted = np.broadcast_to(values[:, None, :], SHAPE)[box]
    np.testing.assert_array_equal(overlay.read(box), wanted)


@pytest.mark.parametrize("stop", [2, 4])
@pytest.mark.parametrize("end", [3, 5])
def test_labels_one_place_ahead(stop: int, end: int) -> None:
    labels = np.arange(20).reshape(4, 5)
    ahead = Aligned(MemoryArray(labels, "y"), missing=(2,), ahead=-1)
    box = (slice(1, stop), slice(1, end), slice(0, 7))
    moved = np.concatenate([labels[:, 1:], np.full((4, 1), -1)], axis=1)
    np.testing.assert_array_equal(ahead.read(box), moved[1:stop, 1:end])


def test_a_column_is_no_axis() -> None:
    labels = np.arange(4)[:, None]
    aligned = Aligned(MemoryArray(labels, "y"), missing=(1,), column=True)
    assert aligned.read((slice(1, 3), slice(0, 9))).tolist() == [1, 2]
