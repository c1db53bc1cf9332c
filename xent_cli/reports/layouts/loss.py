"""The layout of a loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from math import prod
from typing import Any

from xent_cli.array_facts import ArrayFacts, Scalar
from xent_cli.figure import Figure
from xent_cli.header import Header
from xent_cli.records import replace
from xent_cli.reports.sheets import (
    Column,
    Grid,
    Layout,
    Line,
    Part,
    Sheet,
    answer,
    facts,
    first_values,
    grids,
)
from xent_cli.reports.shortening import Name
from xent_cli.reports.text import GAP, array_digits, index_text, plural, rounded, shape_text
from xent_cli.results.loss import LossResult

_PREVIEW_DIGITS = 4

_COUNTS = ("rows", "ignored")
_EXTREMES = ("minimum", "maximum")
_IN_ANSWER = ("loss", "numerator", "denominator")
"""Figures that the table shows in its last line."""


def lay_out(result: LossResult) -> Layout:
    """Inputs, how they were read, what was counted, and the answer last.

    `plain` is the bare loss, or one value a line; `csv` is one record, or `row,loss` for each
    (`element,loss` where elements have losses).
    """
    if result.header.reduction == "none":
        return Layout(
            _parts(result),
            (_unit_of_values(result), "loss"),
            lambda: enumerate(_values(result)),
            lambda: map(repr, _values(result)),
        )
    record = _record(result)
    return Layout(
        _parts(result),
        tuple(record),
        lambda: [tuple(record.values())],
        lambda: [repr(result.loss)],
    )


def _values(result: LossResult) -> Iterator[float]:
    return chain.from_iterable(result.values.chunks()) if result.values else iter(())


def _record(result: LossResult) -> dict[str, Scalar | None]:
    """The cells of a loss by their names; metrics behind those that every loss has."""
    header = result.header
    cells: dict[str, Scalar | None] = {
        "kind": header.kind,
        "reduction": header.reduction,
        "unit": header.unit,
    }
    asked = [figure.name for figure in result.figures if figure.name == "error_bound"]
    for name in ("loss", *asked, "numerator", "denominator", *_COUNTS):
        cells[name] = result.figure(name).value
    cells["classes"] = None if header.class_dim is None else header.classes
    cells["perplexity"] = result.perplexity
    for name in _EXTREMES:
        extreme = result.figure(name)
        cells |= {name: extreme.value, f"{name}_row": extreme.row}
    cells |= {"precision": header.precision, "signature": header.signature}
    cells["elements"] = header.elements
    return cells | {figure.name: figure.value for figure in result.metrics}


def _parts(result: LossResult) -> tuple[Part, ...]:
    header, corner, values = result.header, result.values_corner, result.values
    parts: list[Part] = [inputs_sheet(header.inputs), facts(_facts(result))]
    if values is not None and corner is not None:
        title = f"loss of each {_unit_of_values(result)} ({header.unit})"
        parts += grids(corner, values.shape, header.digits, Grid(title))
    told = answer(_answer(result), result.diagnoses, result.numerator, result.loss)
    parts += [told, Line(header.signature, "code")]
    return tuple(parts)


def _unit_of_values(result: LossResult) -> str:
    """What each of the values is of."""
    values, rows = result.values, result.header.rows_shape
    return "row" if values is None or values.shape == rows else "element"


def inputs_sheet(inputs: Mapping[str, ArrayFacts]) -> Sheet:
    """The arrays of a loss, one a row."""
    columns = (
        Column("input"),
        Column("file"),
        Column("shape", fold=True),
        Column("dtype"),
        Column("first values"),
    )
    rows = tuple(
        (
            role,
            Name(array.name),
            shape_text(array.shape),
            array.dtype,
            first_values(
                array.corner, prod(array.shape), min(_PREVIEW_DIGITS, array_digits(array.dtype))
            ),
        )
        for role, array in inputs.items()
    )
    return Sheet(columns, rows)


def _facts(result: LossResult) -> Iterator[tuple[str, str]]:
    header = result.header
    yield "kind", header.kind
    yield "labels", header.labels_read_as
    if header.class_dim is not None:
        yield "classes", f"{header.classes}, along dim {header.class_dim}"
    for figure in result.figures:
        if figure.name in _COUNTS:
            yield _shown(figure, header)
    if header.elements > 1:
        yield "elements", f"{header.elements} a row"
    if header.changed:
        yield "options", ", ".join(_option(name, header.options[name]) for name in header.changed)
    yield "precision", header.precision
    for figure in result.figures:
        if figure.name in _EXTREMES and header.elements > 1:
            yield _shown(_comparable(figure, header), header)
        elif figure.name not in (*_IN_ANSWER, *_COUNTS):
            yield _shown(figure, header)
    if header.out is not None:
        yield "written to", Name(header.out)


def _comparable(extreme: Figure, header: Header) -> Figure:
    """The extreme of rows of several elements, beside a mean over elements or a sum over rows."""
    if header.rule != "MEAN" or header.divisor is not None:
        return replace(extreme, title=f"{extreme.title} row sum")
    value = None if extreme.value is None else extreme.value / header.elements
    return replace(extreme, title=f"{extreme.title} row mean", value=value)


def _shown(figure: Figure, header: Header) -> tuple[str, str]:
    """A figure as its title and its value, with the row that it is of, or how many rows."""
    title = figure.title or figure.name.replace("_", " ")
    if figure.value is None:
        return title, "none"
    value = rounded(figure.value, figure.digits or 0)
    if figure.index is not None:
        return title, f"{value}  at {index_text(figure.index)}"
    if figure.rows is None:
        return title, value
    noun = plural(figure.rows, "element" if header.yes_or_no else "row")
    return title, f"{value}  of {figure.rows} {noun}"


def _option(name: str, value: Any) -> str:
    """An option as it is typed; of a vector the first numbers."""
    if isinstance(value, list):
        numbers = [rounded(float(number), _PREVIEW_DIGITS) for number in value[:3]]
        value = ", ".join([*numbers, *([GAP] if len(value) > 3 else [])])
    return f"{name} {value}"


def _answer(result: LossResult) -> str:
    header = result.header
    total = rounded(result.numerator, header.digits)
    if result.loss is None:
        return f"sum = {total} {header.unit}"
    loss = f"{rounded(result.loss, header.digits)} {header.unit}"
    if header.reduction == "sum":
        return f"loss = sum = {loss}"
    return f"loss = {total} / {rounded(result.denominator, header.digits)} = {loss}"
