"""Softmax before cross entropy, and logits taken for log-probabilities, are told."""

from __future__ import annotations

import numpy as np
import pytest

from xent_cli.passes.request import LossRequest
from xent_cli.tasks.loss import compute_loss

RNG = np.random.default_rng(0)
LOGITS, LABELS = RNG.standard_normal((40, 10)).astype(np.float32), RNG.integers(0, 10, 40)
PROBS = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)


@pytest.mark.parametrize("kind", ["softmax-ce", "sparse", "torch.nn.CrossEntropyLoss"])
@pytest.mark.parametrize("block", [1, 1000])
def test_probabilities_where_logits_belong(kind: str, block: int) -> None:
    (warning,) = compute_loss(LossRequest(PROBS, LABELS, kind=kind, block_elements=block)).warnings
    assert "looks like probabilities" in warning
    assert "no probability above 0.232;" in warning  # of ten classes
    assert not compute_loss(LossRequest(LOGITS, LABELS, kind=kind)).warnings


def test_no_probability_is_above_the_one_that_is_named() -> None:
    sure = np.eye(10, dtype=np.float32)
    loss = compute_loss(LossRequest(sure, np.arange(10))).loss
    assert np.exp(-loss) == pytest.approx(0.2320, abs=1e-4)


def test_logits_where_log_probabilities_belong() -> None:
    (warning,) = compute_loss(LossRequest(LOGITS, LABELS, kind="nll")).warnings
    assert "above 0" in warning
    assert not compute_loss(LossRequest(np.log(PROBS), LABELS, kind="nll")).warnings


def test_probabilities_that_are_said_to_be_probabilities_are_fine() -> None:
    assert not compute_loss(LossRequest(PROBS, LABELS, options={"input": "probs"})).warnings
