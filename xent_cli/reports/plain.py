"""Bare text for pipes: the number and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from xent_cli.reports.layouts import lay_out
from xent_cli.reports.pieces import batches
from xent_cli.reports.style import Style
from xent_cli.results.base import Document


def render(result: Document, _style: Style) -> Iterator[str]:
    """A loss in its shortest form that round-trips, `nan` or `inf`; one value a line otherwise."""
    for lines in batches(lay_out(result).lines()):
        yield "\n".join(lines) + "\n"
