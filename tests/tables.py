"""Texts as tables, for tests of what is made of them."""

from __future__ import annotations

from xent_cli.arrays.text.frame import frame
from xent_cli.arrays.text.header import NAMES, Context, read_header
from xent_cli.arrays.text.profile import Rows
from xent_cli.arrays.text.roles import Table


def as_table(text: str, name: str = "x.csv", delimiter: str = ",", **kind) -> Table:
    """A text as its reader makes a table of it; `|` begins a new row."""
    lines = text.replace("|", "\n").splitlines()
    made = frame(lines, delimiter)
    header = read_header(made, Context(name, is_labels=kind.get("is_labels", False)))
    below = made.below
    if header.reading != NAMES:
        below = Rows.cut(lines, delimiter)
    return Table(name, header.columns, below, made.row_names, **kind)
