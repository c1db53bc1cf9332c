"""`xent cat`: arrays joined along a dimension."""

from typing import Annotated

import typer

from xent_cli.commands import options as opt
from xent_cli.commands.arrays import destination, print_report


def cat(
    inputs: Annotated[
        list[str], typer.Argument(metavar="ARRAY", help="Files to join; - is stdin.")
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
    """Join arrays along a dimension, by torch.cat's rules.

    A terminal shows shapes and values; a pipe gets the array.

    Examples:

    xent cat a.npy b.npy --dim 1 -o joined.npy

    xent cat a.npy b.npy --dim 1 | xent loss - labels.npy
    """
    from xent_cli.arrays.base import ReadOptions
    from xent_cli.tasks.concatenate import CatRequest, concatenate

    result = concatenate(
        CatRequest(
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
    )
    print_report(result, out, format, quiet=quiet)
