"""What a loss is: its name, its rules as data, and the functions that give a row's value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

import numpy as np

from xent_cli.errors import UsageError

Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Options = Mapping[str, Any]
"""The values of a loss's parameters by name, every one present, parsed and in range."""


class Labels(Enum):
    """What a loss takes as labels."""

    INDEX = "class indices"
    EITHER = "class indices, or dense targets of the logits' shape"
    ELEMENTS = "one target for each logit"


@dataclass(frozen=True)
class Param:
    """A parameter of a loss.

    Attributes:
        name: as in `-p name=value`; own kinds use the name of the general flag.
        kind: `number`, `integer`, `choice`, or `classes` (one number a class, or one for all).
        default: used where it is not given; None where there is none.
        doc: one line.
        low, high: the closed range of a number.
        choices: the words of a choice.
        flag: the general option with the same role (`label_smoothing`, `weight`, ...), if any.
        required: there is no default that could stand in for it.
    """

    name: str
    kind: str
    default: Any
    doc: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    flag: str | None = None
    required: bool = False

    def parse(self, text: str) -> Any:
        """The value written as `text`; a UsageError names the parameter and what it takes."""
        if self.kind == "choice":
            if text not in self.choices:
                raise UsageError(f"{self.name} takes {', '.join(self.choices)}; got {text!r}")
            return text
        try:
            value: float = int(text) if self.kind == "integer" else float(text)
        except ValueError:
            noun = "a whole number" if self.kind == "integer" else "a number"
            raise UsageError(f"{self.name} takes {noun}; got {text!r}") from None
        return self.check(value)

    def check(self, value: float) -> float:
        """`value` if it lies in the range; a UsageError otherwise."""
        below = self.low is not None and not value >= self.low
        above = self.high is not None and not value <= self.high
        if below or above:
            raise UsageError(f"{self.name} must be {self.range_text()}; got {value:g}")
        return value

    def range_text(self) -> str:
        """The range in words: `from 0 to 1`, `at least 0`; empty where any value goes."""
        if self.low is not None and self.high is not None:
            return f"from {self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"at least {self.low:g}"
        return f"at most {self.high:g}" if self.high is not None else ""


class Place(Protocol):
    """Names the files and rows of a block, for messages."""

    @property
    def logits(self) -> str:
        """The file of the logits."""
        ...

    @property
    def labels(self) -> str:
        """The file of the labels."""
        ...

    def row(self, index: int) -> str:
        """The row of the block's row `index`, as users count it: `row 41`, `row (3, 0, 7)`."""
        ...


@dataclass(frozen=True)
class Block:
    """Some rows of the input, the class axis last.

    Attributes:
        logits: (rows, classes), C-contiguous, in the file's dtype.
        labels: (rows,) for indices, (rows, classes) otherwise; in the file's dtype.
        double: calculate in float64 whatever the dtype.
        label_base: what the first class is called in index labels, 0 or 1.
        place: for messages.
    """

    logits: Array
    labels: Array
    double: bool
    label_base: int
    place: Place


@dataclass(frozen=True)
class RowLosses:
    """The losses of a block's rows.

    Attributes:
        values: (rows,) float64: the loss of each row, class weights included; 0 where ignored.
        weights: what each row adds to the denominator of the mean: (rows,) float64 or one integer.
        counted: (rows,) bool, False where the row is ignored; None if all count.
        counts: events by name, for warnings (`EVENTS` in `losses.events` gives their words).
    """

    values: Floats
    weights: Floats | int = 1
    counted: Flags | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


RowFunction = Callable[[Block, Options], RowLosses]
ElementFunction = Callable[[Block, Options], Floats]


@dataclass(frozen=True)
class Loss:
    """A loss function of the registry.

    Attributes:
        name: as in `--kind`.
        summary: one line.
        formula: of one row (or element), in plain text.
        reference: where the formula is defined.
        labels: what it takes as labels.
        rows: gives the losses of a block's rows.
        elements: for losses that have one value an element: those values, (rows, classes).
        params: its parameters, in the order they are shown.
        takes: what its first operand is: `logits`, `probs` or `log-probs`.
        perplexity: whether exp of the mean is a perplexity.
    """

    name: str
    summary: str
    formula: str
    reference: str
    labels: Labels
    rows: RowFunction
    elements: ElementFunction | None = None
    params: tuple[Param, ...] = ()
    takes: str = "logits"
    perplexity: bool = False

    def param_for(self, flag: str) -> Param | None:
        """The parameter with the role of a general flag, or None if the loss has none."""
        return next((param for param in self.params if param.flag == flag), None)
