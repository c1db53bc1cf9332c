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

    Of those that are only listed there is neither range nor values. `csv` and `plain` are one array
    a line.
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
    )
    of_values = (
        Column("range", fold=True),
        Column("nan", right=True),
        Column("inf", right=True),
    )
    if all(summary.nan is None for summary in arrays):
        yield Sheet(columns, tuple(_described(summary) for summary in arrays))
    else:
        rows = [(*_described(summary), *_counted(summary)) for summary in arrays]
        yield Sheet((*columns, *of_values), tuple(rows))
    for summary in arrays:
        yield from _values(summary, Name(summary.facts.name))


def _described(summary: ArraySummary) -> tuple[str, ...]:
    array = summary.facts
    name, shape = Name(array.name), shape_text(array.shape)
    return name, shape, array.dtype, array.order, f"{summary.bytes:,}"


def _counted(summary: ArraySummary) -> tuple[str, ...]:
    if summary.nan is None or summary.posinf is None or summary.neginf is None:
        return "", "", ""
    infinite = summary.posinf + summary.neginf
    return _range(summary, most=4), str(summary.nan), str(infinite)


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
