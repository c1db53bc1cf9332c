"""Turns what the caller gave into the values of a loss's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from xent_cli.errors import UsageError
from xent_cli.losses import LOSSES, get_loss
from xent_cli.losses.base import Loss, Param
from xent_cli.tasks.vectors import VectorShape, load_vector


@dataclass(frozen=True)
class Bound:
    """A loss with its parameters.

    Attributes:
        loss: the loss.
        options: every parameter by name.
        given: the names of those the caller set.
    """

    loss: Loss
    options: Mapping[str, Any]
    given: frozenset[str]

    def shown(self) -> dict[str, Any]:
        """The parameters as reports show them; vectors as lists."""
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in self.options.items()
            if value is not None
        }


def bind(
    kind: str, flags: Mapping[str, Any], params: Mapping[str, Any], shape: VectorShape
) -> Bound:
    """Finds the loss and gives each of its parameters a value.

    Args:
        kind: a name of the registry.
        flags: general options by role; None where not given.
        params: the loss's own parameters by name.
        shape: the number of classes and their names, for vectors.

    Raises:
        UsageError: an unknown loss or parameter, one given twice, missing, or out of range.

    """
    loss = choose_loss(kind, flags.get("input"))
    given: dict[str, Any] = {}
    for flag, value in flags.items():
        if value is None:
            continue
        param = loss.param_for(flag)
        if param is None:
            if flag == "input" and value == loss.takes:
                continue
            raise _refused(loss, flag)
        given[param.name] = value
    for name, value in params.items():
        param = _param(loss, name)
        if name in given:
            raise UsageError(
                f"{name} is given twice: as -p {name}=... and as {flag_name(param.flag or name)}",
                "give one of them",
            )
        given[name] = value
    options: dict[str, Any] = {}
    for param in loss.params:
        if param.name not in given:
            if param.required:
                raise UsageError(
                    f"--kind {loss.name} needs {flag_name(param.flag or param.name)}: {param.doc}"
                )
            options[param.name] = param.default
        elif param.kind == "classes":
            options[param.name] = load_vector(given[param.name], shape, param.name)
        else:
            options[param.name] = _scalar(param, given[param.name])
    return Bound(loss, options, frozenset(given))


def choose_loss(kind: str, takes: str | None) -> Loss:
    """The loss of that name, or its sister for another `--input`.

    `sigmoid-bce --input probs` is `bce`: one formula has one place.
    """
    if kind == "sigmoid-bce" and takes == "probs":
        return LOSSES["bce"]
    return get_loss(kind)


def flag_name(role: str) -> str:
    """The option as it is typed: `pos_weight` -> `--pos-weight`."""
    return "--" + role.replace("_", "-")


def _refused(loss: Loss, flag: str) -> UsageError:
    takers = [other.name for other in LOSSES.values() if other.param_for(flag)]
    hint = f"kinds that take it: {', '.join(takers)}"
    if flag == "weight" and loss.param_for("pos_weight"):
        hint = f"for a weight on the positive term use --pos-weight; {hint}"
    return UsageError(f"--kind {loss.name} does not take {flag_name(flag)}", hint)


def _param(loss: Loss, name: str) -> Param:
    for param in loss.params:
        if param.name == name:
            return param
    names = ", ".join(param.name for param in loss.params)
    raise UsageError(
        f"--kind {loss.name} has no parameter {name!r}",
        f"its parameters: {names}" if names else "it has none",
    )


def _scalar(param: Param, value: Any) -> Any:
    if isinstance(value, str):
        return param.parse(value)
    if param.kind == "choice":
        return param.parse(str(value))
    return param.check(value)
