"""The constants behind the error bounds, and what the program makes of the bounds of rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
import reference as ref

from xent_cli import LossRequest, compute_loss, tier
from xent_cli.losses import bounds, kernel, stable
from xent_cli.losses.bounds import U32, U64


def additions(length: int) -> int:
    """The most additions that an element passes in np.einsum's sum of `length` float32.

    With 2**60 at i, -2**60 at j and ones elsewhere, the ones that met either before the two met are
    lost: their number is the size of the smallest subtree with i and j (Xie et al., FPRev, 2024).
    """
    if length == 1:
        return 0
    first, second = np.triu_indices(length, 1)
    tiles, each = np.ones((len(first), 1, length), np.float32), np.arange(len(first))
    tiles[each, 0, first], tiles[each, 0, second] = 2.0**60, -(2.0**60)
    sizes = np.zeros((length, length))
    sizes[first, second] = sizes[second, first] = length - stable._sum(tiles)[:, 0]
    return max(len(set(np.delete(sizes[i], i))) for i in range(length))


@pytest.mark.parametrize("length", [1, 2, 3, 15, 16, 17, 63, 113, 126, 127, 128])
def test_additions_of_a_tile(length: int) -> None:
    assert additions(length) <= bounds.ADDS_NUMPY


def _floats() -> np.ndarray:
    bits = np.arange(0x2F800000, 0x42AE0000, 1009, dtype=np.uint32)
    return np.concatenate([bits.view(np.float32), (bits | np.uint32(1 << 31)).view(np.float32)])


def test_numpys_float32_exp_and_log1p() -> None:
    x = _floats()
    exact = np.exp(x.astype(np.float64))
    assert (np.abs(np.exp(x) - exact) <= bounds.EXP_NUMPY * exact).all()
    e = np.exp(-np.abs(x))
    exact = np.log1p(e.astype(np.float64))
    assert (np.abs(np.log1p(e) - exact) <= bounds.LOG1P_NUMPY * exact).all()


@pytest.mark.parametrize("name", ["exp", "log", "log1p", "expm1", "tanh"])
def test_float64_functions(name: str) -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate(
        [rng.uniform(-700, 700, 1500), rng.uniform(-1, 1, 1500) * 10.0 ** rng.integers(-9, 1, 1500)]
    )
    x = np.abs(x) if name in ("log", "log1p") else x
    for value, given in zip(x.tolist(), getattr(np, name)(x).tolist(), strict=True):
        exact = getattr(ref.mp, name)(ref.mp.mpf(value))
        assert abs(given - exact) <= bounds.MATH64 * abs(exact)


def test_the_compiled_exp_and_log_within_their_bounds() -> None:
    """One class: log(exp(x)) is x, so nothing is added, and the exp alone shows."""
    if tier.load() is None:
        assert bounds.exp_error(single=True) == bounds.EXP_NUMPY
        return
    x = _floats()
    worst = np.float32(float.fromhex("-0x1.b60a26p+4"))
    x = np.append(x[np.abs(x) < 45], worst)[:, None]
    assert bounds.exp_error(single=True) == bounds.EXP_COMPILED
    error = np.abs(kernel.logsumexp(x, double=False) - x[:, 0])
    assert error.max() <= bounds.EXP_COMPILED * 1.01 + 90 * U64
    assert error[-1] >= bounds.EXP_COMPILED * 0.99
    wide = np.random.default_rng(1).uniform(-45, 45, (100_000, 1))
    error = np.abs(kernel.logsumexp(wide, double=True) - wide[:, 0])
    assert (error <= bounds.MATH64 + 4 * U64 * np.abs(wide[:, 0])).all()


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
    result = compute_loss(request)
    exact = _exact_mean(request) / (ref.mp.log(2) if unit == "bits" else 1)
    assert 0 < abs(result.loss - exact) <= result.error_bound
    limit = {"native": 3e-6, "double": 1e-11}[precision]
    assert result.error_bound <= limit * abs(result.loss)
    assert result.to_dict()["error_bound"] == result.error_bound


def test_the_sum_has_the_bound_of_the_mean_times_the_rows() -> None:
    mean, total = (compute_loss(_request(reduction=name)) for name in ("mean", "sum"))
    assert total.error_bound == pytest.approx(400 * mean.error_bound, rel=1e-12)
    assert compute_loss(_request(reduction="none")).error_bound is None


@pytest.mark.parametrize("kind", ["softmax-ce", "softmax-focal", "entropy"])
def test_the_bound_is_the_same_for_every_cut(kind: str) -> None:
    request = (
        _request(kind=kind) if kind != "entropy" else LossRequest(_request().logits, kind=kind)
    )
    seen = {
        compute_loss(
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
    if kind == "softmax-ce":
        targets[::7] *= -1
    seen = {
        compute_loss(LossRequest(x, targets, kind=kind, block_elements=size)).error_bound
        for size in (1, 100, 977, 10**6)
    }
    assert len(seen) == 1
    assert None not in seen


def test_weights_weigh_the_bounds() -> None:
    weight = np.linspace(0.1, 3, 30)
    plain, weighted = compute_loss(_request()), compute_loss(_request(options={"weight": weight}))
    assert weighted.error_bound == pytest.approx(plain.error_bound, rel=0.05)
    factors = np.random.default_rng(4).random(400)
    sampled = compute_loss(_request(sample_weight=factors))
    assert sampled.error_bound == pytest.approx(plain.error_bound, rel=0.3)
    tripled, total = (
        compute_loss(_request(reduction="sum", sample_weight=w)) for w in (np.full(400, 3.0), None)
    )
    assert tripled.error_bound == pytest.approx(3 * total.error_bound, rel=0.05)
    alone = compute_loss(_request(reduction="sum", sample_weight=(np.arange(400) == 3) * 1.0))
    assert alone.error_bound < 0.01 * total.error_bound
    assert compute_loss(_request(sample_weight=factors - 0.5)).error_bound is None


def test_no_bound_where_none_is_known() -> None:
    request = _request()
    outside = np.full(request.logits.shape, 1.5, np.float32)
    given = compute_loss(
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
    assert compute_loss(request).error_bound is None


def test_a_perplexity_has_the_bound_of_exp() -> None:
    request = _request()
    x = request.logits[None, 10:] / 8
    given = compute_loss(LossRequest(x, request.labels[None, 10:], kind="torchmetrics.Perplexity"))
    mean = math.log(given.loss)
    single = compute_loss(LossRequest(x[0], request.labels[10:]))
    assert mean == pytest.approx(single.loss, rel=1e-12)
    assert given.error_bound == pytest.approx(single.error_bound * given.loss, rel=1e-5)


def test_units_are_those_of_the_dtypes() -> None:
    assert np.finfo(np.float32).eps / 2 == U32
    assert np.finfo(np.float64).eps / 2 == U64
