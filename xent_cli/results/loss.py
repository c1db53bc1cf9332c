"""The result of `xent loss`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from xent_cli.array_facts import ArrayFacts, Corner
from xent_cli.diagnosis import NOTE, WARNING, Diagnosis, Messages
from xent_cli.figure import Figure
from xent_cli.header import Header
from xent_cli.records import record
from xent_cli.results.base import SCHEMA, Values, told

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
        return next((figure for figure in self.figures if figure.name == name), Figure(name, None))

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
            **told(self.diagnoses),
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
