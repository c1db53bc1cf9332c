"""From a result to text: one file a format, and one layout a kind of result.

A format (`table.py`, `csv_text.py`, ...) knows sheets and records and no result; a layout
(`layouts/loss.py`, ...) knows one kind of result and no format. Every `render` gives pieces of
text, so that a report of millions of rows is written as it is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import cast

from xent_cli.errors import UsageError, did_you_mean
from xent_cli.records import record
from xent_cli.reports.style import Style
from xent_cli.results.base import Document

__all__ = ["REPORTS", "Report", "Style", "get_report", "render"]


@record
class Report:
    """An output format.

    Attributes:
        module: of this package, with `render(result, style)`; loads (with rich or yaml) when used.
        corners: it shows the first values of arrays.
        bounds: it tells unasked how far a loss can be from the exact one.
        metrics: it has a place for figures beside the loss.
        metrics_of_rows: and where the result is one loss a row.
    """

    module: str
    corners: bool = False
    bounds: bool = False
    metrics: bool = True
    metrics_of_rows: bool = True

    def render(self, result: Document, style: Style) -> Iterator[str]:
        """A result in this format, in pieces of text that make whole lines when joined."""
        module = import_module(f"{__name__}.{self.module}")
        return cast("Iterator[str]", module.render(result, style))


REPORTS = {
    "table": Report("table", corners=True),
    "plain": Report("plain", metrics=False, metrics_of_rows=False),
    "json": Report("json_text", bounds=True),
    "yaml": Report("yaml_text", bounds=True),
    "csv": Report("csv_text", metrics_of_rows=False),
    "md": Report("markdown", corners=True),
}
"""The output formats by the name that `--format` takes."""

_PLAIN = Style()


def render(result: Document, format: str, style: Style = _PLAIN) -> Iterator[str]:
    r"""The report of `result`, in pieces of text that make whole lines when joined.

    Args:
        result: any result that has a layout in `layouts.LAYOUTS`.
        format: a key of `REPORTS`.
        style: the width and the look; only `table` takes notice.

    Raises:
        UsageError: there is no such format.

    >>> from xent_cli.array_facts import ArrayFacts
    >>> from xent_cli.results.arrays import ArraySummary, ShowResult
    >>> facts = ArrayFacts("x.npy", "npy", (2, 3), "float32", "C")
    >>> "".join(render(ShowResult((ArraySummary(facts, 6, 24, 0.5, 2.0, 0, 0, 0),)), "plain"))
    'x.npy\tnpy\t2x3\tfloat32\tC\t6\t24\t0.5\t2.0\t0\t0\t0\n'
    """
    return get_report(format).render(result, style)


def get_report(format: str, others: Iterable[str] = ()) -> Report:
    """The output format of that name.

    Args:
        format: a key of `REPORTS`.
        others: what else `--format` takes.

    Raises:
        UsageError: there is no such format.
    """
    if format not in REPORTS:
        known = (*others, *REPORTS)
        hint = did_you_mean(format, known) or "choose one of those with --format"
        expected = ", ".join(dict.fromkeys(known))
        raise UsageError(f"unknown format '{format}': expected one of {expected}", hint)
    return REPORTS[format]
