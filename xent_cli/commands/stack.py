"""`xent stack`: arrays joined along a new dimension."""

from typing import Annotated

import typer

from xent_cli.commands import options as opt


def stack(
    inputs: Annotated[
        list[str], typer.Argument(metavar="ARRAY", help="Files of one shape; - is stdin.")
    ],
    reading: opt.Reading,
    output: opt.ArrayOutput,
    dim: opt.Dim = 0,
    promote: opt.Promote = "torch",
    dtype: opt.DtypeName = None,
    jobs: opt.Jobs = None,
) -> None:
    """Join arrays of one shape along a new dimension, as torch.stack does.

    Examples:
    xent stack a.npy b.npy --dim 0 -o stacked.npy
    """
    from xent_cli.tasks.concatenate import CatRequest
    from xent_cli.tasks.stack import stack as stack_arrays

    to, read = output.destination(), reading.options()
    output.tell(stack_arrays(CatRequest(tuple(inputs), dim, promote, dtype, to, read, jobs)))
