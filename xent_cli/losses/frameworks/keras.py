"""Keras 3's loss classes, as each of its backends computes them."""

from __future__ import annotations

from typing import Any

from xent_cli.losses.base import Labels, Loss, Param, function_of
from xent_cli.losses.divergence import KL_DIV, KLOptions
from xent_cli.losses.focal import (
    ALPHA,
    BALANCE,
    GAMMA,
    SIGMOID_FOCAL,
    SOFTMAX_FOCAL,
    SigmoidFocalOptions,
    mean_focal_gradient,
    mean_focal_rows,
)
from xent_cli.losses.frameworks.tensorflow import AXIS
from xent_cli.losses.likelihood import (
    POISSON_NLL,
    PoissonOptions,
    mean_poisson_gradient,
    mean_poisson_rows,
)
from xent_cli.losses.rules import (
    AxisRules,
    Changes,
    Clip,
    InfinityRules,
    ProbabilityRules,
    Reduce,
    ReductionRules,
    Rules,
    TargetRules,
)
from xent_cli.losses.sigmoid import LABEL_SMOOTHING as BINARY_SMOOTHING
from xent_cli.losses.sigmoid import SIGMOID_BCE, SigmoidOptions, mean_bce_gradient, mean_bce_rows
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
    "input",
    "boolean",
    False,
    "the first file holds logits, not probabilities",
    spelling="from_logits",
    words={True: "logits", False: "probs"},
)
_COMMON = (
    Param(
        "reduction",
        "choice",
        "sum_over_batch_size",
        "over rows",
        choices=tuple(_REDUCTIONS),
    ),
    Param("sample_weight", "elements", None, "a weight for each row"),
)
_CLIP = Clip(EPSILON, 1 - EPSILON)
_HALF = replace(_CLIP, slope=0.5)
_RULES = Rules(
    axes=AxisRules(class_axis=-1),
    targets=TargetRules(unit=False),
    probabilities=ProbabilityRules(unit=False, clip=_CLIP),
    infinity=InfinityRules(nan_products=True, nan_rows=True, form="maximum"),
    reduction=ReductionRules(_REDUCTIONS, nothing=0.0, lone_row=True),
)
_CLASSES = _RULES.but(probabilities={"renormalise": "before"}, targets={"smooth_last": True})
_CLIP_HALF = {"probabilities": {"clip": _HALF}}
_MEAN = "the mean divides by rows, whatever they weigh"


def _common(jax: Changes, torch: Changes) -> tuple[Param, ...]:
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


_ANY = _common(_CLIP_HALF, {})
_BINARY = _common(
    {**_CLIP_HALF, "infinity": {"form": "terms"}},
    {"targets": {"unit_beside_probs": True}, "infinity": {"form": "linear"}},
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
            *_common(
                {**_CLIP_HALF, "targets": {"unit_mass": False}}, {"targets": {"unit_mass": False}}
            ),
        ),
        rules=_CLASSES.but(targets={"unit_mass": True}),
        differs=f"probabilities are divided by their sum, then clipped to 1e-7; {_MEAN}",
    ),
    _named(
        SPARSE,
        "SparseCategoricalCrossentropy",
        params=(
            _FROM_LOGITS,
            replace(IGNORE_INDEX, spelling="ignore_class", default=None),
            AXIS,
            *_common(
                {
                    "probabilities": {"clip": _HALF, "renormalise": "before"},
                    "labels": {"absent": "zero", "one_hot": True},
                },
                {
                    "probabilities": {"renormalise": "before"},
                    "labels": {"null": -100},
                    "axes": {"fixed": False},
                },
            ),
        ),
        rules=_CLASSES.but(probabilities={"renormalise": "after"}, axes={"fixed": True}),
        differs="probabilities are clipped to 1e-7, then divided by their sum (on JAX and torch "
        f"first divided); {_MEAN}, without the ignored ones",
    ),
    _named(
        SIGMOID_BCE,
        "BinaryCrossentropy",
        rows=mean_bce_rows,
        gradient=mean_bce_gradient,
        bounds="sigmoid.mean_bce",
        elements=None,
        lean=None,
        params=(_FROM_LOGITS, BINARY_SMOOTHING, AXIS, *_BINARY),
        options=SigmoidOptions(floor=float("-inf")),
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
        bounds="focal.mean_sigmoid_focal",
        elements=None,
        params=(
            Param(
                "balanced",
                "boolean",
                False,
                "whether alpha counts",
                spelling="apply_class_balancing",
            ),
            replace(BALANCE, default=0.25),
            GAMMA,
            _FROM_LOGITS,
            BINARY_SMOOTHING,
            AXIS,
            *_common(_CLIP_HALF, {"probabilities": {"clip": _CLIP}, "targets": {"unit": True}}),
        ),
        options=SigmoidFocalOptions(floor=float("-inf")),
        rules=_RULES.but(probabilities={"clip": replace(_CLIP, of_logits=False)}),
        differs=f"alpha counts only with apply_class_balancing; clipped to 1e-7, on JAX and torch "
        f"from logits too; {_MEAN}",
    ),
    _named(
        KL_DIV,
        "KLDivergence",
        params=_common({"probabilities": {"clip": Clip(EPSILON, 1.0, slope=0.5)}}, {}),
        options=KLOptions(input="probs"),
        rules=_RULES.but(probabilities={"clip": Clip(EPSILON, 1.0)}),
        differs=f"both distributions clipped to 1e-7; {_MEAN}",
    ),
    _named(
        POISSON_NLL,
        "Poisson",
        rows=mean_poisson_rows,
        gradient=mean_poisson_gradient,
        bounds="likelihood.mean_poisson",
        elements=None,
        params=_ANY,
        options=PoissonOptions(log_input=False, eps=EPSILON),
        rules=_RULES,
        differs=f"takes rates, not their logarithms; one value a row, its mean; {_MEAN}",
    ),
)
