"""Losses that weigh a row by how well it is predicted already: focal losses and PolyLoss."""

from __future__ import annotations

import math

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.losses.base import (
    Array,
    Block,
    ElementLosses,
    Floats,
    Labels,
    Loss,
    Param,
    RowLosses,
)
from xent_cli.losses.log_space import by_operand, class_losses, masked, within, working_dtype
from xent_cli.losses.sigmoid import IGNORE_INDEX as BINARY_IGNORE_INDEX
from xent_cli.losses.sigmoid import INPUT as BINARY_INPUT
from xent_cli.losses.sigmoid import LABEL_SMOOTHING as BINARY_SMOOTHING
from xent_cli.losses.sigmoid import (
    SigmoidOptions,
    bce_elements,
    bce_gradient,
    probability_slopes,
    smoothed_targets,
)
from xent_cli.losses.softmax import (
    IGNORE_INDEX,
    INPUT,
    LABEL_SMOOTHING,
    SoftmaxOptions,
    dense_targets,
    softmax_rows,
)
from xent_cli.losses.softplus import softplus_parts
from xent_cli.losses.stable import exponentials, log_probabilities, misses, tile_sums
from xent_cli.records import record, replace

GAMMA = Param("gamma", "number", 2.0, "the power of 1 - p; 0 is plain cross entropy", low=0.0)
ALPHA = Param("alpha", "classes", None, "a factor for each class, or one for all")
BALANCE = Param("alpha", "number", None, "factor of the positive term; 1 - alpha of the negative")
EPSILON = Param("epsilon", "number", 2.0, "factor of 1 - p of the label")


@record
class SoftmaxFocalOptions(SoftmaxOptions):
    """What the focal loss over classes is calculated by; weight and z_loss have no part in it.

    Attributes:
        gamma: the power of 1 - p, at least 0.
        alpha: (classes,) float64: a factor for each class; None: 1.
    """

    gamma: float = 2.0
    alpha: Floats | None = None


@record
class PolyOptions(SoftmaxOptions):
    """What PolyLoss is calculated by.

    Attributes:
        epsilon: the factor of 1 - p of the label.
    """

    epsilon: float = 2.0


@record
class SigmoidFocalOptions(SigmoidOptions):
    """What the focal loss of elements is calculated by.

    Attributes:
        gamma: the power of 1 - p_t, at least 0.
        alpha: the factor of the positive term, beside 1 - alpha of the negative; None: 1 for both.
        balanced: False leaves alpha aside.
        log_space: 1 - p_t below 0, which needs targets outside [0, 1], has no logarithm: NaN.
    """

    gamma: float = 2.0
    alpha: float | None = None
    balanced: bool = True
    log_space: bool = False


def softmax_focal_rows(block: Block, options: SoftmaxFocalOptions) -> RowLosses:
    """sum_c a[c] t[c] (1 - p[c])^gamma (-log p[c]) of each row, p = softmax(x).

    Args:
        block: logits (rows, classes), or what `input` says; index or dense labels.
        options: see `SoftmaxFocalOptions`; a is alpha.

    A row adds 1 to the denominator.

    """
    _, rows = block.by.once(dense_targets, block, options)
    return replace(rows, values=tile_sums(block.by.once(focal_terms, block, options)))


def focal_terms(block: Block, options: SoftmaxFocalOptions) -> Floats:
    """What each class adds to `softmax_focal_rows`, (rows, classes)."""
    losses, clip = class_losses(block, options), block.rules.probabilities.clip
    if clip is not None:  # after softmax; probabilities were clipped before their logarithm
        low, high = -log_probabilities(np.array(clip.bounds(working_dtype(block))))
        losses = np.clip(losses, high, low)
    targets, _ = block.by.once(dense_targets, block, options)
    with np.errstate(invalid="ignore"):
        terms: Floats = targets * np.power(misses(losses), options.gamma) * losses
        if options.alpha is not None:
            terms = terms * options.alpha
    if not block.rules.infinity.nan_products:
        terms[targets == 0] = 0
    return terms


def poly_rows(block: Block, options: PolyOptions) -> RowLosses:
    """Cross entropy + epsilon * sum_c t[c] (1 - p[c]) of each row.

    Args:
        block: logits (rows, classes); index or dense labels.
        options: see `PolyOptions`.

    """
    rows = block.by.once(softmax_rows, block, options)
    missed = tile_sums(block.by.once(poly_terms, block, options))
    return replace(rows, values=rows.values + options.epsilon * missed)


def poly_terms(block: Block, options: PolyOptions) -> Floats:
    """t[c] (1 - p[c]) of each class, (rows, classes)."""
    targets, _ = block.by.once(dense_targets, block, options)
    with np.errstate(invalid="ignore"):
        return masked(targets * misses(class_losses(block, options)), options)


def focal_elements(block: Block, options: SigmoidFocalOptions) -> ElementLosses:
    """a_t (1 - p_t)^gamma bce(x, t) of each element, 1 - p_t = t (1 - p) + (1 - t) p.

    Args:
        block: logits (or probabilities) and targets of one shape.
        options: see `SigmoidFocalOptions`; a_t = alpha t + (1 - alpha) (1 - t).

    """
    parts = block.by.once(focal_parts, block, options)
    counts = block.by.once(bce_elements, block, options).counts
    return ElementLosses(parts.plain * parts.factor, counts)


@record
class FocalParts:
    """What the focal loss of elements is made of, arrays that broadcast to (rows, classes).

    Attributes:
        t: the targets, smoothed.
        p, q: the probabilities of yes and of no.
        below, above: -log p and -log q of logits; 0 of probabilities.
        plain: the binary cross entropy.
        missed: 1 - p_t.
        power: missed^gamma; NaN where `missed` is.
        factor: what `plain` is multiplied by: `power`, times a_t.
    """

    t: Floats
    p: Floats
    q: Floats
    below: Array
    above: Array
    plain: Floats
    missed: Floats
    power: Floats
    factor: Floats


def focal_parts(block: Block, options: SigmoidFocalOptions) -> FocalParts:
    """The parts of `focal_elements`."""
    plain = block.by.once(bce_elements, block, options).values
    t = smoothed_targets(block, options.label_smoothing)
    below = above = np.zeros(1)
    if options.input == "probs":
        p: Floats = as_float(block.logits).astype(np.float64)
        q: Floats = 1 - p
    else:
        x, tail = softplus_parts(block.logits, double=block.double)
        below, above = np.maximum(-x, 0) + tail, np.maximum(x, 0) + tail
        p, q = exponentials(-below), exponentials(-above)
        clip = block.rules.probabilities.clip
        if clip is not None and clip.of_logits:
            plain = _clipped_bce(t, (below, above), clip.bounds(working_dtype(block)))
    with np.errstate(invalid="ignore"):
        missed: Floats = t * q + (1 - t) * p
        if options.log_space:
            missed = np.where(missed < 0, np.nan, missed)
        power: Floats = np.where(np.isnan(missed), np.nan, np.power(missed, options.gamma))
        factor = power
        if options.alpha is not None and options.balanced:
            factor = power * (options.alpha * t + (1 - options.alpha) * (1 - t))
    return FocalParts(t, p, q, below, above, plain, missed, power, factor)


def _clipped_bce(t: Floats, losses: tuple[Array, Array], limits: tuple[float, float]) -> Floats:
    """t (-log p) + (1 - t) (-log(1 - p)) with p clipped to the limits, from both logarithms."""
    low, high = limits
    most, least = -log_probabilities(np.array([low, high]))
    most_q, least_q = -log_probabilities(np.array([1 - high, 1 - low]))
    positive: Floats = t * np.clip(losses[0], least, most)
    negative: Floats = (1 - t) * np.clip(losses[1], least_q, most_q)
    return positive + negative


def softmax_focal_gradient(block: Block, options: SoftmaxFocalOptions) -> Floats:
    """The derivatives of `softmax_focal_rows`, through -log p.

    By -log p[c] it is a t ((1 - p)^gamma + gamma (1 - p)^(gamma - 1) p (-log p)).

    `block` and `options` are those of `softmax_focal_rows`.

    """
    losses, clip = class_losses(block, options), block.rules.probabilities.clip
    passed: Floats | float = 1.0
    if clip is not None and options.input == "logits":
        low, high = -log_probabilities(np.array(clip.bounds(working_dtype(block))))
        passed = within(exponentials(-losses), clip, working_dtype(block))
        losses = np.clip(losses, high, low)
    targets, _ = dense_targets(block, options)
    missed = misses(losses)
    with np.errstate(invalid="ignore", over="ignore"):
        factor = np.power(missed, options.gamma)
        factor = factor + exponentials(-losses) * losses * _power_slopes(missed, options.gamma)
        slopes = targets * factor * passed
        if options.alpha is not None:
            slopes = slopes * options.alpha
    slopes[targets == 0] = 0
    return by_operand(slopes, block, options)


def _power_slopes(missed: Array, gamma: float) -> Array:
    """gamma m^(gamma - 1), and 0 at m = 0: what it is multiplied by is 0 there, and wins."""
    if gamma == 0:
        return np.zeros_like(missed)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes: Array = gamma * np.power(missed, gamma - 1)
    return np.where(missed == 0, 0.0, slopes)


def poly_gradient(block: Block, options: PolyOptions) -> Floats:
    """The derivatives of `poly_rows`: by -log p[c] it is t (1 + epsilon p).

    `block` and `options` are those of `poly_rows`.

    """
    targets = masked(dense_targets(block, options)[0], options)
    p = exponentials(-class_losses(block, options))
    slopes = np.where(targets == 0, 0.0, targets * (1 + options.epsilon * p))
    return by_operand(slopes, block, options)


def focal_gradient(block: Block, options: SigmoidFocalOptions) -> Floats:
    """The derivative of each element of `focal_elements` by its logit or probability.

    a_t (m^gamma b' + gamma m^(gamma - 1) m' b), with b the binary cross entropy, m = 1 - p_t, and
    m' = (1 - 2 t) p (1 - p) by a logit, 1 - 2 t by a probability.

    `block` and `options` are those of `focal_elements`.

    """
    parts, gamma = focal_parts(block, options), options.gamma
    t, p, pace = parts.t, parts.p, 1 - 2 * parts.t
    if options.input == "probs":
        slopes = probability_slopes(block, t, options)
    else:
        pace = pace * p * parts.q
        slopes = bce_gradient(block, options)
        clip = block.rules.probabilities.clip
        if clip is not None and clip.of_logits:
            slopes = slopes * within(p, clip, working_dtype(block))
    with np.errstate(invalid="ignore"):
        result: Floats = parts.power * slopes
        result += _power_slopes(parts.missed, gamma) * pace * parts.plain
        if options.alpha is not None and options.balanced:
            result = result * (options.alpha * t + (1 - options.alpha) * (1 - t))
    return result


def mean_focal_gradient(block: Block, options: SigmoidFocalOptions) -> Floats:
    """The derivatives of `mean_focal_rows`: those of the elements by the number of classes."""
    return focal_gradient(block, options) / np.float64(block.logits.shape[1])


def mean_focal_rows(block: Block, options: SigmoidFocalOptions) -> RowLosses:
    """The mean of `focal_elements` over each row; a row adds 1 to the denominator."""
    return block.by.once(focal_elements, block, options).averaged()


SOFTMAX_FOCAL = Loss(
    name="softmax-focal",
    summary="focal loss over classes: well predicted rows weigh less",
    formula="a[y] (1 - p[y])^gamma (-log p[y]), p = softmax(x)",
    reference="Lin et al.: Focal Loss for Dense Object Detection, arXiv:1708.02002",
    labels=Labels.EITHER,
    rows=softmax_focal_rows,
    gradient=softmax_focal_gradient,
    bounds="focal.softmax_focal",
    params=(GAMMA, ALPHA, IGNORE_INDEX, LABEL_SMOOTHING, INPUT),
    options=SoftmaxFocalOptions(),
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
    bounds="focal.sigmoid_focal",
    params=(GAMMA, BALANCE, BINARY_SMOOTHING, BINARY_IGNORE_INDEX, BINARY_INPUT),
    options=SigmoidFocalOptions(floor=-math.inf),
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
    bounds="focal.poly",
    params=(EPSILON, IGNORE_INDEX, LABEL_SMOOTHING, INPUT),
    options=PolyOptions(),
    differs="epsilon 0 is softmax-ce",
)
