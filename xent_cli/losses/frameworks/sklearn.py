"""scikit-learn's log_loss."""

from __future__ import annotations

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.errors import DataError
from xent_cli.losses.base import Block, Floats, Options, Param, RowLosses, function_of
from xent_cli.losses.rules import Clip, Rules
from xent_cli.losses.softmax import CATEGORICAL_CE, softmax_gradient, softmax_rows
from xent_cli.records import replace


def log_loss_rows(block: Block, options: Options) -> RowLosses:
    """Cross entropy of probabilities whose columns stand for the sorted label values.

    Args:
        block: probabilities (rows, classes), or (rows, 1) of the larger label; label values
            (rows,), or an indicator of 0 and 1 (rows, classes).
        options: label_values, one a column; and those of `softmax_rows`.

    Raises:
        DataError: an indicator other than 0 and 1, a label that is none of the values.

    """
    return softmax_rows(_over_classes(block, options), options)


def log_loss_gradient(block: Block, options: Options) -> Floats:
    """The derivatives of `log_loss_rows` by the probabilities, or by the one of a row.

    `block` and `options` are those of `log_loss_rows`.

    """
    slopes = softmax_gradient(_over_classes(block, options), options)
    return slopes if block.logits.shape[1] > 1 else slopes[:, 1:] - slopes[:, :1]


def _over_classes(block: Block, options: Options) -> Block:
    """The block with a column for every class, and class indices (or the indicator) as labels."""
    logits, labels = block.logits, block.labels
    if logits.shape[1] == 1:
        # in the file's own precision, whose eps clips both
        p = logits if logits.dtype.kind == "f" and not block.double else as_float(logits)
        logits = np.ascontiguousarray(np.hstack([1 - p, p]))
    if labels.ndim == 2:
        wrong = (as_float(labels) != 0) & (as_float(labels) != 1)
        if wrong.any():
            row, column = (int(i) for i in np.argwhere(wrong)[0])
            raise DataError(
                f"{block.place.labels}: {block.place.row(row)}, class {column} has "
                f"{as_float(labels)[row, column]:g}, expected 0 or 1",
                "for soft labels use --kind categorical-ce",
            )
    else:
        values = options["label_values"]
        order = np.argsort(values)
        found = np.minimum(np.searchsorted(values, labels, sorter=order), len(values) - 1)
        found = order[found]
        unknown = values[found] != labels
        if unknown.any():
            row = int(np.argmax(unknown))
            raise DataError(
                f"{block.place.labels}: {block.place.row(row)} has label {labels[row]}, which is "
                "none of -p labels=..."
            )
        labels = found
    return replace(block, logits=logits, labels=labels)


SKLEARN = (
    function_of(
        CATEGORICAL_CE,
        "sklearn.metrics.log_loss",
        "scikit-learn",
        reference="https://scikit-learn.org/stable/modules/generated/sklearn.metrics.log_loss.html",
        rows=log_loss_rows,
        gradient=log_loss_gradient,
        lean=None,
        params=(
            Param(
                "normalize",
                "boolean",
                True,
                "the mean, not the sum",
                flag="reduction",
                words={True: "mean", False: "sum"},
            ),
            Param("sample_weight", "elements", None, "a weight a row", flag="sample_weight"),
            Param("labels", "values", None, "the label values", means="label_values"),
        ),
        rules=Rules(
            class_axis=-1,
            ranks=(1, 2),
            nothing=None,
            unit_nan=True,
            label_values=True,
            clip=Clip(machine=True),
        ),
        perplexity=False,
        differs="columns stand for the sorted label values; clipped by the eps of the dtype; one "
        "column is the probability of the larger label; the mean divides by the sample weights",
    ),
)
