"""A diagnosis: something the user should know of the input or of the number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xent_cli.records import field, record

NOTE, WARNING, ERROR = "note", "warning", "error"
"""Levels. A note says how the input was understood. A warning lets the number stand (exit 0; with
`--strict` exit 3). An error has no number."""


@record
class Fix:
    """A request that is probably the one that was meant.

    Attributes:
        options: what it says otherwise, by the names of options (`ignore_index`) and of parameters
            of the kind; None: the option is left out.
        convert: the role of an array that is converted first; empty where none is.
        formula: into what, an expression of NumPy in x.
        swapped: LOGITS and LABELS change places.
    """

    options: Mapping[str, str | None] = field(default_factory=dict)
    convert: str = ""
    formula: str = ""
    swapped: bool = False


@record
class Diagnosis:
    """What was diagnosed.

    Attributes:
        id: of a closed set (`diagnoses.DIAGNOSES`), for programs.
        level: `note`, `warning` or `error`.
        message: one line.
        hint: what to do about it; None where there is nothing to do, or the message says it.
        place: where: `file`, and `row`, `class`, `parameter` or others as it may be.
        evidence: some rows that show it: `row`, and what was found there.
        fix: what to ask for instead, where that is known.
    """

    id: str
    level: str
    message: str
    hint: str | None = None
    place: Mapping[str, str | int] | None = None
    evidence: tuple[Mapping[str, Any], ...] = ()
    fix: Fix | None = None


def messages(diagnoses: Iterable[Diagnosis], level: str) -> tuple[str, ...]:
    """The messages of one level.

    >>> messages([Diagnosis("no-rows", WARNING, "there are no rows")], WARNING)
    ('there are no rows',)
    """
    return tuple(diagnosis.message for diagnosis in diagnoses if diagnosis.level == level)


class Messages:
    """An attribute: the messages of one level of the object's `diagnoses`."""

    def __init__(self, level: str) -> None:
        self.level = level

    def __get__(self, owner: Any, kind: type | None = None) -> tuple[str, ...]:
        return messages(owner.diagnoses, self.level)
