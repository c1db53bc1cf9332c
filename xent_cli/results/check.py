"""The results of `xent check`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xent_cli.array_facts import ArrayFacts
from xent_cli.diagnosis import ERROR, NOTE, WARNING, Diagnosis, Messages, messages
from xent_cli.records import as_dict, record
from xent_cli.results.base import SCHEMA, told, told_of


@record
class FittingKind:
    """A kind that takes some inputs without a word.

    Attributes:
        kind: its name.
        input: what LOGITS hold for it: `logits`, `probs` or `log-probs`.
        summary: one line.
        command: the command line of its loss.
    """

    kind: str
    input: str
    summary: str
    command: str | None


@record
class CheckResult:
    """The answer of `check_inputs`: what is to be said of the inputs of a loss.

    Attributes:
        kind: the loss.
        inputs: the arrays by role; none where they could not be read.
        diagnoses: errors first, then warnings, then notes.
        fixes: of each diagnosis the command line that is probably meant; None where none is known.
        kinds: the kinds that fit; None where they were not asked for, or the data cannot be read.
    """

    kind: str
    inputs: Mapping[str, ArrayFacts]
    diagnoses: tuple[Diagnosis, ...]
    fixes: tuple[str | None, ...]
    kinds: tuple[FittingKind, ...] | None = None

    warnings, notes, errors = Messages(WARNING), Messages(NOTE), Messages(ERROR)

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of `xent check`."""
        records = [
            {**told_of(found), "evidence": list(map(dict, found.evidence)), "fix": fix}
            for found, fix in zip(self.diagnoses, self.fixes, strict=True)
        ]
        return {
            "schema": SCHEMA,
            "command": "check",
            "kind": self.kind,
            "inputs": {role: facts.to_dict() for role, facts in self.inputs.items()},
            **told(self.diagnoses),
            "errors": list(messages(self.diagnoses, ERROR)),
            "diagnoses": records,
            "kinds": None if self.kinds is None else [as_dict(kind) for kind in self.kinds],
        }


@record
class DiagnosisEntry:
    """A diagnosis of the registry in words; `told`: when it is found."""

    id: str
    level: str
    told: str
    about: str


@record
class DiagnosesResult:
    """The answer of `xent check --list`: all there is to be found."""

    entries: tuple[DiagnosisEntry, ...]
    diagnoses: tuple[Diagnosis, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of `xent check --list`."""
        entries = [as_dict(entry) for entry in self.entries]
        return {"schema": SCHEMA, "command": "check", "list": entries}
