"""`xent convert`: an array from one format to another."""

from typing import Annotated

import typer

from xent_cli.commands import options as opt
from xent_cli.commands.arrays import ARRAY_FORMATS, print_report


def convert(
    array: opt.ArrayFile,
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="File to write, by its suffix; - is stdout.")
    ],
    dtype: opt.DtypeName = None,
    header: opt.Header = None,
    delimiter: opt.Delimiter = None,
    decimal: opt.Decimal = ".",
    na: opt.EmptyCells = "error",
    cols: opt.Cols = None,
    raw: opt.Raw = None,
    shape: opt.RawShape = None,
    format: opt.ArrayFormat = "auto",
    quiet: opt.Quiet = False,
    jobs: opt.Jobs = None,
) -> None:
    """Write an array in another format; every bit stays unless --dtype says otherwise.

    Examples:

    xent convert logits.csv logits.npy

    xent convert model.safetensors:head logits.npy.gz
    """
    from xent_cli.arrays.base import ReadOptions
    from xent_cli.passes.request import Destination
    from xent_cli.tasks.convert import ConvertRequest
    from xent_cli.tasks.convert import convert as run

    result = run(
        ConvertRequest(
            input=array,
            to=Destination(target, format if format in ARRAY_FORMATS else None),
            dtype=dtype,
            read=ReadOptions(
                header=header,
                delimiter=delimiter,
                decimal=decimal,
                na=na,
                cols=cols,
                raw=raw,
                shape=opt.lengths(shape),
            ),
            jobs=jobs,
        )
    )
    print_report(result, target, format, quiet=quiet)
