"""`xent show`: what is in an array file."""

from typing import Annotated

import typer

from xent_cli.commands import options as opt
from xent_cli.commands.output import print_result, stdout_is_terminal, talk


def show(
    inputs: Annotated[list[str], typer.Argument(metavar="ARRAY", help="Files; - is stdin.")],
    header: opt.Header = None,
    delimiter: opt.Delimiter = None,
    decimal: opt.Decimal = ".",
    na: opt.EmptyCells = "error",
    cols: opt.Cols = None,
    raw: opt.Raw = None,
    shape: opt.RawShape = None,
    format: Annotated[str, opt.report_format("auto, table, plain, json, yaml, csv or md")] = "auto",
    quiet: opt.Quiet = False,
    jobs: opt.Jobs = None,
) -> None:
    """Show shape, dtype, layout, range, NaN and infinities, and the first values of arrays.

    Examples:

    xent show logits.npy labels.csv

    xent show logits.npy -f json | jq '.arrays[0].shape'
    """
    from xent_cli.arrays.base import ReadOptions
    from xent_cli.tasks.show import ShowRequest, describe

    request = ShowRequest(
        tuple(inputs),
        ReadOptions(
            header=header,
            delimiter=delimiter,
            decimal=decimal,
            na=na,
            cols=cols,
            raw=raw,
            shape=opt.lengths(shape),
        ),
        jobs,
    )
    result = describe(request)
    talk(result, quiet=quiet)
    if format == "auto":
        format = "table" if stdout_is_terminal() else "plain"
    print_result(result, format)
