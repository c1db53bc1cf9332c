"""Bounds of binary cross entropy: for targets in [0, 1] alone."""

from __future__ import annotations

import numpy as np
import pytest

from xent_cli import LossRequest, compute_loss


@pytest.mark.parametrize(
    ("target", "known"), [(0.0, True), (1.0, True), (1.0 + 1e-6, False), (-1e-6, False)]
)
@pytest.mark.parametrize("weighted", [False, True])
def test_targets_outside_have_none(target: float, known: bool, weighted: bool) -> None:
    params = {"weight": np.full(2, 3.0)} if weighted else {}
    x, kind = np.array([[1.0, -2.0]]), "torch.nn.BCEWithLogitsLoss"
    request = LossRequest(x, np.array([[0.5, target]]), kind=kind, params=params, bounds=True)
    assert (compute_loss(request).error_bound is not None) is known


def test_a_negative_weight_of_the_positive_term_has_none() -> None:
    x, t = np.array([[1.0, -2.0]]), np.array([[0.5, 1.0]])
    known = [
        compute_loss(
            LossRequest(x, t, kind="weighted", options={"pos_weight": weight}, bounds=True)
        ).error_bound
        for weight in ("2", "-2")
    ]
    assert known[0] is not None
    assert known[1] is None


def test_weights_scale_the_bound() -> None:
    x, t = np.array([[1.0, -2.0]]), np.array([[0.5, 1.0]])
    plain, tripled = (
        compute_loss(
            LossRequest(
                x,
                t,
                kind="torch.nn.BCEWithLogitsLoss",
                params={"weight": np.full(2, factor)},
                bounds=True,
            )
        ).error_bound
        for factor in (1.0, 3.0)
    )
    assert tripled == pytest.approx(3 * plain, rel=0.05)
