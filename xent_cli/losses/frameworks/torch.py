"""PyTorch's loss functions: torch.nn classes, and torch.nn.functional names as aliases."""

from __future__ import annotations

from typing import Any

from xent_cli.losses.base import Labels, Loss, Param, function_of
from xent_cli.losses.divergence import KL_DIV, LOG_TARGET, kl_elements
from xent_cli.losses.likelihood import GAUSSIAN_NLL, POISSON_NLL
from xent_cli.losses.rules import (
    OWN_REDUCTIONS,
    AxisRules,
    InfinityRules,
    LabelRules,
    Reduce,
    Rules,
    TargetRules,
)
from xent_cli.losses.sigmoid import BCE, MULTILABEL_SOFT_MARGIN, SIGMOID_BCE, SOFT_MARGIN
from xent_cli.losses.softmax import IGNORE_INDEX, LABEL_SMOOTHING, NLL, SOFTMAX_CE, WEIGHT
from xent_cli.records import replace

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn.{}.html"


def _reduction(*more: str) -> Param:
    words = (*OWN_REDUCTIONS, *more)
    return Param("reduction", "choice", "mean", "over rows", choices=words)


_REDUCTION = _reduction()
_ELEMENT_WEIGHT = Param("weight", "elements", None, "a factor of every element")
_POS_WEIGHT = Param("pos_weight", "elements", None, "factor of the positive term")

_CLASSES = Rules(
    axes=AxisRules(class_axis=1, squeeze=False),
    labels=LabelRules(dtypes=("int64", "uint8"), idle_ignore=True),
    targets=TargetRules(integers=False),
    infinity=InfinityRules(nan_products=True, nan_rows=True),
)
_ELEMENTS = Rules(
    axes=AxisRules(squeeze=False),
    targets=TargetRules(unit=False, integers=False),
    infinity=InfinityRules(form="linear"),
)
_ANY_TARGETS = _ELEMENTS.but(axes={"broadcast": True}, targets={"integers": True})


def _named(loss: Loss, name: str, function: str, **changes: Any) -> Loss:
    return function_of(
        loss,
        f"torch.nn.{name}",
        "PyTorch",
        aliases=(f"torch.nn.functional.{function}",),
        reference=_DOCS.format(name),
        **changes,
    )


CROSS_ENTROPY = _named(
    SOFTMAX_CE,
    "CrossEntropyLoss",
    "cross_entropy",
    params=(WEIGHT, IGNORE_INDEX, replace(LABEL_SMOOTHING, low=None), _REDUCTION),
    rules=_CLASSES,
    differs="classes along axis 1; the weighted mean of index labels divides by the weights, "
    "of dense ones by the rows; all ignored is NaN; smoothing of a logit of -inf is infinite",
)

NLL_LOSS = _named(
    NLL,
    "NLLLoss",
    "nll_loss",
    params=(WEIGHT, IGNORE_INDEX, _REDUCTION),
    rules=_CLASSES,
    differs="classes along axis 1; the weighted mean divides by the weights; all ignored is NaN",
)

BCE_LOSS = _named(
    BCE,
    "BCELoss",
    "binary_cross_entropy",
    params=(_ELEMENT_WEIGHT, _REDUCTION),
    rules=_ELEMENTS.but(targets={"unit": True}, probabilities={"unit_nan": True}),
    differs="logarithms clamped at -100; the mean divides by elements, whatever they weigh",
)

BCE_WITH_LOGITS = _named(
    SIGMOID_BCE,
    "BCEWithLogitsLoss",
    "binary_cross_entropy_with_logits",
    params=(_ELEMENT_WEIGHT, _POS_WEIGHT, _REDUCTION),
    rules=_ELEMENTS,
    differs="targets may lie outside [0, 1]; the mean divides by elements, whatever they weigh",
)

MULTILABEL = _named(
    MULTILABEL_SOFT_MARGIN,
    "MultiLabelSoftMarginLoss",
    "multilabel_soft_margin_loss",
    params=(_ELEMENT_WEIGHT, _REDUCTION),
    rules=_ELEMENTS.but(
        axes={"class_axis": -1}, targets={"integers": True}, infinity={"form": "terms"}
    ),
    differs="classes along the last axis; one value a row, so its sum is smaller by their number",
)

SOFT_MARGIN_LOSS = _named(
    SOFT_MARGIN,
    "SoftMarginLoss",
    "soft_margin_loss",
    params=(_REDUCTION,),
    rules=_ANY_TARGETS,
    differs="targets other than -1 and 1 are taken; no overflow here where torch gives inf",
)

KL_DIV_LOSS = _named(
    KL_DIV,
    "KLDivLoss",
    "kl_div",
    labels=Labels.ELEMENTS,
    rows=None,
    elements=kl_elements,
    params=(_reduction("batchmean"), LOG_TARGET),
    rules=_ANY_TARGETS.but(
        infinity={"nan_products": True},
        reduction={"names": {**OWN_REDUCTIONS, "batchmean": Reduce.BATCH}},
    ),
    differs="mean divides by elements, which is not the divergence; batchmean by the first axis",
)

POISSON_NLL_LOSS = _named(
    POISSON_NLL,
    "PoissonNLLLoss",
    "poisson_nll_loss",
    params=(*POISSON_NLL.params, _REDUCTION),
    rules=_ANY_TARGETS,
    differs="Stirling's terms are left out for counts up to 1",
)

GAUSSIAN_NLL_LOSS = _named(
    GAUSSIAN_NLL,
    "GaussianNLLLoss",
    "gaussian_nll_loss",
    params=(*GAUSSIAN_NLL.params, _REDUCTION),
    rules=_ANY_TARGETS,
    differs="variances below eps are raised to it, negative ones refused",
)

TORCH = (
    CROSS_ENTROPY,
    NLL_LOSS,
    BCE_LOSS,
    BCE_WITH_LOGITS,
    MULTILABEL,
    SOFT_MARGIN_LOSS,
    KL_DIV_LOSS,
    POISSON_NLL_LOSS,
    GAUSSIAN_NLL_LOSS,
)
