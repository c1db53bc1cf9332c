"""Losses of language models: transformers, torchmetrics, T5X."""

from __future__ import annotations

import numpy as np

from xent_cli.losses.base import Block, Floats, Options, Param, RowLosses, function_of
from xent_cli.losses.bounds import MATH64, U64
from xent_cli.losses.rules import OWN_REDUCTIONS, Reduce, Rules
from xent_cli.losses.softmax import (
    IGNORE_INDEX,
    LABEL_SMOOTHING,
    SPARSE,
    Z_LOSS,
    softmax_gradient,
    softmax_rows,
)
from xent_cli.losses.stable import log_probabilities
from xent_cli.records import replace


def t5x_rows(block: Block, options: Options) -> RowLosses:
    """Cross entropy with 1 - e at the label and e / (C - 1) elsewhere, less that target's entropy.

    Args:
        block: logits (rows, classes); index labels.
        options: those of `softmax_rows`.

    A label that is no class has e / (C - 1) everywhere.

    """
    dense, entropy = _t5x_targets(block, options)
    rows = softmax_rows(dense, {**options, "label_smoothing": 0.0})
    bounds = rows.bounds
    if bounds is not None:  # what the entropy's logarithms and the difference round
        bounds = bounds + (MATH64 + 8 * U64) * (np.abs(entropy) + np.abs(rows.values))
    return replace(rows, values=rows.values + entropy, bounds=bounds)


def t5x_gradient(block: Block, options: Options) -> Floats:
    """The derivatives of `t5x_rows`: those of cross entropy with its targets."""
    dense, _ = _t5x_targets(block, options)
    return softmax_gradient(dense, {**options, "label_smoothing": 0.0})


def _t5x_targets(block: Block, options: Options) -> tuple[Block, Floats]:
    """The block with dense targets, and the entropy of a row of them."""
    classes, on = block.logits.shape[1], 1 - options["label_smoothing"]
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.float64(1 - on) / (classes - 1)
        targets = np.where(block.labels[:, None] == np.arange(classes), on, off)
        logs = log_probabilities(np.array([on, off + 1e-20]))
        entropy = on * logs[0] + (classes - 1) * off * logs[1]
    return replace(block, labels=np.ascontiguousarray(targets)), entropy


_CLASSES = Rules(class_axis=-1, nan_rows=True, squeeze=False)

LANGUAGE = (
    function_of(
        SPARSE,
        "transformers.ForCausalLMLoss",
        "transformers",
        reference="https://github.com/huggingface/transformers/blob/main/src/transformers/loss/loss_utils.py",
        params=(
            IGNORE_INDEX,
            Param(
                "num_items_in_batch", "number", None, "what the sum is divided by", means="divisor"
            ),
        ),
        rules=replace(
            _CLASSES,
            reductions={"mean": Reduce.MEAN},
            shift=True,
            ranks=(2, 64),
            label_dtypes=("int64",),
        ),
        differs="the label of a position is the next one on the last axis; the first is not used",
    ),
    function_of(
        SPARSE,
        "torchmetrics.Perplexity",
        "torchmetrics",
        summary="perplexity: exp of the mean softmax cross entropy",
        formula="exp(mean of lse - x[y])",
        reference="https://lightning.ai/docs/torchmetrics/stable/text/perplexity.html",
        params=(replace(IGNORE_INDEX, default=None),),
        rules=replace(
            _CLASSES,
            reductions={"perplexity": Reduce.PERPLEXITY},
            bad_labels="wrap",
            ranks=(3, 3),
            label_dtypes=("int64",),
        ),
        perplexity=False,
        aliases=("torchmetrics.text.Perplexity",),
        differs="gives exp of the mean; nothing is ignored unless asked",
    ),
    function_of(
        SPARSE,
        "t5x.compute_weighted_cross_entropy",
        "T5X",
        reference="https://github.com/google-research/t5x/blob/main/t5x/losses.py",
        rows=t5x_rows,
        gradient=t5x_gradient,
        lean=None,
        params=(
            LABEL_SMOOTHING,
            Z_LOSS,
            Param(
                "loss_normalizing_factor",
                "number",
                None,
                "what the sum is divided by",
                means="divisor",
            ),
            Param("weights", "elements", None, "a weight for each token", flag="sample_weight"),
        ),
        rules=replace(_CLASSES, reductions={"sum": Reduce.SUM, **OWN_REDUCTIONS}),
        perplexity=False,
        differs="a sum, not a mean; smoothing gives e / (C - 1) to the others, and the entropy of "
        "the smoothed target is taken off",
    ),
)
