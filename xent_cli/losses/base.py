"""What a loss is: its name, its rules as data, and the functions that give a row's value."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Protocol

import numpy as np

from xent_cli.errors import UsageError, did_you_mean
from xent_cli.losses.byproducts import Byproducts
from xent_cli.losses.rules import Changes, Rules
from xent_cli.losses.stable import tile_sums
from xent_cli.records import field, record, replace

Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


class Labels(Enum):
    """What a loss takes as labels."""

    INDEX = "class indices"
    EITHER = "class indices, or dense targets of the logits' shape"
    DENSE = "dense targets of the logits' shape"
    ELEMENTS = "one target for each logit"
    NONE = "no labels"


GENERAL = frozenset(
    {
        "input",
        "weight",
        "pos_weight",
        "ignore_index",
        "label_smoothing",
        "reduction",
        "class_dim",
        "sample_weight",
    }
)
"""Parameters that are options of the command under the same name."""


@record
class Param:
    """A parameter of a loss.

    Attributes:
        name: the field of the loss's options that it fills, or its role in the request
            (`reduction`, `class_dim`, `sample_weight`, `divisor`).
        kind: `number`, `integer`, `axes` (one integer or several), `boolean`, `choice`, `classes`
            (one number a class, or one for all), `values` (a list of numbers) or `elements` (an
            array that lies over the logits by NumPy's broadcasting).
        default: used where it is not given; None where there is none.
        doc: one line.
        low, high: the closed range of a number.
        choices: the words of a choice.
        required: there is no default that could stand in for it.
        spelling: how a framework writes it, where it has another name for it; its other attributes
            are by the framework's words, too.
        words: what they mean, where it is something else: `{True: "logits", False: "probs"}`.
        by_row: an `elements` array may lack the class axis (one value a row).
        rules: what a value of a `choice` changes in the rules of the loss.
    """

    name: str
    kind: str
    default: Any
    doc: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    required: bool = False
    spelling: str = ""
    words: Mapping[Any, Any] | None = None
    by_row: bool = False
    rules: Mapping[str, Changes] = field(default_factory=dict)

    @property
    def spelled(self) -> str:
        """Its name as in `-p name=value`."""
        return self.spelling or self.name

    @property
    def is_general(self) -> bool:
        """Whether a general option of the command fills it, too."""
        return self.name in GENERAL

    def meaning(self, value: Any) -> Any:
        """The value in the words of the house."""
        return value if self.words is None else self.words[value]

    def word_for(self, meaning: Any) -> Any:
        """The framework's word for a value of the general option.

        Raises:
            UsageError: it has none.
        """
        for word, other in (self.words or {}).items():
            if other == meaning:
                return word
        if self.words is None:
            return meaning
        known = ", ".join(self.words.values())
        raise UsageError(f"{self.name} takes {known} here (as {self.spelled}); got {meaning!r}")

    def parse(self, setting: Any) -> Any:
        """The value of a scalar parameter: text as typed, or a value.

        Raises:
            UsageError: naming the parameter and what it takes.

        >>> Param("gamma", "number", 2.0, "", low=0.0).parse("1.5")
        1.5

        """
        if self.kind == "choice":
            if str(setting) not in self.choices:
                raise UsageError(
                    f"{self.spelled} takes {', '.join(self.choices)}; got {setting!r}",
                    did_you_mean(setting, self.choices),
                )
            return str(setting)
        if self.kind == "boolean":
            known = {"true": True, "false": False, "1": True, "0": False}
            if str(setting).lower() not in known:
                raise UsageError(f"{self.spelled} takes true or false; got {setting!r}")
            return known[str(setting).lower()]
        if self.default is None and setting == "none":
            return None
        if self.kind == "axes":
            return _axes(self.spelled, setting)
        try:
            value: float = _whole(setting) if self.kind == "integer" else float(setting)
        except (ValueError, TypeError):
            noun = "a whole number" if self.kind == "integer" else "a number"
            raise UsageError(f"{self.spelled} takes {noun}; got {setting!r}") from None
        below = self.low is not None and not value >= self.low
        above = self.high is not None and not value <= self.high
        if below or above:
            raise UsageError(f"{self.spelled} must be {self.range_text()}; got {value:g}")
        return value

    def range_text(self) -> str:
        """The range in words: `from 0 to 1`, `at least 0`; empty where any value goes."""
        if self.low is not None and self.high is not None:
            return f"from {self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"at least {self.low:g}"
        return f"at most {self.high:g}" if self.high is not None else ""


def _axes(name: str, setting: Any) -> int | tuple[int, ...]:
    """`-1`, or several as in `2,3`."""
    parts = setting.split(",") if isinstance(setting, str) else setting
    try:
        axes = tuple(
            _whole(part) for part in (parts if isinstance(parts, list | tuple) else [parts])
        )
    except (ValueError, TypeError):
        raise UsageError(f"{name} takes whole numbers, as in 1 or 2,3; got {setting!r}") from None
    return axes[0] if len(axes) == 1 else axes


def _whole(setting: Any) -> int:
    """A whole number from text or an integer; 2.5 is a TypeError."""
    return int(setting) if isinstance(setting, str) else operator.index(setting)


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

    def locate(self, index: int) -> int:
        """The row in C order of the whole input; it increases with `index`."""
        ...


@record
class Block:
    """Some rows of the input, the class axis last.

    Attributes:
        logits: (rows, classes), C-contiguous, in the file's dtype.
        labels: (rows,) for indices, (rows, classes) otherwise; in the file's dtype.
        double: calculate in float64 whatever the dtype.
        label_base: what the first class is called in index labels, 0 or 1.
        place: for messages.
        rules: those of the loss.
        last_axis: the length of the last axis of the whole array; 0 where it does not matter.
        by: takes what comes with the read of a loss.
    """

    logits: Array
    labels: Array
    double: bool
    label_base: int
    place: Place
    rules: Rules = Rules()
    last_axis: int = 0
    by: Byproducts = field(default_factory=Byproducts)

    @property
    def spread(self) -> int:
        """The number of classes that label smoothing spreads over."""
        return self.last_axis if self.rules.targets.smooth_last else self.logits.shape[1]


@record
class RowLosses:
    """The losses of a block's rows.

    Attributes:
        values: (rows,) float64: the loss of each row, class weights included; 0 where ignored.
        weights: what each row adds to the denominator of the mean: (rows,) float64 or one integer.
        counted: (rows,) bool, False where the row is ignored; None if all count.
        counts: events by name, of which diagnoses tell.
    """

    values: Floats
    weights: Floats | int = 1
    counted: Flags | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


@record
class ElementLosses:
    """The losses of a block's elements: (rows, classes) float64, and events by name."""

    values: Floats
    counts: Mapping[str, int] = field(default_factory=dict)

    def summed(self) -> RowLosses:
        """The sums over rows; a row adds its number of elements to the denominator."""
        return RowLosses(tile_sums(self.values), self.values.shape[1], counts=self.counts)

    def averaged(self) -> RowLosses:
        """The means over rows; a row adds 1 to the denominator."""
        with np.errstate(invalid="ignore"):
            means = tile_sums(self.values) / np.float64(self.values.shape[1])
        return RowLosses(means, counts=self.counts)


@record
class NoOptions:
    """The options of a loss that has none."""


RowFunction = Callable[[Block, Any], RowLosses]
ElementFunction = Callable[[Block, Any], ElementLosses]
GradientFunction = Callable[[Block, Any], Floats]
LeanTest = Callable[[Any, bool], bool]
"""Of a block, and of the loss's options, which are a record of its family."""


@record
class Loss:
    """A loss function of the registry.

    Attributes:
        name: as in `--kind`.
        summary: one line.
        formula: of one row (or element), in plain text.
        reference: where the formula is defined.
        labels: what it takes as labels.
        rows: gives the losses of a block's rows; None: the sums of `elements`.
        elements: for losses that have one value an element: those values, (rows, classes).
        gradient: the derivatives by the first operand, (rows, classes) float64: of the row's loss,
            or of each element's own where there are `elements`; 0 in ignored rows. None: the loss
            has no derivative.
        params: its parameters, in the order they are shown.
        options: what its functions are calculated by, a record of the family; its parameters fill
            the fields of their names.
        rules: where it differs from its neighbours, for the code.
        differs: the same in a line, for people.
        takes: what its first operand is: `logits`, `probs`, `log-probs`, `log-rates` or `means`.
        perplexity: whether exp of the mean is a perplexity.
        yes_or_no: every element is a question of its own, whose right answer its target tells.
        aliases: other names of the same function.
        own: of a framework's function the own kind that it calculates by other rules.
        lean: by the options, and whether the labels are dense: whether `rows` makes no array of the
            block's size, so that a block may be larger; None: it does.
        bounds: the function of `losses.bounds` that tells how far the values of `rows` (or the sums
            of `elements`) can be from the exact ones: `softmax.cross_entropy`; empty: none does.
    """

    name: str
    summary: str
    formula: str
    reference: str
    labels: Labels
    rows: RowFunction | None = None
    elements: ElementFunction | None = None
    gradient: GradientFunction | None = None
    params: tuple[Param, ...] = ()
    options: Any = NoOptions()
    rules: Rules = Rules()
    differs: str = ""
    takes: str = "logits"
    perplexity: bool = False
    yes_or_no: bool = False
    aliases: tuple[str, ...] = ()
    own: str = ""
    lean: LeanTest | None = None
    bounds: str = ""

    def variant(self, params: Mapping[str, Any]) -> Loss:
        """The loss by the rules that its parameters choose: those given, and defaults."""
        rules = self.rules
        for param in self.params:
            if param.rules:
                choice = param.parse(params.get(param.spelled, param.default))
                rules = rules.but(**param.rules.get(choice, {}))
        return replace(self, rules=rules)

    def param(self, name: str) -> Param | None:
        """The parameter of that name, or None if the loss has none."""
        return next((param for param in self.params if param.name == name), None)

    def operand(self, options: Any) -> str:
        """What the first operand holds by these options."""
        takes: str = getattr(options, "input", self.takes)
        return takes


def function_of(kind: Loss, name: str, framework: str, **changes: Any) -> Loss:
    """A framework's function: an own kind under the function's dotted name, with its rules.

    >>> kind = Loss("nll", "...", "", "", Labels.INDEX)
    >>> function_of(kind, "torch.nn.NLLLoss", "PyTorch").summary
    'nll by the rules of PyTorch'
    """
    summary = f"{kind.name} by the rules of {framework}"
    return replace(kind, **{"name": name, "own": kind.name, "summary": summary, **changes})
