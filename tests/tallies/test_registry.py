"""Every tally of the registry: any cut, any order, through JSON and back, gives the same."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xent_cli import tallies
from xent_cli.errors import UsageError
from xent_cli.losses import get_loss
from xent_cli.losses.base import Block
from xent_cli.losses.byproducts import Byproducts
from xent_cli.records import from_json, replace, to_json
from xent_cli.tallies.extremes import Extremes
from xent_cli.tallies.rows import Factors, Rows, Weighing

CLASSES = 3
VALUES = st.floats(-8, 8, width=32) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0])
ROWS = st.lists(
    st.tuples(
        st.lists(VALUES, min_size=CLASSES, max_size=CLASSES),
        st.sampled_from([0, 1, 2, -100]),
        st.sampled_from([1.0, 0.0, 0.5, 3.0]),
    ),
    max_size=20,
)


@dataclass
class Place:
    """Rows from `start` on."""

    start: int = 0
    logits: str = "logits"
    labels: str = "labels"

    def row(self, index: int) -> str:
        return f"row {self.locate(index)}"

    def locate(self, index: int) -> int:
        return self.start + index


def rows_of(data: list[Any], start: int, wants: tuple[str, ...], dense: bool = False) -> Rows:
    loss = get_loss("softmax-ce")
    logits = np.array([row for row, _, _ in data], dtype=np.float32).reshape(-1, CLASSES)
    labels = np.array([label for _, label, _ in data], dtype=np.int64)
    if dense:
        labels = np.eye(CLASSES)[np.maximum(labels, 0)]
    weights = np.array([weight for _, _, weight in data], dtype=np.float64)
    options = replace(loss.options, **{param.name: param.default for param in loss.params})
    block = Block(logits, labels, False, 0, Place(start), by=Byproducts(wants))
    weighing = Weighing(Factors(weights, by_element=False))
    return Rows(loss, block, options, weighing=weighing)


def tally_of(name: str, data: list[Any], start: int = 0, dense: bool = False) -> Any:
    tally = tallies.TALLIES[name]()
    wants = ("top",) if dense else tally.needs
    with np.errstate(all="ignore"):
        tally.add(rows_of(data, start, wants, dense))
    return tally


@pytest.mark.parametrize("name", tallies.TALLIES)
@settings(max_examples=50)
@given(data=ROWS, cuts=st.lists(st.integers(0, 20), max_size=3), order=st.randoms())
def test_any_cut_and_order_through_json_is_the_whole(
    name: str, data: list[Any], cuts: list[int], order: Any
) -> None:
    bounds = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    parts = [tally_of(name, data[start:stop], start) for start, stop in pairwise(bounds)]
    order.shuffle(parts)
    total = tallies.TALLIES[name]()
    for part in parts:
        through = from_json(type(part), json.loads(json.dumps(to_json(part), allow_nan=False)))
        assert through == part
        total.merge(through)
    assert total == tally_of(name, data)
    empty = tallies.TALLIES[name]()
    empty.merge(total)
    assert empty == total


def test_ignored_rows_count_nowhere() -> None:
    data = [([1.0, 0.0, 0.0], 0, 1.0), ([9.0, 0.0, 0.0], -100, 1.0), ([0.0, 1.0, 0.0], 0, 2.0)]
    loss = tally_of("loss", data)
    assert (loss.rows, loss.ignored, loss.denominator.value()) == (3, 1, 3.0)
    assert tally_of("extremes", data).minimum[1] == 0
    assert tally_of("label-counts", data).counts == {0: 2}
    accuracy = tally_of("accuracy", data)
    assert (accuracy.right, accuracy.answers) == (1, 2)


def test_extremes_pass_over_nan_and_name_the_first_row() -> None:
    nan, low, high = ([math.nan] * 3, 0, 1.0), ([5.0, 0.0, 0.0], 0, 1.0), ([0.0, 5.0, 5.0], 0, 1.0)
    extremes = tally_of("extremes", [nan, high, low, high, low, nan], start=10)
    assert (extremes.minimum[1], extremes.maximum[1]) == (12, 11)
    assert tally_of("extremes", [nan]) == Extremes()


def test_events_add_up_and_zeros_leave_no_trace() -> None:
    total, other = tallies.TALLIES["events"](), tally_of("events", [([0.0] * 3, 0, -1.0)])
    total.merge(other)
    total.merge(other)
    assert dict(total.counts) == {"negative_weights": 2}


@pytest.mark.parametrize("dense", [False, True])
def test_accuracy_takes_the_lowest_of_equal_tops_and_no_row_with_nan(dense: bool) -> None:
    data = [
        ([1.0, 1.0, 0.0], 0, 1.0),
        ([1.0, 1.0, 0.0], 1, 1.0),
        ([-math.inf] * 3, 0, 1.0),
        ([math.nan, 0.0, 0.0], 0, 1.0),
        ([0.0, math.inf, math.inf], 1, 1.0),
    ]
    accuracy = tally_of("accuracy", data, dense=dense)
    assert (accuracy.right, accuracy.answers) == (3, 5)


def test_metrics_are_found_by_name_and_alias_in_the_order_of_the_registry() -> None:
    assert tallies.find_metrics(["label_counts", "ACC", "accuracy"]) == ("accuracy", "label-counts")
    with pytest.raises(UsageError, match="there is no metric 'loss'"):
        tallies.find_metrics(["loss"])
