"""The result of `xent losses`: the registry in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xent_cli.diagnosis import NOTE, WARNING, Diagnosis, Messages
from xent_cli.records import as_dict, record
from xent_cli.results.base import SCHEMA


@record
class ParamEntry:
    """A parameter of a loss, in words.

    `role` is the same for parameters of one meaning, whatever each loss calls them; `flag` is the
    general option with that role, if there is one.
    """

    name: str
    role: str
    takes: str
    default: str
    doc: str
    flag: str | None


@record
class LossEntry:
    """A loss of the registry, in words.

    `framework` is empty for own kinds; `own` is the own kind that a framework's function calculates
    by other rules; `label_form` is `index`, `dense`, `either`, `elements` or `none`; `rules` are
    those that matter for it, by a short title.
    """

    name: str
    framework: str
    summary: str
    formula: str
    takes: str
    labels: str
    label_form: str
    params: tuple[ParamEntry, ...]
    rules: Mapping[str, str]
    differs: str
    reference: str
    aliases: tuple[str, ...]
    gradient: bool
    own: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of one loss."""
        return as_dict(self)

    def terms(self) -> dict[str, str]:
        """All that can be compared with another loss, by title: formula, rules, parameters."""
        return {
            "summary": self.summary,
            "formula": self.formula,
            "takes": self.takes,
            "labels": self.labels,
            "label_form": self.label_form,
            "gradient": "yes" if self.gradient else "no",
            **self.rules,
            **{f"-p {param.role}": _param_term(param) for param in self.params},
        }


def _param_term(param: ParamEntry) -> str:
    name = "" if param.name == param.role else f"{param.name}: "
    needed = param.default if param.default == "required" else f"default {param.default}"
    return f"{name}{param.takes}; {needed}"


@record
class LossesResult:
    """The answer of `xent losses`: losses as a list (`listing`), or some in full.

    `short`: people get one line a framework.
    """

    losses: tuple[LossEntry, ...]
    listing: bool = False
    short: bool = False
    diagnoses: tuple[Diagnosis, ...] = ()

    warnings, notes = Messages(WARNING), Messages(NOTE)

    def titles(self) -> tuple[str, ...]:
        """The titles of all terms, those of the first loss first."""
        return tuple(dict.fromkeys(title for loss in self.losses for title in loss.terms()))

    def differing(self) -> tuple[str, ...]:
        """The titles of the terms in which the losses differ."""
        terms = [loss.terms() for loss in self.losses]
        return tuple(t for t in self.titles() if len({term.get(t) for term in terms}) > 1)

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of `xent losses`; `differing` where losses are compared."""
        compared = {"differing": list(self.differing())} if len(self.losses) > 1 else {}
        return {
            "schema": SCHEMA,
            "command": "losses",
            "losses": [loss.to_dict() for loss in self.losses],
            **({} if self.listing else compared),
        }
