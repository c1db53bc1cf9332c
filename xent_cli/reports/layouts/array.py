"""The layout of commands whose result is one array or several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xent_cli.array_facts import ArrayFacts, Scalar
from xent_cli.header import digits_carried
from xent_cli.reports.layouts.arrays import ARRAY_HEADER, array_record, tab_lines
from xent_cli.reports.sheets import Column, Grid, Layout, Line, Part, Sheet, answer, facts, grids
from xent_cli.reports.shortening import Name
from xent_cli.reports.text import GAP, NO_BREAK, array_digits, rounded, shape_text, term_text
from xent_cli.results.arrays import ArrayResult

_FIRST, _LAST = 8, 3

_ELSEWHERE = ("signature", "promotion")
"""Details that stand in a line of their own, or in the dtype."""


def lay_out(result: ArrayResult) -> Layout:
    """The inputs, the details, the outputs, and the values of a single output.

    The dim along which arrays are joined or cut stands in brackets. `csv` and `plain` are one
    array a line: the inputs, then the outputs.
    """

    def records() -> list[Sequence[Scalar | None]]:
        inputs = [("input", *array_record(array)) for array in result.inputs]
        return [*inputs, *(("output", *array_record(array)) for array in result.outputs)]

    return Layout(
        tuple(_parts(result)), ("role", *ARRAY_HEADER), records, lambda: tab_lines(records())
    )


def _parts(result: ArrayResult) -> Iterator[Part]:
    yield _sheet("input", result.inputs, result)
    if pairs := tuple(_details(result)):
        yield facts(pairs)
    if len(result.outputs) != 1:
        yield _sheet("output", result.outputs, result)
    elif (corner := result.outputs[0].corner) is not None:
        output = result.outputs[0]
        look = Grid("values", output.columns)
        yield from grids(corner, output.shape, array_digits(output.dtype), look)
    yield answer(_equation(result), result.diagnoses, result.details.get("loss"))
    if "signature" in result.details:
        yield Line(str(result.details["signature"]), "code")


def _details(result: ArrayResult) -> Iterator[tuple[str, str]]:
    dtypes = (array.dtype for array in result.inputs)
    digits = digits_carried(result.details.get("precision"), dtypes)
    for name, detail in result.details.items():
        title = name.replace("_", " ")
        if isinstance(detail, tuple):
            if detail:
                yield title, Name(", ".join(detail))
        elif name not in _ELSEWHERE:
            yield title, rounded(detail, digits)
    if result.out is not None:
        yield "written to", Name(result.out)


def _sheet(role: str, arrays: Sequence[ArrayFacts], result: ArrayResult) -> Sheet:
    columns = (Column(role), Column("shape", fold=True), Column("dtype"))
    rows = [
        (Name(array.name), shape_text(array.shape, _dim_of(array, result)), array.dtype)
        for array in arrays
    ]
    left_out = len(rows) - _FIRST - _LAST
    if left_out > 1:
        rows[_FIRST:-_LAST] = [(Name(f"{GAP} {left_out} more {GAP}"), GAP, GAP)]
    return Sheet(columns, tuple(rows))


def _dim_of(array: ArrayFacts, result: ArrayResult) -> int | None:
    """The dim of the command in this array: what has fewer dims than others has not got it."""
    rank = max(len(other.shape) for other in (*result.inputs, *result.outputs))
    dim = result.details.get("dim")
    return dim if isinstance(dim, int) and len(array.shape) == rank else None


def _equation(result: ArrayResult) -> str:
    left, right = (_sum(arrays) for arrays in (result.inputs, result.outputs))
    dim = f" dim={result.details['dim']}" if "dim" in result.details else ""
    return f"{result.command}{dim}: {left} ->{NO_BREAK}{right}"


def _sum(arrays: Sequence[ArrayFacts]) -> str:
    terms = [term_text(array.shape) for array in arrays]
    if len(terms) > 4:
        terms[2:-1] = [f"{GAP} {len(terms) - 3} more {GAP}"]
    return " + ".join(terms)
