"""The sigmoid family: every element is a yes-or-no question of its own."""

from __future__ import annotations

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.errors import DataError
from xent_cli.losses.base import (
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
    EXP_FLOOR,
    MATH64,
    U64,
    bce_sum_bounds,
    in_unit,
    is_single,
    softplus_error,
)
from xent_cli.losses.checks import check_unit_interval
from xent_cli.losses.log_space import by_probabilities, probabilities
from xent_cli.losses.stable import (
    binary_cross_entropy_sums,
    binary_logs,
    exponentials,
    softplus_parts,
)
from xent_cli.records import replace

LOG_FLOOR = -100.0
"""torch.nn.BCELoss keeps each logarithm at or above -100, so that p = 0 does not give infinity."""

_LEAST_PRODUCT = float(np.float32(1e-12))
"""torch's least p (1 - p) in the derivative of BCELoss: a float there, whatever the dtype."""

POS_WEIGHT = Param(
    "pos_weight",
    "classes",
    None,
    "factor of the positive term: one number, or one for each class",
    flag="pos_weight",
)
LABEL_SMOOTHING = Param(
    "label_smoothing",
    "number",
    0.0,
    "share e of the target that is drawn to one half: (1 - e) * target + e / 2",
    low=0.0,
    high=1.0,
    flag="label_smoothing",
)
CLASS_WEIGHT = Param("weight", "classes", None, "a factor for each class", flag="weight")
INPUT = Param(
    "input",
    "choice",
    "logits",
    "what the first file holds",
    choices=("logits", "probs"),
    flag="input",
)


DEFAULTS: Options = {
    "pos_weight": None,
    "weight": None,
    "label_smoothing": 0.0,
    "input": "logits",
    "floor": LOG_FLOOR,
}
"""Every option of `bce_elements`, for losses that have only some of them as parameters."""


def smoothed_targets(block: Block, smoothing: float) -> Floats:
    """The targets as float64, in [0, 1] unless the rules take any, smoothed."""
    _check_targets(block)
    targets = as_float(block.labels).astype(np.float64)
    return targets * (1 - smoothing) + smoothing / 2 if smoothing else targets


def _in_unit(block: Block) -> bool:
    return block.rules.unit_targets or in_unit(block.labels)  # the former were checked


def _check_targets(block: Block) -> None:
    if block.rules.unit_targets:
        check_unit_interval(block.labels, block.place.labels, block, "a target")


def bce_elements(block: Block, options: Options) -> ElementLosses:
    """Binary cross entropy of each element, (rows, classes) float64.

    Of logits (1 - t) softplus(x) + q t softplus(-x), softplus(x) = max(x, 0) + log(1 + exp(-|x|)):
    for targets in [0, 1] a sum of terms that are not negative, so nothing cancels. Of probabilities
    -t max(log p, floor) - (1 - t) max(log(1 - p), floor).

    Args:
        block: logits (or probabilities) and targets of one shape.
        options: pos_weight (q: broadcasts to the block, or None for 1), weight (a factor of every
            element, likewise), label_smoothing, input, floor (of the logarithms).

    Raises:
        DataError: a target or a probability outside [0, 1], where the rules do not allow it.

    """
    if options["input"] == "probs":
        found = _probability_elements(block, options)
    else:
        found = ElementLosses(_logit_elements(block, options))
    bounds = _element_bounds(block, options, found.values) if _in_unit(block) else None
    if options["weight"] is None:
        return replace(found, bounds=bounds)
    with np.errstate(invalid="ignore"):
        values = found.values * options["weight"]
        bounds = None if bounds is None else bounds * np.abs(options["weight"])
    return ElementLosses(values, found.counts, bounds)


def _element_bounds(block: Block, options: Options, values: Floats) -> Floats | None:
    """Bounds of `bce_elements` without weight, for targets in [0, 1]."""
    pos_weight = 1.0 if options["pos_weight"] is None else options["pos_weight"]
    if np.min(pos_weight, initial=0.0) < 0:
        return None
    if options["input"] == "probs":
        relative, floor = 2 * MATH64 + 4 * U64, 0.0
        largest = np.minimum(745.0, -options["floor"])  # no float64 above 0 has a lower logarithm
    else:
        single = is_single(block.logits, double=block.double)
        relative, floor = softplus_error(single=single), EXP_FLOOR if single else 0.0
        largest = np.abs(as_float(block.logits).astype(np.float64)) + 1
    if options["label_smoothing"]:  # a smoothed target is rounded, and 1 - t is off by as much
        floor = floor + 4 * U64 * largest
    with np.errstate(invalid="ignore", over="ignore"):
        bounds: Floats = relative * np.abs(values) + floor * np.maximum(1.0, pos_weight)
    return bounds


def _logit_elements(block: Block, options: Options) -> Floats:
    targets = smoothed_targets(block, options["label_smoothing"])
    x, tail = softplus_parts(block.logits, double=block.double)
    positive = targets if options["pos_weight"] is None else targets * options["pos_weight"]
    with np.errstate(invalid="ignore"):
        above, below = np.maximum(x, 0) + tail, np.maximum(-x, 0) + tail
        values: Floats = (1 - targets) * above + positive * below
        form, infinite = block.rules.at_infinity, np.isinf(x)
        if form != "terms" and infinite.any():
            if form == "linear":
                other = (1 - targets) * x + (1 - targets + positive) * below
            else:
                other = np.maximum(x, 0) - x * targets + tail
            values = np.where(infinite, other, values)
    return values


def _probability_elements(block: Block, options: Options) -> ElementLosses:
    """Binary cross entropy of each probability, and how many logarithms were clamped."""
    targets = smoothed_targets(block, options["label_smoothing"])
    if block.rules.unit_pairs:
        check_unit_interval(block.labels, block.place.labels, block, "a target")
    log_p, log_q = binary_logs(probabilities(block))
    floor = options["floor"]
    clamped = ((log_p < floor) & (targets > 0)) | ((log_q < floor) & (targets < 1))
    values = -targets * np.maximum(log_p, floor) - (1 - targets) * np.maximum(log_q, floor)
    return ElementLosses(values, {"clamped": int(np.count_nonzero(clamped))})


def _is_lean(options: Options, dense: bool) -> bool:
    plain = options["pos_weight"] is None and options["weight"] is None
    return plain and options["input"] == "logits" and not options["label_smoothing"]


def bce_rows(block: Block, options: Options) -> RowLosses:
    """The sum of `bce_elements` over each row; a row adds its number of elements."""
    if not _is_lean(options, dense=True):
        return bce_elements(block, options).summed()
    _check_targets(block)
    # float32 cannot hold 1 - t of such targets: at |x| = 50 it loses 1.5e-6.
    doubles = block.labels.dtype.kind == "f" and block.labels.dtype.itemsize == 8
    double = block.double or doubles
    sums = binary_cross_entropy_sums(block.logits, block.labels, double=double)
    odd = ~np.isfinite(sums)
    if block.rules.at_infinity != "terms" and odd.any():
        sums[odd] = bce_elements(block, options).summed().values[odd]
    classes, single = block.logits.shape[1], is_single(block.logits, double=double)
    bounds = bce_sum_bounds(sums, classes, single=single) if _in_unit(block) else None
    return RowLosses(sums, classes, bounds=bounds)


def mean_bce_rows(block: Block, options: Options) -> RowLosses:
    """The mean of `bce_elements` over each row; a row adds 1 to the denominator."""
    return bce_elements(block, options).averaged()


def two_sigmoids(block: Block) -> tuple[Floats, Floats]:
    """sigmoid(x) and sigmoid(-x) of the logits, each without cancellation, float64."""
    x, tail = softplus_parts(block.logits, double=block.double)
    return exponentials(-(np.maximum(-x, 0) + tail)), exponentials(-(np.maximum(x, 0) + tail))


def bce_gradient(block: Block, options: Options) -> Floats:
    """The derivative of each element of `bce_elements` by its logit or probability.

    Of logits (1 - t) sigmoid(x) - q t sigmoid(-x). Of probabilities (p - t) / max(p (1 - p), 1e-12)
    where the logarithms have a floor, which is what torch.nn.BCELoss has in place of the floor's
    own derivative; otherwise (1 - t) / (1 - p) - t / p through the clipping of the rules.

    `block` and `options` are those of `bce_elements`.

    """
    t = smoothed_targets(block, options["label_smoothing"])
    if options["input"] == "probs":
        slopes = probability_slopes(block, t, options)
    else:
        p, q = two_sigmoids(block)
        positive = t if options["pos_weight"] is None else t * options["pos_weight"]
        slopes = (1 - t) * p - positive * q
    return slopes if options["weight"] is None else slopes * options["weight"]


def probability_slopes(block: Block, t: Floats, options: Options) -> Floats:
    """The derivative of the binary cross entropy of each probability."""
    p = as_float(probabilities(block)).astype(np.float64)
    if options["floor"] == LOG_FLOOR:
        return (p - t) / np.maximum(p * (1 - p), _LEAST_PRODUCT)
    return by_probabilities((1 - t) / (1 - p) - t / p, block)


def mean_bce_gradient(block: Block, options: Options) -> Floats:
    """The derivatives of `mean_bce_rows`: those of the elements by the number of classes."""
    return bce_gradient(block, options) / np.float64(block.logits.shape[1])


def soft_margin_gradient(block: Block, options: Options) -> Floats:
    """The derivative of each element of `soft_margin_elements`: -y sigmoid(-y x)."""
    soft_margin_elements(block, options)  # refuses what it refuses
    signs = as_float(block.labels).astype(np.float64)
    with np.errstate(invalid="ignore"):
        agreement = signs * as_float(block.logits)
    x, tail = softplus_parts(agreement, double=True)
    return -signs * exponentials(-(np.maximum(x, 0) + tail))


def soft_margin_elements(block: Block, options: Options) -> ElementLosses:
    """log(1 + exp(-y x)) of each element, y in {-1, 1}.

    Args:
        block: logits and signs of one shape.
        options: none.

    Raises:
        DataError: a label other than -1 and 1, where the rules do not allow it.

    """
    signs = as_float(block.labels).astype(np.float64)
    wrong = (signs != 1) & (signs != -1)
    if block.rules.unit_targets and wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        raise DataError(
            f"{block.place.labels}: {block.place.row(row)} has {signs[row, column]:g}, "
            "expected -1 or 1",
            "for targets 0 and 1 use --kind sigmoid-bce",
        )
    with np.errstate(invalid="ignore"):
        agreement = signs * as_float(block.logits)
    x, tail = softplus_parts(agreement, double=True)
    values = np.maximum(-x, 0) + tail
    # -y x is rounded once, which moves the logarithm by u z / (1 + e^z) < 0.3 u
    with np.errstate(invalid="ignore"):
        bounds = (softplus_error(single=False) + 2 * U64) * values + U64
    return ElementLosses(values, bounds=bounds)


SIGMOID_BCE = Loss(
    name="sigmoid-bce",
    summary="binary cross entropy of logits: every class a question of its own",
    formula="(1 - t) log(1 + exp(x)) + t log(1 + exp(-x)), mean over elements",
    reference="Goodfellow, Bengio, Courville: Deep Learning (2016), 6.2.2.2",
    labels=Labels.ELEMENTS,
    rows=bce_rows,
    elements=bce_elements,
    gradient=bce_gradient,
    params=(POS_WEIGHT, LABEL_SMOOTHING, INPUT),
    fixed=DEFAULTS,
    differs="the mean is over elements, not over rows",
    yes_or_no=True,
    lean=_is_lean,
)

BCE = Loss(
    name="bce",
    summary="binary cross entropy of probabilities, logarithms clamped at -100",
    formula="-t max(log p, -100) - (1 - t) max(log(1 - p), -100), mean over elements",
    reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html",
    labels=Labels.ELEMENTS,
    elements=bce_elements,
    gradient=bce_gradient,
    params=(LABEL_SMOOTHING,),
    fixed={**DEFAULTS, "input": "probs"},
    differs="takes probabilities, so 1e-9 from 1 is as far as it sees; sigmoid-bce has no limit",
    takes="probs",
    yes_or_no=True,
)

WEIGHTED = replace(
    SIGMOID_BCE,
    name="weighted",
    summary="binary cross entropy of logits with a weight on the positive term",
    formula="(1 - t) log(1 + exp(x)) + q t log(1 + exp(-x)), q = pos_weight, mean over elements",
    reference="https://www.tensorflow.org/api_docs/python/tf/nn/weighted_cross_entropy_with_logits",
    params=(replace(POS_WEIGHT, required=True), LABEL_SMOOTHING),
    differs="binary, despite the name: class weights of softmax-ce are --weight",
)

MULTILABEL_SOFT_MARGIN = replace(
    SIGMOID_BCE,
    name="multilabel-soft-margin",
    summary="binary cross entropy of logits, averaged over the classes of a row",
    formula="(1/C) sum_c w[c] ((1 - t[c]) log(1 + exp(x[c])) + t[c] log(1 + exp(-x[c])))",
    reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiLabelSoftMarginLoss.html",
    rows=mean_bce_rows,
    elements=None,
    gradient=mean_bce_gradient,
    lean=None,
    params=(CLASS_WEIGHT,),
    differs="sigmoid-bce with one value a row: its sum is smaller by the number of classes",
)

SOFT_MARGIN = Loss(
    name="soft-margin",
    summary="logistic loss of labels -1 and 1",
    formula="log(1 + exp(-y x)), y in {-1, 1}, mean over elements",
    reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.SoftMarginLoss.html",
    labels=Labels.ELEMENTS,
    elements=soft_margin_elements,
    gradient=soft_margin_gradient,
    differs="sigmoid-bce with the targets written as -1 and 1",
    yes_or_no=True,
)
