"""TensorFlow's tf.nn losses: all of them give the losses of rows or elements, unreduced."""

from __future__ import annotations

from typing import Any

from xent_cli.losses.base import Labels, Loss, Param, function_of
from xent_cli.losses.likelihood import POISSON_NLL, PoissonOptions
from xent_cli.losses.rules import (
    UNREDUCED,
    AxisRules,
    InfinityRules,
    ReductionRules,
    Rules,
    TargetRules,
)
from xent_cli.losses.sigmoid import SIGMOID_BCE, WEIGHTED
from xent_cli.losses.softmax import SOFTMAX_CE, SPARSE

_DOCS = "https://www.tensorflow.org/api_docs/python/tf/nn/{}"
AXIS = Param("class_dim", "integer", -1, "the axis of the classes", spelling="axis")

_ELEMENTS = Rules(
    axes=AxisRules(squeeze=False),
    targets=TargetRules(unit=False, integers=False),
    reduction=ReductionRules(UNREDUCED),
)
_CLASSES = Rules(
    axes=AxisRules(class_axis=-1, squeeze=False),
    infinity=InfinityRules(nan_rows=True),
    reduction=ReductionRules(UNREDUCED),
)


def _named(loss: Loss, name: str, **changes: Any) -> Loss:
    return function_of(
        loss,
        f"tf.nn.{name}",
        "TensorFlow",
        reference=_DOCS.format(name),
        **changes,
    )


TENSORFLOW = (
    _named(
        SIGMOID_BCE,
        "sigmoid_cross_entropy_with_logits",
        params=(),
        rules=_ELEMENTS.but(infinity={"form": "maximum"}),
        differs="one loss an element, no mean; an infinite logit may give NaN",
    ),
    _named(
        WEIGHTED,
        "weighted_cross_entropy_with_logits",
        params=(
            Param(
                "pos_weight",
                "elements",
                None,
                "factor of the positive term",
                required=True,
            ),
        ),
        rules=_ELEMENTS.but(infinity={"form": "linear"}),
        differs="binary, despite the name; one loss an element, no mean",
    ),
    _named(
        SOFTMAX_CE,
        "softmax_cross_entropy_with_logits",
        labels=Labels.DENSE,
        params=(AXIS,),
        rules=_CLASSES.but(
            axes={"broadcast": True}, targets={"unit_mass": True}, infinity={"nan_products": True}
        ),
        perplexity=False,
        differs="dense labels only, not checked to sum to 1, though the gradient is that of labels "
        "which do; one loss a row, no mean",
    ),
    _named(
        SPARSE,
        "sparse_softmax_cross_entropy_with_logits",
        params=(),
        rules=_CLASSES.but(labels={"dtypes": ("int32", "int64")}),
        differs="index labels only, classes last, no ignore index; one loss a row, no mean",
    ),
    _named(
        POISSON_NLL,
        "log_poisson_loss",
        params=(
            Param(
                "full",
                "boolean",
                False,
                "add Stirling's approximation",
                spelling="compute_full_loss",
            ),
        ),
        options=PoissonOptions(eps=0.0, stirling_below=True),
        rules=_ELEMENTS.but(targets={"integers": True}),
        differs="Stirling's terms are left out for targets from 0 to 1, and NaN below 0",
    ),
)
