"""Divergences and entropy at 50 digits."""

from __future__ import annotations

import numpy as np
import pytest
import reference
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
