"""The sigmoid family: every element is a yes-or-no question of its own."""

from __future__ import annotations

import numpy as np

from xent_cli.dtypes import as_float, number_text
from xent_cli.errors import DataError
from xent_cli.losses.base import (
    Block,
    ElementLosses,
    Floats,
    Labels,
    Loss,
    NoOptions,
    Param,
    RowLosses,
)
from xent_cli.losses.checks import check_unit_interval
from xent_cli.losses.log_space import by_probabilities, probabilities
from xent_cli.losses.softplus import binary_cross_entropy_sums, softplus_parts
from xent_cli.losses.stable import binary_logs, exponentials
from xent_cli.records import record, replace

LOG_FLOOR = -100.0
"""torch.nn.BCELoss keeps each logarithm at or above -100, so that p = 0 does not give infinity."""

_LEAST_PRODUCT = float(np.float32(1e-12))
"""torch's least p (1 - p) in the derivative of BCELoss: a float there, whatever the dtype."""

POS_WEIGHT = Param(
    "pos_weight",
    "classes",
    None,
    "factor of the positive term: one number, or one for each class",
)
LABEL_SMOOTHING = Param(
    "label_smoothing",
    "number",
    0.0,
    "share e of the target that is drawn to one half: (1 - e) * target + e / 2",
    low=0.0,
    high=1.0,
)
CLASS_WEIGHT = Param("weight", "classes", None, "a factor for each class")
INPUT = Param(
    "input",
    "choice",
    "logits",
    "what the first file holds",
    choices=("logits", "probs"),
)
IGNORE_INDEX = Param("ignore_index", "integer", None, "targets with this number are left out")


@record
class SigmoidOptions:
    """What binary cross entropy is calculated by.

    Attributes:
        pos_weight: the factor of the positive term, broadcasts to (rows, classes); None: 1.
        weight: a factor of every element, likewise.
        label_smoothing: the share of the target, 0 to 1, that is drawn to one half.
        input: what the first operand holds: `logits` or `probs`.
        floor: the least logarithm of a probability.
        ignore_index: targets that are left out, before any of this; None: none.
    """

    pos_weight: Floats | None = None
    weight: Floats | None = None
    label_smoothing: float = 0.0
    input: str = "logits"
    floor: float = LOG_FLOOR
    ignore_index: int | None = None


def smoothed_targets(block: Block, smoothing: float) -> Floats:
    """The targets as float64, in [0, 1] unless the rules take any, smoothed."""
    return both_targets(block, smoothing)[0]


def both_targets(block: Block, smoothing: float) -> tuple[Floats, Floats]:
    """The smoothed targets t, and 1 - t, which keeps the little that smoothing leaves of it."""
    _check_targets(block)
    yes = as_float(block.labels).astype(np.float64)
    if not smoothing:
        return yes, 1 - yes
    return yes * (1 - smoothing) + smoothing / 2, (1 - yes) * (1 - smoothing) + smoothing / 2


def _check_targets(block: Block) -> None:
    if block.rules.targets.unit:
        check_unit_interval(block.labels, block.place.labels, block, "a target")


def bce_elements(block: Block, options: SigmoidOptions) -> ElementLosses:
    """Binary cross entropy of each element, (rows, classes) float64.

    Of logits (1 - t) softplus(x) + q t softplus(-x), softplus(x) = max(x, 0) + log(1 + exp(-|x|)):
    for targets in [0, 1] a sum of terms that are not negative, so nothing cancels. Of probabilities
    -t max(log p, floor) - (1 - t) max(log(1 - p), floor).

    Args:
        block: logits (or probabilities) and targets of one shape.
        options: see `SigmoidOptions`; q is pos_weight.

    Raises:
        DataError: a target or a probability outside [0, 1], where the rules do not allow it.

    """
    plain = block.by.once(unweighted_elements, block, options)
    if options.weight is None:
        return plain
    with np.errstate(invalid="ignore"):
        return replace(plain, values=plain.values * options.weight)


def unweighted_elements(block: Block, options: SigmoidOptions) -> ElementLosses:
    """`bce_elements` without weight."""
    if options.input == "probs":
        return _probability_elements(block, options)
    return ElementLosses(_logit_elements(block, options))


def _logit_elements(block: Block, options: SigmoidOptions) -> Floats:
    targets, rest = both_targets(block, options.label_smoothing)
    x, tail = softplus_parts(block.logits, double=block.double)
    positive = targets if options.pos_weight is None else targets * options.pos_weight
    with np.errstate(invalid="ignore"):
        above, below = np.maximum(x, 0) + tail, np.maximum(-x, 0) + tail
        values: Floats = rest * above + positive * below
        form, infinite = block.rules.infinity.form, np.isinf(x)
        if form != "terms" and infinite.any():
            if form == "linear":
                other = rest * x + (rest + positive) * below
            else:
                other = np.maximum(x, 0) - x * targets + tail
            values = np.where(infinite, other, values)
    return values


def _probability_elements(block: Block, options: SigmoidOptions) -> ElementLosses:
    """Binary cross entropy of each probability, and how many logarithms were clamped."""
    targets, rest = both_targets(block, options.label_smoothing)
    if block.rules.targets.unit_beside_probs:
        check_unit_interval(block.labels, block.place.labels, block, "a target")
    log_p, log_q = binary_logs(probabilities(block))
    floor = options.floor
    clamped = ((log_p < floor) & (targets > 0)) | ((log_q < floor) & (rest > 0))
    with np.errstate(invalid="ignore"):  # what has no weight counts 0, be it infinite
        yes = np.where(targets == 0, 0.0, -targets * np.maximum(log_p, floor))
        no = np.where(rest == 0, 0.0, -rest * np.maximum(log_q, floor))
        values: Floats = yes + no
    return ElementLosses(values, {"clamped": int(np.count_nonzero(clamped))})


def is_lean(options: SigmoidOptions, dense: bool) -> bool:
    """Whether `bce_rows` need not go through the losses of the elements."""
    plain = options.pos_weight is None and options.weight is None
    return plain and options.input == "logits" and not options.label_smoothing


def bce_rows(block: Block, options: SigmoidOptions) -> RowLosses:
    """The sum of `bce_elements` over each row; a row adds its number of elements."""
    if not is_lean(options, dense=True):
        return block.by.once(bce_elements, block, options).summed()
    _check_targets(block)
    sums = binary_cross_entropy_sums(block.logits, block.labels, double=sums_in_double(block))
    infinite = ~np.isfinite(sums)
    if infinite.any() and block.rules.infinity.form != "terms":
        sums[infinite] = bce_elements(block, options).summed().values[infinite]
    elif infinite.any():  # a tile of numbers near 1e38 leaves the range of float32
        x, targets = block.logits[infinite], block.labels[infinite]
        sums[infinite] = binary_cross_entropy_sums(x, targets, double=True)
    return RowLosses(sums, block.logits.shape[1])


def sums_in_double(block: Block) -> bool:
    """Whether the sums of rows are calculated in float64.

    float32 cannot hold 1 - t of float64 targets: at |x| = 50 it loses 1.5e-6.
    """
    dtype = block.labels.dtype
    return block.double or (dtype.kind == "f" and dtype.itemsize == 8)


def mean_bce_rows(block: Block, options: SigmoidOptions) -> RowLosses:
    """The mean of `bce_elements` over each row; a row adds 1 to the denominator."""
    return block.by.once(bce_elements, block, options).averaged()


def two_sigmoids(block: Block) -> tuple[Floats, Floats]:
    """sigmoid(x) and sigmoid(-x) of the logits, each without cancellation, float64."""
    x, tail = softplus_parts(block.logits, double=block.double)
    return exponentials(-(np.maximum(-x, 0) + tail)), exponentials(-(np.maximum(x, 0) + tail))


def bce_gradient(block: Block, options: SigmoidOptions) -> Floats:
    """The derivative of each element of `bce_elements` by its logit or probability.

    Of logits (1 - t) sigmoid(x) - q t sigmoid(-x). Of probabilities (p - t) / max(p (1 - p), 1e-12)
    where the logarithms have a floor, which is what torch.nn.BCELoss has in place of the floor's
    own derivative; otherwise (1 - t) / (1 - p) - t / p through the clipping of the rules.

    `block` and `options` are those of `bce_elements`.

    """
    t = smoothed_targets(block, options.label_smoothing)
    if options.input == "probs":
        slopes = probability_slopes(block, t, options)
    else:
        p, q = two_sigmoids(block)
        positive = t if options.pos_weight is None else t * options.pos_weight
        slopes = (1 - t) * p - positive * q
    return slopes if options.weight is None else slopes * options.weight


def probability_slopes(block: Block, t: Floats, options: SigmoidOptions) -> Floats:
    """The derivative of the binary cross entropy of each probability."""
    p = as_float(probabilities(block)).astype(np.float64)
    if options.floor == LOG_FLOOR:
        return (p - t) / np.maximum(p * (1 - p), _LEAST_PRODUCT)
    return by_probabilities((1 - t) / (1 - p) - t / p, block)


def mean_bce_gradient(block: Block, options: SigmoidOptions) -> Floats:
    """The derivatives of `mean_bce_rows`: those of the elements by the number of classes."""
    return bce_gradient(block, options) / np.float64(block.logits.shape[1])


def soft_margin_gradient(block: Block, options: NoOptions) -> Floats:
    """The derivative of each element of `soft_margin_elements`: -y sigmoid(-y x)."""
    soft_margin_elements(block, options)  # refuses what it refuses
    signs = as_float(block.labels).astype(np.float64)
    with np.errstate(invalid="ignore"):
        agreement = signs * as_float(block.logits)
    x, tail = softplus_parts(agreement, double=True)
    return -signs * exponentials(-(np.maximum(x, 0) + tail))


def soft_margin_elements(block: Block, options: NoOptions) -> ElementLosses:
    """log(1 + exp(-y x)) of each element, y in {-1, 1}.

    Args:
        block: logits and signs of one shape.
        options: none.

    Raises:
        DataError: a label other than -1 and 1, where the rules do not allow it.

    """
    signs = as_float(block.labels).astype(np.float64)
    wrong = (signs != 1) & (signs != -1)
    if block.rules.targets.unit and wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        raise DataError(
            f"{block.place.labels}: {block.place.row(row)} has {number_text(signs[row, column])}, "
            "expected -1 or 1",
            "for targets 0 and 1 use --kind sigmoid-bce",
        )
    with np.errstate(invalid="ignore"):
        agreement = signs * as_float(block.logits)
    x, tail = softplus_parts(agreement, double=True)
    return ElementLosses(np.maximum(-x, 0) + tail)


SIGMOID_BCE = Loss(
    name="sigmoid-bce",
    summary="binary cross entropy of logits: every class a question of its own",
    formula="(1 - t) log(1 + exp(x)) + t log(1 + exp(-x)), mean over elements",
    reference="Goodfellow, Bengio, Courville: Deep Learning (2016), 6.2.2.2",
    labels=Labels.ELEMENTS,
    rows=bce_rows,
    elements=bce_elements,
    gradient=bce_gradient,
    params=(POS_WEIGHT, LABEL_SMOOTHING, IGNORE_INDEX, INPUT),
    options=SigmoidOptions(),
    differs="the mean is over elements, not over rows",
    yes_or_no=True,
    lean=is_lean,
    bounds="sigmoid.bce",
)

BCE = Loss(
    name="bce",
    summary="binary cross entropy of probabilities, logarithms clamped at -100",
    formula="-t max(log p, -100) - (1 - t) max(log(1 - p), -100), mean over elements",
    reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html",
    labels=Labels.ELEMENTS,
    elements=bce_elements,
    gradient=bce_gradient,
    bounds="sigmoid.bce",
    params=(LABEL_SMOOTHING, IGNORE_INDEX),
    options=SigmoidOptions(input="probs"),
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
    params=(replace(POS_WEIGHT, required=True), LABEL_SMOOTHING, IGNORE_INDEX),
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
    bounds="sigmoid.mean_bce",
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
    bounds="sigmoid.soft_margin",
    params=(IGNORE_INDEX,),
    options=SigmoidOptions(),
    differs="sigmoid-bce with the targets written as -1 and 1",
    yes_or_no=True,
)
