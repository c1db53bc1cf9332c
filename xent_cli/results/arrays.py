"""The results of commands that join, cut, calculate and show arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xent_cli.array_facts import ArrayFacts, Scalar
from xent_cli.diagnosis import NOTE, WARNING, Diagnosis, Messages
from xent_cli.records import record
from xent_cli.results.base import SCHEMA, told


@record
class ArrayResult:
    """The answer of a command whose result is one array or several (cat, split, activate, ...).

    `details` says how they came about, in the order to be shown: of arrays that are joined the
    `dim`, the `dtype`, the `promotion` (how the dtype came about), and of `cat` what it `skipped`
    (inputs of shape (0,), which joining leaves out: torch's rule). `outputs` are named as written,
    or as calculated where nothing is written.
    """

    command: str
    inputs: tuple[ArrayFacts, ...]
    outputs: tuple[ArrayFacts, ...]
    details: Mapping[str, Scalar | tuple[str, ...]]
    out: str | None = None
    diagnoses: tuple[Diagnosis, ...] = ()

    warnings, notes = Messages(WARNING), Messages(NOTE)

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of these commands; `output` where there is only one."""
        outputs = [facts.to_dict() for facts in self.outputs]
        return {
            "schema": SCHEMA,
            "command": self.command,
            **self.details,
            "inputs": [facts.to_dict() for facts in self.inputs],
            **({"output": outputs[0]} if len(outputs) == 1 else {}),
            "outputs": outputs,
            "out": self.out,
            **told(self.diagnoses),
        }


@record
class ArraySummary:
    """One array of `xent show`.

    Attributes:
        minimum, maximum: of the finite values; None: there are none.
        nan, posinf, neginf: how many values are so; None: it is one of several in a file, which are
            listed by their headers alone.
    """

    facts: ArrayFacts
    size: int
    bytes: int
    minimum: Scalar | None
    maximum: Scalar | None
    nan: int | None
    posinf: int | None
    neginf: int | None

    def to_dict(self) -> dict[str, Any]:
        """The facts and the counts, flat, with the first values."""
        corner = self.facts.corner
        return {
            **self.facts.to_dict(),
            "size": self.size,
            "bytes": self.bytes,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "nan": self.nan,
            "inf": self.posinf,
            "-inf": self.neginf,
            "corner": None
            if corner is None
            else {"axes": [list(a) for a in corner.axes], "values": list(corner.values)},
        }


@record
class ShowResult:
    """The answer of `xent show`."""

    arrays: tuple[ArraySummary, ...]
    diagnoses: tuple[Diagnosis, ...] = ()

    warnings, notes = Messages(WARNING), Messages(NOTE)

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of `xent show`."""
        return {
            "schema": SCHEMA,
            "command": "show",
            "arrays": [summary.to_dict() for summary in self.arrays],
            **told(self.diagnoses),
        }
