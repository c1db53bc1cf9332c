"""From a result to text: one file a format, and one layout a kind of result.

A format (`table.py`, `csv_text.py`, ...) knows sheets and records and no result; a layout
(`layouts/loss.py`, ...) knows one kind of result and no format. Every `render` gives pieces of
text, so that a report of millions of rows is written as it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import cast

from xent_cli.errors import UsageError, did_you_mean
from xent_cli.reports.style import Style
from xent_cli.results import Document

__all__ = ["REPORTS", "Render", "Style", "render"]

Render = Callable[[Document, Style], Iterator[str]]


def _from(module: str) -> Render:
    """The `render` of a module of this package, which loads (with rich or yaml) when called."""

    def load_and_render(result: Document, style: Style) -> Iterator[str]:
        return cast(Render, import_module(f"{__name__}.{module}").render)(result, style)

    return load_and_render


REPORTS: dict[str, Render] = {
    "table": _from("table"),
    "plain": _from("plain"),
    "json": _from("json_text"),
    "yaml": _from("yaml_text"),
    "csv": _from("csv_text"),
    "md": _from("markdown"),
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
    >>> from xent_cli.results import ArraySummary, ShowResult
    >>> facts = ArrayFacts("x.npy", "npy", (2, 3), "float32", "C")
    >>> "".join(render(ShowResult((ArraySummary(facts, 6, 24, 0.5, 2.0, 0, 0, 0),)), "plain"))
    'x.npy\tnpy\t2x3\tfloat32\tC\t6\t24\t0.5\t2.0\t0\t0\t0\n'
    """
    try:
        report = REPORTS[format]
    except KeyError:
        hint = did_you_mean(format, REPORTS) or "choose one of those with --format"
        expected = ", ".join(REPORTS)
        raise UsageError(f"unknown format '{format}': expected one of {expected}", hint) from None
    return report(result, style)
