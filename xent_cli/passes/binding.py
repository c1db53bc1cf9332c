"""Turns what the caller gave into the values of a loss's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from xent_cli.arrays.base import ArrayReader, ReadOptions, RowSpan
from xent_cli.errors import UsageError, did_you_mean
from xent_cli.losses import LOSSES, get_loss
from xent_cli.losses.base import Loss, Param
from xent_cli.passes.operands import Overlay
from xent_cli.records import field, record, replace


@record
class VectorShape:
    """What an array must match: the logits' shape, the number of classes, and their names.

    `rows`: the rows of the logits that are read, of which an array of all of them takes the same.
    """

    classes: int
    names: tuple[str, ...] | None
    logits_name: str
    read: ReadOptions
    logits_shape: tuple[int, ...] = ()
    class_dims: tuple[int, ...] = ()
    rows: RowSpan | None = None


@record
class Bound:
    """A loss with its parameters; all maps are by their names.

    Attributes:
        loss: the loss.
        options: what its functions are calculated by; arrays that lie over the logits lack.
        values: the parameters in the words of users.
        aligned: the arrays that lie over the logits, still to be read.
        chosen: the names of the parameters the caller set.
        files: the arrays of the files that vectors were read from.
        divisor: what the sum is divided by, where a parameter says so.
    """

    loss: Loss
    options: Any
    values: Mapping[str, Any]
    aligned: Mapping[str, Overlay]
    chosen: frozenset[str]
    files: Mapping[str, ArrayReader] = field(default_factory=dict)
    divisor: float | None = None

    @property
    def changed(self) -> tuple[str, ...]:
        """The parameters that differ from their defaults, as users write them."""
        return tuple(
            param.spelled
            for param in self.loss.params
            if param.name in self.chosen
            and (
                isinstance(value := self.values.get(param.name), np.ndarray)
                or value != param.default
            )
        )

    def shown(self) -> dict[str, Any]:
        """The parameters as reports show them, as users write them; vectors as lists."""
        values = {param.spelled: self.values.get(param.name) for param in self.loss.params}
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in values.items()
            if value is not None
        }


def claim(
    loss: Loss, general: Mapping[str, Any], params: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settles the options that belong to the request, which the loss may know by other names.

    Args:
        loss: the loss.
        general: the request's own options by role (`reduction`, `class_dim`); None: not given.
        params: the loss's parameters, as users write them.

    Returns:
        the value of each role, and the parameters without those.

    >>> from xent_cli.losses import get_loss
    >>> claim(get_loss("softmax-ce"), {"reduction": None}, {})
    ({'reduction': None}, {})

    """
    roles, rest = dict(general), dict(params)
    for role, value in general.items():
        param = loss.param(role)
        if param is None or param.spelled not in rest:
            continue
        if value is not None:
            raise _given_twice(param)
        word = rest.pop(param.spelled)
        roles[role] = word if param.kind == "elements" else param.meaning(param.parse(word))
    return roles, rest


def _given_twice(param: Param) -> UsageError:
    return UsageError(
        f"{param.spelled} is given twice: as -p {param.spelled}=... and as {flag_name(param.name)}",
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
        params: the loss's own parameters as users write them, without those that `claim` settles.
        shape: the logits' shape, the number of classes and their names, for arrays.

    Raises:
        UsageError: an unknown parameter, one given twice, missing, or out of range.
        DataError: an array that does not fit the logits.

    """
    words = _words(loss, flags, params)
    meanings, values = dict[str, Any](), dict[str, Any]()
    aligned: dict[str, Overlay] = {}
    files: dict[str, ArrayReader] = {}
    for param in loss.params:
        if param.name in ROLES:
            continue
        word = words.get(param.name, param.default)
        if word is None and param.required:
            option = flag_name(param.name) if param.is_general else f"-p {param.spelled}=..."
            raise UsageError(f"--kind {loss.name} needs {option}: {param.doc}")
        value: Any = None
        meaning: Any = None
        if word is None:
            pass
        elif param.kind == "elements":
            from xent_cli.passes import vectors  # most runs have none

            aligned[param.name] = overlay = vectors.open_overlay(word, shape, param)
            value = overlay.reader.name
        elif param.kind in ("classes", "values"):
            from xent_cli.passes import vectors

            load = vectors.load_vector if param.kind == "classes" else vectors.load_values
            vector = load(word, shape, param.spelled)
            value = meaning = vector.values
            if vector.file is not None:
                files[param.spelled] = vector.file
        else:
            value = param.parse(word)
            meaning = param.meaning(value)
        values[param.name] = value
        if not param.rules:  # those were chosen with the loss
            meanings[param.name] = meaning
    divisor = meanings.pop("divisor", None)
    options = replace(loss.options, **meanings)
    return Bound(loss, options, values, aligned, frozenset(words), files, divisor)


def _words(loss: Loss, flags: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """What the caller set, by the names of the loss's parameters, in the words of each."""
    words: dict[str, Any] = {}
    for name, meaning in flags.items():
        if meaning is None:
            continue
        param = loss.param(name)
        if param is not None:
            words[name] = param.word_for(meaning)
        elif name != "input" or meaning != loss.takes:
            raise _refused(loss, name)
    for spelled, word in params.items():
        param = _param(loss, spelled)
        if param.name in words:
            raise _given_twice(param)
        words[param.name] = word
    return words


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
    takers = [other.name for other in LOSSES.values() if other.param(flag)]
    hint = f"kinds that take it: {', '.join(takers)}"
    if flag == "weight" and loss.param("pos_weight"):
        hint = f"for a weight on the positive term use --pos-weight; {hint}"
    return UsageError(f"--kind {loss.name} does not take {flag_name(flag)}", hint)


def _param(loss: Loss, spelled: str) -> Param:
    """The parameter that users write so."""
    for param in loss.params:
        if param.spelled == spelled:
            return param
    names = [param.spelled for param in loss.params]
    parameters = f"its parameters: {', '.join(names)}" if names else "it has none"
    raise UsageError(
        f"--kind {loss.name} has no parameter {spelled!r}",
        did_you_mean(spelled, names) or parameters,
    )
