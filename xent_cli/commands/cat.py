"""`xent cat`: arrays joined along a dimension."""

from typing import Annotated

import typer

from xent_cli.commands import options as opt


def cat(
    inputs: Annotated[
        list[str], typer.Argument(metavar="ARRAY", help="Files to join; - is stdin.")
    ],
    reading: opt.Reading,
    output: opt.ArrayOutput,
    dim: opt.Dim = 0,
    promote: opt.Promote = "torch",
    dtype: opt.DtypeName = None,
    jobs: opt.Jobs = None,
) -> None:
    """Join arrays along a dimension, by torch.cat's rules.

    A terminal shows shapes and values; a pipe gets the array.

    Examples:
    xent cat a.npy b.npy --dim 1 -o joined.npy
    xent cat a.npy b.npy --dim 1 | xent loss - labels.npy
    """
    from xent_cli.tasks.concatenate import CatRequest, concatenate

    to, read = output.destination(), reading.options()
    output.tell(concatenate(CatRequest(tuple(inputs), dim, promote, dtype, to, read, jobs)))
