"""Where text and talk leave the program: stdout is data, stderr is talk."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from xent_cli import tier
from xent_cli.diagnosis import NOTE, WARNING

if TYPE_CHECKING:
    from xent_cli.results import Result


def stdout_is_terminal() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout.isatty()


def choose_format(asked: str) -> str:
    """`auto` is a table on a terminal and the bare data elsewhere."""
    if asked != "auto":
        return asked
    return "table" if stdout_is_terminal() else "plain"


def print_result(result: Result, name: str) -> None:
    """Writes the report `name` of a result to stdout."""
    from xent_cli.reports import Style, render

    sys.stdout.writelines(render(result, name, Style.of(sys.stdout)))


def say(kind: str, message: str) -> None:
    """A line on stderr; if nobody listens there, so be it."""
    if sys.stderr is None:
        return
    if not message.isprintable():  # a file's name must not command the terminal
        from xent_cli.reports.text import visible

        message = visible(message)
    try:
        sys.stderr.write(f"{kind}: {message}\n")
        sys.stderr.flush()
    except OSError:
        pass


def talk(result: Result, *, quiet: bool) -> None:
    """The notes and warnings of a result, one line each, and what to do about them."""
    if quiet:
        return
    if tier.was_asked() and (shortfall := tier.shortfall()):
        say("xent: note", shortfall)
    for level in (NOTE, WARNING):
        for told in result.diagnoses:
            if told.level == level:
                say(f"xent: {level}", told.message)
                if told.hint is not None:
                    say("hint", told.hint)
