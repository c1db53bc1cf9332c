"""Healthy inputs of many kinds, dtypes and shapes: none of them is anything but what it seems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np


class Input(NamedTuple):
    kind: str
    logits: np.ndarray
    labels: np.ndarray
    options: dict[str, Any]


def inputs(count: int, seed: int = 0) -> Iterator[Input]:
    """So many of them, each of a kind in turn."""
    rng = np.random.default_rng(seed)
    for turn in range(count):
        yield KINDS[turn % len(KINDS)](rng)


def shape_of(rng: np.random.Generator) -> tuple[int, int]:
    return int(rng.integers(1, 60)), int(rng.integers(2, 30))


def logits_of(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Of untrained, ordinary and sure models, in any dtype; some classes are masked."""
    scale = rng.choice([0.05, 1.0, 3.0, 30.0])
    shift = rng.choice([0.0, -5.0, 20.0])
    x = rng.normal(size=shape) * scale + shift
    if rng.random() < 0.15 and len(shape) > 1 and shape[1] > 2:
        x[:, shape[1] - 1] = -np.inf  # a padded vocabulary
    return x.astype(rng.choice(["f2", "f4", "f8"]))


def softmax(x: np.ndarray) -> np.ndarray:
    wide = x.astype(np.float64)
    e = np.exp(wide - wide.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def soft_labels(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """One-hot, smoothed, mixed or from another model."""
    n, c = shape
    hot = np.eye(c)[rng.integers(0, c, n)]
    kind = rng.integers(0, 4)
    if kind == 0:
        return hot
    if kind == 1:
        return hot * 0.9 + 0.1 / c
    mixed = rng.dirichlet(np.full(c, 0.5), n)
    return mixed.astype("f4") if kind == 2 else np.round(mixed, 4)


def index(kind: str, **options: Any):
    def make(rng: np.random.Generator) -> Input:
        n, c = shape_of(rng)
        x = logits_of(rng, (n, c))
        labels = rng.integers(0, max(1, c - 1), n)
        labels[rng.random(n) < 0.1] = -100 if "keras" not in kind and "tf." not in kind else 0
        labels[0] = 0
        return Input(kind, x, labels, options)

    return make


def dense(kind: str, **options: Any):
    def make(rng: np.random.Generator) -> Input:
        shape = shape_of(rng)
        x = logits_of(rng, shape)
        x[~np.isfinite(x)] = -50
        return Input(kind, x, soft_labels(rng, shape).astype("f8"), options)

    return make


def probs(kind: str, *, logs: bool = False, dense: bool = False, **options: Any):
    def make(rng: np.random.Generator) -> Input:
        n, c = shape_of(rng)
        p = softmax(rng.normal(size=(n, c)) * rng.choice([0.1, 1, 2]))
        p = np.log(p) if logs else p
        # What a text keeps of them, or a float32 file.
        p = np.round(p, 8) if rng.random() < 0.3 else p.astype(rng.choice(["f4", "f8"]))
        labels = soft_labels(rng, (n, c)).astype("f8") if dense else rng.integers(0, c, n)
        return Input(kind, p, labels, options)

    return make


def causal(rng: np.random.Generator) -> Input:
    """Tokens, and logits that know a little of the next one."""
    b, length, c = int(rng.integers(1, 4)), int(rng.integers(2, 40)), int(rng.integers(5, 30))
    tokens = rng.integers(0, c, (b, length))
    x = rng.normal(size=(b, length, c)) * rng.choice([1.0, 3.0])
    x += rng.choice([0.0, 4.0, 20.0]) * np.eye(c)[np.roll(tokens, -1, axis=1)]
    return Input("transformers.ForCausalLMLoss", x.astype("f4"), tokens, {})


def yes_or_no(kind: str, *, probabilities: bool = False, ends: tuple[int, int] = (0, 1)):
    def make(rng: np.random.Generator) -> Input:
        shape = shape_of(rng)[: int(rng.integers(1, 3))]
        x = rng.normal(size=shape) * rng.choice([0.2, 2, 20])
        if probabilities:  # a probability of 0 or 1 is clamped, and told
            x = np.clip(1 / (1 + np.exp(-x)), 1e-6, 1 - 1e-6)
        hits = rng.random(shape) < 0.4
        targets = np.where(hits, ends[1], ends[0]).astype("f4")
        return Input(kind, x.astype(rng.choice(["f4", "f8"])), targets, {})

    return make


KINDS = [
    index("softmax-ce"),
    index("softmax-ce", label_smoothing=0.0),
    index("sparse"),
    index("torch.nn.CrossEntropyLoss"),
    index("softmax-focal"),
    index("poly"),
    dense("softmax-ce"),
    dense("torch.nn.CrossEntropyLoss"),
    dense("optax.softmax_cross_entropy"),
    probs("softmax-ce", input="probs"),
    probs("softmax-focal", input="probs"),
    probs("nll", logs=True),
    causal,
    probs("torch.nn.NLLLoss", logs=True),
    probs("torch.nn.KLDivLoss", logs=True, dense=True),
    probs("kl-div", logs=True, dense=True),
    probs("keras.losses.SparseCategoricalCrossentropy"),
    probs("keras.losses.CategoricalCrossentropy", dense=True),
    yes_or_no("sigmoid-bce"),
    yes_or_no("torch.nn.BCEWithLogitsLoss"),
    yes_or_no("sigmoid-focal"),
    yes_or_no("bce", probabilities=True),
    yes_or_no("torch.nn.BCELoss", probabilities=True),
    yes_or_no("keras.losses.BinaryCrossentropy", probabilities=True),
    yes_or_no("torch.nn.SoftMarginLoss", ends=(-1, 1)),
    yes_or_no("soft-margin", ends=(-1, 1)),
]
