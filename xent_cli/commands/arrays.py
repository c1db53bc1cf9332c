"""What the commands whose result is an array have in common: where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xent_cli.commands.output import print_result, stdout_is_terminal, talk

if TYPE_CHECKING:
    from xent_cli.passes.request import Destination
    from xent_cli.results import Result

ARRAY_FORMATS = ("npy", "csv", "tsv")
"""Formats that `-f` takes for the array itself; any other is a report."""


def destination(out: str | None, format: str) -> Destination | None:
    """Where the array of a command goes: a file, stdout, or nowhere (a report is all).

    Without `-o` a pipe gets the array: text where all inputs are text, .npy otherwise, or as `-f`
    says. A terminal gets a report.
    """
    from xent_cli.passes.request import Destination

    if out is not None:
        return Destination(out, format if format in ARRAY_FORMATS else None)
    if format in ARRAY_FORMATS:
        return Destination("-", format)
    if format != "auto" or stdout_is_terminal():
        return None
    return Destination("-")


def print_report(result: Result, out: str | None, format: str, *, quiet: bool) -> None:
    """Prints what is to be said beside the array: the notes, and a report where there is room.

    A pipe that got the array, or nothing because of `-o`, gets no report unless `-f` names one.
    """
    talk(result, quiet=quiet)
    if out == "-" or format in ARRAY_FORMATS:
        return
    if format != "auto":
        print_result(result, format)
    elif stdout_is_terminal():
        print_result(result, "table")
