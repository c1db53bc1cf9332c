"""The softmax family: cross entropy of logits, log-probabilities or probabilities over classes."""

from __future__ import annotations

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.losses.base import (
    Array,
    Block,
    Floats,
    Labels,
    Loss,
    Param,
    RowLosses,
)
from xent_cli.losses.checks import RowLabels, index_labels
from xent_cli.losses.log_space import (
    ClassOptions,
    Picked,
    by_operand,
    log_space,
    masked,
    picked_log_space,
    scaled_softmax,
)
from xent_cli.losses.stable import cross_mass, softcap_slopes, tile_sums
from xent_cli.records import record, replace

WEIGHT = Param(
    "weight",
    "classes",
    None,
    "a weight for each class: a list, a file, or a YAML map",
)
IGNORE_INDEX = Param(
    "ignore_index",
    "integer",
    -100,
    "rows with this index label do not count",
)
LABEL_SMOOTHING = Param(
    "label_smoothing",
    "number",
    0.0,
    "share e of the target that is spread evenly: (1 - e) * target + e / classes",
    low=0.0,
    high=1.0,
)
INPUT = Param(
    "input",
    "choice",
    "logits",
    "what the first file holds",
    choices=("logits", "log-probs", "probs"),
)
Z_LOSS = Param(
    "z_loss", "number", 0.0, "adds z_loss * lse^2 to every row that counts (of logits)", low=0.0
)
SOFTCAP = Param(
    "softcap", "number", None, "logits become softcap * tanh(x / softcap) first", low=1e-30
)


@record
class SoftmaxOptions(ClassOptions):
    """What cross entropy over classes is calculated by.

    Attributes:
        weight: (classes,) float64: a factor for each class; None: 1.
        ignore_index: rows with this index label do not count; None: all do.
        label_smoothing: the share of the target, 0 to 1, that is spread evenly over the classes.
    """

    weight: Floats | None = None
    ignore_index: int | None = None
    label_smoothing: float = 0.0


def _is_lean(options: SoftmaxOptions, dense: bool) -> bool:
    changed = options.softcap is not None or options.where is not None
    mixed = dense and (options.label_smoothing > 0 or options.weight is not None)
    return options.input != "probs" and not changed and not mixed


def softmax_rows(block: Block, options: SoftmaxOptions) -> RowLosses:
    """Cross entropy of each row, with index or dense labels as the block has them.

    With index labels y: w[y] (1 - e) (lse - x[y]) + e/C sum_c w[c] (lse - x[c]); the row adds w[y]
    to the denominator. With dense targets t: sum_c w[c] ((1 - e) t[c] + e/C) (lse - x[c]); the row
    adds 1. lse = logsumexp(x), or 0 where x are log-probabilities. These are the rules of
    torch.nn.CrossEntropyLoss; for e = 0 and w = 1 all frameworks agree.

    Args:
        block: logits (rows, classes); labels (rows,) or (rows, classes).
        options: see `SoftmaxOptions`.

    Raises:
        DataError: a label is out of range, or a probability outside [0, 1].

    """
    if block.labels.ndim == 2:
        return _dense_rows(block, options)
    return _index_rows(block, options)


def dense_targets(block: Block, options: SoftmaxOptions) -> tuple[Floats, RowLosses]:
    """The targets of every class, smoothed, and which rows count; index labels as one-hot.

    Returns:
        (rows, classes) float64, all 0 where a row is ignored or its label is no class; the rows'
        losses as zeros, with what else is known of the rows.

    """
    classes, smoothing = block.logits.shape[1], options.label_smoothing
    rows = RowLosses(np.zeros(len(block.logits)))
    if block.labels.ndim == 2:
        targets = as_float(block.labels).astype(np.float64)
        return smoothed(targets, smoothing, block), rows
    index = index_labels(block, classes, options.ignore_index)
    targets = np.zeros((len(index.labels), classes))
    if classes:
        targets[np.arange(len(targets)), index.labels] = 1
    targets = smoothed(targets, smoothing, block)
    if index.counted is not None:
        targets *= (index.counted & ~index.absent)[:, None]
    return targets, replace(rows, counted=index.counted, counts=index.counts)


def smoothed(targets: Floats, smoothing: float, block: Block) -> Floats:
    """(1 - e) t + e / C."""
    return targets * (1 - smoothing) + smoothing / block.spread if smoothing > 0 else targets


def _index_rows(block: Block, options: SoftmaxOptions) -> RowLosses:
    weight: Floats | None = options.weight
    labels, picked = block.by.once(picked_rows, block, options)
    lse, values = picked.lse, picked.gaps
    with np.errstate(invalid="ignore", over="ignore"):
        if options.where is not None:
            values = np.where((options.where != 0).any(axis=1), values, 0.0)
        weights: Floats | int = 1
        if weight is not None:
            weights = weight[labels.weighed]
            values = values * weights
        if options.label_smoothing > 0:
            _, spread = block.by.once(spread_losses, block, options, picked)
            values = (1 - options.label_smoothing) * values + spread
        if options.z_loss:
            values = values + options.z_loss * lse * lse
    if labels.counts:
        nothing = np.nan if block.rules.labels.absent == "nan" else 0.0
        values = np.where(labels.absent, nothing, values)
    if block.rules.labels.one_hot:  # 0 * inf, with other classes than the label's
        infinite = ~np.isfinite(as_float(picked.x))
        present = np.flatnonzero(~labels.absent)
        infinite[present, labels.labels[present]] = False
        values = np.where(infinite.any(axis=1), np.nan, values)
    if labels.counted is not None:
        values = np.where(labels.counted, values, 0.0)
    return RowLosses(values, weights, labels.counted, labels.counts)


def picked_rows(block: Block, options: SoftmaxOptions) -> tuple[RowLabels, Picked]:
    """The index labels of the rows, and what was picked by them."""
    labels = index_labels(block, block.logits.shape[1], options.ignore_index)
    return labels, picked_log_space(block, options, labels.labels)


def spread_losses(block: Block, options: SoftmaxOptions, picked: Picked) -> tuple[Floats, Floats]:
    """The mass that smoothing puts on every class, (classes,), and the rows' losses of it."""
    weight: Floats | None = options.weight
    mass = np.ones(block.logits.shape[1]) if weight is None else weight
    mass = mass * (options.label_smoothing / block.logits.shape[1])
    nan_products = block.rules.infinity.nan_products
    return mass, cross_mass(picked.x, picked.lse, mass, nan_products=nan_products)


def _dense_rows(block: Block, options: SoftmaxOptions) -> RowLosses:
    values = block.by.once(dense_losses, block, options)
    if options.z_loss:
        _, lse = block.by.once(log_space, block, options)
        values = values + options.z_loss * lse * lse
    return RowLosses(values)


def dense_losses(block: Block, options: SoftmaxOptions) -> Floats:
    """The losses of rows with dense targets, without z_loss."""
    x, lse = block.by.once(log_space, block, options)
    mass = block.by.once(dense_mass, block, options)
    return cross_mass(x, lse, mass, nan_products=block.rules.infinity.nan_products)


def dense_mass(block: Block, options: SoftmaxOptions) -> Array:
    """The mass on every class of rows with dense targets; in their own dtype if it is they."""
    weight: Floats | None = options.weight
    smoothing: float = options.label_smoothing
    mass = block.labels
    if smoothing > 0 or weight is not None:
        mass = smoothed(as_float(mass).astype(np.float64), smoothing, block)
        mass = mass if weight is None else mass * weight
    return masked(mass, options)


def softmax_gradient(block: Block, options: SoftmaxOptions) -> Floats:
    """The derivatives of `softmax_rows` by the logits (or what `input` says).

    With m[c] the mass on class c, M its sum and p = softmax(x): M p[c] - m[c], and 2 z_loss lse
    p[c] more; -m[c] of log-probabilities, -m[c] / p[c] of probabilities.

    `block` and `options` are those of `softmax_rows`.

    Returns:
        (rows, classes) float64, 0 where the row is ignored.

    A label that is no class, where the rules give it a loss of NaN, takes no part (JAX's rule): the
    row's derivatives are p.

    """
    if block.labels.ndim == 2:
        mass = as_float(dense_mass(block, options)).astype(np.float64)
        gap = 1 - tile_sums(mass) if block.rules.targets.unit_mass else 0.0
        return by_operand(mass, block, options, by_lse=gap)
    index = index_labels(block, block.logits.shape[1], options.ignore_index)
    own, spread = _index_mass(index, block, options)
    present = np.flatnonzero(~index.absent)
    if options.input == "logits":
        slopes = scaled_softmax(block, options, own + spread.sum())
        slopes[present, index.labels[present]] -= own[present]
        if options.label_smoothing > 0:
            slopes -= spread
        if options.softcap is not None:
            slopes *= softcap_slopes(block.logits, options.softcap)
    else:
        mass = np.tile(spread, (len(own), 1))
        mass[present, index.labels[present]] += own[present]
        slopes = by_operand(mass, block, options)
    left_out = np.zeros(len(own), dtype=bool) if index.counted is None else ~index.counted
    if block.rules.labels.absent != "nan":
        left_out = left_out | index.absent
    if options.where is not None:
        left_out = left_out | ~(options.where != 0).any(axis=1)
    slopes[left_out] = 0
    return slopes


def _index_mass(index: RowLabels, block: Block, options: SoftmaxOptions) -> tuple[Floats, Floats]:
    """The mass that each row has on its label, and that every row has on all classes."""
    weight: Floats | None = options.weight
    smoothing, (rows, classes) = options.label_smoothing, block.logits.shape
    own = np.ones(rows) if weight is None or classes == 0 else weight[index.weighed]
    spread = np.ones(classes) if weight is None else weight
    if smoothing == 0:
        return own, np.zeros(classes)
    return (1 - smoothing) * own, spread * (smoothing / max(1, classes))


SOFTMAX_CE = Loss(
    name="softmax-ce",
    summary="softmax cross entropy of logits, with index or dense labels",
    formula="lse - x[y], lse = log(sum_c exp(x[c])); dense targets t: sum_c t[c] (lse - x[c])",
    reference="Goodfellow, Bengio, Courville: Deep Learning (2016), 6.2.2.3",
    labels=Labels.EITHER,
    rows=softmax_rows,
    gradient=softmax_gradient,
    params=(WEIGHT, IGNORE_INDEX, LABEL_SMOOTHING, INPUT, Z_LOSS, SOFTCAP),
    options=SoftmaxOptions(),
    differs="with index labels and weights the mean is divided by the weights, not the rows",
    perplexity=True,
    lean=_is_lean,
    bounds="softmax.cross_entropy",
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
    gradient=softmax_gradient,
    params=(WEIGHT, IGNORE_INDEX, LABEL_SMOOTHING),
    options=SoftmaxOptions(input="log-probs"),
    differs="softmax-ce without the softmax: nothing checks that exp of a row sums to 1",
    takes="log-probs",
    perplexity=True,
    lean=_is_lean,
    bounds="softmax.cross_entropy",
)

CATEGORICAL_CE = Loss(
    name="categorical-ce",
    summary="cross entropy of probabilities, with index or dense labels",
    formula="-log p[y]; dense targets t: -sum_c t[c] log p[c]",
    reference="Shannon: A Mathematical Theory of Communication (1948)",
    labels=Labels.EITHER,
    rows=softmax_rows,
    gradient=softmax_gradient,
    params=(WEIGHT, IGNORE_INDEX, LABEL_SMOOTHING),
    options=SoftmaxOptions(input="probs"),
    differs="no clipping and no renormalising: p = 0 for the true class is an infinite loss",
    takes="probs",
    perplexity=True,
    lean=_is_lean,
    bounds="softmax.cross_entropy",
)
