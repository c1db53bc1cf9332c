"""Own focal kinds of probabilities: the same losses as of their logits, and exact at 0 and 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from xent_cli import LossRequest, compute_loss
from xent_cli.tasks.grad import GradRequest, compute_gradient

RNG = np.random.default_rng(5)
X = RNG.normal(size=(12, 4)) * 2
P = np.exp(X) / np.exp(X).sum(1, keepdims=True)
S = 1 / (1 + np.exp(-X))
T = RNG.integers(0, 2, X.shape).astype(float)
Y = RNG.integers(0, 4, 12)
PARAMS: list[dict[str, Any]] = [{}, {"gamma": 0.5}, {"gamma": 0}]


def values(x: np.ndarray, y: np.ndarray, kind: str, **given: Any) -> np.ndarray:
    request = LossRequest(x, y, kind, reduction="none", precision="double", **given)
    result = compute_loss(request)
    assert result.values is not None
    assert not result.warnings
    flat = [value for run in result.values.chunks() for value in run]
    return np.array(flat).reshape(result.values.shape)


@pytest.mark.parametrize("params", PARAMS)
def test_sigmoid_focal(params: dict[str, Any]) -> None:
    gamma = params.get("gamma", 2)
    found = values(S, T, "sigmoid-focal", params={**params, "alpha": 0.25}, options=PROBS)
    q = np.where(T == 1, S, 1 - S)
    expected = np.where(T == 1, 0.25, 0.75) * (1 - q) ** gamma * -np.log(q)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    soft = RNG.random(T.shape)
    found = values(S, soft, "sigmoid-focal", params=params, options=PROBS)
    np.testing.assert_allclose(found, values(X, soft, "sigmoid-focal", params=params), rtol=1e-9)


PROBS = {"input": "probs"}


@pytest.mark.parametrize("params", PARAMS)
@pytest.mark.parametrize("kind", ["softmax-focal", "poly"])
@pytest.mark.parametrize("labels", [Y, np.eye(4)[Y] * 0.8 + 0.05], ids=["index", "dense"])
def test_softmax_kinds(kind: str, labels: np.ndarray, params: dict[str, Any]) -> None:
    params = {} if kind == "poly" else params
    of_logits = values(X, labels, kind, params=params)
    for takes, operand in (("probs", P), ("log-probs", np.log(P))):
        found = values(operand, labels, kind, params=params, options={"input": takes})
        np.testing.assert_allclose(found, of_logits, rtol=1e-9)


@pytest.mark.parametrize(
    ("p", "t", "expected"),
    [(0.0, 1.0, math.inf), (1.0, 0.0, math.inf), (0.0, 0.0, 0.0), (1.0, 1.0, 0.0)],
)
def test_nothing_is_clipped(p: float, t: float, expected: float) -> None:
    request = LossRequest(np.array([[p]]), np.array([[t]]), "sigmoid-focal", options=PROBS)
    result = compute_loss(request)
    assert result.loss == expected
    assert bool(result.warnings) == math.isinf(expected)


def test_gradients_by_probabilities() -> None:
    step = 1e-6
    for kind, operand, labels in (("sigmoid-focal", S, T), ("softmax-focal", P, Y), ("poly", P, Y)):
        given = {"kind": kind, "options": PROBS, "reduction": "sum", "precision": "double"}
        corner = compute_gradient(GradRequest(LossRequest(operand, labels, **given))).outputs[0]
        assert corner.corner is not None
        axes = corner.corner.axes
        slopes = np.array(corner.corner.values).reshape([len(axis) for axis in axes])
        for i, row in enumerate(axes[0]):
            for j, column in enumerate(axes[1]):
                moved = [operand.copy(), operand.copy()]
                moved[0][row, column] += step
                moved[1][row, column] -= step
                above, below = (compute_loss(LossRequest(m, labels, **given)).loss for m in moved)
                assert above is not None
                assert below is not None
                assert slopes[i, j] == pytest.approx((above - below) / 2 / step, rel=1e-5, abs=1e-7)
