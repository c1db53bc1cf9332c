"""What a loss says of weights that are seldom meant, and of numbers that nothing went into."""

from __future__ import annotations

import numpy as np
import pytest

from xent_cli import LossRequest, compute_loss
from xent_cli.errors import DataError

X = np.array([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
Y = np.array([0, 1, 2])
NOTHING = np.zeros((0, 3)), np.zeros(0, dtype=int)


def warnings(logits=X, labels=Y, **request) -> tuple[str, ...]:
    return compute_loss(LossRequest(logits, labels, **request)).warnings


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ("1,-1,2", "weight is below 0 for class 1: what it weighs is subtracted"),
        ("-1,1,-2", "weight is below 0 for class 0 and 1 more: what it weighs is subtracted"),
        ("1,2,inf", "weight is infinite for class 2"),
        ("-3", "weight is below 0 for every class: what it weighs is subtracted"),
    ],
)
@pytest.mark.parametrize("kind", ["softmax-ce", "torch.nn.CrossEntropyLoss"])
def test_class_weights_that_are_seldom_meant(kind, weight, expected) -> None:
    params = {"weight": weight}
    assert expected in warnings(kind=kind, params=params)


def test_ordinary_weights_say_nothing() -> None:
    assert not warnings(options={"weight": "1,0,2"}, sample_weight=np.array([1.0, 0.0, 2.0]))


def test_a_pos_weight_below_zero() -> None:
    targets = np.array([[0.0, 1.0, 0.0]] * 3)
    (warning,) = warnings(X, targets, kind="weighted", options={"pos_weight": "-1,1,1"})
    assert warning == "pos_weight is below 0 for class 0: what it weighs is subtracted"


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([1.0, -1.0, 2.0], "1 sample weight below 0: its loss is subtracted"),
        ([-1.0, -1.0, 2.0], "2 sample weights below 0: their losses are subtracted"),
        ([1.0, np.inf, 2.0], "1 sample weight of NaN or infinity"),
        ([1.0, np.nan, -np.inf], "2 sample weights of NaN or infinity"),
    ],
)
@pytest.mark.parametrize("blocks", [3, None])
def test_sample_weights_that_are_seldom_meant(weights, expected, blocks) -> None:
    found = warnings(sample_weight=np.array(weights), block_elements=blocks)
    assert expected in found


def test_weights_of_elements_are_counted_one_by_one() -> None:
    weights = np.array([[1.0, -1.0, 2.0], [-1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
    found = warnings(X, np.eye(3), kind="sigmoid-bce", sample_weight=weights)
    assert found == ("2 sample weights below 0: their losses are subtracted",)


def test_a_weight_that_is_no_number_is_named_as_the_cause() -> None:
    found = warnings(sample_weight=np.array([1.0, np.nan, 2.0]))
    assert "1 row with a loss of NaN (NaN or infinity in weights): row 1" in found
    found = warnings(sample_weight=np.array([1.0, np.inf, 2.0]))
    reason = "the label's probability is 0, or a weight is infinite"
    assert f"1 row with an infinite loss ({reason}): row 1" in found


def test_strict_refuses_them() -> None:
    with pytest.raises(DataError, match="1 sample weight below 0"):
        warnings(sample_weight=np.array([1.0, -1.0, 2.0]), strict=True)


@pytest.mark.parametrize(
    ("reduction", "ending"),
    [("mean", ": the mean is NaN"), ("sum", ": the sum is 0"), ("none", "")],
)
def test_nothing_is_told_by_the_number_that_was_asked_for(reduction, ending) -> None:
    assert warnings(*NOTHING, reduction=reduction) == (f"there are no rows{ending}",)
    ignored = np.full(3, -100)
    expected = (f"all 3 rows are ignored{ending}",)
    assert warnings(X, ignored, reduction=reduction) == expected
    weights = np.zeros(3)
    expected = (f"the weights of the rows that count sum to 0{ending}",)
    assert warnings(sample_weight=weights, reduction=reduction) == expected
    opposed = warnings(sample_weight=np.array([1.0, -1.0, 0.0]), reduction=reduction)
    assert any("sum to 0" in told for told in opposed) == (reduction == "mean")


def test_no_perplexity_of_nothing() -> None:
    logits, labels = np.zeros((1, 2, 3)), np.full((1, 2), -100)
    params = {"ignore_index": -100}
    found = warnings(logits, labels, kind="torchmetrics.Perplexity", params=params)
    assert found == ("all 2 rows are ignored: the perplexity is NaN",)
