"""Tables for people, drawn with rich to the width of the page.

Of what does not fit, names of files lose their middle and listings their ends, records are written
one field a line, and a grid of values leaves out middle columns; each says so with `...`.
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
from xent_cli.reports.shortening import Listing, Name, Shortened
from xent_cli.reports.style import Style
from xent_cli.reports.text import GAP, NO_BREAK, visible
from xent_cli.results.base import Document

_TONES = {
    "good": "bold green",
    "doubtful": "bold yellow",
    "bad": "bold red",
    "title": "bold",
    "plain": "",
    "remark": "dim",
    "code": "dim",
}
_FOLDED = 16
"""Cells a column keeps at least before its records go one field a line."""
_WHOLE = 32
"""Cells of a name that are not cut before its records go one field a line."""
_LEAST_VALUE = 6
_BETWEEN = 2
_RULED = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
_ASCII = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_JOINT = "\ue000"
"""Stands for an unbreakable space while rich wraps, which breaks at every kind of space."""
_PADDING = re.compile(r" (?:\x1b\[[0-9;]*m| )*$", re.MULTILINE)


def render(result: Document, style: Style) -> Iterator[str]:
    """Each sheet as a table no wider than `style.width`; blank lines between, but not of code."""
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
    before = None
    for part in lay_out(result).parts:
        page.seek(0)
        page.truncate()
        code = isinstance(part, Line) and part.tone == "code"
        if before is not None and not (code and before):
            console.print()
        before = code
        for shown in _draw(part, style):
            console.print(shown, soft_wrap=code)
        text = _PADDING.sub(lambda end: end[0].replace(" ", ""), page.getvalue())
        yield text.replace(_JOINT, " ")


def _draw(part: Part, style: Style) -> Iterator[RenderableType]:
    if isinstance(part, Line):
        text = _at_bars(part.text, style) if part.tone == "code" else _within(part.text, style)
        yield _text(text, _TONES[part.tone])
        return
    if part.title is not None:
        yield _text(_within(part.title, style), "bold")
    if part.kind == "facts":
        yield _facts(part, style)
    elif part.kind == "grid":
        yield _framed(_narrowed(part, style.width - _BETWEEN), style)
    elif _fits(short := _shortened(part, style), style.width):
        yield _framed(short, style)
    else:
        yield from _stacked(part, style)


def _at_bars(text: str, style: Style) -> str:
    """A line for a terminal to break at `|`, by spaces before it: a copy of it is in one piece."""
    if not style.wraps or _cells(text) <= style.width:
        return text
    whole = {place for place, letter in enumerate(f"{text}|") if letter == "|"}
    whole |= {place + 1 for place in whole}

    def broken(indent: int) -> int:
        ends = range(style.width - indent, len(text), style.width)
        return sum(end not in whole for end in ends)

    return " " * min(range(style.width), key=broken) + text


def _text(text: str, tone: str = "") -> Text:
    return Text(visible(text).replace(NO_BREAK, _JOINT), style=tone, overflow="fold")


def _facts(sheet: Sheet, style: Style) -> RenderableType:
    """Names at the left, values that fold at their right."""
    sheet = _shortened(sheet, style)
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


def _shortened(sheet: Sheet, style: Style) -> Sheet:
    """The sheet with shorter cells where it is too wide: listings give way first, then names."""
    columns = [list(column) for column in zip(*sheet.rows, strict=True)]
    heads = [0 if sheet.kind == "facts" else _cells(column.name) for column in sheet.columns]
    for kind in (Listing, Name):
        for place, column in enumerate(columns):
            widths = [max(h, *map(_cells, c)) for h, c in zip(heads, columns, strict=True)]
            room = max(heads[place], widths[place] - max(0, _total(widths) - style.width))
            if sheet.kind != "facts":
                least = [_cells(cell.least) for cell in column if isinstance(cell, kind)]
                room = max(room, min(_WHOLE, max(least, default=0)))
            columns[place] = [_within(c, style, room) if isinstance(c, kind) else c for c in column]
    return replace(sheet, rows=tuple(zip(*columns, strict=True)))


def _within(text: str, style: Style, width: int | None = None) -> str:
    """The text in its form for that width (None: of the page), if it has one."""
    if not isinstance(text, Shortened):
        return text
    return text.within(style.width if width is None else width, GAP if style.ascii else "…")


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
        shown = [i for i, column in enumerate(columns) if i >= labelled and not column.gap]
        if len(shown) < 2:
            break
        gap = next((i for i, column in enumerate(columns) if column.gap), None)
        middle = shown[len(shown) // 2] if gap is None else _beside(gap, shown)
        if gap is None:
            columns[middle] = Column(GAP, right=True, gap=True)
            for row in rows:
                row[middle] = GAP
        else:
            del columns[middle]
            for row in rows:
                del row[middle]
    return replace(sheet, columns=tuple(columns), rows=tuple(map(tuple, rows)))


def _beside(gap: int, shown: list[int]) -> int:
    """The neighbour of the gap on the side that has more columns."""
    before, after = [i for i in shown if i < gap], [i for i in shown if i > gap]
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
