"""What a pass computed, as plain data: all that a result says beside what its tallies counted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from xent_cli.array_facts import ArrayFacts, FileFacts
from xent_cli.diagnosis import Diagnosis
from xent_cli.records import record

UNITS = {"nats": 1.0, "bits": math.log(2.0)}
"""Nats in a unit."""


@record
class Header:
    """A pass over the rows of an input, without its data and without its readers.

    With the tallies of the pass it makes the result, in this process or another, and whether the
    input can be seen there or not (`records.to_json` and `from_json`).

    Attributes:
        kind: the loss.
        takes: what its first operand holds: `logits`, `probs`, ...
        reduction: its name among the kind's reductions.
        rule: what the reduction does, a name of `losses.base.Reduce`.
        divisor: what the sum is divided by, where a parameter says so.
        nothing: the mean of nothing; None: an error.
        perplexity: whether exp of the mean is shown as a perplexity.
        unit: `nats` or `bits`.
        precision: `native` or `double`.
        yes_or_no: whether every element is a question of its own, with a right answer.
        labels_read_as: `index`, `dense`, `targets` or `none`.
        class_dim: the class axis of the first operand, or several; None where every element is a
            row of its own.
        classes: its length.
        elements: how many losses a row is the sum of, each of which counts in the mean.
        rows_shape: the shape of the rows, which are numbered in C order.
        first_row: where the first of them lies in the input, along its first axis.
        batch: the length of the first axis.
        span: the first row of the pass, and the one behind the last.
        inputs: the arrays by role.
        files: the files of each; none of what came from a pipe or was in memory.
        options: all parameters of the kind.
        changed: those that differ from their defaults.
        tallies: the names of the tallies that were asked for.
        signature: all that decides the number, in a line.
        version: of xent.
        out: where the loss was written as an array.
        diagnoses: of the header and of the sample.
    """

    kind: str
    takes: str
    reduction: str
    rule: str
    divisor: float | None
    nothing: float | None
    perplexity: bool
    unit: str
    precision: str
    yes_or_no: bool
    labels_read_as: str
    class_dim: int | tuple[int, ...] | None
    classes: int
    elements: int
    rows_shape: tuple[int, ...]
    batch: int
    span: tuple[int, int]
    inputs: Mapping[str, ArrayFacts]
    files: Mapping[str, tuple[FileFacts, ...]]
    options: Mapping[str, Any]
    changed: tuple[str, ...]
    tallies: tuple[str, ...]
    signature: str
    version: str
    out: str | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    first_row: int = 0

    @property
    def scale(self) -> float:
        """What numbers in nats are divided by to be in the unit."""
        return 1.0 if self.rule == "PERPLEXITY" else UNITS[self.unit]

    @property
    def digits(self) -> int:
        """The significant digits that the precision carries."""
        return digits_carried(self.precision, (facts.dtype for facts in self.inputs.values()))


def digits_carried(precision: object, dtypes: Iterable[str]) -> int:
    """The significant digits of what is calculated from arrays of some dtypes.

    >>> digits_carried("native", ["float32", "int64"]), digits_carried("double", ["float32"])
    (7, 16)
    """
    return 16 if precision == "double" or "float64" in dtypes else 7
