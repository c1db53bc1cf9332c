"""`compute_gradient` against the frameworks' automatic differentiation and finite differences."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden_explained import explanation
from golden_runner import GOLDEN, cases, decode, name_of, request_of

from xent_cli.errors import UsageError
from xent_cli.losses import LOSSES, OWN, aliases, softmax
from xent_cli.passes.request import Destination, LossRequest
from xent_cli.records import replace
from xent_cli.tasks.grad import GradRequest, compute_gradient
from xent_cli.tasks.loss import compute_loss

ALIASES = aliases()
RECORDS = json.loads((GOLDEN / "grad.json").read_text())["cases"]
CASES = {framework: cases(framework) for framework in {r["framework"] for r in RECORDS}}
FUNCTIONS = sorted({CASES[r["framework"]][r["case"]]["function"] for r in RECORDS})

PARTINGS = {
    r"torch\.nn\.SoftMarginLoss/overflow": "torch's exp overflows, in the loss as in the gradient",
    r"torch\.nn\.NLLLoss/zero-weight-mean": "0 / 0: torch has NaN at the label, xent in the row",
    r"tf\.nn\.weighted.*/large": "TensorFlow's relu and abs have the derivative 0 at a logit of 0",
}


def gradient(request: LossRequest, folder: Path) -> np.ndarray:
    """The gradient as an array."""
    target = folder / "gradient.npy"
    compute_gradient(GradRequest(request, Destination(str(target))))
    return np.load(target)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_frameworks_gradients(function, tmp_path) -> None:
    problems, parted = [], 0
    for record in RECORDS:
        case = CASES[record["framework"]][record["case"]]
        name, shape = name_of(case), case["inputs"]["logits"]["shape"]
        if case["function"] != function or explanation(name, "refused"):
            continue
        assert case["id"] == record["id"], "make_grad.py must run after the other makers"
        theirs = decode({"data": record["data"], "shape": shape})
        request = request_of(case, "float64")
        if "backend" in record:  # keras.ops.mean on the others works in float32
            request = replace(request, params={**request.params, "backend": record["backend"]})
        ours = gradient(request, tmp_path)
        rtol, atol = (2e-6, 1e-7) if "backend" in record else (1e-12, 1e-13)
        if np.allclose(ours, theirs, rtol=rtol, atol=atol, equal_nan=True):
            continue
        if any(re.match(pattern, name) for pattern in PARTINGS):
            parted += 1
        else:
            problems.append(f"{name}: xent {ours.tolist()}, framework {theirs.tolist()}")
    assert not problems, "\n".join(problems)
    assert parted == sum(function in pattern.replace("\\", "") for pattern in PARTINGS) or (
        function.startswith("tf.nn.weighted") and parted == 1
    )


def test_the_frameworks_with_automatic_differentiation_are_covered() -> None:
    names = {n for n in LOSSES if n.partition(".")[0] in ("torch", "tf", "optax", "keras")}
    assert names == {ALIASES.get(function, function) for function in FUNCTIONS}


RNG = np.random.default_rng(7)
X = RNG.normal(0, 1.5, (4, 5))
P = np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)
T = RNG.dirichlet(np.ones(5), 4)
U = RNG.uniform(0.1, 0.9, (4, 5))
BITS = RNG.integers(0, 2, (4, 5))
Y = np.array([0, 3, 4, 1])
HOLES = np.array([0, -100, 4, -100])
W = np.array([1.0, 2.0, 0.5, 0.25, 3.0])
S = np.array([1.0, 0.0, 2.5, 0.5])
COUNTS = RNG.integers(0, 6, (4, 5)).astype(float)

DIFFERENTIATED: list[tuple[str, np.ndarray, np.ndarray | None, dict[str, Any]]] = [
    ("softmax-ce", X, Y, {}),
    ("softmax-ce", X, HOLES, {"weight": W, "label_smoothing": 0.2, "z_loss": 0.1}),
    ("softmax-ce", X, HOLES, {"softcap": 2.0, "z_loss": 0.01, "weight": W}),
    ("softmax-ce", X, T, {"weight": W, "label_smoothing": 0.2, "z_loss": 0.1, "softcap": 3.0}),
    ("softmax-ce", X - 3, Y, {"input": "log-probs", "label_smoothing": 0.1}),
    ("softmax-ce", P, Y, {"input": "probs", "label_smoothing": 0.1, "weight": W}),
    ("softmax-ce", P, T, {"input": "probs"}),
    ("sparse", X, Y, {"weight": W, "ignore_index": 4}),
    ("nll", X - 3, HOLES, {"weight": W, "label_smoothing": 0.2}),
    ("categorical-ce", P, T, {"weight": W}),
    ("categorical-ce", P, HOLES, {"weight": W}),
    ("sigmoid-bce", X, U, {"pos_weight": W, "label_smoothing": 0.1}),
    ("sigmoid-bce", X, BITS, {}),
    ("bce", U, BITS, {"label_smoothing": 0.1}),
    ("weighted", X, U, {"pos_weight": W, "label_smoothing": 0.1}),
    ("multilabel-soft-margin", X, U, {"weight": W}),
    ("soft-margin", X, 2 * BITS - 1, {}),
    ("softmax-focal", X, HOLES, {"gamma": 0.5, "alpha": W, "label_smoothing": 0.1}),
    ("softmax-focal", X, T, {"gamma": 2.0}),
    ("softmax-focal", X, Y, {"gamma": 0.0}),
    ("sigmoid-focal", X, BITS, {"gamma": 0.5, "alpha": 0.25}),
    ("sigmoid-focal", X, U, {"gamma": 2.0, "label_smoothing": 0.1}),
    ("poly", X, HOLES, {"epsilon": 1.5, "label_smoothing": 0.1}),
    ("poly", X, T, {"epsilon": -1.0}),
    ("kl-div", X - 3, T, {}),
    ("kl-div", X, T, {"input": "logits"}),
    ("kl-div", P, T, {"input": "probs"}),
    ("kl-div", X - 3, np.log(T), {"log_target": True}),
    ("js-div", P, T, {}),
    ("entropy", X, None, {}),
    ("entropy", X - 3, None, {"input": "log-probs"}),
    ("entropy", P, None, {"input": "probs"}),
    ("poisson-nll", X, COUNTS, {"full": True}),
    ("poisson-nll", U, COUNTS, {"log_input": False}),
    ("gaussian-nll", X, T, {"var": U}),
    ("onnx.SoftmaxCrossEntropyLoss", X, HOLES, {"weights": W, "ignore_index": -100}),
    ("onnx.NegativeLogLikelihoodLoss", X, Y, {"weights": W}),
    ("sklearn.metrics.log_loss", P, Y + 3, {"labels": np.arange(3, 8)}),
    ("sklearn.metrics.log_loss", U[:, :1], Y % 2, {}),
    ("t5x.compute_weighted_cross_entropy", X, Y, {"label_smoothing": 0.1, "z_loss": 0.05}),
    ("t5x.compute_weighted_cross_entropy", X, Y, {"loss_normalizing_factor": 3.0}),
    ("transformers.ForCausalLMLoss", X[None], HOLES[None], {}),
    ("transformers.ForCausalLMLoss", X[None], HOLES[None], {"num_items_in_batch": 7}),
    ("torchmetrics.Perplexity", X[None], HOLES[None], {"ignore_index": -100}),
]


def differences(request: LossRequest, step: float = 1e-5) -> np.ndarray:
    """Central finite differences of the loss."""
    x = np.asarray(request.logits, dtype=np.float64)
    out = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        ends = []
        for shift in (step, -step):
            moved = x.copy()
            moved[place] += shift
            ends.append(compute_loss(replace(request, logits=moved)).loss)
        out[place] = (ends[0] - ends[1]) / (2 * step)
    return out


@pytest.mark.parametrize(
    ("kind", "x", "y", "params"),
    DIFFERENTIATED,
    ids=[f"{i}-{case[0]}" for i, case in enumerate(DIFFERENTIATED)],
)
def test_finite_differences(kind, x, y, params, tmp_path) -> None:
    request = LossRequest(x, y, kind, params=params, precision="double")
    reductions = [r for r in LOSSES[kind].rules.reduction.names if r != "none"]
    for reduction in reductions:
        asked = replace(request, reduction=reduction)
        wanted = differences(asked)
        assert np.allclose(gradient(asked, tmp_path), wanted, rtol=1e-6, atol=1e-8)
    if "none" in LOSSES[kind].rules.reduction.names and "loss_normalizing_factor" not in params:
        of_none = gradient(replace(request, reduction="none"), tmp_path)
        of_sum = gradient(replace(request, reduction="sum"), tmp_path)
        assert (of_none == of_sum).all()


def test_every_function_has_a_gradient_that_is_tested() -> None:
    """Those of the own kinds are held against the exact losses, beside their tests."""
    tested = {kind for kind, *_ in DIFFERENTIATED} | {ALIASES.get(f, f) for f in FUNCTIONS}
    assert LOSSES.keys() - OWN.keys() <= tested
    assert all(LOSSES[name].gradient is not None for name in tested)


@pytest.mark.parametrize(
    ("kind", "y", "weights"),
    [("softmax-ce", Y, S), ("softmax-ce", T, S), ("sigmoid-bce", U, S), ("sigmoid-bce", U, U)],
)
@pytest.mark.parametrize("unit", ["nats", "bits"])
def test_sample_weights_and_units(kind, y, weights, unit, tmp_path) -> None:
    request = LossRequest(X, y, kind, sample_weight=weights, unit=unit, precision="double")
    found = gradient(request, tmp_path)
    assert np.allclose(found, differences(request), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_class_axis_may_be_anywhere(axis, tmp_path) -> None:
    x, y = RNG.normal(size=(3, 4, 5)), RNG.integers(0, 5, (3, 4))
    flat = gradient(LossRequest(x.reshape(12, 5), y.reshape(12)), tmp_path)
    moved = gradient(
        LossRequest(np.ascontiguousarray(np.moveaxis(x, 2, axis)), y, class_dim=axis), tmp_path
    )
    assert (np.moveaxis(moved, axis, 2).reshape(12, 5) == flat).all()


def test_a_row_of_softmax_gradients_sums_to_nothing(tmp_path) -> None:
    x = RNG.normal(0, 30, (50, 1000))
    found = gradient(LossRequest(x, RNG.integers(0, 1000, 50), reduction="sum"), tmp_path)
    assert np.abs(found.sum(axis=1)).max() < 1e-12


def test_native_precision_is_near_double(tmp_path) -> None:
    x, y = RNG.normal(0, 5, (64, 300)).astype(np.float32), RNG.integers(0, 300, 64)
    native = gradient(LossRequest(x, y, reduction="sum"), tmp_path)
    double = gradient(LossRequest(x, y, reduction="sum", precision="double"), tmp_path)
    assert (native.dtype, double.dtype) == (np.float32, np.float64)
    assert np.abs(native - double).max() < 1e-6


@pytest.mark.parametrize(
    ("labels", "weight", "expected"),
    [
        ([-100, -100], None, [[0, 0], [0, 0]]),
        ([0, -100], [0.0, 1.0], [[np.nan, np.nan], [0, 0]]),  # torch 2.13.0
    ],
)
def test_the_mean_of_nothing(labels, weight, expected, tmp_path) -> None:
    request = LossRequest(np.zeros((2, 2)), np.array(labels), options={"weight": weight})
    assert np.array_equal(gradient(request, tmp_path), expected, equal_nan=True)


def test_clipped_probabilities_have_no_gradient(tmp_path) -> None:
    p = np.array([[1e-9, 0.4, 0.6 - 1e-9], [0.0, 1.0, 0.0]])
    t = np.array([[1.0, 0, 0], [0, 1, 0]])
    request = LossRequest(p, t, "keras.losses.CategoricalCrossentropy", reduction="sum")
    assert (gradient(request, tmp_path) == 0).all()
    own = gradient(replace(request, kind="categorical-ce"), tmp_path)
    assert own[0, 0] == pytest.approx(-1e9)


def test_infinite_logits(tmp_path) -> None:
    """As torch 2.13.0 has them."""
    inf = np.inf
    x = np.array([[-inf, 0.0, 1.0], [-inf, 0.0, 1.0], [inf, 0.0, 1.0]])
    request = LossRequest(x, np.array([0, 1, 1]), "torch.nn.CrossEntropyLoss", reduction="sum")
    p = 1 / (1 + np.e)
    expected = [[-1, p, 1 - p], [0, p - 1, 1 - p], [np.nan] * 3]
    assert np.allclose(gradient(request, tmp_path), expected, equal_nan=True)


def test_an_empty_array_has_an_empty_gradient(tmp_path) -> None:
    found = gradient(LossRequest(np.zeros((0, 3)), np.zeros(0, dtype=int)), tmp_path)
    assert found.shape == (0, 3)


def test_a_loss_without_a_gradient_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(softmax, "NLL", replace(softmax.NLL, gradient=None))
    with pytest.raises(UsageError, match="nll has no gradient") as caught:
        compute_gradient(GradRequest(LossRequest("not-opened.npy", Y, "nll")))
    assert "softmax-ce" in (caught.value.hint or "")


def test_a_single_number(tmp_path) -> None:
    request = LossRequest(np.array(0.0), np.array(1.0), "sigmoid-bce")
    assert gradient(request, tmp_path) == -0.5
    corner = compute_gradient(GradRequest(request)).outputs[0].corner
    assert corner is not None
    assert corner.values == (-0.5,)
    assert isinstance(corner.values[0], float)


def test_logits_at_the_end_of_the_range(tmp_path) -> None:
    request = LossRequest(np.array([[1e308, -1e308]]), np.array([1]))
    assert gradient(request, tmp_path).tolist() == [[1, -1]]


def test_classes_that_take_no_part(tmp_path) -> None:
    """As optax has it, however far the others are from 0."""
    x = np.array([[-1000.0, -1001.0, 5.0], [1.0, 2.0, 3.0]])
    where = np.array([[True, True, False], [False, False, False]])
    kind = "optax.losses.softmax_cross_entropy_with_integer_labels"
    request = LossRequest(x, np.array([1, 0]), kind, params={"where": where})
    p = 1 / (1 + np.exp(-1.0))
    assert np.allclose(gradient(request, tmp_path), [[p, -p, 0], [0, 0, 0]])
