"""What a mean is divided by."""

from __future__ import annotations

import numpy as np
import pytest

from xent_cli import LossRequest, compute_loss
from xent_cli.errors import DataError, UsageError
from xent_cli.tasks.grad import GradRequest, compute_gradient

RNG = np.random.default_rng(4)
X = RNG.normal(size=(9, 4))
Y = np.array([0, 1, 2, 3, -100, 1, 0, 2, 3])
W = np.array([1.0, 2.0, 3.0, 4.0])
BYTES = np.array([3, 1, 4, 1, 50, 9, 2, 6, 5])
LOSSES = np.log(np.exp(X).sum(1)) - np.take_along_axis(X, np.abs(Y % 4)[:, None], 1)[:, 0]
COUNTS = Y >= 0


def test_rows_divide_a_weighted_sum() -> None:
    options = {"weight": W}
    result = compute_loss(LossRequest(X, Y, options=options, per="rows"))
    assert result.denominator == 8
    assert result.loss == pytest.approx((LOSSES * W[Y % 4])[COUNTS].sum() / 8, rel=1e-12)
    usual = compute_loss(LossRequest(X, Y, options=options, per="weights"))
    assert usual.denominator == W[Y[COUNTS]].sum()
    assert result.signature != usual.signature


@pytest.mark.parametrize("block", [1, 4, 10**6])
def test_numbers_of_rows_are_summed_where_rows_count(block: int) -> None:
    result = compute_loss(LossRequest(X, Y, per=BYTES, unit="bits", block_elements=block))
    assert result.denominator == BYTES[COUNTS].sum()
    assert result.loss == pytest.approx(LOSSES[COUNTS].sum() / np.log(2) / 31, rel=1e-12)


def test_a_number_divides_and_has_a_perplexity() -> None:
    for per in (20, "20", 20.0):
        result = compute_loss(LossRequest(X, Y, per=per))
        assert (result.denominator, result.reduction) == (20, "mean")
        assert result.loss == pytest.approx(LOSSES[COUNTS].sum() / 20, rel=1e-12)
        assert result.perplexity == pytest.approx(np.exp(result.loss))


def test_other_kinds_divide_likewise() -> None:
    targets = RNG.integers(0, 2, X.shape)
    total = (np.logaddexp(0, X) - targets * X).sum()
    for kind in ("sigmoid-bce", "torch.nn.BCEWithLogitsLoss", "keras.losses.BinaryCrossentropy"):
        params = {"from_logits": True} if kind.startswith("keras") else {}
        rows = total / 4 if kind.startswith("keras") else total
        labels = targets.astype(np.float64)
        for per, divisor in (("rows", 9), (BYTES, BYTES.sum()), ("3", 3)):
            result = compute_loss(LossRequest(X, labels, kind, params=params, per=per))
            assert result.loss == pytest.approx(rows / divisor, rel=1e-6)


def test_a_gradient_is_divided_alike() -> None:
    one = compute_gradient(GradRequest(LossRequest(X, Y, reduction="sum"))).outputs[0].corner
    for per, divisor in (("rows", 8), (BYTES, 31), (5, 5)):
        part = compute_gradient(GradRequest(LossRequest(X, Y, per=per))).outputs[0].corner
        assert one is not None
        assert part is not None
        np.testing.assert_allclose(np.array(part.values) * divisor, one.values, rtol=1e-12)


def test_what_divides_nothing_is_refused() -> None:
    for reduction in ("sum", "none"):
        with pytest.raises(UsageError, match=f"--reduction {reduction} of softmax-ce is no mean"):
            compute_loss(LossRequest(X, Y, reduction=reduction, per="rows"))
    for per in (0, -1, "-2", "nan", "inf"):
        with pytest.raises(UsageError, match="--per must be above 0"):
            compute_loss(LossRequest(X, Y, per=per))
    with pytest.raises(DataError, match=r"row 1 has -1, expected a number from 0"):
        compute_loss(LossRequest(X, Y, per=np.where(np.arange(9) == 1, -1, BYTES)))
    with pytest.raises(DataError, match=r"expected one number for each row: \(9,\)"):
        compute_loss(LossRequest(X, Y, per=BYTES[:5]))
    nothing = compute_loss(LossRequest(X, Y, per=np.zeros(9)))
    assert "sum to 0" in nothing.warnings[0]
