"""What a task found, frozen: the contract between the library, the reports and scripts.

`to_dict()` of a result is the JSON contract; `SCHEMA` rises when a key changes its meaning or goes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from xent_cli.records import as_dict, record

SCHEMA = 1

Scalar = int | float | bool | str


class Document(Protocol):
    """What every result is to a report: a document with a contract, and perhaps `values`."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of the result."""
        ...


@record
class Corner:
    """The values at the corners of an array: the first and last few along every axis.

    `axes[i]` are the indices kept along axis i, in order (a jump is a gap); `values` are the kept
    elements in C order.
    """

    axes: tuple[tuple[int, ...], ...]
    values: tuple[Scalar, ...]

    @staticmethod
    def axes_of(shape: Sequence[int]) -> tuple[tuple[int, ...], ...]:
        """The indices to keep of an array of `shape`: at most 360 values, whatever the shape.

        The last axis keeps 10, or the first 5 and last 4; the one before keeps 8, or the first and
        last 4; of the axes before, at most four slices are kept, the outermost axis first.

        >>> Corner.axes_of((1797, 10))
        ((0, 1, 2, 3, 1793, 1794, 1795, 1796), (0, 1, 2, 3, 4, 5, 6, 7, 8, 9))
        >>> Corner.axes_of((3, 2, 2, 2))
        ((0, 1, 2), (0,), (0, 1), (0, 1))
        """
        slices = 4
        axes = []
        for length in shape[:-2]:
            kept = _ends(length, slices, slices // 2, slices // 2)
            slices //= max(1, len(kept))
            axes.append(kept)
        if len(shape) > 1:
            axes.append(_ends(shape[-2], 8, 4, 4))
        if shape:
            axes.append(_ends(shape[-1], 10, 5, 4))
        return tuple(axes)


def _ends(length: int, most: int, first: int, last: int) -> tuple[int, ...]:
    if length <= most:
        return tuple(range(length))
    if last == 0:
        return tuple(range(most))
    return (*range(first), *range(length - last, length))


@record
class ArrayFacts:
    """An array as a report shows it."""

    name: str
    format: str
    shape: tuple[int, ...]
    dtype: str
    order: str  # "C" or "F"
    columns: tuple[str, ...] | None = None
    corner: Corner | None = None

    def to_dict(self) -> dict[str, Any]:
        """Name, format, shape, dtype, order, and columns where there are any."""
        facts: dict[str, Any] = {
            "name": self.name,
            "format": self.format,
            "shape": list(self.shape),
            "dtype": self.dtype,
            "order": self.order,
        }
        if self.columns is not None:
            facts["columns"] = list(self.columns)
        return facts


class Values(Protocol):
    """Values of any number, given out piece by piece in C order."""

    shape: tuple[int, ...]

    def chunks(self) -> Iterator[list[float]]:
        """Runs of values in C order."""
        ...


@record
class RowExtreme:
    """The least or the greatest loss of a row, and the first row that has it."""

    loss: float
    row: int
    index: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """`loss`, `row` (C order) and `index` (one number an axis of the labels)."""
        return {"loss": self.loss, "row": self.row, "index": list(self.index)}


@record
class LossResult:
    """The answer of `compute_loss`.

    `loss` is None with `reduction` none, where `values` gives the loss of each row (or element)
    and `values_corner` those that a table shows.
    `error_bound` is how far `loss` can be from the exact loss of the values as stored; None where
    that is not known, and with `reduction` none.
    `numerator / denominator` is the mean; `sum` is the numerator. Unit: `unit`, for `loss`,
    `numerator`, `minimum`, `maximum` and `values`; `perplexity` is exp of the mean in nats.
    `options` are all parameters of the kind, `changed` those that differ from their defaults.
    """

    kind: str
    reduction: str
    unit: str
    loss: float | None
    numerator: float
    denominator: float
    rows: int
    ignored: int
    classes: int | None
    class_dim: int | tuple[int, ...] | None
    labels_read_as: str
    perplexity: float | None
    minimum: RowExtreme | None
    maximum: RowExtreme | None
    precision: str
    inputs: Mapping[str, ArrayFacts]
    options: Mapping[str, Any]
    changed: tuple[str, ...]
    signature: str
    values: Values | None = None
    values_corner: Corner | None = None
    out: str | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error_bound: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of `xent loss`, without the streamed `values`."""
        return {
            "schema": SCHEMA,
            "command": "loss",
            "kind": self.kind,
            "loss": self.loss,
            "error_bound": self.error_bound,
            "reduction": self.reduction,
            "unit": self.unit,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "rows": self.rows,
            "ignored": self.ignored,
            "classes": self.classes,
            "class_dim": self.class_dim,
            "labels_read_as": self.labels_read_as,
            "perplexity": self.perplexity,
            "minimum": None if self.minimum is None else self.minimum.to_dict(),
            "maximum": None if self.maximum is None else self.maximum.to_dict(),
            "precision": self.precision,
            "inputs": {role: facts.to_dict() for role, facts in self.inputs.items()},
            "options": dict(self.options),
            "changed": list(self.changed),
            "out": self.out,
            "warnings": list(self.warnings),
            "notes": list(self.notes),
            "signature": self.signature,
        }


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
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

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
            "warnings": list(self.warnings),
            "notes": list(self.notes),
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
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of these commands."""
        return {
            "schema": SCHEMA,
            "command": self.command,
            **self.details,
            "inputs": [facts.to_dict() for facts in self.inputs],
            "outputs": [facts.to_dict() for facts in self.outputs],
            "out": self.out,
            "warnings": list(self.warnings),
            "notes": list(self.notes),
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
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract of `xent show`."""
        return {
            "schema": SCHEMA,
            "command": "show",
            "arrays": [summary.to_dict() for summary in self.arrays],
            "warnings": list(self.warnings),
            "notes": list(self.notes),
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
    """The answer of `xent losses`: the whole registry (`listing`), or some losses in full."""

    losses: tuple[LossEntry, ...]
    listing: bool = False
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

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
