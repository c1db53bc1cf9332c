"""`xent show`: what is in an array file."""

from typing import Annotated

import typer

from xent_cli.commands import options as opt


def show(
    inputs: Annotated[list[str], typer.Argument(metavar="ARRAY", help="Files; - is stdin.")],
    reading: opt.Reading,
    output: opt.ReportOutput,
    jobs: opt.Jobs = None,
) -> None:
    """Show shape, dtype, layout, range, NaN and infinities, and the first values of arrays.

    A file of several arrays is listed; run.npz:logits shows one of them.

    Examples:
    xent show logits.npy labels.csv
    xent show logits.npy -f json | jq '.arrays[0].shape'
    """
    from xent_cli.tasks.show import ShowRequest, describe

    output.tell(describe(ShowRequest(tuple(inputs), reading.options(), jobs)))
