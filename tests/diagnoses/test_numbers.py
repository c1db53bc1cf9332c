"""What frameworks do to numbers on the way: clipped, summed in half precision, below 0."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xent_cli import LossRequest, compute_loss
from xent_cli.arrays.base import ReadOptions

RNG = np.random.default_rng(6)
X = RNG.normal(size=(30, 4))
Y = RNG.integers(0, 4, 30)
P = np.exp(X) / np.exp(X).sum(1, keepdims=True)
T = np.eye(4)[Y]


def told(x: np.ndarray, y: np.ndarray, kind: str, **given: Any) -> dict[str, str]:
    result = compute_loss(LossRequest(x, y, kind, **given))
    return {each.id: each.message for each in result.diagnoses if each.level != "note"}


def sure(labels: np.ndarray, wrong: int) -> np.ndarray:
    """Rows of 0 and 1 that are right but for the first."""
    rows = np.eye(4)[labels]
    rows[:wrong] = np.roll(rows[:wrong], 1, axis=1)
    return rows


CLIPPING = [
    ("keras.losses.SparseCategoricalCrossentropy", Y, 2),
    ("keras.losses.CategoricalCrossentropy", T, 2),
    ("keras.losses.CategoricalFocalCrossentropy", T, 2),
    ("keras.losses.BinaryCrossentropy", T, 4),
    ("keras.losses.BinaryFocalCrossentropy", T, 4),
    ("sklearn.metrics.log_loss", Y, 2),
]


@pytest.mark.parametrize(("kind", "y", "count"), CLIPPING)
@pytest.mark.parametrize("block", [4, None])
def test_clipped_probabilities(kind: str, y: np.ndarray, count: int, block: int | None) -> None:
    found = told(sure(Y, 2), y, kind, block_elements=block)
    assert found == {
        "probabilities-clipped": f"{count} probabilities of what is right raised by the clipping "
        f"of {kind}; without it the loss is larger"
    }
    assert told(sure(Y, 0), y, kind) == {}  # 1 and 0 where they belong
    weights = np.ones(30)
    weights[:2] = 0
    assert told(P, y, kind, sample_weight=weights) == {}
    masked = np.arange(30) > 1
    if not kind.startswith("sklearn"):
        assert told(sure(Y, 2), y, kind, mask=masked) == {}


def test_a_loss_below_0_without_another_word() -> None:
    rows = np.log(P)
    rows = np.concatenate([rows, rows[:1], rows[:10]])
    labels = np.concatenate([Y, Y[:1], Y[:10]])
    rows[33] = 0.5  # which the sample passes over
    found = told(rows, labels, "nll")
    assert (
        found["loss-negative"]
        == "the loss of row 33 is -0.5, and nll has none below 0 of what it takes"
    )
    assert "loss-negative" not in told(X + 9, Y, "nll")  # logits are told as such
    assert "loss-negative" not in told(X, Y, "softmax-ce", options={"weight": "1,-1,1,1"})
    assert told(X, Y.repeat(4).reshape(30, 4) * 0.0 + 3, "poisson-nll") == {}
    targets = np.zeros((30, 4))
    targets[25], late = 3, X.copy()  # which the sample passes over, too
    late[25] = 5
    assert told(late, targets, "torch.nn.BCEWithLogitsLoss").keys() == {"loss-negative"}


def test_half_precision_overflows_in_pytorch() -> None:
    x = (RNG.normal(size=(20000, 10)) * 4).astype(np.float16)
    y = RNG.integers(0, 10, 20000)
    kind = "torch.nn.CrossEntropyLoss"
    result = compute_loss(LossRequest(x, y, kind))
    assert result.loss is not None
    assert result.notes == (
        f"the losses sum to {result.numerator:.6g}, and {kind} sums in float16, which ends at "
        "65504: PyTorch gives inf",
    )
    binary = RNG.integers(0, 2, x.shape).astype(np.float16)
    assert compute_loss(LossRequest(x, binary, "torch.nn.BCEWithLogitsLoss")).notes == ()
    summed = compute_loss(LossRequest(x, binary, "torch.nn.BCEWithLogitsLoss", reduction="sum"))
    assert summed.notes != ()
    for other in (x[:5000], x.astype(np.float32)):
        assert compute_loss(LossRequest(other, y[: len(other)], kind)).notes == ()
    assert compute_loss(LossRequest(x, y)).notes == ()


def test_log_probabilities_where_sigmoid_logits_belong() -> None:
    found = told(np.log(P), T, "sigmoid-bce")
    assert found.keys() == {"log-probabilities-as-logits"}
    assert told(-np.abs(X) - 3, T, "sigmoid-bce") == {}  # rare answers


def test_weights_without_effect() -> None:
    assert told(X, Y, "softmax-ce", options={"weight": "0,0,0,0"})["zero-class-weights"] == (
        "weight is 0 for every class: nothing is left"
    )
    kind, given = "keras.losses.BinaryFocalCrossentropy", {"alpha": 0.3}
    assert told(P, T, kind, params=given) == {
        "alpha-idle": "alpha has no effect without -p apply_class_balancing=true"
    }
    assert told(P, T, kind, params={**given, "apply_class_balancing": True}) == {}
    assert told(P, T, kind) == {}


def test_the_cause_of_nan_is_looked_for() -> None:
    logs = np.log(P)
    found = told(logs, logs, "torch.nn.KLDivLoss")
    assert found["loss-nan"].startswith(
        "30 rows with a loss of NaN (targets below 0 have no logarithm)"
    )
    found = told(P * (Y > 0)[:, None], T, "keras.losses.CategoricalCrossentropy")
    assert "probs that have no logarithm" in found["loss-nan"]
    nan = np.where(T > 0, np.nan, 0.25)
    assert "(NaN or infinity in targets)" in told(X, nan, "sigmoid-bce")["loss-nan"]
    assert (
        "(NaN or infinity in logits)"
        in told(np.where(T > 0, np.nan, X), Y, "softmax-ce")["loss-nan"]
    )


def test_a_row_lies_among_all_that_is_in_the_file() -> None:
    rows = np.log(np.tile(P, (2, 1)))
    rows[33] = 0.5
    read = ReadOptions(rows=(8, 60))
    result = compute_loss(LossRequest(rows, np.tile(Y, 2), "nll", read=read))
    (found,) = result.diagnoses
    assert found.message.startswith("the loss of row 33 is -0.5")
    assert found.place == {"row": 33}
