"""The losses: pure numerics on blocks of rows. `LOSSES` is the registry, in display order.

A module of losses loads when one of its losses is asked for, so that a program that computes one
loss starts without the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from xent_cli.errors import UsageError, did_you_mean
from xent_cli.records import replace

if TYPE_CHECKING:
    from xent_cli.losses.base import Loss

__all__ = ["FRAMEWORKS", "LOSSES", "OWN", "aliases", "get_loss"]

OWN = {
    "softmax-ce": ("softmax", "SOFTMAX_CE"),
    "sparse": ("softmax", "SPARSE"),
    "nll": ("softmax", "NLL"),
    "categorical-ce": ("softmax", "CATEGORICAL_CE"),
    "sigmoid-bce": ("sigmoid", "SIGMOID_BCE"),
    "bce": ("sigmoid", "BCE"),
    "weighted": ("sigmoid", "WEIGHTED"),
    "multilabel-soft-margin": ("sigmoid", "MULTILABEL_SOFT_MARGIN"),
    "soft-margin": ("sigmoid", "SOFT_MARGIN"),
    "softmax-focal": ("focal", "SOFTMAX_FOCAL"),
    "sigmoid-focal": ("focal", "SIGMOID_FOCAL"),
    "poly": ("focal", "POLY"),
    "kl-div": ("divergence", "KL_DIV"),
    "js-div": ("divergence", "JS_DIV"),
    "entropy": ("divergence", "ENTROPY"),
    "poisson-nll": ("likelihood", "POISSON_NLL"),
    "gaussian-nll": ("likelihood", "GAUSSIAN_NLL"),
}
"""The own kinds: the module of each, and its name there."""

FRAMEWORKS = {
    "torch": ("torch",),
    "tensorflow": ("tf",),
    "keras": ("keras", "tf"),
    "optax": ("optax",),
    "sklearn": ("sklearn",),
    "onnx": ("onnx",),
    "language": ("transformers", "torchmetrics", "t5x"),
}
"""The modules of `losses.frameworks`, and how the names of the functions in each begin."""


class _Losses(Mapping[str, "Loss"]):
    """The losses by name; to go through all of them loads all."""

    def __getitem__(self, name: str) -> Loss:
        if name in OWN:
            module, constant = OWN[name]
            loss: Loss = getattr(import_module(f"xent_cli.losses.{module}"), constant)
            return loss
        for loss in _namesakes(name):
            if loss.name == name:
                return loss
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        yield from OWN
        for module in FRAMEWORKS:
            yield from (loss.name for loss in _functions(module))

    def __len__(self) -> int:
        return sum(1 for _ in self)


LOSSES: Mapping[str, Loss] = _Losses()


def _functions(module: str) -> tuple[Loss, ...]:
    """The losses of a module of `frameworks`, which calls them by its own name in capitals."""
    functions: tuple[Loss, ...] = getattr(
        import_module(f"xent_cli.losses.frameworks.{module}"), module.upper()
    )
    return functions


def _namesakes(name: str) -> Iterator[Loss]:
    """The functions of the frameworks whose names begin as `name` does."""
    for module, starts in FRAMEWORKS.items():
        if name.partition(".")[0] in starts:
            yield from _functions(module)


def aliases() -> dict[str, str]:
    """Other names of functions, each with the name in `LOSSES`."""
    return {alias: loss.name for loss in LOSSES.values() for alias in loss.aliases}


def get_loss(name: str) -> Loss:
    """The loss of that name, under that name; a UsageError with the closest names if none.

    >>> get_loss("softmax-ce").summary
    'softmax cross entropy of logits, with index or dense labels'

    """
    if name in LOSSES:
        return LOSSES[name]
    for loss in _namesakes(name):
        if name in loss.aliases:
            return replace(loss, name=name)
    hint = did_you_mean(name, (*LOSSES, *aliases())) or "xent losses lists them"
    raise UsageError(f"there is no loss named {name!r}", hint)
