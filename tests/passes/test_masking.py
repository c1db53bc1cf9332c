"""What a mask, and an ignore index of targets, leave out is left out of everything."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xent_cli import LossRequest, compute_loss
from xent_cli.errors import DataError, UsageError
from xent_cli.tasks.grad import GradRequest, compute_gradient

RNG = np.random.default_rng(3)
N, C = 23, 5
X = (RNG.normal(size=(N, C)) * 3).astype(np.float32)
Y = RNG.integers(0, C, N)
T = RNG.integers(0, 2, (N, C)).astype(np.float32)
SOFT = RNG.dirichlet(np.ones(C), N)
P = np.exp(X) / np.exp(X).sum(1, keepdims=True)
ROWS = RNG.random(N) < 0.6
CELLS = RNG.random((N, C)) < 0.6

KINDS: list[tuple[str, np.ndarray, np.ndarray | None, dict[str, Any]]] = [
    ("softmax-ce", X, Y, {}),
    ("softmax-ce", X, SOFT, {}),
    ("softmax-ce", X, Y, {"weight": "1,2,3,4,5"}),
    ("categorical-ce", P, Y, {}),
    ("nll", np.log(P), Y, {}),
    ("softmax-focal", X, Y, {}),
    ("poly", X, SOFT, {}),
    ("kl-div", np.log(P), SOFT, {}),
    ("entropy", X, None, {}),
    ("sigmoid-bce", X, T, {"label_smoothing": 0.1}),
    ("bce", P, T, {}),
    ("multilabel-soft-margin", X, T, {}),
    ("sigmoid-focal", X, T, {}),
    ("soft-margin", X, 2 * T - 1, {}),
    ("poisson-nll", X, T, {}),
    ("torch.nn.CrossEntropyLoss", X, Y, {}),
    ("keras.losses.BinaryCrossentropy", P, T, {}),
    ("keras.losses.CategoricalCrossentropy", P, SOFT, {}),
    ("tf.nn.sigmoid_cross_entropy_with_logits", X, T, {}),
]
IDS = [f"{kind}-{number}" for number, (kind, *_) in enumerate(KINDS)]


def spoiled(array: np.ndarray | None, keep: np.ndarray, bad: float) -> np.ndarray | None:
    """The array with what nobody is meant to read where the mask is 0."""
    if array is None:
        return None
    spoiled = array.copy()
    spoiled[~keep] = bad
    return spoiled


@pytest.mark.parametrize("metrics", [(), ("accuracy",)])
@pytest.mark.parametrize(("kind", "x", "y", "options"), KINDS, ids=IDS)
def test_a_mask_gives_what_the_other_rows_alone_give(
    kind: str, x: np.ndarray, y: np.ndarray | None, options: dict[str, Any], metrics: tuple[str]
) -> None:
    if metrics and kind in ("kl-div", "entropy", "poisson-nll"):
        return
    given = {"kind": kind, "options": options, "metrics": metrics, "bounds": True}
    bad = 255 if y is not None and y.dtype.kind == "i" else np.nan
    whole = compute_loss(
        LossRequest(spoiled(x, ROWS, np.nan), spoiled(y, ROWS, bad), mask=ROWS, **given)
    )
    alone = compute_loss(LossRequest(x[ROWS], None if y is None else y[ROWS], **given))
    assert (whole.rows, whole.ignored) == (N, N - ROWS.sum())
    for name in ("loss", "numerator", "denominator"):
        assert whole.figure(name).value == alone.figure(name).value, name
    bounds = [result.error_bound or 0 for result in (whole, alone)]
    assert bounds[0] == pytest.approx(bounds[1], rel=0.05)  # a product more
    assert [figure.value for figure in whole.metrics] == [f.value for f in alone.metrics]
    assert whole.figure("minimum").value == alone.figure("minimum").value
    assert whole.warnings == alone.warnings == ()


def bce(x: np.ndarray, t: np.ndarray) -> np.ndarray:
    wide = x.astype(np.float64)
    return np.logaddexp(0, wide) - t * wide


@pytest.mark.parametrize("how", ["mask", "mask of numbers", "ignore index"])
@pytest.mark.parametrize("block", [1, 7, 10**6])
def test_elements_are_left_out(how: str, block: int) -> None:
    given: dict[str, Any] = {"kind": "sigmoid-bce", "block_elements": block}
    labels = spoiled(T, CELLS, 255)
    if how == "ignore index":
        given["options"] = {"ignore_index": 255}
    else:
        given["mask"] = CELLS if how == "mask" else CELLS.astype(np.float32)
        labels = spoiled(T, CELLS, np.nan)
    result = compute_loss(LossRequest(X, labels, metrics=("accuracy",), **given))
    assert result.loss == pytest.approx(bce(X, T)[CELLS].mean(), rel=1e-6)
    assert result.denominator == CELLS.sum()
    right = ((X > 0) == (T > 0.5))[CELLS]
    assert result.metrics[0].value == pytest.approx(right.mean())
    assert result.metrics[0].rows == CELLS.sum()
    assert result.ignored == (~CELLS.any(1)).sum()
    whole = compute_loss(LossRequest(X, labels, metrics=("accuracy",), **given, jobs=1))
    assert whole.loss == result.loss


def test_masks_and_weights_go_together() -> None:
    weights = RNG.random((N, C))
    result = compute_loss(
        LossRequest(X, spoiled(T, CELLS, np.nan), "sigmoid-bce", sample_weight=weights, mask=CELLS)
    )
    expected = (bce(X, T) * weights)[CELLS].sum() / weights[CELLS].sum()
    assert result.loss == pytest.approx(expected, rel=1e-6)
    rows = compute_loss(
        LossRequest(X, Y, sample_weight=np.where(ROWS, weights[:, 0], np.nan), mask=ROWS)
    )
    alone = compute_loss(LossRequest(X[ROWS], Y[ROWS], sample_weight=weights[ROWS, 0]))
    assert (rows.loss, rows.warnings) == (alone.loss, ())


def test_the_gradient_is_0_where_nothing_counts() -> None:
    for mask in (ROWS, CELLS):
        request = LossRequest(X, T, "sigmoid-bce", mask=mask)
        output = compute_gradient(GradRequest(request)).outputs[0]
        flags = np.broadcast_to(mask if mask.ndim == 2 else mask[:, None], X.shape)
        expected = np.where(flags, 1 / (1 + np.exp(-X.astype(np.float64))) - T, 0) / flags.sum()
        assert output.corner is not None
        corner = expected[np.ix_(*output.corner.axes)]
        np.testing.assert_allclose(output.corner.values, corner.ravel(), atol=1e-7)


def test_a_mask_that_is_none_and_one_that_does_not_fit() -> None:
    with pytest.raises(DataError, match=r"mask: row 2 has 2, expected 1 for what counts"):
        compute_loss(LossRequest(X[:4], Y[:4], mask=np.array([1, 0, 2, 1])))
    with pytest.raises(DataError, match="row 1 has nan"):
        compute_loss(LossRequest(X[:2], Y[:2], mask=np.array([1, np.nan])))
    with pytest.raises(DataError, match=r"one flag for each row: \(23,\)"):
        compute_loss(LossRequest(X, Y, mask=CELLS))
    with pytest.raises(DataError, match=r"for each row: \(23,\), or for each element: \(23, 5\)"):
        compute_loss(LossRequest(X, T, "sigmoid-bce", mask=CELLS[:3]))
    with pytest.raises(UsageError, match="whose classes are the labels of all rows"):
        compute_loss(LossRequest(P, Y, "sklearn.metrics.log_loss", mask=ROWS))


def test_targets_to_leave_out_are_named_by_the_hint() -> None:
    with pytest.raises(DataError) as refused:
        compute_loss(LossRequest(X, spoiled(T, CELLS, -100), "sigmoid-bce"))
    assert refused.value.hint == "if -100 marks targets to leave out, add --ignore-index -100"


def test_everything_left_out_is_told() -> None:
    result = compute_loss(LossRequest(X, T, "sigmoid-bce", mask=np.zeros((N, C))))
    assert np.isnan(result.loss)
    assert "all 23 rows are ignored: the mean is NaN" in result.warnings
    unmatched = compute_loss(LossRequest(X, T, "sigmoid-bce", options={"ignore_index": 7}))
    assert unmatched.notes == ("labels: no target is 7, which leaves targets out",)
    assert unmatched.loss == pytest.approx(bce(X, T).mean(), rel=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "float64", "int32", "bfloat16"])
def test_every_dtype_takes_a_mask(dtype: str, tmp_path, xent) -> None:
    whole = np.round(X)
    np.save(tmp_path / "x.npy", whole)
    source = tmp_path / "typed.safetensors"
    assert xent("convert", tmp_path / "x.npy", source, "--dtype", dtype).status == 0
    given = {"labels": spoiled(T, CELLS, np.nan), "kind": "sigmoid-bce", "mask": CELLS}
    masked = compute_loss(LossRequest(str(source), **given))
    assert masked.loss == pytest.approx(bce(whole, T)[CELLS].mean(), rel=2e-6)


def test_what_a_mask_hides_divides_nothing() -> None:
    per = np.where(ROWS, np.arange(N) + 1.0, np.nan)
    masked = compute_loss(LossRequest(X, Y, mask=ROWS, per=per))
    alone = compute_loss(LossRequest(X[ROWS], Y[ROWS], per=per[ROWS]))
    assert (masked.loss, masked.denominator) == (alone.loss, alone.denominator)
    assert list(masked.inputs) == ["logits", "labels", "mask", "per"]
