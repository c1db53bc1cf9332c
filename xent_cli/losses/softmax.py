"""The softmax family: cross entropy of logits, log-probabilities or probabilities over classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.losses.base import (
    Array,
    Block,
    Floats,
    Labels,
    Loss,
    Options,
    Param,
    RowLosses,
)
from xent_cli.losses.checks import check_unit_interval, index_labels
from xent_cli.losses.stable import cross_mass, log_probabilities, logsumexp

WEIGHT = Param(
    "weight",
    "classes",
    None,
    "a weight for each class: a list, a file, or a YAML map",
    flag="weight",
)
IGNORE_INDEX = Param(
    "ignore_index",
    "integer",
    -100,
    "rows with this index label do not count",
    flag="ignore_index",
)
LABEL_SMOOTHING = Param(
    "label_smoothing",
    "number",
    0.0,
    "share e of the target that is spread evenly: (1 - e) * target + e / classes",
    low=0.0,
    high=1.0,
    flag="label_smoothing",
)
INPUT = Param(
    "input",
    "choice",
    "logits",
    "what the first file holds",
    choices=("logits", "log-probs", "probs"),
    flag="input",
)


def softmax_rows(block: Block, options: Options) -> RowLosses:
    """Cross entropy of each row, with index or dense labels as the block has them.

    With index labels y: w[y] (1 - e) (lse - x[y]) + e/C sum_c w[c] (lse - x[c]); the row adds w[y]
    to the denominator. With dense targets t: sum_c w[c] ((1 - e) t[c] + e/C) (lse - x[c]); the row
    adds 1. lse = logsumexp(x), or 0 where x are log-probabilities. These are the rules of
    torch.nn.CrossEntropyLoss; for e = 0 and w = 1 all frameworks agree.

    Args:
        block: logits (rows, classes); labels (rows,) or (rows, classes).
        options: weight ((classes,) float64 or None), ignore_index, label_smoothing in [0, 1],
            input (`logits`, `log-probs` or `probs`).

    Raises:
        DataError: a label is out of range, or a probability outside [0, 1].

    """
    x, lse = _log_space(block, options["input"])
    if block.labels.ndim == 2:
        return _dense_rows(x, lse, block.labels, options)
    return _index_rows(x, lse, block, options)


def _log_space(block: Block, takes: str) -> tuple[Array, Floats]:
    """X and lse such that lse - x[c] is minus the log-probability of class c."""
    x = block.logits
    if takes == "logits":
        return x, logsumexp(x, double=block.double)
    if takes == "probs":
        check_unit_interval(x, block.place.logits, block.place, "a probability")
        x = log_probabilities(x)
    return x, np.zeros(len(x))


def _index_rows(x: Array, lse: Floats, block: Block, options: Options) -> RowLosses:
    weight: Floats | None = options["weight"]
    smoothing: float = options["label_smoothing"]
    classes = x.shape[1]
    labels, counted = index_labels(block, classes, options["ignore_index"])
    with np.errstate(invalid="ignore"):
        values = lse - _pick(x, labels)
        weights: Floats | int = 1
        if weight is not None:
            weights = weight[labels]
            values = values * weights
        if smoothing:
            mass = np.ones(classes) if weight is None else weight
            values = (1 - smoothing) * values + cross_mass(x, lse, mass * (smoothing / classes))
    return RowLosses(np.where(counted, values, 0.0), weights, counted)


def _pick(x: Array, labels: Any) -> Floats:
    """x[row, labels[row]] as float64; of a table without classes every row is ignored."""
    if x.shape[1] == 0:
        return np.zeros(len(x))

    return as_float(x[np.arange(len(x)), labels]).astype(np.float64)


def _dense_rows(x: Array, lse: Floats, targets: Array, options: Options) -> RowLosses:
    weight: Floats | None = options["weight"]
    smoothing: float = options["label_smoothing"]
    mass = targets
    if smoothing or weight is not None:
        mass = as_float(targets).astype(np.float64)
        mass = mass * (1 - smoothing) + smoothing / x.shape[1]
        mass = mass if weight is None else mass * weight
    return RowLosses(cross_mass(x, lse, mass))


def nll_rows(block: Block, options: Options) -> RowLosses:
    """Negative log-likelihood: the softmax cross entropy of log-probabilities.

    Args:
        block: log-probabilities (rows, classes); index labels (rows,).
        options: weight, ignore_index, label_smoothing.

    """
    return softmax_rows(block, {**options, "input": "log-probs"})


_CROSS_ENTROPY = (
    "log(sum_c exp(x[c])) - x[y];  dense targets t: sum_c t[c] (log(sum exp(x)) - x[c])"
)

SOFTMAX_CE = Loss(
    name="softmax-ce",
    summary="softmax cross entropy of logits, with index or dense labels",
    formula="lse - x[y], lse = log(sum_c exp(x[c])); dense targets t: sum_c t[c] (lse - x[c])",
    reference="Goodfellow, Bengio, Courville: Deep Learning (2016), 6.2.2.3",
    labels=Labels.EITHER,
    rows=softmax_rows,
    params=(WEIGHT, IGNORE_INDEX, LABEL_SMOOTHING, INPUT),
    perplexity=True,
)

SPARSE = Loss(
    name="sparse",
    summary="softmax cross entropy of logits, with index labels only",
    formula="lse - x[y], lse = log(sum_c exp(x[c]))",
    reference=SOFTMAX_CE.reference,
    labels=Labels.INDEX,
    rows=softmax_rows,
    params=(WEIGHT, IGNORE_INDEX, LABEL_SMOOTHING, INPUT),
    perplexity=True,
)

NLL = Loss(
    name="nll",
    summary="negative log-likelihood of log-probabilities, with index labels",
    formula="-x[y]",
    reference="Goodfellow, Bengio, Courville: Deep Learning (2016), 5.5",
    labels=Labels.INDEX,
    rows=nll_rows,
    params=(WEIGHT, IGNORE_INDEX, LABEL_SMOOTHING),
    takes="log-probs",
    perplexity=True,
)
