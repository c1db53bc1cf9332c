"""Losses that weigh a row by how well it is predicted already: focal losses and PolyLoss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.losses.base import (
    Array,
    Block,
    ElementLosses,
    Floats,
    Labels,
    Loss,
    Options,
    Param,
    RowLosses,
)
from xent_cli.losses.sigmoid import DEFAULTS as BINARY
from xent_cli.losses.sigmoid import LABEL_SMOOTHING as BINARY_SMOOTHING
from xent_cli.losses.sigmoid import bce_elements, smoothed_targets
from xent_cli.losses.softmax import (
    DEFAULTS,
    IGNORE_INDEX,
    LABEL_SMOOTHING,
    class_losses,
    dense_targets,
    masked,
    softmax_rows,
    working_dtype,
)
from xent_cli.losses.stable import (
    exponentials,
    log_probabilities,
    misses,
    softplus_parts,
    tile_sums,
)

GAMMA = Param("gamma", "number", 2.0, "the power of 1 - p; 0 is plain cross entropy", low=0.0)
ALPHA = Param("alpha", "classes", None, "a factor for each class, or one for all")
BALANCE = Param("alpha", "number", None, "factor of the positive term; 1 - alpha of the negative")
EPSILON = Param("epsilon", "number", 2.0, "factor of 1 - p of the label")


def softmax_focal_rows(block: Block, options: Options) -> RowLosses:
    """sum_c a[c] t[c] (1 - p[c])^gamma (-log p[c]) of each row, p = softmax(x).

    Args:
        block: logits (rows, classes), or what `input` says; index or dense labels.
        options: gamma, alpha ((classes,) or None), ignore_index, label_smoothing, input, softcap.

    A row adds 1 to the denominator.

    """
    losses = class_losses(block, options)
    clip = block.rules.clip
    if clip is not None:  # after softmax; probabilities were clipped before their logarithm
        low, high = -log_probabilities(np.array(clip.bounds(working_dtype(block))))
        losses = np.clip(losses, high, low)
    targets, found = dense_targets(block, options)
    with np.errstate(invalid="ignore"):
        terms = targets * np.power(misses(losses), options["gamma"]) * losses
        if options["alpha"] is not None:
            terms = terms * options["alpha"]
    if not block.rules.nan_products:
        terms[targets == 0] = 0
    return replace(found, values=tile_sums(terms))


def poly_rows(block: Block, options: Options) -> RowLosses:
    """Cross entropy + epsilon * sum_c t[c] (1 - p[c]) of each row.

    Args:
        block: logits (rows, classes); index or dense labels.
        options: epsilon, and those of `softmax_rows`.

    """
    rows = softmax_rows(block, options)
    targets, _ = dense_targets(block, options)
    with np.errstate(invalid="ignore"):
        terms = targets * misses(class_losses(block, options))
    missed = tile_sums(masked(terms, options))
    return replace(rows, values=rows.values + options["epsilon"] * missed)


def focal_elements(block: Block, options: Options) -> ElementLosses:
    """a_t (1 - p_t)^gamma bce(x, t) of each element, 1 - p_t = t (1 - p) + (1 - t) p.

    Args:
        block: logits (or probabilities) and targets of one shape.
        options: gamma, alpha (a_t = alpha t + (1 - alpha) (1 - t); None: 1), balanced (False
            leaves alpha aside), label_smoothing, input, floor, log_space (1 - p_t below 0, which
            needs targets outside [0, 1], has no logarithm: NaN).

    """
    found = bce_elements(block, options)
    values = found.values
    t = smoothed_targets(block, options["label_smoothing"])
    if options["input"] == "probs":
        p = as_float(block.logits).astype(np.float64)
        q: Array = 1 - p
    else:
        x, tail = softplus_parts(block.logits, double=block.double)
        below, above = np.maximum(-x, 0) + tail, np.maximum(x, 0) + tail
        p, q = exponentials(-below), exponentials(-above)
        if block.rules.clip is not None:
            values = _clipped_bce(block, t, (below, above))
    with np.errstate(invalid="ignore"):
        missed = t * q + (1 - t) * p
        if options["log_space"]:
            missed = np.where(missed < 0, np.nan, missed)
        factor = np.power(missed, options["gamma"])
        values = values * np.where(np.isnan(missed), np.nan, factor)
        if options["alpha"] is not None and options["balanced"]:
            values = values * (options["alpha"] * t + (1 - options["alpha"]) * (1 - t))
    return ElementLosses(values, found.counts)


def _clipped_bce(block: Block, t: Floats, losses: tuple[Array, Array]) -> Floats:
    """t (-log p) + (1 - t) (-log(1 - p)) with p clipped, from both logarithms."""
    assert block.rules.clip is not None
    low, high = block.rules.clip.bounds(working_dtype(block))
    most, least = -log_probabilities(np.array([low, high]))
    most_q, least_q = -log_probabilities(np.array([1 - high, 1 - low]))
    positive: Floats = t * np.clip(losses[0], least, most)
    negative: Floats = (1 - t) * np.clip(losses[1], least_q, most_q)
    return positive + negative


def mean_focal_rows(block: Block, options: Options) -> RowLosses:
    """The mean of `focal_elements` over each row; a row adds 1 to the denominator."""
    return focal_elements(block, options).averaged()


SOFTMAX_FOCAL = Loss(
    name="softmax-focal",
    summary="focal loss over classes: well predicted rows weigh less",
    formula="a[y] (1 - p[y])^gamma (-log p[y]), p = softmax(x)",
    reference="Lin et al.: Focal Loss for Dense Object Detection, arXiv:1708.02002",
    labels=Labels.EITHER,
    rows=softmax_focal_rows,
    params=(GAMMA, ALPHA, IGNORE_INDEX, LABEL_SMOOTHING),
    fixed=DEFAULTS,
    differs="alpha is no weight of the mean: a row counts 1",
)

SIGMOID_FOCAL = Loss(
    name="sigmoid-focal",
    summary="focal loss of logits, every class a question of its own",
    formula="a_t (1 - p_t)^gamma bce(x, t), mean over elements",
    reference="Lin et al.: Focal Loss for Dense Object Detection, arXiv:1708.02002",
    labels=Labels.ELEMENTS,
    elements=focal_elements,
    params=(GAMMA, BALANCE, BINARY_SMOOTHING),
    fixed={**BINARY, "balanced": True, "log_space": False},
    differs="without alpha the classes are not balanced",
)

POLY = Loss(
    name="poly",
    summary="PolyLoss: cross entropy with its first polynomial term weighed anew",
    formula="-log p[y] + epsilon (1 - p[y])",
    reference="Leng et al.: PolyLoss, arXiv:2204.12511",
    labels=Labels.EITHER,
    rows=poly_rows,
    params=(EPSILON, IGNORE_INDEX, LABEL_SMOOTHING),
    fixed=DEFAULTS,
    differs="epsilon 0 is softmax-ce",
)
