"""`xent stack`: arrays joined along a new dimension."""

from typing import Annotated

import typer

from xent_cli.commands import options as opt
from xent_cli.commands.arrays import destination, print_report


def stack(
    inputs: Annotated[
        list[str], typer.Argument(metavar="ARRAY", help="Files of one shape; - is stdin.")
    ],
    dim: opt.Dim = 0,
    promote: opt.Promote = "torch",
    dtype: opt.DtypeName = None,
    header: opt.Header = None,
    delimiter: opt.Delimiter = None,
    decimal: opt.Decimal = ".",
    na: opt.EmptyCells = "error",
    cols: opt.Cols = None,
    raw: opt.Raw = None,
    shape: opt.RawShape = None,
    out: opt.Out = None,
    format: opt.ArrayFormat = "auto",
    quiet: opt.Quiet = False,
    jobs: opt.Jobs = None,
) -> None:
    """Join arrays of one shape along a new dimension, as torch.stack does.

    Examples:

    xent stack a.npy b.npy --dim 0 -o stacked.npy
    """
    from xent_cli.arrays.base import ReadOptions
    from xent_cli.tasks.concatenate import CatRequest
    from xent_cli.tasks.stack import stack as stack_arrays

    request = CatRequest(
        inputs=tuple(inputs),
        dim=dim,
        promote=promote,
        dtype=dtype,
        to=destination(out, format),
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
    print_report(stack_arrays(request), out, format, quiet=quiet)
