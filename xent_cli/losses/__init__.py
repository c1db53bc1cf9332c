"""The losses: pure numerics on blocks of rows. `LOSSES` is the registry, in display order."""

from __future__ import annotations

from difflib import get_close_matches

from xent_cli.errors import UsageError
from xent_cli.losses.base import Loss
from xent_cli.losses.divergence import ENTROPY, JS_DIV, KL_DIV
from xent_cli.losses.focal import POLY, SIGMOID_FOCAL, SOFTMAX_FOCAL
from xent_cli.losses.frameworks.keras import KERAS
from xent_cli.losses.frameworks.language import LANGUAGE
from xent_cli.losses.frameworks.onnx import ONNX
from xent_cli.losses.frameworks.optax import OPTAX
from xent_cli.losses.frameworks.sklearn import SKLEARN
from xent_cli.losses.frameworks.tensorflow import TENSORFLOW
from xent_cli.losses.frameworks.torch import TORCH
from xent_cli.losses.likelihood import GAUSSIAN_NLL, POISSON_NLL
from xent_cli.losses.sigmoid import (
    BCE,
    MULTILABEL_SOFT_MARGIN,
    SIGMOID_BCE,
    SOFT_MARGIN,
    WEIGHTED,
)
from xent_cli.losses.softmax import CATEGORICAL_CE, NLL, SOFTMAX_CE, SPARSE
from xent_cli.records import replace

OWN = (
    SOFTMAX_CE,
    SPARSE,
    NLL,
    CATEGORICAL_CE,
    SIGMOID_BCE,
    BCE,
    WEIGHTED,
    MULTILABEL_SOFT_MARGIN,
    SOFT_MARGIN,
    SOFTMAX_FOCAL,
    SIGMOID_FOCAL,
    POLY,
    KL_DIV,
    JS_DIV,
    ENTROPY,
    POISSON_NLL,
    GAUSSIAN_NLL,
)
FRAMEWORKS = (*TORCH, *TENSORFLOW, *KERAS, *OPTAX, *SKLEARN, *ONNX, *LANGUAGE)
LOSSES: dict[str, Loss] = {loss.name: loss for loss in (*OWN, *FRAMEWORKS)}
ALIASES: dict[str, str] = {alias: loss.name for loss in LOSSES.values() for alias in loss.aliases}
"""Other names of functions, each with the name in `LOSSES`."""


def get_loss(name: str) -> Loss:
    """The loss of that name, under that name; a UsageError with the closest names if none.

    >>> get_loss("softmax-ce").summary
    'softmax cross entropy of logits, with index or dense labels'

    """
    if name in LOSSES:
        return LOSSES[name]
    if name in ALIASES:
        return replace(LOSSES[ALIASES[name]], name=name)
    names = {known.lower(): known for known in (*LOSSES, *ALIASES)}
    close = [names[found] for found in get_close_matches(name.lower(), names, n=3, cutoff=0.5)]
    hint = f"did you mean {' or '.join(close)}?" if close else "xent losses lists them"
    raise UsageError(f"there is no loss named {name!r}", hint)
