"""Where torch cuts, we cut."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays.base import MemoryArray
from xent_cli.arrays.views import splitting
from xent_cli.arrays.views.parts import ExpandedArray, SlicedArray
from xent_cli.errors import DataError, UsageError

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "split.json").read_text())


@pytest.mark.parametrize(("rule", "length", "argument", "expected"), GOLDEN)
def test_torch_cuts_the_same(rule, length, argument, expected) -> None:
    ranges = getattr(splitting, f"by_{rule}")(length, argument)
    assert [list(range(start, stop)) for start, stop in ranges] == expected


@pytest.mark.parametrize(
    ("rule", "argument", "error", "words"),
    [
        ("size", 0, UsageError, "at least 1"),
        ("size", -1, UsageError, "at least 1"),
        ("sizes", [2, 2], DataError, "add up to 4, but the dimension has length 5"),
        ("sizes", [6, -1], UsageError, "negative"),
        ("chunks", 0, UsageError, "at least 1"),
        ("sections", 0, UsageError, "at least 1"),
    ],
)
def test_what_cannot_be_cut(rule, argument, error, words) -> None:
    with pytest.raises(error, match=words):
        getattr(splitting, f"by_{rule}")(5, argument)


@pytest.mark.parametrize(
    ("rule", "length", "argument"),
    [
        ("size", 10**12, 1),
        ("chunks", 0, 10**18),
        ("sections", 5, 10**18),
        ("chunks", 10**12, 10**9),
    ],
)
def test_more_pieces_than_anyone_can_want(rule, length, argument) -> None:
    with pytest.raises(UsageError, match=r"there would be \d+ pieces, expected at most 1048576"):
        getattr(splitting, f"by_{rule}")(length, argument)


def test_views_read_as_slices() -> None:
    x = np.arange(24).reshape(2, 3, 4)
    whole = MemoryArray(x)
    for dim, length in enumerate(x.shape):
        part = SlicedArray(whole, dim, 1, length)
        np.testing.assert_array_equal(part.read_all(), np.take(x, range(1, length), axis=dim))
    for dim in range(4):
        np.testing.assert_array_equal(ExpandedArray(whole, dim).read_all(), np.expand_dims(x, dim))
