"""The sigmoid family at 50 digits, element by element."""

from __future__ import annotations

import numpy as np
import pytest
import reference
from own_rows import close, result, values

from xent_cli.errors import DataError

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


def test_a_row_beyond_float32_is_finite() -> None:
    x = np.array([[3e38, 0.0, 3e38], [1.0, 2.0, 3.0]], np.float32)
    t = np.zeros((2, 3), np.float32)
    total = result("sigmoid-bce", x, t, reduction="sum", precision="native")
    assert total.loss == pytest.approx(6e38, rel=1e-7)
    assert total.figure("minimum").value == pytest.approx(6.488777, rel=1e-6)
