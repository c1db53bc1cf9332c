"""What the commands whose result is an array have in common: where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xent_cli.commands.output import stdout_is_terminal

if TYPE_CHECKING:
    from xent_cli.tasks.request import Destination

ARRAY_FORMATS = ("npy", "csv", "tsv")
"""Formats that `-f` takes for the array itself; any other is a report."""


def destination(out: str | None, format: str) -> Destination | None:
    """Where the array of a command goes: a file, stdout, or nowhere (a report is all).

    Without `-o` a pipe gets the array: text where all inputs are text, .npy otherwise, or as `-f`
    says. A terminal gets a report.
    """
    from xent_cli.tasks.request import Destination

    if out is not None:
        return Destination(out, format if format in ARRAY_FORMATS else None)
    if format in ARRAY_FORMATS:
        return Destination("-", format)
    if format != "auto" or stdout_is_terminal():
        return None
    return Destination("-")


def report_name(out: str | None, format: str) -> str | None:
    """The report to print beside the array, if any."""
    if out == "-" or format in ARRAY_FORMATS:
        return None
    if format == "auto":
        return "table" if stdout_is_terminal() else None
    return format
