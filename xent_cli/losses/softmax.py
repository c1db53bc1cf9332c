"""The softmax family: cross entropy of logits, log-probabilities or probabilities over classes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from xent_cli.dtypes import as_float, is_bfloat16
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
from xent_cli.losses.stable import (
    cross_mass,
    log_probabilities,
    logsumexp,
    softcapped,
    tile_sums,
)

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
Z_LOSS = Param(
    "z_loss", "number", 0.0, "adds z_loss * lse^2 to every row that counts (of logits)", low=0.0
)
SOFTCAP = Param(
    "softcap", "number", None, "logits become softcap * tanh(x / softcap) first", low=1e-30
)
DEFAULTS: Options = {
    "weight": None,
    "ignore_index": None,
    "label_smoothing": 0.0,
    "input": "logits",
    "z_loss": 0.0,
    "softcap": None,
    "where": None,
}
"""Every option of `softmax_rows`, for losses that have only some of them as parameters."""


def softmax_rows(block: Block, options: Options) -> RowLosses:
    """Cross entropy of each row, with index or dense labels as the block has them.

    With index labels y: w[y] (1 - e) (lse - x[y]) + e/C sum_c w[c] (lse - x[c]); the row adds w[y]
    to the denominator. With dense targets t: sum_c w[c] ((1 - e) t[c] + e/C) (lse - x[c]); the row
    adds 1. lse = logsumexp(x), or 0 where x are log-probabilities. These are the rules of
    torch.nn.CrossEntropyLoss; for e = 0 and w = 1 all frameworks agree.

    Args:
        block: logits (rows, classes); labels (rows,) or (rows, classes).
        options: weight ((classes,) float64 or None), ignore_index, label_smoothing in [0, 1],
            input (`logits`, `log-probs` or `probs`), z_loss, softcap.

    Raises:
        DataError: a label is out of range, or a probability outside [0, 1].

    """
    x, lse = log_space(block, options)
    if block.labels.ndim == 2:
        return _dense_rows(x, lse, block, options)
    return _index_rows(x, lse, block, options)


def log_space(block: Block, options: Options) -> tuple[Array, Floats]:
    """X and lse such that lse - x[c] is minus the log-probability of class c.

    Args:
        block: logits (rows, classes), or what `input` says.
        options: input, softcap.

    Returns:
        (rows, classes), any dtype; (rows,) float64.

    """
    x, takes = block.logits, options["input"]
    if takes == "logits":
        if options["softcap"] is not None:
            x = softcapped(x, options["softcap"])
        part = None if options["where"] is None else options["where"] != 0
        if part is not None:
            x = np.where(part, as_float(x), -np.inf)
        lse = logsumexp(x, double=block.double)
        if part is not None:  # what takes no part must not meet 0 * inf
            x, lse = np.where(part, x, 0), np.where(part.any(axis=1), lse, 0.0)
        return x, np.where(lse == np.inf, np.nan, lse) if block.rules.nan_rows else lse
    if takes == "probs":
        x = log_probabilities(probabilities(block))
    return x, np.zeros(len(x))


def masked(mass: Array, options: Options) -> Array:
    """`mass` where the class takes part, 0 elsewhere."""
    if options["where"] is None:
        return mass
    return np.where(options["where"] != 0, as_float(mass).astype(np.float64), 0.0)


def probabilities(block: Block) -> Array:
    """The block's probabilities, divided by their sum and clipped if the loss's rules say so.

    Raises:
        DataError: one outside [0, 1], where the rules do not allow it.

    """
    given, rules = block.logits, block.rules
    if rules.unit_probs:
        check_unit_interval(given, block.place.logits, block, "a probability")
    p = as_float(given)
    if rules.renormalise:
        wide = p.astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            p = wide / tile_sums(wide)[:, None]
    if rules.clip is not None:
        low, high = rules.clip.bounds(working_dtype(block))
        p = np.clip(p.astype(np.float64), low, high)
    return p


def working_dtype(block: Block) -> np.dtype[Any]:
    """The dtype in which a framework that keeps its input's precision would work."""
    dtype = block.logits.dtype
    if block.double or dtype.kind in "iu":
        return np.dtype(np.float64)
    return np.dtype(np.float32) if is_bfloat16(dtype) else dtype


def class_losses(block: Block, options: Options) -> Floats:
    """Minus the log-probability of every class, (rows, classes) float64.

    Args:
        block: logits (rows, classes), or what `input` says.
        options: input, softcap.

    """
    x, lse = log_space(block, options)
    with np.errstate(invalid="ignore"):
        losses: Floats = np.subtract(lse[:, None], as_float(x), dtype=np.float64)
    return losses


def dense_targets(block: Block, options: Options) -> tuple[Floats, RowLosses]:
    """The targets of every class, smoothed, and which rows count; index labels as one-hot.

    Returns:
        (rows, classes) float64, all 0 where a row is ignored or its label is no class; the rows'
        losses as zeros, with what else is known of the rows.

    """
    classes, smoothing = block.logits.shape[1], options["label_smoothing"]
    rows = RowLosses(np.zeros(len(block.logits)))
    if block.labels.ndim == 2:
        targets = as_float(block.labels).astype(np.float64)
        return smoothed(targets, smoothing, block), rows
    found = index_labels(block, classes, options["ignore_index"])
    present = found.counted & ~found.absent
    targets = np.zeros((len(found.labels), classes))
    if classes:
        targets[np.arange(len(targets)), found.labels] = 1
    targets = smoothed(targets, smoothing, block) * present[:, None]
    return targets, replace(rows, counted=found.counted, counts=found.counts)


def smoothed(targets: Floats, smoothing: float, block: Block) -> Floats:
    """(1 - e) t + e / C."""
    return targets * (1 - smoothing) + smoothing / block.spread if smoothing > 0 else targets


def _index_rows(x: Array, lse: Floats, block: Block, options: Options) -> RowLosses:
    weight: Floats | None = options["weight"]
    smoothing: float = options["label_smoothing"]
    classes = x.shape[1]
    found = index_labels(block, classes, options["ignore_index"])
    with np.errstate(invalid="ignore"):
        values = lse - _pick(x if options["where"] is None else block.logits, found.labels)
        if options["where"] is not None:
            values = np.where((options["where"] != 0).any(axis=1), values, 0.0)
        if block.rules.one_hot and options["input"] == "logits":
            values[np.isneginf(as_float(x)).any(axis=1)] = np.nan
        weights: Floats | int = 1
        if weight is not None:
            weights = weight[found.weighed]
            values = values * weights
        if smoothing > 0:
            mass = np.ones(classes) if weight is None else weight
            mass = mass * (smoothing / classes)
            rest = cross_mass(x, lse, mass, nan_products=block.rules.nan_products)
            values = (1 - smoothing) * values + rest
        if options["z_loss"]:
            values = values + options["z_loss"] * lse * lse
    if found.counts:
        values[found.absent] = np.nan if block.rules.bad_labels == "nan" else 0.0
    return RowLosses(np.where(found.counted, values, 0.0), weights, found.counted, found.counts)


def _pick(x: Array, labels: Any) -> Floats:
    """x[row, labels[row]] as float64; of a table without classes every row is ignored."""
    if x.shape[1] == 0:
        return np.zeros(len(x))

    return as_float(x[np.arange(len(x)), labels]).astype(np.float64)


def _dense_rows(x: Array, lse: Floats, block: Block, options: Options) -> RowLosses:
    weight: Floats | None = options["weight"]
    smoothing: float = options["label_smoothing"]
    mass = block.labels
    if smoothing > 0 or weight is not None:
        mass = smoothed(as_float(mass).astype(np.float64), smoothing, block)
        mass = mass if weight is None else mass * weight
    mass = masked(mass, options)
    values = cross_mass(x, lse, mass, nan_products=block.rules.nan_products)
    if options["z_loss"]:
        values = values + options["z_loss"] * lse * lse
    return RowLosses(values)


SOFTMAX_CE = Loss(
    name="softmax-ce",
    summary="softmax cross entropy of logits, with index or dense labels",
    formula="lse - x[y], lse = log(sum_c exp(x[c])); dense targets t: sum_c t[c] (lse - x[c])",
    reference="Goodfellow, Bengio, Courville: Deep Learning (2016), 6.2.2.3",
    labels=Labels.EITHER,
    rows=softmax_rows,
    params=(WEIGHT, IGNORE_INDEX, LABEL_SMOOTHING, INPUT, Z_LOSS, SOFTCAP),
    fixed=DEFAULTS,
    differs="with index labels and weights the mean is divided by the weights, not the rows",
    perplexity=True,
)

SPARSE = replace(
    SOFTMAX_CE,
    name="sparse",
    summary="softmax cross entropy of logits, with index labels only",
    formula="lse - x[y], lse = log(sum_c exp(x[c]))",
    labels=Labels.INDEX,
    differs="softmax-ce that takes no dense labels, so a single row is never in doubt",
)

NLL = Loss(
    name="nll",
    summary="negative log-likelihood of log-probabilities, with index labels",
    formula="-x[y]",
    reference="Goodfellow, Bengio, Courville: Deep Learning (2016), 5.5",
    labels=Labels.INDEX,
    rows=softmax_rows,
    params=(WEIGHT, IGNORE_INDEX, LABEL_SMOOTHING),
    fixed={**DEFAULTS, "input": "log-probs"},
    differs="softmax-ce without the softmax: nothing checks that exp of a row sums to 1",
    takes="log-probs",
    perplexity=True,
)

CATEGORICAL_CE = Loss(
    name="categorical-ce",
    summary="cross entropy of probabilities, with index or dense labels",
    formula="-log p[y]; dense targets t: -sum_c t[c] log p[c]",
    reference="Shannon: A Mathematical Theory of Communication (1948)",
    labels=Labels.EITHER,
    rows=softmax_rows,
    params=(WEIGHT, IGNORE_INDEX, LABEL_SMOOTHING),
    fixed={**DEFAULTS, "input": "probs"},
    differs="no clipping and no renormalising: p = 0 for the true class is an infinite loss",
    takes="probs",
    perplexity=True,
)
