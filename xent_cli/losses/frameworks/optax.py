"""optax's losses: all of them give the losses of rows or elements, unreduced."""

from __future__ import annotations

from typing import Any

from xent_cli.losses.base import Labels, Loss, Param, function_of
from xent_cli.losses.divergence import KL_DIV, KLOptions
from xent_cli.losses.focal import BALANCE, EPSILON, GAMMA, POLY, SIGMOID_FOCAL, SigmoidFocalOptions
from xent_cli.losses.frameworks.tensorflow import AXIS
from xent_cli.losses.rules import UNREDUCED, AxisRules, ReductionRules, Rules, TargetRules
from xent_cli.losses.sigmoid import SIGMOID_BCE
from xent_cli.losses.softmax import SOFTMAX_CE, SPARSE
from xent_cli.records import replace

_DOCS = "https://optax.readthedocs.io/en/latest/api/losses.html"
_WHERE = Param("where", "elements", None, "the classes that take part")
_ROWS_TOO = replace(_WHERE, doc="the classes (or rows) that take part", by_row=True)
"""jnp.sum lays it by NumPy's rule; these functions first give it the class axis that it lacks."""

_AXES = replace(AXIS, kind="axes")

_ELEMENTS = Rules(
    axes=AxisRules(squeeze=False, broadcast=True),
    targets=TargetRules(unit=False),
    reduction=ReductionRules(UNREDUCED),
)
_CLASSES = _ELEMENTS.but(axes={"class_axis": -1}, infinity={"nan_products": True, "nan_rows": True})
_FLOATS = _CLASSES.but(targets={"integers": False})


def _named(loss: Loss, name: str, *others: str, **changes: Any) -> Loss:
    """The function of that name; `others` are further ones of it."""
    names = [f"optax.losses.{other}" for other in others]
    return function_of(
        loss,
        f"optax.losses.{name}",
        "optax",
        aliases=(*names, *(f"optax.{every}" for every in (name, *others))),
        reference=_DOCS,
        **changes,
    )


OPTAX = (
    _named(
        SOFTMAX_CE,
        "softmax_cross_entropy",
        labels=Labels.DENSE,
        params=(_AXES, _ROWS_TOO),
        rules=_CLASSES,
        perplexity=False,
        differs="dense labels only; a label of 0 at a logit of -inf is NaN; no mean",
    ),
    _named(
        SOFTMAX_CE,
        "safe_softmax_cross_entropy",
        labels=Labels.DENSE,
        params=(),
        rules=_CLASSES.but(infinity={"nan_products": False}),
        perplexity=False,
        differs="softmax_cross_entropy with 0 log 0 = 0, along the last axis only",
    ),
    _named(
        SPARSE,
        "softmax_cross_entropy_with_integer_labels",
        params=(_AXES, _ROWS_TOO),
        rules=_CLASSES.but(infinity={"nan_rows": False}, labels={"absent": "nan"}),
        differs="index labels only; -1 is the last class, other labels out of range give NaN",
    ),
    _named(
        SIGMOID_BCE,
        "sigmoid_binary_cross_entropy",
        params=(),
        rules=_ELEMENTS,
        differs="one loss an element, no mean; targets broadcast silently",
    ),
    _named(
        POLY,
        "poly_loss_cross_entropy",
        labels=Labels.DENSE,
        params=(EPSILON, _AXES, _WHERE),
        rules=_FLOATS,
        differs="dense labels only; one loss a row, no mean",
    ),
    _named(
        SIGMOID_FOCAL,
        "sigmoid_focal_loss",
        params=(BALANCE, GAMMA),
        options=SigmoidFocalOptions(log_space=True),
        rules=_ELEMENTS,
        differs="no balancing unless alpha is given; one loss an element, no mean",
    ),
    _named(
        KL_DIV,
        "kl_divergence",
        params=(_AXES, _WHERE),
        rules=_FLOATS,
        differs="one divergence a row, no mean",
    ),
    _named(
        KL_DIV,
        "kl_divergence_with_log_targets",
        formula="sum_c exp(t[c]) (t[c] - log q[c])",
        params=(_AXES, _WHERE),
        options=KLOptions(log_target=True),
        rules=_FLOATS,
        differs="kl_divergence with the logarithms of the targets; one of -inf is NaN",
    ),
    _named(
        KL_DIV,
        "generalized_kl_divergence",
        "convex_kl_divergence",
        formula="sum_c t[c] (log t[c] - log q[c]) + q[c] - t[c]",
        params=(_AXES, _WHERE),
        options=KLOptions(generalized=True),
        rules=_FLOATS,
        differs="kl_divergence of what does not sum to 1: q - t is added; one a row, no mean",
    ),
)
