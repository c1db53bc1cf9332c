"""The softmax family at 50 digits: index and dense labels, z-loss, soft-capping, probabilities."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import oracle
import pytest
import reference
from oracle import Exact, Group, Kind
from oracle_rows import (
    MANY,
    Array,
    Operands,
    Options,
    class_operand,
    dense_targets,
    index_targets,
    wide_rows,
)
from own_rows import close, result, rows, targets_for, values

from xent_cli.errors import DataError, UsageError


@pytest.mark.parametrize("row", rows(2), ids=lambda row: f"{len(row)}-{row[0]:g}")
def test_index_and_dense_labels(row: np.ndarray) -> None:
    label, target = len(row) // 2, targets_for(row)
    index = values("softmax-ce", row[None], [label], label_smoothing=0.125)[0]
    dense = values("softmax-ce", row[None], target[None])[0]
    assert close(index, reference.softmax_ce_index(row, label, smoothing=0.125), row)
    assert close(dense, reference.softmax_ce_dense(row, target), row, factor=8)


@pytest.mark.parametrize("row", rows(2)[:12], ids=len)
def test_z_loss_and_softcap(row: np.ndarray) -> None:
    plain = values("softmax-ce", row[None], [0])[0]
    z = values("softmax-ce", row[None], [0], z_loss=1e-4)[0]
    exact = reference.mp.mpf(1) * reference.softmax_ce_index(row, 0) + reference.z_loss(row, 1e-4)
    assert close(z, exact, row)
    assert z >= plain
    capped = [float(reference.softcap(x, 30.0)) for x in row]
    found = values("softmax-ce", row[None], [0], softcap=30.0)[0]
    assert close(found, reference.softmax_ce_index(capped, 0), capped)


def test_z_loss_leaves_ignored_rows_alone() -> None:
    found = values("sparse", np.ones((2, 3)), [-100, 1], z_loss=1.0)
    assert found[0] == 0
    assert found[1] > 0


def test_categorical_ce_takes_probabilities_as_they_are() -> None:
    p = np.array([[0.5, 0.25, 0.25], [0.0, 0.5, 0.25]])
    assert values("categorical-ce", p, [1, 1]) == pytest.approx(-np.log([0.25, 0.5]))
    target = np.array([0.5, 0.25, 0.25])
    exact = reference.categorical_ce(p[0], target)
    assert close(values("categorical-ce", p[:1], target[None])[0], exact)
    assert values("categorical-ce", p, [0, 0])[1] == np.inf
    with pytest.raises(DataError, match=r"has 1\.5"):
        values("categorical-ce", np.array([[1.5, 0.5]]), [0])


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    block = np.vstack([np.full(5, -np.inf), np.linspace(-3, 900, 5), np.linspace(0, 1, 5)])
    together = values("softmax-ce", block.astype(np.float32), [0, 1, 2], precision="native")
    for i, row in enumerate(block.astype(np.float32)):
        alone = values("softmax-ce", row[None], [i], precision="native")
        assert np.array_equal(alone, together[i : i + 1], equal_nan=True)


def test_softcap_must_be_positive() -> None:
    with pytest.raises(UsageError, match="softcap must be at least"):
        result("softmax-ce", np.zeros((1, 2)), [0], softcap=0)


FORMULA = {
    "logits": reference.softmax_ce_dense,
    "log-probs": reference.nll_dense,
    "probs": reference.categorical_ce,
}


def exact(x: list[float], y: Any, o: Options, takes: str = "logits") -> Exact:
    """Cross entropy by the options, over what they say that x holds."""
    target = y if isinstance(y, list) else reference.one_hot(y, len(x))
    weight, smoothing = o.get("weight"), o.get("label_smoothing", 0.0)
    weight = None if weight is None else weight.tolist()
    row: Any = x if o.get("softcap") is None else [reference.softcap(v, o["softcap"]) for v in x]
    loss = FORMULA[o.get("input", takes)](row, target, weight, smoothing)
    mixed = [(1 - smoothing) * t + smoothing / len(x) for t in target]
    mass = math.fsum(t * w for t, w in zip(mixed, weight or [1.0] * len(x), strict=True))
    extra = reference.z_loss(row, o["z_loss"]) if o.get("z_loss") else 0
    return Exact(loss + extra, abs(float(loss + extra)), mass + o.get("z_loss", 0.0))


def largest(row: Array, o: Options) -> float:
    """Not above the softcap."""
    return min(oracle.largest_number(row, o), o.get("softcap") or math.inf)


def kind(name: str, takes: str, *, dense: bool) -> Kind:
    """A kind with index labels, and dense ones if it takes them; logits only: of any input."""

    def operands(x: Array, dtype: str, rng: np.random.Generator) -> Operands:
        some, options = rng.random(4) < 0.3, Options()
        if takes == "logits":
            options["input"] = str(rng.choice(["logits", "logits", "logits", "log-probs", "probs"]))
        if options.get("input") == "logits" and some[0]:
            options["z_loss"] = 1e-3
        if options.get("input") == "logits" and some[1]:
            options["softcap"] = float(rng.choice([1.0, 30.0]))
        if some[2]:
            options["weight"] = rng.random(x.shape[1]) * 3
        x, stored = class_operand(x, dtype, options.get("input", takes), rng)
        if some[3] and np.isfinite(x).all():
            options["label_smoothing"] = float(rng.choice([0.1, 1e-6]))
        index = not dense or rng.random() < 0.5
        return stored, index_targets(x, rng) if index else dense_targets(x, dtype, rng), options

    return Kind(
        name, lambda x, y, o: exact(x, y, o, takes), operands, relative=True, largest=largest
    )


KINDS = (
    kind("softmax-ce", "logits", dense=True),
    kind("sparse", "logits", dense=False),
    kind("nll", "log-probs", dense=False),
    kind("categorical-ce", "probs", dense=True),
)
TestExact = oracle.tests_of(*KINDS)


def _through_float64(group: Group) -> list[Exact]:
    """Through the exact sum of float64 exp: for float32 rows exact enough."""
    losses = []
    for row, label in zip(group.logits.astype(np.float64), group.labels, strict=True):
        top = row.max()
        lse = top + math.log(math.fsum(np.exp(row - top)))
        if group.labels.ndim == 1:
            loss, mass = lse - row[label], 1.0
        else:
            target = label.astype(np.float64)
            loss, mass = math.fsum(target * (lse - row)), math.fsum(target)
        losses.append(Exact(reference.mp.mpf(loss), abs(loss), mass))
    return losses


@pytest.mark.parametrize("dense", [False, True])
def test_131072_classes(dense: bool) -> None:
    x, rng = wide_rows(), np.random.default_rng(1)
    labels = rng.random(x.shape, dtype=np.float32) if dense else rng.integers(0, MANY, len(x))
    labels = labels / labels.sum(axis=1, keepdims=True) if dense else labels
    group = Group(KINDS[0], x, labels, {"input": "logits"})
    worst = oracle.measure(group, _through_float64(group))
    assert len(worst.promise) == 2 * len(oracle.TIERS)
    assert worst.failures() == []


SHIFTS = (0.0, 40.0, -300.0, 1e4, 1e15, 1e30)


def hard_rows(classes: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows of every confidence and shift, and labels of which half are the largest class."""
    rng, found = np.random.default_rng(classes), []
    for scale in (0.1, 3, 20, 100, 700):
        for shift in SHIFTS if dtype != "f2" else SHIFTS[:4]:
            found.append((rng.normal(size=(2, classes)) * scale + shift).astype(dtype))
    x = np.concatenate(found)
    labels = rng.integers(0, classes, len(x))
    labels[::2] = x[::2].argmax(axis=1)
    x[1::3, classes // 2] = -np.inf  # a masked class, at times the label
    return x, labels


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("classes", [1, 2, 5, 16, 17, 127, 128, 300])
@pytest.mark.parametrize("kind", oracle.TIERS)
def test_index_labels_keep_their_loss(classes: int, dtype: str, kind: str) -> None:
    x, labels = hard_rows(classes, dtype)
    with oracle.calculated_by(kind):
        # Our own kinds refuse one class.
        name = "softmax-ce" if classes > 1 else "torch.nn.CrossEntropyLoss"
        found = values(name, x, labels, precision="native")
    for row, label, value in zip(x, labels.tolist(), found, strict=True):
        if row[label] == -np.inf:
            assert math.isnan(value) if classes == 1 else value == math.inf
            continue
        own = reference.mp.mpf(float(row[label]))
        others = (float(v) for c, v in enumerate(row) if c != label and v != -np.inf)
        exact = reference.mp.log1p(sum(reference.mp.exp(reference.mp.mpf(v) - own) for v in others))
        relative = 8 * 2.0**-52 if dtype == "f8" else 5e-7
        assert abs(float(value) - exact) <= relative * exact + classes * 2.0**-1074, (row, label)
        assert value >= 0
    if classes == 1:
        assert (found[np.isfinite(x[:, 0])] == 0).all()
