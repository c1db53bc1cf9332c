"""Focal losses and PolyLoss at 50 digits; gamma 0 and epsilon 0 are plain cross entropy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import oracle
import pytest
import reference
from oracle import Exact, Kind
from oracle_rows import (
    Array,
    Operands,
    Options,
    class_operand,
    dense_targets,
    element_targets,
    index_targets,
    narrow,
)
from own_rows import close, rows, targets_for, values

from xent_cli import LossRequest, compute_loss
from xent_cli.tasks.grad import GradRequest, compute_gradient


@pytest.mark.parametrize("row", rows(2), ids=lambda row: f"{len(row)}-{row[0]:g}")
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_softmax_focal(row: np.ndarray, gamma: float) -> None:
    label, target = len(row) - 1, targets_for(row)
    index = values("softmax-focal", row[None], [label], gamma=gamma)[0]
    dense = values("softmax-focal", row[None], target[None], gamma=gamma)[0]
    # (1 - p)^gamma is steep at p = 1 for gamma < 1: the error of a loss is raised to that power.
    slack = 4.0 if gamma >= 1 or gamma == 0 else 4.0 * 2.0**26
    assert close(index, reference.softmax_focal_index(row, label, gamma), row, factor=slack)
    assert close(dense, reference.softmax_focal_dense(row, target, gamma), row, factor=2 * slack)


def test_alpha_is_one_for_all_or_one_a_class() -> None:
    x = np.array([[1.0, 2.0, 3.0]])
    alpha = np.array([0.5, 2.0, 1.0])
    exact = reference.softmax_focal_index(x[0], 1, 2.0, alpha)
    assert close(values("softmax-focal", x, [1], alpha=alpha)[0], exact)
    assert values("softmax-focal", x, [1], alpha="2")[0] == pytest.approx(float(exact))


def test_ignored_rows_have_no_focal_loss() -> None:
    found = values("softmax-focal", np.ones((2, 3)), [-100, 1])
    assert found[0] == 0
    assert found[1] > 0


@pytest.mark.parametrize("alpha", [None, 0.25])
@pytest.mark.parametrize("gamma", [0.0, 2.0, 3.5])
def test_sigmoid_focal(gamma: float, alpha: float | None) -> None:
    x = np.array([0.0, 2.0, -2.0, 30.0, -30.0, 700.0, -700.0])
    for target in (0.0, 1.0, 0.25):
        t = np.full(len(x), target)
        found = values("sigmoid-focal", x, t, gamma=gamma, alpha=alpha)
        for ours, logit in zip(found, x, strict=True):
            exact = reference.sigmoid_focal(logit, target, gamma, alpha)
            assert close(ours, exact, logit, factor=8)


@pytest.mark.parametrize("row", rows(2), ids=lambda row: f"{len(row)}-{row[0]:g}")
def test_poly(row: np.ndarray) -> None:
    target = targets_for(row)
    exact = reference.poly(row, target, 2.0)
    assert close(values("poly", row[None], target[None])[0], exact, row, factor=12)
    plain = values("poly", row[None], [0], epsilon=0)[0]
    assert close(plain, reference.softmax_ce_index(row, 0), row)


GAMMAS = (0.0, 0.5, 1.0, 2.0, 5.0)


def exact_over_classes(x: list[float], y: Any, o: Options) -> Exact:
    target = y if isinstance(y, list) else reference.one_hot(y, len(x))
    alpha = None if o.get("alpha") is None else o["alpha"].tolist()
    loss = reference.softmax_focal_dense(x, target, o["gamma"], alpha)
    mass = math.fsum(t * a for t, a in zip(target, alpha or [1.0] * len(x), strict=True))
    return Exact(loss, float(loss), mass * (1 + o["gamma"]))


@oracle.elements
def exact_of_elements(x: float, t: float, c: int, o: Options) -> tuple[Any, float]:
    value = reference.sigmoid_focal(x, t, o["gamma"], o.get("alpha"))
    return value, float(value) * (1 + o["gamma"])


def exact_poly(x: list[float], y: Any, o: Options) -> Exact:
    target = y if isinstance(y, list) else reference.one_hot(y, len(x))
    loss, plain = reference.poly(x, target, o["epsilon"]), reference.softmax_ce_dense(x, target)
    return Exact(loss, float(plain), math.fsum(target) * (1 + abs(o["epsilon"])))


def over_classes(x: Array, dtype: str, rng: np.random.Generator, options: Options) -> Operands:
    """Index or dense labels."""
    x, stored = class_operand(x, dtype, "logits", rng)
    index = rng.random() < 0.5
    return stored, index_targets(x, rng) if index else dense_targets(x, dtype, rng), options


def focal_rows(x: Array, dtype: str, rng: np.random.Generator) -> Operands:
    options: Options = {"gamma": float(rng.choice(GAMMAS))}
    if rng.random() < 0.3:
        options["alpha"] = rng.random(x.shape[1])
    return over_classes(x, dtype, rng, options)


def poly_rows(x: Array, dtype: str, rng: np.random.Generator) -> Operands:
    return over_classes(x, dtype, rng, {"epsilon": float(rng.choice([-1.0, 0.5, 2.0]))})


def focal_elements(x: Array, dtype: str, rng: np.random.Generator) -> Operands:
    options: Options = {"gamma": float(rng.choice(GAMMAS))}
    if rng.random() < 0.3:
        options["alpha"] = 0.25
    logits = narrow(np.nan_to_num(x, neginf=-800), dtype)
    return logits, element_targets(x.shape, dtype, rng), options


KINDS = (
    Kind("softmax-focal", exact_over_classes, focal_rows),
    Kind("sigmoid-focal", exact_of_elements, focal_elements),
    Kind("poly", exact_poly, poly_rows),
)
TestExact = oracle.tests_of(*KINDS)


RNG = np.random.default_rng(5)
X = RNG.normal(size=(12, 4)) * 2
P = np.exp(X) / np.exp(X).sum(1, keepdims=True)
S = 1 / (1 + np.exp(-X))
T = RNG.integers(0, 2, X.shape).astype(float)
Y = RNG.integers(0, 4, 12)
PROBS = {"input": "probs"}
PARAMS: list[dict[str, Any]] = [{}, {"gamma": 0.5}, {"gamma": 0}]


def of_probabilities(x: np.ndarray, y: np.ndarray, kind: str, **given: Any) -> np.ndarray:
    request = LossRequest(x, y, kind, reduction="none", precision="double", **given)
    result = compute_loss(request)
    assert result.values is not None
    assert not result.warnings
    flat = [value for run in result.values.chunks() for value in run]
    return np.array(flat).reshape(result.values.shape)


@pytest.mark.parametrize("params", PARAMS)
def test_sigmoid_focal_of_probabilities(params: dict[str, Any]) -> None:
    gamma = params.get("gamma", 2)
    found = of_probabilities(S, T, "sigmoid-focal", params={**params, "alpha": 0.25}, options=PROBS)
    q = np.where(T == 1, S, 1 - S)
    expected = np.where(T == 1, 0.25, 0.75) * (1 - q) ** gamma * -np.log(q)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    soft = RNG.random(T.shape)
    found = of_probabilities(S, soft, "sigmoid-focal", params=params, options=PROBS)
    np.testing.assert_allclose(
        found, of_probabilities(X, soft, "sigmoid-focal", params=params), rtol=1e-9
    )


@pytest.mark.parametrize("params", PARAMS)
@pytest.mark.parametrize("kind", ["softmax-focal", "poly"])
@pytest.mark.parametrize("labels", [Y, np.eye(4)[Y] * 0.8 + 0.05], ids=["index", "dense"])
def test_softmax_kinds_of_probabilities(
    kind: str, labels: np.ndarray, params: dict[str, Any]
) -> None:
    params = {} if kind == "poly" else params
    of_logits = of_probabilities(X, labels, kind, params=params)
    for takes, operand in (("probs", P), ("log-probs", np.log(P))):
        found = of_probabilities(operand, labels, kind, params=params, options={"input": takes})
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
