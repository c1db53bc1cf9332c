"""Promise 2, figure by figure: the losses of rows against their exact ones, and their bounds."""

from __future__ import annotations

import math

import numpy as np
import oracle
import pytest
import reference as ref
from oracle_rows import ELEMENTS, Group, random_groups

from xent_cli.losses import OWN

MANY = 1 << 17


def test_every_own_kind_has_an_exact_formula() -> None:
    assert set(oracle.EXACT) == OWN.keys()


@pytest.mark.parametrize("kind", oracle.EXACT)
def test_random_and_adversarial_rows(kind: str) -> None:
    worst = oracle.full_run(kind, 300, 200)
    assert worst.rows >= 500
    assert worst.failures() == []
    assert all(
        worst.bound[f"{precision} {tier}"] > 0
        for precision in ("native", "double")
        for tier in oracle.TIERS
    )


@pytest.mark.oracle
@pytest.mark.parametrize("kind", oracle.EXACT)
def test_a_hundred_thousand_rows(kind: str) -> None:
    worst = oracle.full_run(kind, 100_000, 1_000)
    print(kind, worst.rows, worst.promise, worst.bound)
    assert worst.failures() == []


@pytest.mark.parametrize("kind", oracle.EXACT)
def test_longdouble_gives_what_50_digits_give(kind: str) -> None:
    """To 1/200 of the tightest promise: as good as exact."""
    if not oracle.HAS_LONGDOUBLE:
        assert np.finfo(np.longdouble).nmant == 52  # then the full run is at 50 digits throughout
        return
    for group in random_groups(kind, 100, seed=1):
        exact = oracle.exact_rows(group)
        with oracle.longdouble():
            rough = oracle.exact_rows(group)
        x = np.abs(np.asarray(oracle.as_float(group.logits), dtype=float)).max()
        for one, other in zip(exact, rough, strict=True):
            with oracle.longdouble():
                high = np.float64(other.loss)
                low = np.float64(other.loss - high)
            size = max(one.mass * max(1.0, x), one.size, abs(float(one.loss)))
            error = abs(ref.mp.mpf(float(high)) + ref.mp.mpf(float(low)) - one.loss)
            assert error <= oracle.DOUBLE * size / 200


def _fsum_softmax(group: Group) -> list[oracle.Exact]:
    """Softmax cross entropy through the exact sum of float64 exp: for float32 rows exact enough."""
    found = []
    for row, label in zip(group.logits.astype(np.float64), group.labels, strict=True):
        top = row.max()
        lse = top + math.log(math.fsum(np.exp(row - top)))
        if group.labels.ndim == 1:
            loss, mass = lse - row[label], 1.0
        else:
            target = label.astype(np.float64)
            loss, mass = math.fsum(target * (lse - row)), math.fsum(target)
        found.append(oracle.Exact(ref.mp.mpf(loss), abs(loss), mass))
    return found


def _fsum_sigmoid(group: Group) -> list[oracle.Exact]:
    x, t = group.logits.astype(np.float64), group.labels.astype(np.float64)
    terms = (1 - t) * np.logaddexp(0, x) + t * np.logaddexp(0, -x)
    return [oracle.Exact(ref.mp.mpf(math.fsum(row)), 0.0, len(row)) for row in terms]


def _wide_rows() -> np.ndarray:
    rng = np.random.default_rng(0)
    scaled = [np.clip(rng.standard_normal(MANY) * scale, -50, 50) for scale in (0.01, 1, 5, 20)]
    constant = [np.full(MANY, value) for value in (-50.0, -3.3, 0.0, 1.7, 50.0)]
    return np.array([*scaled, *constant], dtype=np.float32)


@pytest.mark.parametrize("kind", ["softmax-ce", "dense softmax-ce", "sigmoid-bce"])
def test_131072_classes(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x, rng = _wide_rows(), np.random.default_rng(1)
    if kind == "softmax-ce":
        labels = rng.integers(0, MANY, len(x))
    else:
        labels = rng.random(x.shape, dtype=np.float32)
        labels /= 1 if kind in ELEMENTS else labels.sum(axis=1, keepdims=True)
    options = {} if kind in ELEMENTS else {"input": "logits"}
    group = Group(kind.removeprefix("dense "), x, labels, options)
    exact = _fsum_sigmoid if kind in ELEMENTS else _fsum_softmax
    monkeypatch.setattr(oracle, "exact_rows", exact)
    worst = oracle.measure(group)
    native = {key: ratio for key, ratio in worst.promise.items() if key.startswith("native")}
    assert len(native) == len(oracle.TIERS)
    assert max(native.values()) <= 1
    assert max(worst.promise.values()) <= 1
    assert max(worst.bound.values()) <= 1


@pytest.mark.parametrize("kind", ["softmax-ce", "sigmoid-bce", "entropy"])
def test_the_oracle_sees_a_loss_that_is_off(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = oracle.calculated

    def off(group: Group, *, double: bool) -> object:
        rows = given(group, double=double)
        rows.values[...] *= 1 + 1e-5
        return rows

    monkeypatch.setattr(oracle, "calculated", off)
    worst = oracle.Worst()
    for group in random_groups(kind, 100, seed=0):
        worst.merge(oracle.measure(group))
    assert len(worst.failures()) >= 4


FOUND = [
    ("js-div", np.array([[1e-15, 1.0]]), np.array([[1.0, 1e-15]])),
    ("sigmoid-bce", np.array([[50.0]], np.float32), np.array([[1 - 1e-8]])),
    ("sigmoid-bce", np.zeros((1, MANY)), np.zeros((1, MANY))),
]
"""Rows that were off before: 1 - d^2 near 0; 1 - t in float32; 1024 equal tiles in float64."""


@pytest.mark.parametrize(("kind", "x", "y"), FOUND)
def test_rows_that_were_off(kind: str, x: np.ndarray, y: np.ndarray) -> None:
    with oracle.longdouble():
        worst = oracle.measure(Group(kind, x, y, {}))
    assert worst.failures() == []
