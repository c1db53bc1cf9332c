"""Where frameworks differ on one formula, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np

from xent_cli.records import field, record, replace


class Reduce(Enum):
    """How the losses of rows become a number, in words."""

    MEAN = "sum of losses / sum of the weights of the rows that count"
    COUNT = "sum of losses / number of rows that count, whatever they weigh"
    SHARES = "sum of losses / sum of one number a row, over the rows that count"
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
class AxisRules:
    """Which axis holds the classes, and how labels may lie over the logits.

    Attributes:
        class_axis: the class axis (1 means 0 for a single row); None: found from the shapes.
        fixed: no other axis can be named.
        ranks: the least and the most axes that the first operand may have.
        squeeze: labels of shape (N, 1) are read as (N,).
        broadcast: targets may have axes of length 1, or fewer axes, by NumPy's rule.
    """

    class_axis: int | None = None
    fixed: bool = False
    ranks: tuple[int, int] = (0, 64)
    squeeze: bool = True
    broadcast: bool = False


@record
class LabelRules:
    """How index labels are taken.

    Attributes:
        absent: of a label that is no class: `error`; `wrap` (-1 is the last class, others are
            errors); `nan` (-1 is the last class, others make the row NaN); `zero` (no loss).
        null: a label that is no class and has no loss, though its row counts.
        one_hot: they become rows of 0 and 1, which meet infinite logits by 0 * inf = NaN.
        any_values: they are any values; a column stands for each, in their order.
        dtypes: the integer dtypes it takes; empty: all.
        shift: the label of a position is the one that follows it on the last axis.
        idle_ignore: a negative ignore index may stand beside dense targets, and does nothing.
    """

    absent: str = "error"
    null: int | None = None
    one_hot: bool = False
    any_values: bool = False
    dtypes: tuple[str, ...] = ()
    shift: bool = False
    idle_ignore: bool = False


@record
class TargetRules:
    """How dense targets are taken.

    Attributes:
        unit: they must lie in [0, 1].
        unit_beside_probs: they must where probabilities are given.
        integers: they may be integers.
        smooth_last: label smoothing divides by the length of the last axis, whatever holds the
            classes.
        unit_mass: the gradient by logits takes it that the targets of a row sum to 1.
    """

    unit: bool = True
    unit_beside_probs: bool = False
    integers: bool = True
    smooth_last: bool = False
    unit_mass: bool = False


@record
class ProbabilityRules:
    """What becomes of probabilities.

    Attributes:
        unit: they must lie in [0, 1].
        unit_nan: NaN does not lie in [0, 1], be it a probability or a target.
        renormalise: they are divided by their sum, `before` they are clipped or `after`; empty:
            not at all.
        clip: the range that they are forced into.
    """

    unit: bool = True
    unit_nan: bool = False
    renormalise: str = ""
    clip: Clip | None = None


@record
class InfinityRules:
    """What infinite logits give.

    Attributes:
        nan_products: 0 * inf is NaN, as IEEE has it, and not 0.
        nan_rows: a row with a logit of +inf is NaN, whatever its label.
        form: in which binary cross entropy meets them: `terms` (1 - t) softplus(x) + t
            softplus(-x); `linear` (1 - t) x + t' softplus(-x); `maximum` max(x, 0) - x t +
            log(1 + exp(-|x|)).
    """

    nan_products: bool = False
    nan_rows: bool = False
    form: str = "terms"


@record
class ReductionRules:
    """How the losses of rows become a number.

    Attributes:
        names: the reductions it has by name; the first is its default.
        nothing: the mean of nothing (denominator and numerator are 0); None: an error.
        lone_row: a single row without a batch axis is not divided by anything.
    """

    names: Mapping[str, Reduce] = field(default_factory=lambda: OWN_REDUCTIONS)
    nothing: float | None = float("nan")
    lone_row: bool = False


Changes = Mapping[str, Mapping[str, Any]]
"""Of rules, by part and field: `{"labels": {"shift": True}}`."""


@record
class Rules:
    """Where frameworks differ on one formula. The defaults are the rules of the own kinds."""

    axes: AxisRules = AxisRules()
    labels: LabelRules = LabelRules()
    targets: TargetRules = TargetRules()
    probabilities: ProbabilityRules = ProbabilityRules()
    infinity: InfinityRules = InfinityRules()
    reduction: ReductionRules = ReductionRules()

    def but(self, **changes: Mapping[str, Any]) -> Rules:
        """These rules with some of a part changed.

        >>> Rules().but(labels={"shift": True}).labels.shift
        True
        """
        parts = {part: replace(getattr(self, part), **named) for part, named in changes.items()}
        return replace(self, **parts)
