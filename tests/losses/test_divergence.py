"""Divergences and entropy at 50 digits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import oracle
import pytest
import reference
from oracle import Exact, Group, Kind
from oracle_rows import (
    Array,
    Operands,
    Options,
    class_operand,
    dense_targets,
    narrow,
    simplex,
    target_dtype,
    unit,
)
from own_rows import close, result, rows, targets_for, values

from xent_cli.errors import UsageError


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{len(row)}-{row[0]:g}")
def test_kl_of_log_probabilities(row: np.ndarray) -> None:
    log_q, target = -np.abs(row), targets_for(row)
    exact = reference.kl_div(log_q, target)
    assert close(values("kl-div", log_q[None], target[None])[0], exact, row, factor=8)
    logs = -np.abs(row[::-1])
    exact = reference.kl_div(log_q, logs, log_target=True)
    mass = float(sum(reference.mp.exp(t) for t in logs))
    found = values("kl-div", log_q[None], logs[None], log_target=True)[0]
    assert close(found, exact, row, row * mass, factor=8)


def test_a_target_of_0_adds_nothing() -> None:
    found = values("kl-div", np.array([[-np.inf, np.log(0.5)]]), np.array([[0.0, 1.0]]))
    assert found == pytest.approx(np.log(2.0))


def test_js_of_near_equal_distributions_does_not_cancel() -> None:
    for gap in (0.25, 1e-3, 1e-6, 1e-9):
        p, q = np.array([0.5, 0.5]), np.array([0.5 + gap, 0.5 - gap])
        exact = reference.js_div(q, p)
        assert values("js-div", q[None], p[None])[0] == pytest.approx(float(exact), rel=1e-14)


def test_js_is_symmetric_and_at_most_log_2() -> None:
    p, q = np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 0.5, 0.5]])
    assert values("js-div", p, q)[0] == values("js-div", q, p)[0] == pytest.approx(np.log(2.0))
    assert values("js-div", p, p)[0] == 0


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{len(row)}-{row[0]:g}")
def test_entropy(row: np.ndarray) -> None:
    assert close(values("entropy", row[None])[0], reference.entropy(row), row)


def test_entropy_takes_no_labels() -> None:
    found = result("entropy", np.zeros((4, 8)))
    assert found.loss == pytest.approx(np.log(8.0))
    assert found.labels_read_as == "none"
    with pytest.raises(UsageError, match="no LABELS"):
        result("entropy", np.zeros((4, 8)), np.zeros(4, int))


def _log(value: float) -> float:
    return abs(math.log(value)) if value else 0.0


def exact_kl(x: list[float], y: list[float], o: Options) -> Exact:
    of_logits = o["input"] == "logits"
    logs = [-loss for loss in reference.class_losses(x)] if of_logits else x
    loss = reference.kl_div(logs, y, o["log_target"])
    pairs = list(zip(y, logs, strict=True))
    if o["log_target"]:
        terms = [math.exp(t) * max(abs(t), abs(float(q))) for t, q in pairs if t > -1e4]
        return Exact(loss, max(terms, default=0.0), math.fsum(map(math.exp, y)))
    terms = [t * max(_log(t), abs(float(q))) for t, q in pairs if t]
    return Exact(loss, max(terms, default=0.0), math.fsum(y))


def exact_js(x: list[float], y: list[float], o: Options) -> Exact:
    loss = reference.js_div(y, x)
    return Exact(loss, float(loss), max(*x, *y))


def exact_entropy(x: list[float], y: Any, o: Options) -> Exact:
    loss = reference.entropy(x)
    return Exact(loss, float(loss), 1.0)


def kl_rows(x: Array, dtype: str, rng: np.random.Generator) -> Operands:
    options: Options = {"input": str(rng.choice(["log-probs", "logits"]))}
    options["log_target"] = bool(rng.random() < 0.3)
    x, stored = class_operand(x, dtype, options["input"], rng)
    targets = dense_targets(x, dtype, rng)
    if options["log_target"]:
        with np.errstate(divide="ignore"):
            targets = np.log(targets)
    return stored, targets, options


def js_rows(x: Array, dtype: str, rng: np.random.Generator) -> Operands:
    q = unit(x, rng)
    q = np.maximum(q, 1e-7) if dtype == "f2" else q
    return narrow(q, dtype), simplex(x.shape, rng).astype(target_dtype(dtype, rng)), {}


def entropy_rows(x: Array, dtype: str, rng: np.random.Generator) -> Operands:
    return narrow(x, dtype), np.empty((len(x), 0)), {}


KINDS = (
    Kind("kl-div", exact_kl, kl_rows),
    Kind("js-div", exact_js, js_rows),
    Kind("entropy", exact_entropy, entropy_rows),
)
TestExact = oracle.tests_of(*KINDS)


def test_js_of_nearly_disjoint_rows() -> None:
    """1 - d^2 is near 0 there."""
    group = Group(KINDS[1], np.array([[1e-15, 1.0]]), np.array([[1.0, 1e-15]]))
    with oracle.longdouble():
        assert oracle.measure(group).failures() == []
