"""Inputs that are not what they are taken for: one and more for every diagnosis."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

RNG = np.random.default_rng(7)
X = (RNG.normal(size=(40, 5)) * 2).astype(np.float32)
Y = (np.arange(40) * 7 + RNG.integers(0, 2, 40)) % 5
SURE = X + 6 * np.eye(5, dtype=np.float32)[Y]
P = np.exp(X.astype(float)) / np.exp(X.astype(float)).sum(1, keepdims=True)
S = 1 / (1 + np.exp(-X.astype(float)))
HOT = np.eye(5)[Y]
TAGS = (RNG.random((40, 5)) < 0.5).astype(np.float32)
TAGS[0] = [1, 1, 0, 1, 0]
TAGS[1] = 0
TOKENS = RNG.integers(0, 9, (3, 20))
NEXT = np.concatenate([TOKENS[:, 1:], np.full((3, 1), -100)], axis=1)
SEQUENCES = RNG.normal(size=(3, 20, 9)) + 7 * np.eye(9)[np.roll(TOKENS, -1, axis=1)]
CAUSAL, KERAS = "transformers.ForCausalLMLoss", "keras.losses.SparseCategoricalCrossentropy"


class Sick(NamedTuple):
    """Files, options, and of the command that is meant the words that matter; None: no fix."""

    id: str
    x: np.ndarray
    y: np.ndarray
    options: str = ""
    fix: str | None = None


def void(labels: np.ndarray, mark: float, every: int = 6) -> np.ndarray:
    """Labels with a mark now and then."""
    marked = labels.astype(float if isinstance(mark, float) else labels.dtype)
    marked[::every] = mark
    return marked


INPUTS = (
    Sick("refused", X, Y + 1, "", "--label-base 1"),
    Sick("refused", X, void(Y, 255), "", "--ignore-index 255"),
    Sick("refused", X, void(TAGS, 255.0), "-k sigmoid-bce", "--ignore-index 255"),
    Sick("refused", X, TAGS * 255, "-k sigmoid-bce", "x / 255"),
    Sick("refused", X, TAGS * 2 - 1, "-k sigmoid-bce", "--kind torch.nn.SoftMarginLoss"),
    Sick("refused", X, Y, "-k sigmoid-focal", "--kind softmax-focal"),
    Sick("refused", Y, X, "", "xent loss y.npy x.npy"),
    Sick("refused", X[:, :1], TAGS[:, :1].astype(int)[:, 0] * 2 - 1, "", "--kind soft-margin"),
    Sick("refused", X, HOT * (1 + 1e-12), "-k sigmoid-bce", "np.clip(x, 0, 1)"),
    Sick("refused", X, TAGS.astype(np.uint8), "-k torch.nn.BCEWithLogitsLoss", 'x.astype("f4")'),
    Sick("label-column-squeezed", X, Y[:, None]),
    Sick("label-dtype-converted", X, Y.astype(np.int16), "-k torch.nn.CrossEntropyLoss"),
    Sick("one-class", X[:, :1], TAGS[:, :1], "", "--kind sigmoid-bce"),
    Sick("one-class", X[:, :1], TAGS[:, 0] * 0, "", "--kind sigmoid-bce"),
    Sick("targets-broadcast", X, Y[:, None], "-k tf.nn.softmax_cross_entropy_with_logits", "tf.nn.sparse"),
    Sick("negative-class-weight", X, Y, "--weight 1,-1,1,1,1"),
    Sick("infinite-class-weight", X, Y, "--weight 1,inf,1,1,1"),
    Sick("zero-class-weights", X, Y, "--weight 0,0,0,0,0"),
    Sick("alpha-idle", P, HOT, "-k keras.losses.BinaryFocalCrossentropy -p alpha=0.3", "apply_class_balancing=true"),
    Sick("probabilities-as-logits", P, Y, "", "--input probs"),
    Sick("probabilities-as-logits", (P * 0.9 + 0.02).round(2), HOT, "", "--input probs"),
    Sick("probabilities-as-logits", P, Y, "-k softmax-focal -p gamma=1", "--input probs"),
    Sick("probabilities-as-logits", P, Y, "-k torch.nn.CrossEntropyLoss", "np.log(x)"),
    Sick("probabilities-as-logits", P, HOT, "-k keras.losses.CategoricalCrossentropy -p from_logits=true", "from_logits=false"),
    Sick("probabilities-as-logits", P, Y, "-k nll", "xent loss x.npy y.npy --input probs"),
    Sick("probabilities-as-logits", P, P[::-1], "-k kl-div", "--input probs"),
    Sick("probabilities-as-logits", P, P[::-1], "-k torch.nn.KLDivLoss", "np.log(x)"),
    Sick("sigmoid-twice", S, TAGS, "-k sigmoid-bce", "--input probs"),
    Sick("sigmoid-twice", S, TAGS, "-k sigmoid-focal", "--input probs"),
    Sick("sigmoid-twice", S, TAGS, "-k torch.nn.BCEWithLogitsLoss", "--kind torch.nn.BCELoss"),
    Sick("sigmoid-twice", S, TAGS, "-k optax.losses.sigmoid_binary_cross_entropy", "np.log(x / (1 - x))"),
    Sick("log-probabilities-as-logits", np.log(P), HOT, "-k sigmoid-bce", "np.log1p(-np.exp(x))"),
    Sick("percentages", P * 100, Y, "", "x / 100"),
    Sick("percentages", P * 100, Y, "-k torch.nn.CrossEntropyLoss", "np.log(x / 100)"),
    Sick("logits-as-probabilities", X, Y, f"-k {KERAS} -p backend=jax", "from_logits=true"),
    Sick("logits-as-probabilities", X, HOT, "-k keras.losses.KLDivergence", "--kind kl-div --input logits"),
    Sick("probabilities-sum", P / 2, Y, "-k categorical-ce", "x / x.sum(1, keepdims=True)"),
    Sick("logits-as-log-probabilities", X, Y, "-k nll", "xent loss x.npy y.npy"),
    Sick("logits-as-log-probabilities", X - 20, Y, "-k torch.nn.NLLLoss", "--kind torch.nn.CrossEntropyLoss"),
    Sick("logits-as-log-probabilities", X, P, "-k kl-div", "--input logits"),
    Sick("labels-shifted", SURE, np.minimum(Y + 1, 4), "", "--label-base 1"),
    Sick("labels-row-off", SEQUENCES, NEXT, f"-k {CAUSAL}", "xent loss x.npy y.npy"),
    Sick("labels-row-off", SEQUENCES, TOKENS, "--class-dim 2", f"--kind {CAUSAL}"),
    Sick("targets-negative", X, X[::-1]),
    Sick("targets-negative", HOT, X, "", "xent loss y.npy x.npy"),
    Sick("targets-negative", X, TAGS * 2 - 1, "", "--kind soft-margin"),
    Sick("targets-negative", np.log(P), np.log(P[::-1]), "-k kl-div", "log_target=true"),
    Sick("targets-negative", np.log(P), np.log(P[::-1]), "-k torch.nn.KLDivLoss", "log_target=true"),
    Sick("targets-negative", X, np.log(P), "", "np.exp(x)"),
    Sick("lone-row", X[:, 0], TAGS[:, 0].astype(int), "", "--kind sigmoid-bce"),
    Sick("targets-sum", X, TAGS, "", "--kind sigmoid-bce"),
    Sick("targets-sum", X, HOT * 255, "", "x / 255"),
    Sick("targets-sum", X, np.full((40, 5), 0.1), "", "x / x.sum(1, keepdims=True)"),
    Sick("targets-sum", X[:5].T.copy()[:4], np.eye(4)[[0, 3, 3, 1, 3]].T.copy(), "", "--class-dim 0"),
    Sick("targets-sum", X, TAGS * 0),
    Sick("targets-outside", X, TAGS * 255, "-k torch.nn.BCEWithLogitsLoss", "x / 255"),
    Sick("targets-outside", X, TAGS * 2 - 1, "-k torch.nn.BCEWithLogitsLoss", "--kind torch.nn.SoftMarginLoss"),
    Sick("targets-outside", X, TAGS, "-k torch.nn.SoftMarginLoss", "--kind sigmoid-bce"),
    Sick("targets-outside", TAGS, X, "-k torch.nn.BCEWithLogitsLoss", "xent loss y.npy x.npy"),
    Sick("targets-not-finite", X, void(HOT, np.nan)),
    Sick("targets-nan", X, void(TAGS, np.nan), "-k sigmoid-bce"),
    Sick("no-rows", X[:0], Y[:0]),
    Sick("all-rows-ignored", X, Y * 0 - 100),
    Sick("weights-sum-to-zero", X, Y, "--sample-weight w.npy"),
    Sick("negative-sample-weight", X[:3], Y[:3], "--sample-weight 1,-0.5,1"),
    Sick("odd-sample-weight", X, Y, "--sample-weight odd.npy"),
    Sick("ignore-index-unmatched", X, Y, "--ignore-index 255", "xent loss x.npy y.npy"),
    Sick("label-wrapped", X, void(Y, -1), "-k optax.losses.softmax_cross_entropy_with_integer_labels"),
    Sick("label-absent-nan", X, void(Y, 9), "-k optax.losses.softmax_cross_entropy_with_integer_labels"),
    Sick("label-absent-zero", X, void(Y, 9), f"-k {KERAS} -p from_logits=true -p backend=jax"),
    Sick("logarithm-clamped", HOT, np.roll(HOT, 1, axis=1), "-k bce"),
    Sick("probabilities-clipped", HOT, np.roll(HOT, 1, axis=1), "-k keras.losses.CategoricalCrossentropy"),
    Sick("loss-negative", np.insert(np.log(P), 33, 0.5, axis=0), np.insert(Y, 33, 2), "-k nll"),
    Sick("half-overflow", np.tile(X, (900, 1)).astype(np.float16), np.tile(Y, 900), "-k torch.nn.CrossEntropyLoss"),
    Sick("variance-raised", X, TAGS, "-k gaussian-nll -p var=0"),
    Sick("loss-nan", void(X, np.nan), Y),
    Sick("loss-infinite", np.where(HOT > 0, -np.inf, X), Y),
    Sick("classes-unseen", X, Y % 3),
    Sick("columns-constant", X * [1, 0, 1, 1, 1], Y),
    Sick("rows-repeated", np.tile(X[:10], (4, 1)), Y),
    Sick("one-answer", X + np.array([0, 0, 99, 0, 0]), Y),
)  # fmt: skip
