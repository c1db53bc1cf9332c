"""A page of `xent help` for a terminal, drawn with rich to the width of the screen.

No line of code is wrapped or cut: what is copied from the screen is what stands in the page.
A table whose words do not fit side by side is written one cell a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import ClassVar

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement, TableElement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from xent_cli.reports.style import Style

_WIDEST = 100
"""Columns that prose takes at most: longer lines are hard to read."""
_BETWEEN = 2

_THEME = Theme(
    {
        "markdown.h1": "bold",
        "markdown.h2": "bold",
        "markdown.h3": "bold",
        "markdown.code": "cyan",
        "markdown.code_block": "",
        "markdown.link": "",
    }
)


def render_page(markdown: str, style: Style) -> str:
    """The page as lines for a screen of `style.width` columns."""
    lines = StringIO()
    console = Console(
        file=lines,
        width=min(style.width, _WIDEST),
        color_system="standard" if style.color else None,
        force_terminal=style.color,
        no_color=not style.color,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        theme=_THEME,
        _environ={},
    )
    page = _Page(markdown, hyperlinks=False)
    if not style.color:
        page.keep_backticks()
    console.print(page, crop=False)
    text = "".join(f"{line.rstrip()}\n" for line in lines.getvalue().strip("\n").split("\n"))
    return text.replace("─", "-") if style.ascii else text


class _Heading(Heading):
    """At the left; rich < 14 puts the title into a panel."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.text


class _Code(CodeBlock):
    """Whole lines, those with a prompt in bold."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in str(self.text).rstrip("\n").split("\n"):
            tone = "bold" if line.startswith("$ ") else ""
            yield Text(f"  {line}", style=tone, no_wrap=True, overflow="ignore")


class _Table(TableElement):
    """Columns that break between words; one cell a line where that is not enough."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        assert self.header is not None and self.header.row is not None and self.body is not None
        rows = [[cell.content for cell in row.cells] for row in (self.header.row, *self.body.rows)]
        sizes = [
            [console.measure(cell, options=options) for cell in column]
            for column in zip(*rows, strict=True)
        ]
        words = [max(size.minimum for size in column) for column in sizes]
        texts = [max(size.maximum for size in column) for column in sizes]
        room = options.max_width - _BETWEEN * (len(words) - 1)
        for most in range(room, 0, -1):
            widths = [max(word, min(text, most)) for word, text in zip(words, texts, strict=True)]
            if sum(widths) <= room:
                yield _side_by_side(rows, widths)
                return
        yield from _one_below_another(rows)


def _side_by_side(rows: list[list[Text]], widths: list[int]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, _BETWEEN - 1, 0, 0),  # and the box adds one
        border_style="dim",
        header_style="dim",
    )
    headings, *body = rows
    for heading, width in zip(headings, widths, strict=True):
        table.add_column(heading, justify=heading.justify or "default", width=width)
    for row in body:
        table.add_row(*row)
    return table


def _one_below_another(rows: list[list[Text]]) -> Iterator[Padding]:
    headings, *body = rows
    for row in body:
        for place, (heading, cell) in enumerate(zip(headings, row, strict=True)):
            if cell.plain:
                name = f"{heading.plain}: " if place and heading.plain else ""
                yield Padding(Text.assemble((name, "dim"), cell), (0, 0, 0, _BETWEEN * bool(place)))


class _Page(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
        "table_open": _Table,
    }

    def keep_backticks(self) -> None:
        """Marks code within lines by its backticks, where no colour does."""
        for block in self.parsed:
            for piece in block.children or ():
                if piece.type == "code_inline":
                    piece.content = f"`{piece.content}`"
