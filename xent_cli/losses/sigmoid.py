"""The sigmoid family: every element is a yes-or-no question of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.losses.base import Block, Floats, Labels, Loss, Options, Param, RowLosses
from xent_cli.losses.checks import check_unit_interval
from xent_cli.losses.stable import (
    binary_cross_entropy_sums,
    binary_logs,
    softplus_parts,
    tile_sums,
)

LOG_FLOOR = -100.0
"""torch.nn.BCELoss keeps each logarithm at or above -100, so that p = 0 does not give infinity."""

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
INPUT = Param(
    "input",
    "choice",
    "logits",
    "what the first file holds",
    choices=("logits", "probs"),
    flag="input",
)


def _targets(block: Block, smoothing: float) -> Floats:
    """The targets as float64 in [0, 1], smoothed."""
    check_unit_interval(block.labels, block.place.labels, block.place, "a target")
    targets = as_float(block.labels).astype(np.float64)
    return targets * (1 - smoothing) + smoothing / 2 if smoothing else targets


def bce_elements(block: Block, options: Options) -> Floats:
    """Binary cross entropy of each logit, (rows, classes) float64.

    (1 - t) softplus(x) + q t softplus(-x), where softplus(x) = max(x, 0) + log(1 + exp(-|x|)): for
    targets in [0, 1] a sum of terms that are not negative, so nothing cancels.

    Args:
        block: logits and targets of one shape, targets in [0, 1].
        options: pos_weight (q: (classes,) float64, or None for 1), label_smoothing, input.

    Raises:
        DataError: a target (or, with input `probs`, a probability) outside [0, 1].

    """
    if options.get("input", "logits") == "probs":
        return _probability_elements(block, options)[0]
    targets = _targets(block, options["label_smoothing"])
    x, tail = softplus_parts(block.logits, double=block.double)
    positive = targets if options["pos_weight"] is None else targets * options["pos_weight"]
    with np.errstate(invalid="ignore"):
        values: Floats = (1 - targets) * (np.maximum(x, 0) + tail)
        return values + positive * (np.maximum(-x, 0) + tail)


def _probability_elements(block: Block, options: Options) -> tuple[Floats, int]:
    """Binary cross entropy of each probability, and how many logarithms were clamped."""
    targets = _targets(block, options["label_smoothing"])
    check_unit_interval(block.logits, block.place.logits, block.place, "a probability")
    log_p, log_q = binary_logs(block.logits)
    clamped = ((log_p < LOG_FLOOR) & (targets > 0)) | ((log_q < LOG_FLOOR) & (targets < 1))
    values = -targets * np.maximum(log_p, LOG_FLOOR) - (1 - targets) * np.maximum(log_q, LOG_FLOOR)
    return values, int(np.count_nonzero(clamped))


def probability_elements(block: Block, options: Options) -> Floats:
    """Binary cross entropy of each probability, (rows, classes) float64.

    -t max(log p, -100) - (1 - t) max(log(1 - p), -100): the rule of torch.nn.BCELoss.

    Args:
        block: probabilities and targets of one shape, both in [0, 1].
        options: label_smoothing.

    """
    return _probability_elements(block, options)[0]


def bce_rows(block: Block, options: Options) -> RowLosses:
    """The sum of `bce_elements` over each row; a row adds its number of elements."""
    if options.get("input", "logits") == "probs":
        return probability_rows(block, options)
    if options["pos_weight"] is None and not options["label_smoothing"]:
        check_unit_interval(block.labels, block.place.labels, block.place, "a target")
        sums = binary_cross_entropy_sums(block.logits, block.labels, double=block.double)
    else:
        sums = tile_sums(bce_elements(block, options))
    return RowLosses(sums, block.logits.shape[1])


def probability_rows(block: Block, options: Options) -> RowLosses:
    """The sum of `probability_elements` over each row; a row adds its number of elements."""
    values, clamped = _probability_elements(block, options)
    return RowLosses(tile_sums(values), block.logits.shape[1], counts={"clamped": clamped})


SIGMOID_BCE = Loss(
    name="sigmoid-bce",
    summary="binary cross entropy of logits: every class a question of its own",
    formula="(1 - t) log(1 + exp(x)) + t log(1 + exp(-x)), mean over elements",
    reference="Goodfellow, Bengio, Courville: Deep Learning (2016), 6.2.2.2",
    labels=Labels.ELEMENTS,
    rows=bce_rows,
    elements=bce_elements,
    params=(POS_WEIGHT, LABEL_SMOOTHING, INPUT),
)

BCE = Loss(
    name="bce",
    summary="binary cross entropy of probabilities, logarithms clamped at -100",
    formula="-t max(log p, -100) - (1 - t) max(log(1 - p), -100), mean over elements",
    reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html",
    labels=Labels.ELEMENTS,
    rows=probability_rows,
    elements=probability_elements,
    params=(LABEL_SMOOTHING,),
    takes="probs",
)

WEIGHTED = replace(
    SIGMOID_BCE,
    name="weighted",
    summary="binary cross entropy of logits with a weight on the positive term",
    formula="(1 - t) log(1 + exp(x)) + q t log(1 + exp(-x)), q = pos_weight, mean over elements",
    reference="https://www.tensorflow.org/api_docs/python/tf/nn/weighted_cross_entropy_with_logits",
    params=(replace(POS_WEIGHT, required=True), LABEL_SMOOTHING),
)
