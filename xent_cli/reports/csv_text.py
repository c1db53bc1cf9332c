"""CSV: a header line, then one record a line (RFC 4180 quoting, line feeds at the ends)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from xent_cli.array_facts import Scalar
from xent_cli.reports.layouts import lay_out
from xent_cli.reports.pieces import batches
from xent_cli.reports.style import Style
from xent_cli.reports.text import visible
from xent_cli.results.base import Document


def render(result: Document, _style: Style) -> Iterator[str]:
    """The records of `result`, numbers in the shortest form that round-trips; None is empty."""
    layout = lay_out(result)
    yield _text([layout.header])
    for records in batches(layout.records()):
        yield _text(records)


def _text(records: Sequence[Sequence[Scalar | None]]) -> str:
    page = StringIO()
    writer = csv.writer(page, lineterminator="\n")
    for record in records:
        writer.writerow([visible(cell) if isinstance(cell, str) else cell for cell in record])
    return page.getvalue()
