"""The layout of commands whose result is one array or several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xent_cli.array_facts import ArrayFacts, Scalar
from xent_cli.header import digits_carried
from xent_cli.reports.layouts.arrays import ARRAY_HEADER, array_record, tab_lines
from xent_cli.reports.sheets import Column, Grid, Layout, Line, Part, Sheet, answer, facts, grids
from xent_cli.reports.shortening import Name
from xent_cli.reports.text import GAP, NO_BREAK, array_digits, rounded, shape_text, term_text
from xent_cli.results import ArrayResult

_FIRST, _LAST = 8, 3


def lay_out(result: ArrayResult) -> Layout:
    """The inputs, the details, the outputs, and the values of a single output.

    `csv` and `plain` are one array a line: the inputs, then the outputs.
    """

    def records() -> list[Sequence[Scalar | None]]:
        inputs = [("input", *array_record(array)) for array in result.inputs]
        return [*inputs, *(("output", *array_record(array)) for array in result.outputs)]

    return Layout(
        tuple(_parts(result)), ("role", *ARRAY_HEADER), records, lambda: tab_lines(records())
    )


def _parts(result: ArrayResult) -> Iterator[Part]:
    yield _sheet("input", result.inputs)
    details = dict(result.details)
    signature = details.pop("signature", None)
    digits = digits_carried(details.get("precision"), (array.dtype for array in result.inputs))
    pairs = [(name.replace("_", " "), rounded(value, digits)) for name, value in details.items()]
    if result.out is not None:
        pairs.append(("written to", Name(result.out)))
    if pairs:
        yield facts(pairs)
    if len(result.outputs) != 1:
        yield _sheet("output", result.outputs)
    elif (corner := result.outputs[0].corner) is not None:
        output = result.outputs[0]
        look = Grid("values", output.columns)
        yield from grids(corner, output.shape, array_digits(output.dtype), look)
    yield answer(_equation(result), result.diagnoses, result.details.get("loss"))
    if signature is not None:
        yield Line(str(signature), "code")


def _sheet(role: str, arrays: Sequence[ArrayFacts]) -> Sheet:
    columns = (Column(role), Column("shape", fold=True), Column("dtype"))
    rows = [(Name(array.name), shape_text(array.shape), array.dtype) for array in arrays]
    left_out = len(rows) - _FIRST - _LAST
    if left_out > 1:
        rows[_FIRST:-_LAST] = [(Name(f"{GAP} {left_out} more {GAP}"), GAP, GAP)]
    return Sheet(columns, tuple(rows))


def _equation(result: ArrayResult) -> str:
    left, right = (
        " + ".join(term_text(array.shape) for array in arrays[:3])
        + (f" + {GAP} {len(arrays) - 3} more" if len(arrays) > 3 else "")
        for arrays in (result.inputs, result.outputs)
    )
    return f"{result.command}: {left} ->{NO_BREAK}{right}"
