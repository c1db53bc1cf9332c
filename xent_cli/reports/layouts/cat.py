"""The layout of a concatenation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xent_cli.array_facts import ArrayFacts, Scalar
from xent_cli.reports.layouts.arrays import ARRAY_HEADER, array_record, tab_lines
from xent_cli.reports.sheets import Column, Grid, Layout, Part, Sheet, answer, facts, grids
from xent_cli.reports.shortening import Name
from xent_cli.reports.text import GAP, NO_BREAK, array_digits, shape_text, term_text
from xent_cli.results import CatResult

_FIRST, _LAST = 8, 3


def lay_out(result: CatResult) -> Layout:
    """The inputs with the joined dim in brackets, the rule, the shapes joined, the values.

    `csv` and `plain` are one array a line: each input, then the output.
    """

    def records() -> list[Sequence[Scalar | None]]:
        inputs = [("input", *array_record(array)) for array in result.inputs]
        return [*inputs, ("output", *array_record(result.output))]

    return Layout(
        tuple(_parts(result)), ("role", *ARRAY_HEADER), records, lambda: tab_lines(records())
    )


def _parts(result: CatResult) -> Iterator[Part]:
    yield _inputs(result)
    pairs = [("dim", str(result.dim)), ("dtype", f"{result.output.dtype} ({result.promotion})")]
    if result.skipped:
        pairs.append(("left out", f"{', '.join(result.skipped)} (shape 0)"))
    if result.out is not None:
        pairs.append(("written to", Name(result.out)))
    yield facts(pairs)
    output = result.output
    if output.corner is not None:
        look = Grid("values", output.columns)
        yield from grids(output.corner, output.shape, array_digits(output.dtype), look)
    yield answer(_equation(result), result.diagnoses)


def _inputs(result: CatResult) -> Sheet:
    columns = (
        Column("input", right=True),
        Column("file"),
        Column("shape", fold=True),
        Column("dtype"),
    )
    rows = [
        (
            str(number),
            Name(array.name),
            shape_text(array.shape, _joined(array, result)),
            array.dtype,
        )
        for number, array in enumerate(result.inputs, 1)
    ]
    left_out = len(rows) - _FIRST - _LAST
    if left_out > 1:
        rows[_FIRST:-_LAST] = [(GAP, Name(f"{GAP} {left_out} more {GAP}"), GAP, GAP)]
    return Sheet(columns, tuple(rows))


def _joined(array: ArrayFacts, result: CatResult) -> int | None:
    return result.dim if len(array.shape) == len(result.output.shape) else None


def _equation(result: CatResult) -> str:
    terms = [term_text(a.shape) for a in result.inputs if a.name not in result.skipped]
    if len(terms) > 4:
        terms[2:-1] = [f"{GAP} {len(terms) - 3} more {GAP}"]
    return f"dim={result.dim}: {' + '.join(terms)} ->{NO_BREAK}{term_text(result.output.shape)}"
