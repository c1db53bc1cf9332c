"""The loss operators of ONNX, as its reference evaluator computes them."""

from __future__ import annotations

from xent_cli.losses.base import Labels, Loss, Param, function_of
from xent_cli.losses.rules import OWN_REDUCTIONS, AxisRules, InfinityRules, LabelRules, Rules
from xent_cli.losses.softmax import IGNORE_INDEX, NLL, SPARSE, WEIGHT
from xent_cli.records import replace

_DOCS = "https://onnx.ai/onnx/operators/onnx__{}.html"
_PARAMS = (
    replace(WEIGHT, spelling="weights"),
    replace(IGNORE_INDEX, default=None),
    Param("reduction", "choice", "mean", "over rows", choices=(*OWN_REDUCTIONS,)),
)
_RULES = Rules(
    axes=AxisRules(class_axis=1, ranks=(2, 64)),
    labels=LabelRules(absent="wrap", dtypes=("int32", "int64")),
    infinity=InfinityRules(nan_rows=True),
)
_DIFFERS = (
    "classes along axis 1; nothing ignored unless asked; label -1 is the last class, with the "
    "weight of the first; the mean divides by the weights of the rows that count"
)


def _named(loss: Loss, name: str) -> Loss:
    return function_of(
        loss,
        f"onnx.{name}",
        "ONNX",
        reference=_DOCS.format(name),
        labels=Labels.INDEX,
        params=_PARAMS,
        rules=_RULES,
        differs=_DIFFERS,
    )


ONNX = (_named(SPARSE, "SoftmaxCrossEntropyLoss"), _named(NLL, "NegativeLogLikelihoodLoss"))
