"""Focal losses and PolyLoss at 50 digits; gamma 0 and epsilon 0 are plain cross entropy."""

from __future__ import annotations

import numpy as np
import pytest
import reference
from own_rows import close, rows, targets_for, values


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{len(row)}-{row[0]:g}")
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


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{len(row)}-{row[0]:g}")
def test_poly(row: np.ndarray) -> None:
    target = targets_for(row)
    exact = reference.poly(row, target, 2.0)
    assert close(values("poly", row[None], target[None])[0], exact, row, factor=12)
    plain = values("poly", row[None], [0], epsilon=0)[0]
    assert close(plain, reference.softmax_ce_index(row, 0), row)
