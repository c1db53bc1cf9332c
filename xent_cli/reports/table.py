"""Tables for people, drawn with rich to the width of the page. The only file that knows rich.

Nothing is cut: names fold, records that do not fit are written one field a line, and a grid of
values leaves out middle columns and says so with `...`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO

from rich.box import Box
from rich.console import Console, RenderableType
from rich.text import Text

from xent_cli.reports.layouts import lay_out
from xent_cli.reports.sheets import Line, Part
from xent_cli.reports.style import Style
from xent_cli.reports.text import visible
from xent_cli.results import Document

_TONES = {"answer": "bold green", "plain": "", "remark": "dim", "code": "dim"}
_FOLDED = 12
"""Cells a column keeps at least before its records go one field a line."""
_ASCII = Box("+--+\n| ||\n+-++\n| ||\n+-++\n+-++\n| ||\n+--+\n", ascii=True)
_PADDING = re.compile(r" +((?:\x1b\[[0-9;]*m)*)$", re.MULTILINE)


def render(result: Document, style: Style) -> Iterator[str]:
    """Each sheet as a table no wider than `style.width`, with a blank line between."""
    page = StringIO()
    console = Console(
        file=page,
        width=style.width,
        height=25,
        color_system="standard" if style.color else None,
        force_terminal=style.color,
        no_color=not style.color,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    for part in lay_out(result).parts:
        page.seek(0)
        page.truncate()
        for shown in _draw(part, style):
            console.print(shown)
        yield _PADDING.sub(r"\1", page.getvalue())


def _draw(part: Part, style: Style) -> Iterator[RenderableType]:
    if isinstance(part, Line):
        yield _text(part.text, _TONES[part.tone])
        return
    if part.title is not None:
        yield _text(part.title, "bold")
    if part.kind == "facts":
        yield _facts(part)
    elif part.kind == "grid":
        yield _framed(_narrowed(part, style.width), style)
    elif _natural(part, _FOLDED) > style.width:
        yield from _stacked(part, style)
    else:
        yield _framed(part, style)


def _text(text: str, tone: str = "") -> Text:
    return Text(visible(text), style=tone, overflow="fold")
