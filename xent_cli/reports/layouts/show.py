"""The layout of `show`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xent_cli.array_facts import Scalar
from xent_cli.reports.layouts.arrays import ARRAY_HEADER, array_record, tab_lines
from xent_cli.reports.sheets import Column, Grid, Layout, Part, Sheet, facts, grids
from xent_cli.reports.shortening import Name
from xent_cli.reports.text import array_digits, bytes_text, plural, rounded, shape_text
from xent_cli.results.arrays import ArraySummary, ShowResult

_HEADER = (*ARRAY_HEADER, "size", "bytes", "minimum", "maximum", "nan", "inf", "-inf")
_ORDERS = {"C": "C order (last axis fastest)", "F": "Fortran order (first axis fastest)"}


def lay_out(result: ShowResult) -> Layout:
    """One array: its facts and values. Several: a table of them, then the values of each.

    `csv` and `plain` are one array a line.
    """

    def records() -> list[Sequence[Scalar | None]]:
        return [_record(summary) for summary in result.arrays]

    parts = _one(result.arrays[0]) if len(result.arrays) == 1 else _several(result.arrays)
    return Layout(tuple(parts), _HEADER, records, lambda: tab_lines(records()))


def _record(summary: ArraySummary) -> Sequence[Scalar | None]:
    return (
        *array_record(summary.facts),
        summary.size,
        summary.bytes,
        summary.minimum,
        summary.maximum,
        summary.nan,
        summary.posinf,
        summary.neginf,
    )


def _one(summary: ArraySummary) -> Iterator[Part]:
    array = summary.facts
    yield facts(
        (
            ("file", Name(array.name)),
            ("format", array.format),
            (
                "shape",
                f"{shape_text(array.shape)}  ({summary.size:,} {plural(summary.size, 'value')})",
            ),
            ("dtype", array.dtype),
            ("layout", _ORDERS[array.order]),
            ("size", bytes_text(summary.bytes)),
            ("range", _range(summary)),
            ("not finite", f"{summary.nan} nan, {summary.posinf} inf, {summary.neginf} -inf"),
        )
    )
    yield from _values(summary, "values")


def _several(arrays: Sequence[ArraySummary]) -> Iterator[Part]:
    columns = (
        Column("file"),
        Column("shape", fold=True),
        Column("dtype"),
        Column("order"),
        Column("bytes", right=True),
        Column("range", fold=True),
        Column("nan", right=True),
        Column("inf", right=True),
    )
    rows = tuple(
        (
            Name(summary.facts.name),
            shape_text(summary.facts.shape),
            summary.facts.dtype,
            summary.facts.order,
            f"{summary.bytes:,}",
            _range(summary, most=4),
            str(summary.nan),
            str(summary.posinf + summary.neginf),
        )
        for summary in arrays
    )
    yield Sheet(columns, rows)
    for summary in arrays:
        yield from _values(summary, Name(summary.facts.name))


def _values(summary: ArraySummary, title: str) -> Iterator[Part]:
    array = summary.facts
    if array.corner is not None:
        look = Grid(title, array.columns)
        yield from grids(array.corner, array.shape, array_digits(array.dtype), look)


def _range(summary: ArraySummary, most: int = 7) -> str:
    if summary.minimum is None or summary.maximum is None:
        return "no finite value"
    digits = min(most, array_digits(summary.facts.dtype))
    return f"{rounded(summary.minimum, digits)} to {rounded(summary.maximum, digits)}"
