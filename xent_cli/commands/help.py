"""`xent help`: the pages, and a command's `--help` by another way."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from xent_cli.commands.output import stdout_is_terminal
from xent_cli.errors import UsageError, did_you_mean
from xent_cli.pages import TOPICS, read_page, title


def help(
    context: typer.Context,
    topic: Annotated[
        str | None,
        typer.Argument(metavar="TOPIC", help="A page, or a command.", show_default=False),
    ] = None,
) -> None:
    """Show a page of the manual, or the topics that have one.

    A terminal gets it laid out; a pipe gets the Markdown. A command's name shows its --help.

    Examples:

    xent help

    xent help text

    xent help tutorial | less
    """
    commands = context.find_root().command.commands  # type: ignore[attr-defined]
    if topic is None:
        sys.stdout.write(_contents())
    elif topic in TOPICS:
        sys.stdout.write(_laid_out(read_page(topic)))
    elif topic in commands:
        commands[topic].main(["--help"], topic, parent=context.parent, standalone_mode=False)
    else:
        hint = did_you_mean(topic, [*TOPICS, *commands]) or "xent help lists the pages"
        raise UsageError(f"there is no page and no command named {topic!r}", hint)


def _contents() -> str:
    """The topics, a line each."""
    width = max(map(len, TOPICS)) + 2
    lines = [f"{topic:<{width}}{title(topic)}" for topic in TOPICS]
    return "\n".join(
        [*lines, "", "xent help TOPIC shows a page, xent help COMMAND its options.", ""]
    )


def _laid_out(page: str) -> str:
    if not stdout_is_terminal():
        return page
    from xent_cli.reports.page import render_page
    from xent_cli.reports.style import Style

    return render_page(page, Style.of(sys.stdout))
