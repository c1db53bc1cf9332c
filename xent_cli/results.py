"""What a task found, frozen: the contract between the library, the reports and scripts.

`to_dict()` of a result is the JSON contract; `SCHEMA` rises when a key changes its meaning or goes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from xent_cli.array_facts import ArrayFacts, Corner, Scalar
from xent_cli.diagnosis import NOTE, WARNING, Diagnosis, Messages, messages
from xent_cli.figure import Figure
from xent_cli.header import Header
from xent_cli.records import as_dict, record

SCHEMA = 1


class Document(Protocol):
    """What every result is to a report: a document with a contract, and perhaps `values`."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of the result."""
        ...


class Values(Protocol):
    """Values of any number, given out piece by piece in C order."""

    shape: tuple[int, ...]

    def chunks(self) -> Iterator[list[float]]:
        """Runs of values in C order."""
        ...


T = TypeVar("T")

if not TYPE_CHECKING:

    class Generic:
        """Stands for that of `typing`, which takes 40 calls for each use of a class."""

        def __class_getitem__(cls, kind: Any) -> type:
            return cls


class _ValueOf(Generic[T]):
    """The value of the figure that is called as the attribute is."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, result: LossResult, owner: type | None = None) -> T:
        return cast("T", result.figure(self.name).value)


class _OfHeader(_ValueOf[T]):
    """What the header calls as the attribute is called."""

    def __get__(self, result: LossResult, owner: type | None = None) -> T:
        return cast("T", getattr(result.header, self.name))


def _told(diagnoses: Sequence[Diagnosis]) -> dict[str, Any]:
    """How every document tells its diagnoses: as sentences, and as objects for programs."""
    return {
        "warnings": list(messages(diagnoses, WARNING)),
        "notes": list(messages(diagnoses, NOTE)),
        "diagnoses": [as_dict(found) for found in diagnoses],
    }


@record
class LossResult:
    """The answer of `compute_loss`.

    `loss` is None with `reduction` none, where `values` gives the loss of each row (or element)
    and `values_corner` those that a table shows. `error_bound` is how far `loss` can be from the
    exact loss of the values as stored; None where that is not known or was not asked for, and with
    `reduction` none.
    `numerator / denominator` is the mean; `sum` is the numerator. Unit: that of the header, for
    `loss`, `numerator`, `minimum`, `maximum` and `values`; `perplexity` is exp of the mean in nats.

    Attributes:
        header: kind, parameters, inputs, signature: what was computed.
        figures: all numbers, in the order in which they are shown.
        diagnoses: what the user should know.
    """

    header: Header
    figures: tuple[Figure, ...]
    diagnoses: tuple[Diagnosis, ...] = ()
    values: Values | None = None
    values_corner: Corner | None = None

    loss = _ValueOf["float | None"]()
    error_bound = _ValueOf["float | None"]()
    numerator = _ValueOf[float]()
    denominator = _ValueOf[float]()
    rows = _ValueOf[int]()
    ignored = _ValueOf[int]()
    perplexity = _ValueOf["float | None"]()
    kind = _OfHeader[str]()
    reduction = _OfHeader[str]()
    unit = _OfHeader[str]()
    precision = _OfHeader[str]()
    labels_read_as = _OfHeader[str]()
    class_dim = _OfHeader["int | tuple[int, ...] | None"]()
    inputs = _OfHeader[Mapping[str, ArrayFacts]]()
    options = _OfHeader[Mapping[str, Any]]()
    changed = _OfHeader[tuple[str, ...]]()
    out = _OfHeader["str | None"]()
    signature = _OfHeader[str]()
    warnings, notes = Messages(WARNING), Messages(NOTE)

    def figure(self, name: str) -> Figure:
        """The figure of that name; one without a value where there is none."""
        return next((found for found in self.figures if found.name == name), Figure(name, None))

    @property
    def metrics(self) -> tuple[Figure, ...]:
        """The figures that were asked for beside those that every loss has."""
        return tuple(figure for figure in self.figures if figure.name not in LOSS_FIGURES)

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of `xent loss`, without the streamed `values`.

        `minimum` and `maximum` are of a row, which is the sum of `elements` losses.
        """
        header = self.header
        numbers = {name: self.figure(name).to_json() for name in LOSS_FIGURES}
        return {
            "schema": SCHEMA,
            "command": "loss",
            "kind": header.kind,
            "loss": numbers["loss"],
            "error_bound": numbers["error_bound"],
            "reduction": header.reduction,
            "unit": header.unit,
            "numerator": numbers["numerator"],
            "denominator": numbers["denominator"],
            "rows": numbers["rows"],
            "ignored": numbers["ignored"],
            "classes": None if header.class_dim is None else header.classes,
            "class_dim": header.class_dim,
            "elements": header.elements,
            "labels_read_as": header.labels_read_as,
            "perplexity": numbers["perplexity"],
            "minimum": numbers["minimum"],
            "maximum": numbers["maximum"],
            "precision": header.precision,
            "inputs": {role: facts.to_dict() for role, facts in header.inputs.items()},
            "options": dict(header.options),
            "changed": list(header.changed),
            "out": header.out,
            "metrics": {figure.name: figure.to_json() for figure in self.metrics},
            **_told(self.diagnoses),
            "signature": header.signature,
        }


LOSS_FIGURES = (
    "loss",
    "error_bound",
    "numerator",
    "denominator",
    "rows",
    "ignored",
    "perplexity",
    "minimum",
    "maximum",
)
"""The figures that every loss has, which stand by themselves in the JSON; others are metrics."""


@record
class CatResult:
    """The answer of `concatenate`: what was joined into what.

    `skipped` names the inputs of shape (0,), which joining leaves out (torch's rule);
    `promotion` says how the result's dtype came about.
    """

    dim: int
    inputs: tuple[ArrayFacts, ...]
    output: ArrayFacts
    promotion: str
    skipped: tuple[str, ...] = ()
    out: str | None = None
    diagnoses: tuple[Diagnosis, ...] = ()

    warnings, notes = Messages(WARNING), Messages(NOTE)

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of `xent cat`."""
        return {
            "schema": SCHEMA,
            "command": "cat",
            "dim": self.dim,
            "inputs": [facts.to_dict() for facts in self.inputs],
            "output": self.output.to_dict(),
            "promotion": self.promotion,
            "skipped": list(self.skipped),
            "out": self.out,
            **_told(self.diagnoses),
        }


@record
class ArrayResult:
    """The answer of a command whose result is one array or several (split, stack, activate, ...).

    `details` says how they came about, in the order to be shown; `outputs` are named as written,
    or as calculated where nothing is written.
    """

    command: str
    inputs: tuple[ArrayFacts, ...]
    outputs: tuple[ArrayFacts, ...]
    details: Mapping[str, Scalar]
    out: str | None = None
    diagnoses: tuple[Diagnosis, ...] = ()

    warnings, notes = Messages(WARNING), Messages(NOTE)

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of these commands."""
        return {
            "schema": SCHEMA,
            "command": self.command,
            **self.details,
            "inputs": [facts.to_dict() for facts in self.inputs],
            "outputs": [facts.to_dict() for facts in self.outputs],
            "out": self.out,
            **_told(self.diagnoses),
        }


@record
class ArraySummary:
    """One array of `xent show`. `minimum` and `maximum` are over the finite values (None: none)."""

    facts: ArrayFacts
    size: int
    bytes: int
    minimum: Scalar | None
    maximum: Scalar | None
    nan: int
    posinf: int
    neginf: int

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
            **_told(self.diagnoses),
        }


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


Result = LossResult | CatResult | ArrayResult | ShowResult | LossesResult


def strict_numbers(document: Any) -> Any:
    """`document` with "nan", "inf", "-inf" as strings: strict JSON has no such numbers."""
    if isinstance(document, float) and not math.isfinite(document):
        return "nan" if math.isnan(document) else ("inf" if document > 0 else "-inf")
    if isinstance(document, Mapping):
        return {key: strict_numbers(value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [strict_numbers(value) for value in document]
    return document
