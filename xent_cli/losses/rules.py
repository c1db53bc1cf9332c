"""Where frameworks differ on one formula, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np

from xent_cli.records import field, record


class Reduce(Enum):
    """How the losses of rows become a number, in words."""

    MEAN = "sum of losses / sum of the weights of the rows that count"
    COUNT = "sum of losses / number of rows that count, whatever they weigh"
    BATCH = "sum of losses / length of the first axis"
    SUM = "sum of losses"
    PERPLEXITY = "exp of (sum of losses / sum of the weights of the rows that count)"
    NONE = "one loss a row"


@record
class Clip:
    """The range probabilities are forced into, in the precision of the framework's input.

    Attributes:
        low, high: the limits, written as in the framework's source.
        machine: the limits are eps and 1 - eps of the dtype, and `low` and `high` are not used.
        slope: the derivative at a limit itself, where it is 1 inside and 0 outside.
        of_logits: probabilities that come from logits are clipped, too.

    Fixed limits are float32 constants for half precision, which such frameworks widen.
    """

    low: float = 0.0
    high: float = 1.0
    machine: bool = False
    slope: float = 1.0
    of_logits: bool = True

    def bounds(self, dtype: np.dtype[Any]) -> tuple[float, float]:
        """The limits as numbers of `dtype`.

        >>> 1 - Clip(1e-7, 1 - 1e-7).bounds(np.dtype(np.float32))[1]
        1.1920928955078125e-07

        """
        low, high = self.low, self.high
        if self.machine:
            low = float(np.finfo(dtype).eps)
            high = 1 - low
        elif dtype == np.float16:
            dtype = np.dtype(np.float32)
        return float(dtype.type(low)), float(dtype.type(high))


OWN_REDUCTIONS = {"mean": Reduce.MEAN, "sum": Reduce.SUM, "none": Reduce.NONE}
UNREDUCED = {"none": Reduce.NONE, "mean": Reduce.MEAN, "sum": Reduce.SUM}
"""For functions that return the losses of the rows, and leave the mean to the caller."""


@record
class Rules:
    """Where frameworks differ on one formula. The defaults are the rules of the own kinds.

    Attributes:
        class_axis: the class axis (1 means 0 for a single row); None: found from the shapes.
        fixed_axis: no other axis can be named.
        reductions: the names of the reductions it has; the first is its default.
        ranks: the least and the most axes that the first operand may have.
        nothing: the mean of nothing (denominator and numerator are 0); None: an error.
        lone_row: a single row without a batch axis is not divided by anything.
        bad_labels: of a label that is no class: `error`; `wrap` (-1 is the last class, others are
            errors); `nan` (-1 is the last class, others make the row NaN); `zero` (no loss).
        null_label: a label that is no class and has no loss, though its row counts.
        nan_products: 0 * inf is NaN, as IEEE has it, and not 0.
        one_hot: index labels become rows of 0 and 1, which meet infinite logits likewise.
        nan_rows: a row with a logit of +inf is NaN, whatever its label.
        at_infinity: the form in which binary cross entropy meets infinite logits: `terms`
            (1 - t) softplus(x) + t softplus(-x); `linear` (1 - t) x + t' softplus(-x); `maximum`
            max(x, 0) - x t + log(1 + exp(-|x|)).
        smooth_last: label smoothing divides by the length of the last axis, whatever holds the
            classes.
        squeeze: labels of shape (N, 1) are read as (N,).
        broadcast: targets may have axes of length 1, or fewer axes, by NumPy's rule.
        unit_targets: targets must lie in [0, 1].
        unit_pairs: targets must lie in [0, 1] where probabilities are given.
        unit_probs: probabilities must lie in [0, 1].
        unit_nan: NaN does not lie in [0, 1].
        integer_targets: dense targets may be integers.
        idle_ignore: a negative ignore index may stand beside dense targets, and does nothing.
        label_values: labels are any values; a column stands for each, in their order.
        label_dtypes: the integer dtypes it takes as index labels; empty: all.
        renormalise: probabilities are divided by their sum, `before` they are clipped or `after`;
            empty: not at all.
        clip: the range that probabilities are forced into.
        unit_mass: the gradient by logits takes it that the targets of a row sum to 1.
        shift: the label of a position is the one that follows it on the last axis.
    """

    class_axis: int | None = None
    fixed_axis: bool = False
    reductions: Mapping[str, Reduce] = field(default_factory=lambda: OWN_REDUCTIONS)
    ranks: tuple[int, int] = (0, 64)
    nothing: float | None = float("nan")
    lone_row: bool = False
    bad_labels: str = "error"
    null_label: int | None = None
    nan_products: bool = False
    one_hot: bool = False
    nan_rows: bool = False
    at_infinity: str = "terms"
    smooth_last: bool = False
    squeeze: bool = True
    broadcast: bool = False
    unit_targets: bool = True
    unit_pairs: bool = False
    unit_probs: bool = True
    unit_nan: bool = False
    integer_targets: bool = True
    idle_ignore: bool = False
    label_values: bool = False
    label_dtypes: tuple[str, ...] = ()
    renormalise: str = ""
    clip: Clip | None = None
    unit_mass: bool = False
    shift: bool = False
