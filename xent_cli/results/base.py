"""What every result is: a frozen document, the contract between the library, reports and scripts.

`to_dict()` of a result is the JSON contract; `SCHEMA` rises when a key changes its meaning or goes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from xent_cli.diagnosis import NOTE, WARNING, Diagnosis, messages
from xent_cli.records import as_dict

SCHEMA = 1


class Document(Protocol):
    """What every result is to a report: a document with a contract, and perhaps `values`."""

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """What the user should know."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of the result."""
        ...


class Values(Protocol):
    """Values of any number, given out piece by piece in C order."""

    shape: tuple[int, ...]

    def chunks(self) -> Iterator[list[float]]:
        """Runs of values in C order."""
        ...


def told(diagnoses: Sequence[Diagnosis]) -> dict[str, Any]:
    """How every document tells its diagnoses: as sentences, and as objects for programs."""
    return {
        "warnings": list(messages(diagnoses, WARNING)),
        "notes": list(messages(diagnoses, NOTE)),
        "diagnoses": [told_of(diagnosis) for diagnosis in diagnoses],
    }


def told_of(diagnosis: Diagnosis) -> dict[str, Any]:
    """A diagnosis as every document has it; `xent check` adds its evidence and the fix."""
    shown = as_dict(diagnosis)
    return {name: shown[name] for name in ("id", "level", "message", "hint", "place")}


def strict_numbers(document: Any) -> Any:
    """`document` with "nan", "inf", "-inf" as strings: strict JSON has no such numbers."""
    if isinstance(document, float) and not math.isfinite(document):
        return "nan" if math.isnan(document) else ("inf" if document > 0 else "-inf")
    if isinstance(document, Mapping):
        return {key: strict_numbers(value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [strict_numbers(value) for value in document]
    return document
