"""Tables for people, drawn with rich to the width of the page. The only file that knows rich.

Nothing is cut: names fold, records that do not fit are written one field a line, and a grid of
values leaves out middle columns and says so with `...`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from xent_cli.reports.layouts import lay_out
from xent_cli.reports.sheets import Column, Line, Part, Sheet
from xent_cli.reports.style import Style
from xent_cli.reports.text import GAP, visible
from xent_cli.results import Document

_TONES = {"answer": "bold green", "plain": "", "remark": "dim", "code": "dim"}
_FOLDED = 12
"""Cells a column keeps at least before its records go one field a line."""
_BETWEEN = 2
_RULED = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
_ASCII = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
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
    for number, part in enumerate(lay_out(result).parts):
        page.seek(0)
        page.truncate()
        if number:
            console.print()
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


def _facts(sheet: Sheet) -> RenderableType:
    """Names at the left, values that fold at their right."""
    grid = Table.grid(padding=(0, _BETWEEN, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in sheet.rows:
        grid.add_row(_text(name), _text(value))
    return grid


def _framed(sheet: Sheet, style: Style) -> RenderableType:
    """Headings over a rule."""
    table = Table(
        box=_ASCII if style.ascii else _RULED,
        show_edge=False,
        pad_edge=False,
        padding=(0, _BETWEEN - 1, 0, 0),  # and the box adds one
        header_style="dim",
    )
    for column in sheet.columns:
        table.add_column(
            _text(column.name),
            justify="right" if column.right else "left",
            overflow="fold",
            no_wrap=not column.fold,
        )
    for row in sheet.rows:
        table.add_row(*(_text(cell) for cell in row))
    return table


def _widths(sheet: Sheet, folded: int | None = None) -> list[int]:
    """The cells each column takes; of one that may fold at most `folded`."""
    widths = []
    for place, column in enumerate(sheet.columns):
        cells = [column.name, *(row[place] for row in sheet.rows)]
        width = max(cell_len(visible(cell)) for cell in cells)
        widths.append(min(width, folded) if folded and column.fold else width)
    return widths


def _natural(sheet: Sheet, folded: int | None = None) -> int:
    return sum(_widths(sheet, folded)) + _BETWEEN * len(sheet.columns)


def _narrowed(sheet: Sheet, width: int) -> Sheet:
    """The grid without the middle columns that do not fit; a column of `...` stands for them."""
    columns, rows = list(sheet.columns), [list(row) for row in sheet.rows]
    while _natural(Sheet(tuple(columns), tuple(map(tuple, rows)))) > width:
        labelled = int(columns[0].name == "" and len(columns) > 1)
        kept = [i for i, column in enumerate(columns) if i >= labelled and not column.gap]
        if len(kept) < 2:
            break
        gap = next((i for i, column in enumerate(columns) if column.gap), None)
        middle = kept[len(kept) // 2] if gap is None else _beside(gap, kept)
        if gap is None:
            columns[middle] = Column(GAP, right=True, gap=True)
            for row in rows:
                row[middle] = GAP
        else:
            del columns[middle]
            for row in rows:
                del row[middle]
    return Sheet(tuple(columns), tuple(map(tuple, rows)), sheet.title, sheet.kind)


def _beside(gap: int, kept: list[int]) -> int:
    """The neighbour of the gap on the side that has more columns."""
    before, after = [i for i in kept if i < gap], [i for i in kept if i > gap]
    return after[0] if len(after) >= len(before) else before[-1]


def _stacked(sheet: Sheet, style: Style) -> Iterator[RenderableType]:
    """Records that are too wide for a row, one field a line."""
    for number, row in enumerate(sheet.rows):
        if number:
            yield _text("-" * min(style.width, 8), "dim")
        pairs = tuple(
            (column.name, cell) for column, cell in zip(sheet.columns, row, strict=True) if cell
        )
        yield _facts(Sheet(sheet.columns[:2], pairs))
