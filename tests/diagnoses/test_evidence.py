"""What some rows show: sick inputs are told by every route, healthy ones never."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from healthy_inputs import Input, inputs

from xent_cli.arrays.base import ReadOptions
from xent_cli.diagnoses.evidence import sum_bound, sums_to
from xent_cli.errors import DataError
from xent_cli.passes.request import LossRequest
from xent_cli.tallies.sample import Look
from xent_cli.tasks.loss import compute_loss

RNG = np.random.default_rng(5)
X = RNG.normal(size=(30, 4)) * 2
P = np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)
S = 1 / (1 + np.exp(-X))
Y = RNG.integers(0, 4, 30)
HITS = (RNG.random((30, 4)) < 0.4).astype(float)
HITS[0] = [1, 1, 0, 0]
LONG = np.log(P)
DATA = ReadOptions(header=False, index="none")


def found(kind: str, logits: np.ndarray, labels: np.ndarray, **request: Any) -> set[str]:
    """The ids of warnings; of an error its message."""
    result = compute_loss(LossRequest(logits, labels, kind=kind, **request))
    return {told.id for told in result.diagnoses if told.level != "note"}


def stored(case: Input, way: int, place: Path) -> tuple[Any, Any]:
    """The arrays, or the names of files that hold them in one of several ways."""
    x, y = case.logits, case.labels
    text = way == 4 and x.ndim == 2 and bool(np.isfinite(x).all())
    if way == 0 or (way == 4 and not text):
        return x, y
    labels = place / "y.npy"
    np.save(labels, y)
    if way == 1:
        np.save(place / "x.npy", np.asfortranarray(x))
        return place / "x.npy", labels
    if way == 2:
        for number, part in enumerate(np.array_split(x, min(3, len(x)))):
            np.save(place / f"s-{number}.npy", part)
        return f"{place}/s-*.npy", labels
    if way == 3:
        np.savez_compressed(place / "z.npz", logits=x, labels=y)
        return f"{place}/z.npz:logits", f"{place}/z.npz:labels"
    np.savetxt(place / "x.csv", x, delimiter=",", fmt="%.17g")
    return place / "x.csv", labels


@pytest.mark.parametrize("seed", range(20))
def test_healthy_inputs_have_no_warning(seed: int, tmp_path: Path) -> None:
    for number, case in enumerate(inputs(52, seed)):
        place = tmp_path / str(number)
        place.mkdir()
        x, y = stored(case, number % 5, place)
        request = LossRequest(x, y, kind=case.kind, options=case.options, read=DATA)
        told = compute_loss(request).warnings
        assert told == (), (case, told)


SICK = {
    "probabilities": ("softmax-ce", P, Y, "probabilities-as-logits"),
    "probabilities of two decimals": ("softmax-ce", np.round(P, 2), Y, "probabilities-as-logits"),
    "of float16": ("softmax-ce", P.astype("f2"), Y, "probabilities-as-logits"),
    "under focal": ("softmax-focal", P, Y, "probabilities-as-logits"),
    "under PyTorch": ("torch.nn.CrossEntropyLoss", P, Y, "probabilities-as-logits"),
    "with dense targets": ("softmax-ce", P, np.eye(4)[Y], "probabilities-as-logits"),
    "sigmoid": ("sigmoid-bce", S, HITS, "sigmoid-twice"),
    "sigmoid under PyTorch": ("torch.nn.BCEWithLogitsLoss", S, HITS, "sigmoid-twice"),
    "sigmoid under focal": ("sigmoid-focal", S, HITS, "sigmoid-twice"),
    "sigmoid of one column": ("sigmoid-bce", S[:, 0], HITS[:, 0], "sigmoid-twice"),
    "percentages": ("softmax-ce", P * 100, Y, "percentages"),
    "logits into Keras": (
        "keras.losses.SparseCategoricalCrossentropy",
        X,
        Y,
        "logits-as-probabilities",
    ),
    "logits into Keras' binary": (
        "keras.losses.BinaryCrossentropy",
        X,
        HITS,
        "logits-as-probabilities",
    ),
    "logits into nll": ("nll", X, Y, "logits-as-log-probabilities"),
    "logits below 0 into nll": ("torch.nn.NLLLoss", X - 20, Y, "logits-as-log-probabilities"),
    "logits into kl-div": ("torch.nn.KLDivLoss", X, P, "logits-as-log-probabilities"),
    "probabilities of half": (
        "keras.losses.SparseCategoricalCrossentropy",
        P / 2,
        Y,
        "probabilities-sum",
    ),
    "targets of 0.1": ("softmax-ce", X, np.full((30, 4), 0.1), "targets-sum"),
    "several classes": ("softmax-ce", X, HITS, "targets-sum"),
    "class ids": ("softmax-ce", X, RNG.integers(0, 9, (30, 4)).astype(float), "targets-sum"),
    "targets of kl-div": ("kl-div", LONG, np.full((30, 4), 0.1), "targets-sum"),
    "two models under PyTorch": (
        "torch.nn.CrossEntropyLoss",
        X,
        X[::-1].copy(),
        "targets-negative",
    ),
    "masks": ("torch.nn.BCEWithLogitsLoss", X, HITS * 255, "targets-outside"),
    "-1 and 1": ("torch.nn.BCEWithLogitsLoss", X, HITS * 2 - 1, "targets-outside"),
    "NaN in targets": ("sigmoid-bce", X, np.where(HITS, np.nan, 1.0), "targets-nan"),
}


@pytest.mark.parametrize("name", SICK)
@pytest.mark.parametrize("block", [1, 7, 10**6])
def test_sick_inputs_are_told(name: str, block: int) -> None:
    kind, logits, labels, id = SICK[name]
    assert id in found(kind, logits, labels, block_elements=block)
    with pytest.raises(DataError):
        compute_loss(LossRequest(logits, labels, kind=kind, strict=True))


@pytest.mark.parametrize(
    ("labels", "logits", "words"),
    [
        (X[::-1].copy(), X, "looks like logits, as logits does"),
        (X, np.eye(4)[Y], "looks like logits, and logits like targets"),
        (np.eye(4)[Y] * 2 - 1, X, "has -1 in row 0"),
        (X[0].copy() * 0 + 0.5, X[0], "have one axis: one row of 4 classes"),
        (np.array([0, 1, 0, 0]), X[0], "have one axis: one row of 4 classes"),
        (np.where(np.arange(4) == 2, np.nan, 0.25), X, "has NaN in row 0"),
        (np.where(np.arange(4) == 2, np.inf, 0.25), X, "has infinity in row 0"),
    ],
)
def test_what_own_kinds_refuse(labels: np.ndarray, logits: np.ndarray, words: str) -> None:
    labels = np.broadcast_to(labels, logits.shape).copy()
    with pytest.raises(DataError, match=words):
        compute_loss(LossRequest(logits, labels))
    told = set() if labels.dtype.kind != "f" else found("torch.nn.CrossEntropyLoss", logits, labels)
    if labels.dtype.kind == "f":
        assert told & {"targets-negative", "targets-not-finite", "lone-row"}


def test_a_softmax_over_one_class() -> None:
    with pytest.raises(DataError, match="always sure"):
        compute_loss(LossRequest(X[:, :1], np.zeros(30, int)))
    assert found("torch.nn.CrossEntropyLoss", X[:, :1], np.zeros(30, int)) == {"one-class"}
    assert found("sigmoid-bce", X[:, :1], HITS[:, :1]) == set()
    assert found("softmax-ce", X[0], np.array([0.25] * 4)) == set()


@pytest.mark.parametrize("kind", ["softmax-ce", "torch.nn.CrossEntropyLoss", "sigmoid-bce"])
def test_every_route_tells_the_same(kind: str, tmp_path: Path, xent, piped) -> None:
    values, labels = (S, HITS) if kind == "sigmoid-bce" else (P, Y)
    many = np.concatenate([values] * 20)
    np.save(tmp_path / "x.npy", many)
    np.save(tmp_path / "y.npy", np.concatenate([labels] * 20))
    np.savez(tmp_path / "run.npz", logits=many, labels=np.concatenate([labels] * 20))
    np.savetxt(tmp_path / "x.csv", many, delimiter=",", fmt="%.6f")
    np.save(tmp_path / "f.npy", np.asfortranarray(many))
    for part in range(3):
        np.save(tmp_path / f"part-{part}.npy", many[part * 200 : part * 200 + 200])
    argv = (tmp_path / "y.npy", "-k", kind, "-f", "json")
    runs = [xent("loss", tmp_path / name, *argv) for name in ("x.npy", "f.npy", "x.csv")]
    runs.append(xent("loss", f"{tmp_path}/part-*.npy", *argv))
    runs.append(xent("loss", tmp_path / "run.npz", "-k", kind, "-f", "json"))
    runs.append(piped((tmp_path / "x.npy").read_bytes(), "loss", "-", *argv))
    told = [{d["id"] for d in run.json["diagnoses"] if d["level"] == "warning"} for run in runs]
    assert told == [{"sigmoid-twice" if kind == "sigmoid-bce" else "probabilities-as-logits"}] * 6


def test_a_gradient_is_told_of_as_well(xent, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", P)
    run = xent("grad", tmp_path / "p.npy", ",".join(map(str, Y)), "-f", "csv")
    assert "looks like probabilities" in run.stderr
    assert xent("grad", tmp_path / "p.npy", tmp_path / "p.npy", "--strict").status == 3


@pytest.mark.parametrize("kind", ["softmax-ce", "sparse", "torch.nn.CrossEntropyLoss", "nll"])
@pytest.mark.parametrize("block", [1, 7, 10**6])
def test_labels_that_count_from_another_class(kind: str, block: int) -> None:
    x = np.random.default_rng(9).normal(size=(40, 12))
    labels = np.random.default_rng(10).integers(1, 11, 40)
    x[np.arange(40), labels] += 6
    logs = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
    operand = logs if kind == "nll" else x
    assert found(kind, operand, labels, block_elements=block) == set()
    for moved in (1, -1):
        assert found(kind, operand, labels + moved, block_elements=block) == {"labels-shifted"}
    told = compute_loss(LossRequest(operand, labels + 1, kind=kind)).warnings[0]
    assert "--label-base 1" in told
    assert found(kind, operand, labels + 1, label_base=1, block_elements=block) == set()
    assert found(kind, operand[:7], labels[:7] + 1) == set()


@pytest.mark.parametrize("values", [6, 7])
def test_few_numbers_show_nothing(values: int) -> None:
    rows = np.full((values // 2, 2), 0.5) + np.array([[-0.25, 0.25]])
    assert found("softmax-ce", rows, np.zeros(len(rows), int)) == set()


def test_one_row_in_ten_may_differ() -> None:
    mixed = P.copy()
    mixed[1] = X[1]
    assert "probabilities-as-logits" in found("softmax-ce", mixed, Y)
    mixed[2:5] = X[2:5]
    assert found("softmax-ce", mixed, Y) == set()


def test_rows_that_do_not_count_show_nothing() -> None:
    labels = np.full(30, -100)
    labels[::10] = 1
    assert found("softmax-ce", P[:25], labels[:25], reduction="sum") == {"probabilities-as-logits"}
    bad = X.copy()
    bad[1:] = P[1:]
    labels = np.full(30, -100)
    labels[0] = 1
    assert found("softmax-ce", bad, labels) == set()


def test_rows_that_weigh_nothing_show_nothing() -> None:
    weights = np.zeros(30)
    weights[0] = 1
    mixed = P.copy()
    mixed[0] = X[0]
    assert found("softmax-ce", mixed, Y, sample_weight=weights) == set()


def test_what_calculation_leaves_is_nothing() -> None:
    targets = np.eye(4)[Y]
    targets[:, 0] += 1e-5
    targets[:, 1] -= 1e-9
    assert found("softmax-ce", X, targets) == set()


def test_sums_as_far_as_they_are_written() -> None:
    two = Look(3, 0.1, 0.7, total=1.01, decimals=2)
    assert sums_to(two, 1, "float64")
    assert not sums_to(Look(3, 0.1, 0.7, total=1.02, decimals=2), 1, "float64")
    assert not sums_to(Look(3, 0.1, 0.7, total=1.0, decimals=1), 1, "float64")  # by chance
    assert sum_bound(Look(1000, 0, 1, total=1.0), "float32") < 1e-5
    assert sum_bound(Look(1000, 0, 1, total=1.0), "bfloat16") > 1e-3


def test_rows_as_users_count_them() -> None:
    x = np.stack([X] * 3)  # (3, 30, 4)
    targets = np.full((3, 30, 4), 0.25)
    targets[:2] = 0.25
    targets[0, 16] = 0.5
    (told,) = compute_loss(LossRequest(x, targets, class_dim=2)).warnings
    assert "row (0, 16) sums to 2" in told
    bad = np.full((40, 4), 0.25)
    bad[20] = 0.5
    read = ReadOptions(rows=(4, None))
    (told,) = compute_loss(LossRequest(np.concatenate([X, X[:10]]), bad, read=read)).warnings
    assert "row 20 sums to 2" in told
