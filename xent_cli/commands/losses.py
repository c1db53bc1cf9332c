"""`xent losses`: which losses there are, and their rules."""

from typing import Annotated

import typer

from xent_cli.commands import options as opt
from xent_cli.commands.output import choose_format, print_result


def losses(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Losses to show in full, or to compare."),
    ] = None,
    format: opt.Format = "auto",
) -> None:
    """List the losses, show one in full, or compare several rule by rule.

    Examples:
    xent losses
    xent losses torch.nn.CrossEntropyLoss
    xent losses torch.nn.CrossEntropyLoss optax.softmax_cross_entropy
    """
    from xent_cli.tasks.registry import describe_losses, list_losses

    print_result(describe_losses(names) if names else list_losses(), choose_format(format))
