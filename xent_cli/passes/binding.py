"""Turns what the caller gave into the values of a loss's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from xent_cli.arrays.base import ArrayReader, ReadOptions
from xent_cli.errors import UsageError, did_you_mean
from xent_cli.losses import LOSSES, get_loss
from xent_cli.losses.base import Loss, Param
from xent_cli.passes.operands import Overlay
from xent_cli.records import field, record


@record
class VectorShape:
    """What an array must match: the logits' shape, the number of classes, and their names."""

    classes: int
    names: tuple[str, ...] | None
    logits_name: str
    read: ReadOptions
    logits_shape: tuple[int, ...] = ()
    class_dims: tuple[int, ...] = ()


@record
class Bound:
    """A loss with its parameters.

    Attributes:
        loss: the loss.
        options: what its functions take, by their own names.
        values: the parameters as users know them, by name.
        aligned: the arrays that lie over the logits, still to be read, by the functions' names.
        given: the names of the parameters the caller set.
        files: the arrays of the files that vectors were read from, by the parameters' names.
    """

    loss: Loss
    options: Mapping[str, Any]
    values: Mapping[str, Any]
    aligned: Mapping[str, Overlay]
    given: frozenset[str]
    files: Mapping[str, ArrayReader] = field(default_factory=dict)

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of the parameters that differ from their defaults, in the loss's order."""
        return tuple(
            param.name
            for param in self.loss.params
            if param.name in self.given
            and (
                isinstance(value := self.values.get(param.name), np.ndarray)
                or value != param.default
            )
        )

    def shown(self) -> dict[str, Any]:
        """The parameters as reports show them; vectors as lists."""
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in self.values.items()
            if value is not None
        }


def claim(
    loss: Loss, general: Mapping[str, Any], params: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settles the options that belong to the request, which the loss may know by other names.

    Args:
        loss: the loss.
        general: the request's own options by role (`reduction`, `class_dim`); None: not given.
        params: the loss's parameters by name.

    Returns:
        the value of each role, and the parameters without those.

    >>> from xent_cli.losses import get_loss
    >>> claim(get_loss("softmax-ce"), {"reduction": None}, {})
    ({'reduction': None}, {})

    """
    roles, rest = dict(general), dict(params)
    for role, value in general.items():
        param = loss.param_for(role)
        if param is None or param.name not in rest:
            continue
        if value is not None:
            raise _given_twice(param)
        given = rest.pop(param.name)
        roles[role] = given if param.kind == "elements" else param.meaning(param.parse(given))
    return roles, rest


def _given_twice(param: Param) -> UsageError:
    return UsageError(
        f"{param.name} is given twice: as -p {param.name}=... and as "
        f"{flag_name(param.flag or param.name)}",
        "give one of them",
    )


ROLES = ("reduction", "class_dim", "sample_weight")
"""Roles of the request itself: `claim` settles them before the parameters are bound."""


def bind(
    loss: Loss, flags: Mapping[str, Any], params: Mapping[str, Any], shape: VectorShape
) -> Bound:
    """Gives each parameter of a loss a value.

    Args:
        loss: the loss.
        flags: general options by role; None where not given.
        params: the loss's own parameters by name, without those that `claim` settles.
        shape: the logits' shape, the number of classes and their names, for arrays.

    Raises:
        UsageError: an unknown parameter, one given twice, missing, or out of range.
        DataError: an array that does not fit the logits.

    """
    given = _given(loss, flags, params)
    options, values = dict(loss.fixed), dict[str, Any]()
    aligned: dict[str, Overlay] = {}
    files: dict[str, ArrayReader] = {}
    for param in loss.params:
        if param.flag in ROLES:
            continue
        value = given.get(param.name, param.default)
        if value is None and param.required:
            raise UsageError(
                f"--kind {loss.name} needs "
                f"{flag_name(param.flag) if param.flag else f'-p {param.name}=...'}: {param.doc}"
            )
        if value is None:
            options[param.key] = values[param.name] = None
        elif param.kind in ("classes", "values", "elements"):
            from xent_cli.passes import vectors  # most runs have none

            if param.kind == "elements":
                aligned[param.key] = overlay = vectors.open_overlay(value, shape, param)
                options[param.key], values[param.name] = None, overlay.reader.name
                continue
            load = vectors.load_vector if param.kind == "classes" else vectors.load_values
            vector = load(value, shape, param.name)
            options[param.key] = values[param.name] = vector.values
            if vector.file is not None:
                files[param.name] = vector.file
        else:
            values[param.name] = param.parse(value)
            options[param.key] = param.meaning(values[param.name])
    return Bound(loss, options, values, aligned, frozenset(given), files)


def _given(loss: Loss, flags: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """What the caller set, by the names of the loss's parameters."""
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
            raise _given_twice(param)
        given[name] = value
    return given


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
    names = [param.name for param in loss.params]
    parameters = f"its parameters: {', '.join(names)}" if names else "it has none"
    raise UsageError(
        f"--kind {loss.name} has no parameter {name!r}", did_you_mean(name, names) or parameters
    )
