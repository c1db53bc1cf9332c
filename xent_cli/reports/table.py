"""Tables for people, drawn with rich to the width of the page.

Nothing is cut: names fold, records that do not fit are written one field a line, and a grid of
values leaves out middle columns and says so with `...`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import StringIO

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from xent_cli.records import replace
from xent_cli.reports.layouts import lay_out
from xent_cli.reports.sheets import Column, Line, Part, Sheet
from xent_cli.reports.style import Style
from xent_cli.reports.text import GAP, NO_BREAK, visible
from xent_cli.results import Document

_TONES = {"answer": "bold green", "plain": "", "remark": "dim", "code": "dim"}
_FOLDED = 16
"""Cells a column keeps at least before its records go one field a line."""
_LEAST_VALUE = 6
_BETWEEN = 2
_RULED = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
_ASCII = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_JOINT = "\ue000"
"""Stands for an unbreakable space while rich wraps, which breaks at every kind of space."""
_PADDING = re.compile(r" (?:\x1b\[[0-9;]*m| )*$", re.MULTILINE)


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
        text = _PADDING.sub(lambda end: end[0].replace(" ", ""), page.getvalue())
        yield text.replace(_JOINT, " ")


def _draw(part: Part, style: Style) -> Iterator[RenderableType]:
    if isinstance(part, Line):
        yield _text(part.text, _TONES[part.tone])
        return
    if part.title is not None:
        yield _text(part.title, "bold")
    if part.kind == "facts":
        yield _facts(part, style)
    elif part.kind == "grid":
        yield _framed(_narrowed(part, style.width - _BETWEEN), style)
    elif _fits(part, style.width):
        yield _framed(part, style)
    else:
        yield from _stacked(part, style)


def _text(text: str, tone: str = "") -> Text:
    return Text(visible(text).replace(NO_BREAK, _JOINT), style=tone, overflow="fold")


def _facts(sheet: Sheet, style: Style) -> RenderableType:
    """Names at the left, values that fold at their right."""
    names = max((_cells(name) for name, _ in sheet.rows), default=0)
    grid = Table.grid(padding=(0, _BETWEEN, 0, 0))
    grid.add_column(
        style="dim", overflow="fold", no_wrap=names + _BETWEEN + _LEAST_VALUE <= style.width
    )
    grid.add_column(overflow="fold")
    for name, value in sheet.rows:
        grid.add_row(_text(name), _text(value))
    return grid


def _framed(sheet: Sheet, style: Style) -> RenderableType:
    """Headings over a rule. Where even the least widths do not fit, every cell folds."""
    widths = _widths(sheet, _FOLDED)
    fits = _total(widths) <= style.width
    table = Table(
        box=_ASCII if style.ascii else _RULED,
        show_edge=False,
        pad_edge=False,
        padding=(0, _BETWEEN - 1, 0, 0),  # and the box adds one
        border_style="dim",
        header_style="dim",
    )
    for column, width in zip(sheet.columns, widths, strict=True):
        heading = _text(column.name)
        heading.no_wrap = False
        firm = fits and not column.fold
        table.add_column(
            heading,
            justify="right" if column.right else "left",
            overflow="fold",
            no_wrap=firm,
            max_width=width if firm else None,  # of `width` rich < 14.3 adds one to the last
        )
    for row in sheet.rows:
        table.add_row(*(_text(cell) for cell in row))
    return table


def _widths(sheet: Sheet, folded: int) -> list[int]:
    """The cells each column takes at least: names may fold, and so do headings over a grid."""
    widths = []
    for place, column in enumerate(sheet.columns):
        heading = _cells(column.name)
        cells = max((_cells(row[place]) for row in sheet.rows), default=0)
        if column.fold or sheet.kind == "grid":
            heading = min(heading, folded)
        widths.append(max(heading, min(cells, folded) if column.fold else cells))
    return widths


def _cells(text: str) -> int:
    return cell_len(visible(text))


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _BETWEEN * (len(widths) - 1)


def _fits(sheet: Sheet, width: int) -> bool:
    return _total(_widths(sheet, _FOLDED)) <= width


def _narrowed(sheet: Sheet, width: int) -> Sheet:
    """The grid without the middle columns that do not fit; a column of `...` stands for them."""
    columns, rows = list(sheet.columns), [list(row) for row in sheet.rows]
    while not _fits(replace(sheet, columns=tuple(columns), rows=tuple(map(tuple, rows))), width):
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
    return replace(sheet, columns=tuple(columns), rows=tuple(map(tuple, rows)))


def _beside(gap: int, kept: list[int]) -> int:
    """The neighbour of the gap on the side that has more columns."""
    before, after = [i for i in kept if i < gap], [i for i in kept if i > gap]
    return after[0] if len(after) >= len(before) else before[-1]


def _stacked(sheet: Sheet, style: Style) -> Iterator[RenderableType]:
    """Records that are too wide for a row, one field a line."""
    for number, row in enumerate(sheet.rows):
        if number:
            yield _text(("-" if style.ascii else "─") * min(style.width, 8), "dim")
        pairs = tuple(
            (column.name, cell) for column, cell in zip(sheet.columns, row, strict=True) if cell
        )
        yield _facts(Sheet(sheet.columns[:2], pairs), style)
