"""The functions between logits and probabilities, by the names `xent activate` takes."""

from __future__ import annotations

from collections.abc import Callable

from xent_cli.errors import UsageError, did_you_mean
from xent_cli.losses.base import Floats
from xent_cli.losses.softplus import log_sigmoid, sigmoid
from xent_cli.losses.stable import log_softmax, softmax
from xent_cli.records import record


@record
class Activation:
    """An activation: `apply(rows, double=...)` works on (rows, classes).

    `along_classes` is False where every element stands alone.
    """

    name: str
    apply: Callable[..., Floats]
    along_classes: bool


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("softmax", softmax, True),
        Activation("log-softmax", log_softmax, True),
        Activation("sigmoid", sigmoid, False),
        Activation("log-sigmoid", log_sigmoid, False),
    )
}


def get_activation(name: str) -> Activation:
    """The activation of that name; a UsageError lists them if there is none.

    >>> import numpy as np
    >>> get_activation("softmax").apply(np.zeros((1, 2))).tolist()
    [[0.5, 0.5]]
    """
    if name in ACTIVATIONS:
        return ACTIVATIONS[name]
    hint = did_you_mean(name, ACTIVATIONS) or f"activations: {', '.join(ACTIVATIONS)}"
    raise UsageError(f"there is no activation {name!r}", hint)
