"""Markdown: GitHub tables of the sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from xent_cli.reports.layouts import lay_out
from xent_cli.reports.sheets import ANSWERS, Line, Part, Sheet
from xent_cli.reports.style import Style
from xent_cli.reports.text import NO_BREAK, visible
from xent_cli.results.base import Document

_SPECIAL = re.compile(r"([\\|`*_{}\[\]<>&~#$])")


def render(result: Document, _style: Style) -> Iterator[str]:
    """Each sheet as a table, the answer in bold, the signature as code; a blank line between."""
    blank = ""
    for part in lay_out(result).parts:
        yield f"{blank}{_part(part)}"
        blank = "\n"


def _part(part: Part) -> str:
    if isinstance(part, Line):
        if part.tone == "code":
            return f"{_code(visible(part.text))}\n"
        text = _escaped(part.text)
        return f"**{text}**\n" if part.tone in (*ANSWERS, "title") else f"{text}\n"
    title = "" if part.title is None else f"**{_escaped(part.title)}**\n\n"
    return title + _table(part)


def _table(sheet: Sheet) -> str:
    rule = ["---:" if column.right else "---" for column in sheet.columns]
    lines = [_row([_escaped(column.name) for column in sheet.columns]), _row(rule)]
    lines += [_row([_escaped(cell) for cell in row]) for row in sheet.rows]
    return "".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", visible(text)).replace(NO_BREAK, " ")


def _code(text: str) -> str:
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * (max(runs, default=0) + 1)
    pad = " " if runs else ""
    return f"{fence}{pad}{text}{pad}{fence}"
