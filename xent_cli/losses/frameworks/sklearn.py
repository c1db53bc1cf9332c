"""scikit-learn's log_loss."""

from __future__ import annotations

import numpy as np

from xent_cli.dtypes import as_float, number_text
from xent_cli.errors import DataError
from xent_cli.losses.base import Block, Floats, Param, RowLosses, function_of
from xent_cli.losses.rules import (
    AxisRules,
    Clip,
    LabelRules,
    ProbabilityRules,
    ReductionRules,
    Rules,
)
from xent_cli.losses.softmax import CATEGORICAL_CE, SoftmaxOptions, softmax_gradient, softmax_rows
from xent_cli.records import record, replace


@record
class LogLossOptions(SoftmaxOptions):
    """What log_loss is calculated by.

    Attributes:
        label_values: the values that labels have, one a column.
    """

    input: str = "probs"
    label_values: Floats | None = None


def log_loss_rows(block: Block, options: LogLossOptions) -> RowLosses:
    """Cross entropy of probabilities whose columns stand for the sorted label values.

    Args:
        block: probabilities (rows, classes), or (rows, 1) of the larger label; label values
            (rows,), or an indicator of 0 and 1 (rows, classes).
        options: see `LogLossOptions`.

    Raises:
        DataError: an indicator other than 0 and 1, a label that is none of the values.

    """
    return softmax_rows(block.by.once(over_classes, block, options), options)


def log_loss_gradient(block: Block, options: LogLossOptions) -> Floats:
    """The derivatives of `log_loss_rows` by the probabilities, or by the one of a row.

    `block` and `options` are those of `log_loss_rows`.

    """
    slopes = softmax_gradient(over_classes(block, options), options)
    return slopes if block.logits.shape[1] > 1 else slopes[:, 1:] - slopes[:, :1]


def over_classes(block: Block, options: LogLossOptions) -> Block:
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
                f"{number_text(as_float(labels)[row, column])}, expected 0 or 1",
                "for soft labels use --kind categorical-ce",
            )
    else:
        values = options.label_values
        assert values is not None  # as they were opened
        order = np.argsort(values)
        positions = np.minimum(np.searchsorted(values, labels, sorter=order), len(values) - 1)
        positions = order[positions]
        unknown = values[positions] != labels
        if unknown.any():
            row = int(np.argmax(unknown))
            raise DataError(
                f"{block.place.labels}: {block.place.row(row)} has label {labels[row]}, which is "
                "none of -p labels=..."
            )
        labels = positions
    return replace(block, logits=logits, labels=labels)


SKLEARN = (
    function_of(
        CATEGORICAL_CE,
        "sklearn.metrics.log_loss",
        "scikit-learn",
        reference="https://scikit-learn.org/stable/modules/generated/sklearn.metrics.log_loss.html",
        rows=log_loss_rows,
        gradient=log_loss_gradient,
        options=LogLossOptions(),
        lean=None,
        bounds="frameworks.log_loss",
        params=(
            Param(
                "reduction",
                "boolean",
                True,
                "the mean, not the sum",
                spelling="normalize",
                words={True: "mean", False: "sum"},
            ),
            Param("sample_weight", "elements", None, "a weight a row"),
            Param("label_values", "values", None, "the label values", spelling="labels"),
        ),
        rules=Rules(
            axes=AxisRules(class_axis=-1, ranks=(1, 2)),
            labels=LabelRules(any_values=True),
            probabilities=ProbabilityRules(unit_nan=True, clip=Clip(machine=True)),
            reduction=ReductionRules(nothing=None),
        ),
        perplexity=False,
        differs="columns stand for the sorted label values; clipped by the eps of the dtype; one "
        "column is the probability of the larger label; the mean divides by the sample weights",
    ),
)
