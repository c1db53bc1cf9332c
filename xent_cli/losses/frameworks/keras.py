"""Keras 3's loss classes, as each of its backends computes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xent_cli.losses.base import Labels, Loss, Param, function_of
from xent_cli.losses.divergence import KL_DIV
from xent_cli.losses.focal import (
    ALPHA,
    BALANCE,
    GAMMA,
    SIGMOID_FOCAL,
    SOFTMAX_FOCAL,
    mean_focal_gradient,
    mean_focal_rows,
)
from xent_cli.losses.frameworks.tensorflow import AXIS
from xent_cli.losses.likelihood import POISSON_NLL, mean_poisson_gradient, mean_poisson_rows
from xent_cli.losses.rules import Clip, Reduce, Rules
from xent_cli.losses.sigmoid import LABEL_SMOOTHING as BINARY_SMOOTHING
from xent_cli.losses.sigmoid import SIGMOID_BCE, mean_bce_gradient, mean_bce_rows
from xent_cli.losses.softmax import IGNORE_INDEX, LABEL_SMOOTHING, SOFTMAX_CE, SPARSE
from xent_cli.records import replace

EPSILON = 1e-7
"""keras.config.epsilon()"""

_DOCS = "https://keras.io/api/losses/probabilistic_losses/"
_REDUCTIONS = {
    "sum_over_batch_size": Reduce.COUNT,
    "mean": Reduce.COUNT,
    "mean_with_sample_weight": Reduce.MEAN,
    "sum": Reduce.SUM,
    "none": Reduce.NONE,
}
_FROM_LOGITS = Param(
    "from_logits",
    "boolean",
    False,
    "the first file holds logits, not probabilities",
    means="input",
    words={True: "logits", False: "probs"},
)
_COMMON = (
    Param(
        "reduction",
        "choice",
        "sum_over_batch_size",
        "over rows",
        choices=tuple(_REDUCTIONS),
        flag="reduction",
    ),
    Param("sample_weight", "elements", None, "a weight for each row", flag="sample_weight"),
)
_CLIP = Clip(EPSILON, 1 - EPSILON)
_HALF = replace(_CLIP, slope=0.5)
_RULES = Rules(
    class_axis=-1,
    reductions=_REDUCTIONS,
    nothing=0.0,
    lone_row=True,
    nan_products=True,
    nan_rows=True,
    unit_targets=False,
    unit_probs=False,
    at_infinity="maximum",
    clip=_CLIP,
)
_CLASSES = replace(_RULES, renormalise="before", smooth_last=True)
_MEAN = "the mean divides by rows, whatever they weigh"


def _common(jax: Mapping[str, Any], torch: Mapping[str, Any]) -> tuple[Param, ...]:
    """The parameters of all; TensorFlow's rules are the loss's own, the others change them so."""
    backend = Param(
        "backend",
        "choice",
        "tensorflow",
        "what Keras runs on",
        choices=("tensorflow", "jax", "torch"),
        rules={"jax": jax, "torch": torch},
    )
    return *_COMMON, backend


_ANY = _common({"clip": _HALF}, {})
_BINARY = _common(
    {"clip": _HALF, "at_infinity": "terms"}, {"unit_pairs": True, "at_infinity": "linear"}
)
# torch's binary cross entropy of probabilities refuses targets outside [0, 1]


def _named(loss: Loss, name: str, **changes: Any) -> Loss:
    return function_of(
        loss,
        f"keras.losses.{name}",
        "Keras on TensorFlow",
        aliases=(f"tf.keras.losses.{name}",),
        reference=_DOCS,
        perplexity=False,
        takes="probs",
        **changes,
    )


KERAS = (
    _named(
        SOFTMAX_CE,
        "CategoricalCrossentropy",
        labels=Labels.DENSE,
        params=(
            _FROM_LOGITS,
            LABEL_SMOOTHING,
            AXIS,
            *_common({"clip": _HALF, "unit_mass": False}, {"unit_mass": False}),
        ),
        rules=replace(_CLASSES, unit_mass=True),
        differs=f"probabilities are divided by their sum, then clipped to 1e-7; {_MEAN}",
    ),
    _named(
        SPARSE,
        "SparseCategoricalCrossentropy",
        params=(
            _FROM_LOGITS,
            replace(IGNORE_INDEX, name="ignore_class", means="ignore_index", default=None),
            AXIS,
            *_common(
                {
                    "clip": _HALF,
                    "renormalise": "before",
                    "bad_labels": "zero",
                    "one_hot": True,
                },
                {"renormalise": "before", "null_label": -100, "fixed_axis": False},
            ),
        ),
        rules=replace(_CLASSES, renormalise="after", fixed_axis=True),
        differs="probabilities are clipped to 1e-7, then divided by their sum (on JAX and torch "
        f"first divided); {_MEAN}, without the ignored ones",
    ),
    _named(
        SIGMOID_BCE,
        "BinaryCrossentropy",
        rows=mean_bce_rows,
        gradient=mean_bce_gradient,
        elements=None,
        lean=None,
        params=(_FROM_LOGITS, BINARY_SMOOTHING, AXIS, *_BINARY),
        fixed={**SIGMOID_BCE.fixed, "floor": float("-inf")},
        rules=_RULES,
        differs=f"one value a row, its mean over the axis; probabilities clipped to 1e-7; {_MEAN}",
    ),
    _named(
        SOFTMAX_FOCAL,
        "CategoricalFocalCrossentropy",
        labels=Labels.DENSE,
        params=(
            replace(ALPHA, default=0.25),
            GAMMA,
            _FROM_LOGITS,
            LABEL_SMOOTHING,
            AXIS,
            *_ANY,
        ),
        rules=_CLASSES,
        differs=f"alpha is 0.25 unless given; clipped to 1e-7, from logits too; {_MEAN}",
    ),
    _named(
        SIGMOID_FOCAL,
        "BinaryFocalCrossentropy",
        rows=mean_focal_rows,
        gradient=mean_focal_gradient,
        elements=None,
        params=(
            Param(
                "apply_class_balancing", "boolean", False, "whether alpha counts", means="balanced"
            ),
            replace(BALANCE, default=0.25),
            GAMMA,
            _FROM_LOGITS,
            BINARY_SMOOTHING,
            AXIS,
            *_common({"clip": _HALF}, {"clip": _CLIP, "unit_targets": True}),
        ),
        fixed={**SIGMOID_FOCAL.fixed, "floor": float("-inf")},
        rules=replace(_RULES, clip=replace(_CLIP, of_logits=False)),
        differs=f"alpha counts only with apply_class_balancing; clipped to 1e-7, on JAX and torch "
        f"from logits too; {_MEAN}",
    ),
    _named(
        KL_DIV,
        "KLDivergence",
        params=_common({"clip": Clip(EPSILON, 1.0, slope=0.5)}, {}),
        fixed={**KL_DIV.fixed, "input": "probs", "log_target": False},
        rules=replace(_RULES, clip=Clip(EPSILON, 1.0)),
        differs=f"both distributions clipped to 1e-7; {_MEAN}",
    ),
    _named(
        POISSON_NLL,
        "Poisson",
        rows=mean_poisson_rows,
        gradient=mean_poisson_gradient,
        elements=None,
        params=_ANY,
        fixed={"log_input": False, "full": False, "eps": EPSILON, "stirling_below": False},
        rules=_RULES,
        differs=f"takes rates, not their logarithms; one value a row, its mean; {_MEAN}",
    ),
)
