"""What the program makes of the bounds of rows: the bound of the loss."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
import reference as ref

from xent_cli import LossRequest, LossResult, compute_loss
from xent_cli.losses import get_loss
from xent_cli.losses.base import Block
from xent_cli.losses.bounds import row_bounds
from xent_cli.records import replace


def bounded(request: LossRequest) -> LossResult:
    """The loss with its error bound."""
    return compute_loss(replace(request, bounds=True))


def _request(rows: int = 400, classes: int = 30, **given: object) -> LossRequest:
    rng = np.random.default_rng(2)
    x = (rng.standard_normal((rows, classes)) * 8).astype(np.float32)
    x[3] *= 1e6  # a row with a bound of its own
    return LossRequest(x, rng.integers(0, classes, rows), **given)


def _exact_mean(request: LossRequest) -> float:
    pairs = zip(request.logits.astype(float).tolist(), request.labels.tolist(), strict=True)
    losses = [ref.softmax_ce_index(x, y) for x, y in pairs]
    return ref.mp.fsum(losses) / len(losses)


@pytest.mark.parametrize("precision", ["native", "double"])
@pytest.mark.parametrize("unit", ["nats", "bits"])
def test_the_mean_is_within_its_bound(precision: str, unit: str) -> None:
    request = _request(precision=precision, unit=unit)
    result = bounded(request)
    exact = _exact_mean(request) / (ref.mp.log(2) if unit == "bits" else 1)
    assert 0 < abs(result.loss - exact) <= result.error_bound
    limit = {"native": 3e-6, "double": 1e-11}[precision]
    assert result.error_bound <= limit * abs(result.loss)
    assert result.to_dict()["error_bound"] == result.error_bound


def test_the_sum_has_the_bound_of_the_mean_times_the_rows() -> None:
    mean, total = (bounded(_request(reduction=name)) for name in ("mean", "sum"))
    assert total.error_bound == pytest.approx(400 * mean.error_bound, rel=1e-12)
    assert bounded(_request(reduction="none")).error_bound is None


@pytest.mark.parametrize("kind", ["softmax-ce", "softmax-focal", "entropy"])
def test_the_bound_is_the_same_for_every_cut(kind: str) -> None:
    request = (
        _request(kind=kind) if kind != "entropy" else LossRequest(_request().logits, kind=kind)
    )
    seen = {
        bounded(
            LossRequest(request.logits, request.labels, kind=kind, jobs=jobs, block_elements=size)
        ).error_bound
        for jobs in (1, 2)
        for size in (1, 100, 977, 10**6)
    }
    assert len(seen) == 1
    assert None not in seen


@pytest.mark.parametrize("kind", ["sigmoid-bce", "softmax-ce"])
def test_dense_targets_have_the_same_bound_for_every_cut(kind: str) -> None:
    x = _request().logits
    targets = np.random.default_rng(3).random(x.shape)
    seen = {
        bounded(LossRequest(x, targets, kind=kind, block_elements=size)).error_bound
        for size in (1, 100, 977, 10**6)
    }
    assert len(seen) == 1
    assert None not in seen


def test_weights_weigh_the_bounds() -> None:
    weight = np.linspace(0.1, 3, 30)
    plain, weighted = bounded(_request()), bounded(_request(options={"weight": weight}))
    assert weighted.error_bound == pytest.approx(plain.error_bound, rel=0.05)
    factors = np.random.default_rng(4).random(400)
    sampled = bounded(_request(sample_weight=factors))
    assert sampled.error_bound == pytest.approx(plain.error_bound, rel=0.3)
    tripled, total = (
        bounded(_request(reduction="sum", sample_weight=w)) for w in (np.full(400, 3.0), None)
    )
    assert tripled.error_bound == pytest.approx(3 * total.error_bound, rel=0.05)
    alone = bounded(_request(reduction="sum", sample_weight=(np.arange(400) == 3) * 1.0))
    assert alone.error_bound < 0.01 * total.error_bound
    assert bounded(_request(sample_weight=factors - 0.5)).error_bound is None


def test_no_bound_where_none_is_known() -> None:
    request = _request()
    outside = np.full(request.logits.shape, 1.5, np.float32)
    given = bounded(
        LossRequest(
            request.logits,
            outside,
            kind="optax.losses.sigmoid_binary_cross_entropy",
            reduction="mean",
        )
    )
    assert math.isfinite(given.loss)
    assert given.error_bound is None
    request.logits[0, :] = np.nan
    assert bounded(request).error_bound is None


def test_a_perplexity_has_the_bound_of_exp() -> None:
    request = _request()
    x = request.logits[None, 10:] / 8
    given = bounded(LossRequest(x, request.labels[None, 10:], kind="torchmetrics.Perplexity"))
    mean = math.log(given.loss)
    single = bounded(LossRequest(x[0], request.labels[10:]))
    assert mean == pytest.approx(single.loss, rel=1e-12)
    assert given.error_bound == pytest.approx(single.error_bound * given.loss, rel=1e-5)


def test_bounds_are_worked_out_for_those_who_ask() -> None:
    request = _request()
    assert compute_loss(request).error_bound is None
    assert bounded(request).error_bound > 0
    assert bounded(request).loss == compute_loss(request).loss
    code = (
        "import sys; import numpy as np; from xent_cli import LossRequest, compute_loss;"
        "compute_loss(LossRequest(np.zeros((2, 3)), np.zeros(2, int)));"
        "print([name for name in sys.modules if 'losses.bounds' in name])"
    )
    command = [sys.executable, "-P", "-c", code]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"[]\n"


def test_a_loss_without_a_function_of_bounds_has_none() -> None:
    loss = replace(get_loss("softmax-ce"), bounds="")
    block = Block(np.zeros((2, 3)), np.zeros(2, int), False, 0, None)
    assert row_bounds(loss, block, loss.options, None) is None
