"""The sigmoid family at 50 digits, element by element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import oracle
import pytest
import reference
from oracle import Exact, Group, Kind
from oracle_rows import MANY, Array, Operands, Options, element_targets, narrow, unit, wide_rows
from own_rows import close, result, values

from xent_cli.errors import DataError
from xent_cli.losses.softplus import softplus_parts

X = np.array([0.0, 1.0, -1.0, 30.0, -30.0, 800.0, -800.0, 1e-300, 5e-324, -1e4])
T = np.array([0.0, 1.0, 0.25, 0.5, 1.0, 0.0, 1.0, 0.0, 1.0, 0.5])


def test_sigmoid_bce() -> None:
    found = values("sigmoid-bce", X, T, label_smoothing=0.125)
    for ours, x, t in zip(found, X, T, strict=True):
        assert close(ours, reference.sigmoid_bce(x, t, smoothing=0.125), x)


def test_weighted() -> None:
    found = values("weighted", X, T, pos_weight=2.5)
    for ours, x, t in zip(found, X, T, strict=True):
        assert close(ours, reference.sigmoid_bce(x, t, 2.5), x, factor=8)


def test_bce_is_clamped() -> None:
    p = np.array([0.0, 1.0, 0.5, 1e-50, 1 - 2.0**-53, 0.25])
    t = np.array([1.0, 0.0, 0.5, 1.0, 0.0, 0.75])
    for ours, q, s in zip(values("bce", p, t), p, t, strict=True):
        assert close(ours, reference.bce(q, s))


def test_multilabel_soft_margin_is_a_mean_over_classes() -> None:
    x, t, w = X.reshape(2, 5), T.reshape(2, 5), np.array([1.0, 2.0, 0.5, 0.0, -1.0])
    found = values("multilabel-soft-margin", x, t, weight=w)
    assert found.shape == (2,)
    for ours, row, target in zip(found, x, t, strict=True):
        assert close(ours, reference.multilabel_soft_margin(row, target, w), row, factor=8)


def test_soft_margin() -> None:
    signs = np.where(T > 0.25, 1.0, -1.0)
    for ours, x, y in zip(values("soft-margin", X, signs), X, signs, strict=True):
        assert close(ours, reference.soft_margin(x, y), x)
    with pytest.raises(DataError, match="expected -1 or 1"):
        values("soft-margin", X, T)


def test_rows_with_infinite_logits_leave_the_others_bits_alone() -> None:
    x = np.random.default_rng(3).normal(size=(4, 200)).astype(np.float32)
    t = (x > 0).astype(np.float32)
    alone = values("multilabel-soft-margin", x[1:], t[1:], precision="native")
    x[0, 3] = np.inf
    assert np.array_equal(values("multilabel-soft-margin", x, t, precision="native")[1:], alone)


def _positive(value: Any) -> tuple[Any, float]:
    return value, float(value)


@oracle.elements
def exact(x: float, t: float, c: int, o: Options) -> tuple[Any, float]:
    """Of logits, by the options."""
    q = o.get("pos_weight")
    factor = 1.0 if q is None else float(q[c])
    return _positive(reference.sigmoid_bce(x, t, factor, o.get("label_smoothing", 0.0)))


@oracle.elements
def exact_of_probabilities(p: float, t: float, c: int, o: Options) -> tuple[Any, float]:
    """Of probabilities, the targets smoothed."""
    e = reference.mp.mpf(o.get("label_smoothing", 0.0))
    return _positive(reference.bce(p, (1 - e) * reference.mp.mpf(t) + e / 2))


@oracle.elements
def exact_of_signs(x: float, y: float, c: int, o: Options) -> tuple[Any, float]:
    return _positive(reference.soft_margin(x, y))


def exact_mean(x: list[float], y: list[float], o: Options) -> Exact:
    weight = None if o.get("weight") is None else o["weight"].tolist()
    return Exact(reference.multilabel_soft_margin(x, y, weight), 0.0, 1.0)


def finite(x: Array) -> Array:
    """Beside infinities 0 * inf is NaN, a rule and no rounding."""
    return np.nan_to_num(x, neginf=-800)


def operands(weights: bool, smoothed: bool) -> Any:
    """Logits and targets; weights of the positive term, or some; some targets are smoothed."""

    def of(x: Array, dtype: str, rng: np.random.Generator) -> Operands:
        options, some = Options(), rng.random(2) < 0.3
        if weights or (smoothed and some[0]):
            options["pos_weight"] = rng.random(x.shape[1]) * 5
        if smoothed and some[1]:
            options["label_smoothing"] = float(rng.choice([0.1, 1e-6]))
        return narrow(finite(x), dtype), element_targets(x.shape, dtype, rng), options

    return of


def probabilities(x: Array, dtype: str, rng: np.random.Generator) -> Operands:
    options = {"label_smoothing": 0.1 if rng.random() < 0.5 else 1e-6}
    targets = element_targets(x.shape, dtype, rng)
    p = unit(finite(x), rng)
    p = np.maximum(p, 1e-7) if dtype == "f2" else p
    return narrow(p, dtype), targets, options if rng.random() < 0.3 else {}


def weighted_classes(x: Array, dtype: str, rng: np.random.Generator) -> Operands:
    options = {"weight": rng.random(x.shape[1]) * 3} if rng.random() < 0.3 else {}
    return narrow(finite(x), dtype), element_targets(x.shape, dtype, rng), options


def signs(x: Array, dtype: str, rng: np.random.Generator) -> Operands:
    return narrow(finite(x), dtype), rng.choice([-1.0, 1.0], x.shape).astype("f4"), {}


def floor_of_log(row: Array, o: Options) -> float:
    """log 0 by the rule is -100, which stands for the largest logit where a target is smoothed."""
    return 100.0 if o.get("label_smoothing") else oracle.largest_number(row, o)


KINDS = (
    Kind("sigmoid-bce", exact, operands(weights=False, smoothed=True), relative=True, sure=True),
    Kind("bce", exact_of_probabilities, probabilities, relative=True, largest=floor_of_log),
    Kind("weighted", exact, operands(weights=True, smoothed=True), relative=True, sure=True),
    Kind("multilabel-soft-margin", exact_mean, weighted_classes, relative=True),
    Kind("soft-margin", exact_of_signs, signs, relative=True),
)
TestExact = oracle.tests_of(*KINDS)


def _through_float64(group: Group) -> list[Exact]:
    x, t = group.logits.astype(np.float64), group.labels.astype(np.float64)
    floats, tail = softplus_parts(x)
    terms = (1 - t) * (np.maximum(floats, 0) + tail) + t * (np.maximum(-floats, 0) + tail)
    return [Exact(reference.mp.mpf(math.fsum(row)), 0.0, len(row)) for row in terms]


def test_131072_classes() -> None:
    x = wide_rows()
    targets = np.random.default_rng(1).random(x.shape, dtype=np.float32)
    group = Group(KINDS[0], x, targets)
    worst = oracle.measure(group, _through_float64(group))
    assert len(worst.promise) == 2 * len(oracle.TIERS)
    assert worst.failures() == []


@pytest.mark.parametrize(
    ("x", "t"),
    [
        (np.array([[50.0]], np.float32), np.array([[1 - 1e-8]])),
        (np.zeros((1, MANY)), np.zeros((1, MANY))),
    ],
    ids=["1 - t in float32", "1024 equal tiles in float64"],
)
def test_rows_that_were_off(x: np.ndarray, t: np.ndarray) -> None:
    with oracle.longdouble():
        assert oracle.measure(Group(KINDS[0], x, t)).failures() == []


def test_a_row_beyond_float32_is_finite() -> None:
    x = np.array([[3e38, 0.0, 3e38], [1.0, 2.0, 3.0]], np.float32)
    t = np.zeros((2, 3), np.float32)
    total = result("sigmoid-bce", x, t, reduction="sum", precision="native")
    assert total.loss == pytest.approx(6e38, rel=1e-7)
    assert total.figure("minimum").value == pytest.approx(6.488777, rel=1e-6)


FAR = np.array([0, 1e-3, 0.5, 20, 36, 60, 79, 81, 90, 104, 150, 700, 720, 740, 745, 760, 6e4])


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("kind", oracle.TIERS)
@pytest.mark.parametrize("target", [0.0, 1.0, 0.25])
def test_sure_answers_keep_their_loss(dtype: str, kind: str, target: float) -> None:
    x = np.concatenate([FAR, -FAR]).astype(dtype)
    t = np.full(x.shape, target)
    with oracle.calculated_by(kind):
        elements = values("sigmoid-bce", x, t, precision="native")
        rows = values("multilabel-soft-margin", x[:, None], t[:, None], precision="native")
        sums = [
            result("sigmoid-bce", x[i : i + 1], t[:1], reduction="sum", precision="native").loss
            for i in range(len(x))
        ]
    for number, *found in zip(x, elements, rows, sums, strict=True):
        exact = reference.sigmoid_bce(float(number), target)
        close_enough = 2.0**-1074 + (8 * 2.0**-52 if dtype == "f8" else 5e-7) * float(exact)
        for value in found:
            assert abs(float(value) - exact) <= close_enough, (number, value, exact)
