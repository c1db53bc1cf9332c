"""Losses that weigh a row by how well it is predicted already: focal losses and PolyLoss."""

from __future__ import annotations

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
from xent_cli.losses.bounds import (
    MATH64,
    U64,
    column,
    focal_error,
    is_single,
    softplus_error,
    summed_bounds,
)
from xent_cli.losses.log_space import by_operand, class_losses, masked, within, working_dtype
from xent_cli.losses.sigmoid import DEFAULTS as BINARY
from xent_cli.losses.sigmoid import LABEL_SMOOTHING as BINARY_SMOOTHING
from xent_cli.losses.sigmoid import (
    bce_elements,
    bce_gradient,
    probability_slopes,
    smoothed_targets,
    two_sigmoids,
)
from xent_cli.losses.softmax import (
    DEFAULTS,
    IGNORE_INDEX,
    LABEL_SMOOTHING,
    dense_targets,
    softmax_rows,
)
from xent_cli.losses.stable import (
    exponentials,
    log_probabilities,
    misses,
    softplus_parts,
    tile_sums,
)
from xent_cli.records import replace

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
    losses, error = class_losses(block, options)
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
    alpha = 1.0 if options["alpha"] is None else np.abs(options["alpha"])
    with np.errstate(invalid="ignore", over="ignore"):
        bounds = focal_error(column(error), options["gamma"]) * np.abs(targets) * alpha
        # a gap of l is rounded by u l, which moves its term by (1 + gamma) u at most
        rounding = (2 + options["gamma"]) * (MATH64 + 3 * U64)
        bounds = np.where(terms == 0, bounds, bounds + rounding * np.abs(terms))
    return replace(found, values=tile_sums(terms), bounds=summed_bounds(bounds, terms))


def poly_rows(block: Block, options: Options) -> RowLosses:
    """Cross entropy + epsilon * sum_c t[c] (1 - p[c]) of each row.

    Args:
        block: logits (rows, classes); index or dense labels.
        options: epsilon, and those of `softmax_rows`.

    """
    rows = softmax_rows(block, options)
    targets, _ = dense_targets(block, options)
    losses, error = class_losses(block, options)
    with np.errstate(invalid="ignore"):
        terms = masked(targets * misses(losses), options)
    # 1 - exp(-l) moves by no more than l does; rounding l by u l moves it by u / e
    bounds = rows.bounds
    if bounds is not None:
        with np.errstate(invalid="ignore", over="ignore"):
            each = np.abs(masked(targets, options)) * (column(error) + MATH64 + 4 * U64)
            bounds = bounds + np.abs(options["epsilon"]) * summed_bounds(each, terms)
            bounds = bounds + 2 * U64 * np.abs(rows.values)
    return replace(rows, values=rows.values + options["epsilon"] * tile_sums(terms), bounds=bounds)


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
        below = above = np.zeros(1)
        relative = 0.0
    else:
        x, tail = softplus_parts(block.logits, double=block.double)
        below, above = np.maximum(-x, 0) + tail, np.maximum(x, 0) + tail
        p, q = exponentials(-below), exponentials(-above)
        relative = softplus_error(single=is_single(block.logits, double=block.double))
        if block.rules.clip is not None and block.rules.clip.of_logits:
            values = _clipped_bce(block, t, (below, above))
    with np.errstate(invalid="ignore"):
        missed = t * q + (1 - t) * p
        if options["log_space"]:
            missed = np.where(missed < 0, np.nan, missed)
        factor = np.power(missed, options["gamma"])
        factor = np.where(np.isnan(missed), np.nan, factor)
        if options["alpha"] is not None and options["balanced"]:
            factor = factor * (options["alpha"] * t + (1 - options["alpha"]) * (1 - t))
        bounds = None
        if found.bounds is not None:
            # p = exp(-below) is off by relative * below of itself, q likewise
            off = (1 - t) * np.nan_to_num(p * below) + t * np.nan_to_num(q * above)
            off = relative * off + (4 * U64 if options["label_smoothing"] else 0.0)
            off = np.divide(off, missed, out=np.zeros_like(values), where=missed > 0)
            rounding = (1 + options["gamma"]) * (MATH64 + 8 * U64)
            moved = options["gamma"] * off + rounding
            bounds = np.abs(factor) * (found.bounds + moved * np.abs(values))
    return ElementLosses(values * factor, found.counts, bounds)


def _clipped_bce(block: Block, t: Floats, losses: tuple[Array, Array]) -> Floats:
    """t (-log p) + (1 - t) (-log(1 - p)) with p clipped, from both logarithms."""
    assert block.rules.clip is not None
    low, high = block.rules.clip.bounds(working_dtype(block))
    most, least = -log_probabilities(np.array([low, high]))
    most_q, least_q = -log_probabilities(np.array([1 - high, 1 - low]))
    positive: Floats = t * np.clip(losses[0], least, most)
    negative: Floats = (1 - t) * np.clip(losses[1], least_q, most_q)
    return positive + negative


def softmax_focal_gradient(block: Block, options: Options) -> Floats:
    """The derivatives of `softmax_focal_rows`, through -log p.

    By -log p[c] it is a t ((1 - p)^gamma + gamma (1 - p)^(gamma - 1) p (-log p)).

    `block` and `options` are those of `softmax_focal_rows`.

    """
    (losses, _), clip = class_losses(block, options), block.rules.clip
    passed: Floats | float = 1.0
    if clip is not None and options["input"] == "logits":
        low, high = -log_probabilities(np.array(clip.bounds(working_dtype(block))))
        passed = within(exponentials(-losses), clip, working_dtype(block))
        losses = np.clip(losses, high, low)
    targets, _ = dense_targets(block, options)
    missed = misses(losses)
    with np.errstate(invalid="ignore", over="ignore"):
        factor = np.power(missed, options["gamma"])
        factor = factor + exponentials(-losses) * losses * _power_slopes(missed, options["gamma"])
        slopes = targets * factor * passed
        if options["alpha"] is not None:
            slopes = slopes * options["alpha"]
    slopes[targets == 0] = 0
    return by_operand(slopes, block, options)


def _power_slopes(missed: Array, gamma: float) -> Array:
    """gamma m^(gamma - 1), and 0 at m = 0: what it is multiplied by is 0 there, and wins."""
    if gamma == 0:
        return np.zeros_like(missed)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes: Array = gamma * np.power(missed, gamma - 1)
    return np.where(missed == 0, 0.0, slopes)


def poly_gradient(block: Block, options: Options) -> Floats:
    """The derivatives of `poly_rows`: by -log p[c] it is t (1 + epsilon p).

    `block` and `options` are those of `poly_rows`.

    """
    targets = masked(dense_targets(block, options)[0], options)
    p = exponentials(-class_losses(block, options)[0])
    slopes = np.where(targets == 0, 0.0, targets * (1 + options["epsilon"] * p))
    return by_operand(slopes, block, options)


def focal_gradient(block: Block, options: Options) -> Floats:
    """The derivative of each element of `focal_elements` by its logit or probability.

    a_t (m^gamma b' + gamma m^(gamma - 1) m' b), with b the binary cross entropy, m = 1 - p_t, and
    m' = (1 - 2 t) p (1 - p) by a logit, 1 - 2 t by a probability.

    `block` and `options` are those of `focal_elements`.

    """
    t = smoothed_targets(block, options["label_smoothing"])
    plain = bce_elements(block, options).values
    if options["input"] == "probs":
        p = as_float(block.logits).astype(np.float64)
        q = 1 - p
        pace: Floats = 1 - 2 * t
        slopes = probability_slopes(block, t, options)
    else:
        p, q = two_sigmoids(block)
        pace = (1 - 2 * t) * p * q
        slopes = bce_gradient(block, options)
        clip = block.rules.clip
        if clip is not None and clip.of_logits:
            x, tail = softplus_parts(block.logits, double=block.double)
            plain = _clipped_bce(block, t, (np.maximum(-x, 0) + tail, np.maximum(x, 0) + tail))
            slopes = slopes * within(p, clip, working_dtype(block))
    gamma = options["gamma"]
    with np.errstate(invalid="ignore"):
        missed = t * q + (1 - t) * p
        if options["log_space"]:
            missed = np.where(missed < 0, np.nan, missed)
        result: Floats = np.where(np.isnan(missed), np.nan, np.power(missed, gamma)) * slopes
        result += _power_slopes(missed, gamma) * pace * plain
        if options["alpha"] is not None and options["balanced"]:
            result = result * (options["alpha"] * t + (1 - options["alpha"]) * (1 - t))
    return result


def mean_focal_gradient(block: Block, options: Options) -> Floats:
    """The derivatives of `mean_focal_rows`: those of the elements by the number of classes."""
    return focal_gradient(block, options) / np.float64(block.logits.shape[1])


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
    gradient=softmax_focal_gradient,
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
    gradient=focal_gradient,
    params=(GAMMA, BALANCE, BINARY_SMOOTHING),
    fixed={**BINARY, "balanced": True, "log_space": False},
    differs="without alpha the classes are not balanced",
    yes_or_no=True,
)

POLY = Loss(
    name="poly",
    summary="PolyLoss: cross entropy with its first polynomial term weighed anew",
    formula="-log p[y] + epsilon (1 - p[y])",
    reference="Leng et al.: PolyLoss, arXiv:2204.12511",
    labels=Labels.EITHER,
    rows=poly_rows,
    gradient=poly_gradient,
    params=(EPSILON, IGNORE_INDEX, LABEL_SMOOTHING),
    fixed=DEFAULTS,
    differs="epsilon 0 is softmax-ce",
)
