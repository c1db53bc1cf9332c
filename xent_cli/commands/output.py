"""Where text and talk leave the program: stdout is data, stderr is talk."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from xent_cli import tier
from xent_cli.diagnosis import NOTE, WARNING

if TYPE_CHECKING:
    from xent_cli.results.base import Document


def stdout_is_terminal() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout.isatty()


def choose_format(asked: str) -> str:
    """`auto` is a table on a terminal and the bare data elsewhere."""
    if asked != "auto":
        return asked
    return "table" if stdout_is_terminal() else "plain"


def print_result(result: Document, name: str) -> None:
    """Writes the report `name` of a result to stdout."""
    from xent_cli.reports import Style, render

    sys.stdout.writelines(render(result, name, Style.of(sys.stdout)))


def say(kind: str, message: str) -> None:
    """A line on stderr, wrapped on a terminal; if nobody listens there, so be it."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"{_laid_out(kind, message)}\n")
        sys.stderr.flush()
    except OSError:
        pass


def _laid_out(kind: str, message: str) -> str:
    """One line, which programs read, or for the eyes: wrapped where stderr is a terminal."""
    on_terminal = sys.stderr.isatty()
    if not on_terminal and "FORCE_COLOR" not in os.environ and message.isprintable():
        return f"{kind}: {message}"
    from xent_cli.records import replace
    from xent_cli.reports.style import Style
    from xent_cli.reports.talk import wrapped

    style = Style.of(sys.stderr)
    return wrapped(kind, message, style if on_terminal else replace(style, width=sys.maxsize))


def talk(result: Document, *, quiet: bool) -> None:
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
