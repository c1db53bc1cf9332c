"""The layout of a loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from math import prod
from typing import Any

from xent_cli.reports.sheets import (
    Column,
    Grid,
    Layout,
    Line,
    Part,
    Sheet,
    facts,
    first_values,
    grids,
)
from xent_cli.reports.text import GAP, array_digits, index_text, rounded, shape_text
from xent_cli.results import LossResult, RowExtreme, Scalar

_PREVIEW_DIGITS = 4

_HEADER = (
    "kind",
    "reduction",
    "unit",
    "loss",
    "numerator",
    "denominator",
    "rows",
    "ignored",
    "classes",
    "perplexity",
    "minimum",
    "minimum_row",
    "maximum",
    "maximum_row",
    "precision",
    "signature",
)


def lay_out(result: LossResult) -> Layout:
    """Inputs, how they were read, what was counted, and the answer last.

    `plain` is the bare loss, or one value a line; `csv` is one record, or `row,loss` for each.
    """
    if result.reduction == "none":
        header: tuple[str, ...] = ("row", "loss")
        return Layout(
            _parts(result),
            header,
            lambda: enumerate(_values(result)),
            lambda: map(repr, _values(result)),
        )
    return Layout(_parts(result), _HEADER, lambda: [_record(result)], lambda: [repr(result.loss)])


def _values(result: LossResult) -> Iterator[float]:
    return chain.from_iterable(result.values.chunks()) if result.values else iter(())


def _record(result: LossResult) -> Sequence[Scalar | None]:
    minimum, maximum = result.minimum, result.maximum
    return (
        result.kind,
        result.reduction,
        result.unit,
        result.loss,
        result.numerator,
        result.denominator,
        result.rows,
        result.ignored,
        result.classes,
        result.perplexity,
        None if minimum is None else minimum.loss,
        None if minimum is None else minimum.row,
        None if maximum is None else maximum.loss,
        None if maximum is None else maximum.row,
        result.precision,
        result.signature,
    )


def _digits(result: LossResult) -> int:
    doubles = any(facts.dtype == "float64" for facts in result.inputs.values())
    return 16 if result.precision == "double" or doubles else 7


def _parts(result: LossResult) -> tuple[Part, ...]:
    digits = _digits(result)
    parts: list[Part] = [_inputs(result), facts(_facts(result, digits))]
    corner, values = result.values_corner, result.values
    if values is not None and corner is not None:
        parts += grids(corner, values.shape, digits, Grid(f"loss of each row ({result.unit})"))
    parts += [Line(_answer(result, digits), "answer"), Line(result.signature, "code")]
    return tuple(parts)


def _inputs(result: LossResult) -> Sheet:
    columns = (
        Column("input"),
        Column("file", fold=True),
        Column("shape", fold=True),
        Column("dtype"),
        Column("first values", fold=True),
    )
    rows = tuple(
        (
            role,
            array.name,
            shape_text(array.shape),
            array.dtype,
            first_values(
                array.corner, prod(array.shape), min(_PREVIEW_DIGITS, array_digits(array.dtype))
            ),
        )
        for role, array in result.inputs.items()
    )
    return Sheet(columns, rows)


def _facts(result: LossResult, digits: int) -> Iterator[tuple[str, str]]:
    yield "kind", result.kind
    yield "labels", result.labels_read_as
    if result.classes is not None:
        dim = "" if result.class_dim is None else f", along dim {result.class_dim}"
        yield "classes", f"{result.classes}{dim}"
    yield "rows", f"{result.rows}"
    yield "ignored", f"{result.ignored}"
    if result.changed:
        yield "options", ", ".join(_option(name, result.options[name]) for name in result.changed)
    yield "precision", result.precision
    yield "smallest", _extreme(result.minimum, digits)
    yield "largest", _extreme(result.maximum, digits)
    if result.perplexity is not None:
        yield "perplexity", rounded(result.perplexity, digits)
    if result.out is not None:
        yield "written to", result.out


def _option(name: str, value: Any) -> str:
    """An option as it is typed; of a vector the first numbers."""
    if isinstance(value, list):
        numbers = [rounded(float(number), _PREVIEW_DIGITS) for number in value[:3]]
        value = ", ".join([*numbers, *([GAP] if len(value) > 3 else [])])
    return f"{name} {value}"


def _extreme(extreme: RowExtreme | None, digits: int) -> str:
    return (
        "none"
        if extreme is None
        else f"{rounded(extreme.loss, digits)}  at {index_text(extreme.index)}"
    )


def _answer(result: LossResult, digits: int) -> str:
    total = rounded(result.numerator, digits)
    if result.loss is None:
        return f"sum = {total} {result.unit}"
    loss = f"{rounded(result.loss, digits)} {result.unit}"
    if result.reduction == "sum":
        return f"loss = sum = {loss}"
    return f"loss = {total} / {rounded(result.denominator, digits)} = {loss}"
