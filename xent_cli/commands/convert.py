"""`xent convert`: an array from one format to another."""

from typing import Annotated

import typer

from xent_cli.commands import options as opt


def convert(
    array: opt.ArrayFile,
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="File to write, by its suffix; - is stdout.")
    ],
    reading: opt.Reading,
    dtype: opt.DtypeName = None,
    format: opt.ArrayFormat = "auto",
    quiet: opt.Quiet = False,
    jobs: opt.Jobs = None,
) -> None:
    """Write an array in another format; every bit stays unless --dtype says otherwise.

    Examples:
    xent convert logits.csv logits.npy
    xent convert model.safetensors:head logits.npy.gz
    """
    from xent_cli.tasks.convert import ConvertRequest
    from xent_cli.tasks.convert import convert as run

    output = opt.ArrayOutput(target, format, quiet)
    to, read = output.destination(), reading.options()
    assert to is not None  # a target was named
    output.tell(run(ConvertRequest(array, to, dtype, read, jobs)))
