"""`xent check`: whether the inputs of a loss are what they are taken for."""

from __future__ import annotations

from typing import Annotated

import typer

from xent_cli.commands import options as opt
from xent_cli.commands.groups import OUTPUT
from xent_cli.commands.loss_options import LossOptions
from xent_cli.commands.output import choose_format, print_result
from xent_cli.commands.words import TYPED
from xent_cli.errors import ExitCode
from xent_cli.reports import get_report


def _print_list(context: typer.Context, asked: bool) -> None:
    if asked:
        from xent_cli.tasks.check import list_diagnoses

        name = choose_format(context.meta[TYPED].get("format", "auto"))
        get_report(name)
        print_result(list_diagnoses(), name)
        raise typer.Exit


def check(
    *,
    of: LossOptions,
    format: opt.Format = "auto",
    list: Annotated[
        bool,
        typer.Option(
            "--list",
            callback=_print_list,
            is_eager=True,
            help="Show all there is to be found.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
) -> None:
    """Look whether LOGITS and LABELS are what xent loss takes them for.

    Takes what xent loss takes. Exit code 3: an error, or with --strict a warning.
    Without --kind the kinds that fit are listed, with the command line of each.

    Examples:
    xent check logits.npy labels.npy
    xent check logits.npy tags.npy --kind sigmoid-bce -f json
    xent check --list
    """
    from xent_cli.tasks.check import check_inputs

    name = choose_format(format)
    request = of.request(corners=get_report(name).corners)
    result = check_inputs(request, line=of.line, kinds=of.kind == type(request).kind)
    print_result(result, name)
    if result.errors or (of.strict and result.warnings):
        raise typer.Exit(ExitCode.DATA)
