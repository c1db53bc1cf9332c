"""`xent activate`: logits as probabilities, or their logarithms."""

from typing import Annotated

import typer

from xent_cli.commands import options as opt
from xent_cli.commands.arrays import destination, print_report


def activate(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="softmax, log-softmax, sigmoid or log-sigmoid."),
    ],
    input: Annotated[str, typer.Argument(metavar="X", help="File of logits; - is stdin.")],
    dim: Annotated[
        int,
        typer.Option(
            metavar="INT",
            parser=opt.whole,
            help="The axis of the classes (softmaxes); negative counts from the end.",
        ),
    ] = -1,
    precision: opt.Precision = "native",
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
    """Turn logits into probabilities, or into their logarithms.

    A terminal shows shapes and values; a pipe gets the array.

    Examples:

    xent activate softmax logits.npy -o probs.npy

    xent activate log-softmax logits.npy | xent loss - labels.npy -k nll
    """
    from xent_cli.arrays.base import ReadOptions
    from xent_cli.tasks.activate import ActivateRequest
    from xent_cli.tasks.activate import activate as run

    result = run(
        ActivateRequest(
            name=name,
            input=input,
            dim=dim,
            precision=precision,
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
