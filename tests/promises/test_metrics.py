"""Metrics through the program's door, against NumPy on the same arrays."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from xent_cli import LossRequest, compute_loss
from xent_cli.dtypes import narrow_to_bfloat16
from xent_cli.errors import UsageError
from xent_cli.losses import LOSSES
from xent_cli.pages import read_page
from xent_cli.tallies import METRICS

RNG = np.random.default_rng(5)
LOGITS = (RNG.standard_normal((400, 11)) * 2).round(1)  # with ties
LABELS = RNG.integers(0, 11, 400)
IGNORED = np.where(np.arange(400) % 7 == 0, -100, LABELS)


def metrics(logits: Any, labels: Any = None, **request: Any) -> dict[str, Any]:
    request.setdefault("metrics", ("accuracy",))
    return compute_loss(LossRequest(logits, labels, **request)).to_dict()["metrics"]


def expected(logits: np.ndarray, labels: np.ndarray) -> float:
    counted = labels >= 0
    return float((logits.argmax(axis=1) == labels)[counted].mean())


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16", "int8"])
@pytest.mark.parametrize("classes", [2, 11, 200])
@pytest.mark.parametrize("blocks", [None, 1, 1000])
def test_accuracy_of_index_labels(dtype: str, classes: int, blocks: int | None) -> None:
    logits = (np.random.default_rng(classes).standard_normal((130, classes)) * 2).round(1)
    logits = narrow_to_bfloat16(logits) if dtype == "bfloat16" else logits.astype(dtype)
    wide = logits["bfloat16"].astype(np.uint32) << 16 if dtype == "bfloat16" else logits
    wide = wide.view(np.float32) if dtype == "bfloat16" else wide
    labels = np.where(np.arange(130) % 3, wide.argmax(axis=1), 0)
    labels[::10] = -100
    for engine, precision in (("threads", "native"), ("serial", "double")):
        found = metrics(logits, labels, block_elements=blocks, engine=engine, precision=precision)
        assert found == {"accuracy": expected(wide, labels)}


@pytest.mark.parametrize("kind", ["softmax-ce", "sparse", "softmax-focal", "poly"])
def test_accuracy_does_not_depend_on_the_loss(kind: str) -> None:
    for options in ({}, {"label_smoothing": 0.1}, {"weight": np.arange(11.0)}):
        if kind in ("softmax-focal", "poly") and "weight" in options:
            continue
        found = metrics(LOGITS, IGNORED, kind=kind, options=options)
        assert found["accuracy"] == expected(LOGITS, IGNORED)


def test_accuracy_of_probabilities_and_log_probabilities() -> None:
    probs = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    right = float((probs.argmax(axis=1) == LABELS).mean())
    for kind, operand in (("categorical-ce", probs), ("nll", np.log(probs))):
        assert metrics(operand, LABELS, kind=kind)["accuracy"] == right
    name = "sklearn.metrics.log_loss"
    assert metrics(probs, LABELS, kind=name)["accuracy"] == right
    assert metrics(probs[:, 0], LABELS == 0, kind=name)["accuracy"] == float(
        ((probs[:, 0] > 0.5) == (LABELS == 0)).mean()
    )


def test_accuracy_of_dense_labels() -> None:
    targets = RNG.random((400, 11)).round(1)
    right = float((LOGITS.argmax(axis=1) == targets.argmax(axis=1)).mean())
    targets = targets / targets.sum(axis=1, keepdims=True)
    assert metrics(LOGITS, targets)["accuracy"] == right
    assert metrics(LOGITS, np.eye(11)[LABELS])["accuracy"] == expected(LOGITS, LABELS)


def test_accuracy_of_any_layout_and_label_base() -> None:
    for order in ("C", "F"):
        cube = np.asarray(LOGITS.reshape(20, 20, 11).transpose(0, 2, 1), order=order)
        labels = IGNORED.reshape(20, 20)
        right = expected(LOGITS, IGNORED)
        assert metrics(cube, labels, class_dim=1, block_elements=500)["accuracy"] == right
    assert metrics(LOGITS, LABELS + 1, label_base=1)["accuracy"] == expected(LOGITS, LABELS)


def test_accuracy_of_yes_or_no_questions() -> None:
    targets = (RNG.random((400, 11)) < 0.5).astype(np.float32)
    right = float(((LOGITS > 0) == (targets > 0.5)).mean())
    probs = 1 / (1 + np.exp(-LOGITS))
    for kind, operand, labels in (
        ("sigmoid-bce", LOGITS, targets),
        ("bce", probs, targets),
        ("sigmoid-focal", LOGITS, targets),
        ("multilabel-soft-margin", LOGITS, targets),
        ("soft-margin", LOGITS, 2 * targets - 1),
        ("keras.losses.BinaryCrossentropy", probs, targets),
        ("torch.nn.BCEWithLogitsLoss", LOGITS, targets),
    ):
        assert metrics(operand, labels, kind=kind)["accuracy"] == right, kind


def test_elements_with_nan_are_not_right() -> None:
    logits = np.array([[1.0, np.nan], [2.0, -3.0]])
    targets = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert metrics(logits, targets, kind="sigmoid-bce")["accuracy"] == 3 / 4
    found = metrics(np.array([[-1.0, -1.0]]), np.array([[np.nan, 0.0]]), kind="sigmoid-bce")
    assert found["accuracy"] == 1 / 2


def test_rows_with_nan_and_labels_that_are_no_class_are_not_right() -> None:
    logits = np.array([[np.nan, 9.0], [0.0, 1.0], [1.0, 0.0]])
    assert metrics(logits, np.array([1, 1, 0]))["accuracy"] == 2 / 3
    kind = "keras.losses.SparseCategoricalCrossentropy"
    params = {"from_logits": "true", "backend": "jax"}
    if any(param.name == "backend" for param in LOSSES[kind].params):
        found = metrics(logits[1:], np.array([7, 0]), kind=kind, params=params)
        assert found["accuracy"] == 0.5


def test_label_counts() -> None:
    found = metrics(LOGITS, IGNORED, metrics=("label-counts",))
    counts = np.bincount(IGNORED[IGNORED >= 0])
    assert found == {"label_classes": 11, "majority": counts.max() / counts.sum()}


def test_help_and_the_page_of_numbers_name_every_metric(xent: Any) -> None:
    page = read_page("numbers")
    shown = " ".join(xent("loss", "--help").text.split())
    for name in METRICS:
        assert name in shown
        assert f"`{name}`" in page


def test_metrics_by_commas_and_by_several_options(xent: Any) -> None:
    inputs = ["loss", "samples/logits.npy", "samples/labels.npy", "--format", "json"]
    by_commas = json.loads(xent(*inputs, "--metrics", "acc,label-counts").stdout)["metrics"]
    apart = json.loads(xent(*inputs, "--metrics", "label-counts", "--metrics", "ACC").stdout)[
        "metrics"
    ]
    assert by_commas == apart
    assert len(apart) == 3


@pytest.mark.parametrize(
    "options",
    [["--format", "plain"], ["--out", "-"], ["--reduction", "none", "--format", "csv"], []],
)
def test_output_without_a_place_for_metrics_refuses_them(xent: Any, options: list[str]) -> None:
    done = xent("loss", "samples/logits.npy", "samples/labels.npy", "--metrics", "acc", *options)
    assert done.status == 2
    assert done.stdout == b""
    assert "output is the loss" in done.stderr
    assert "json" in done.stderr.partition("hint: --format")[2]


def test_nothing_counts() -> None:
    found = metrics(LOGITS, np.full(400, -100), metrics=METRICS)
    assert np.isnan(found["accuracy"])
    assert np.isnan(found["majority"])


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("kind", ["entropy", "poisson-nll", "gaussian-nll"])
def test_what_has_no_right_answer_is_refused(kind: str, name: str) -> None:
    params = {"var": "1"} if kind == "gaussian-nll" else {}
    labels = None if kind == "entropy" else np.ones((400, 11))
    with pytest.raises(UsageError, match=f"--metrics {name} is not for --kind {kind}: "):
        metrics(LOGITS, labels, kind=kind, params=params, metrics=(name,))
