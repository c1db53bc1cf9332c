"""`xent activate`: logits as probabilities, or their logarithms."""

from typing import Annotated

import typer

from xent_cli.commands import options as opt
from xent_cli.commands.words import whole


def activate(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="softmax, log-softmax, sigmoid or log-sigmoid."),
    ],
    input: Annotated[str, typer.Argument(metavar="X", help="File of logits; - is stdin.")],
    reading: opt.Reading,
    output: opt.ArrayOutput,
    dim: Annotated[
        int,
        typer.Option(
            metavar="INT",
            parser=whole,
            help="The axis of the classes (softmaxes); negative counts from the end.",
        ),
    ] = -1,
    precision: opt.Precision = "native",
    jobs: opt.Jobs = None,
) -> None:
    """Turn logits into probabilities, or into their logarithms.

    A terminal shows shapes and values; a pipe gets the array.

    Examples:
    xent activate softmax logits.npy -o probs.npy
    xent activate log-softmax logits.npy | xent loss - labels.npy -k nll
    """
    from xent_cli.tasks.activate import ActivateRequest
    from xent_cli.tasks.activate import activate as run

    to, read = output.destination(), reading.options()
    output.tell(run(ActivateRequest(name, input, dim, precision, to, read, jobs)))
