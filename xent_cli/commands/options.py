"""The options that several commands share, each declared once with its help text."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from xent_cli.commands.groups import INPUTS, NUMBERS, OUTPUT, Group
from xent_cli.commands.output import choose_format, print_result, stdout_is_terminal, talk
from xent_cli.commands.words import count, lengths, row_span, whole
from xent_cli.records import record
from xent_cli.reports import REPORTS, get_report

if TYPE_CHECKING:
    from xent_cli.arrays.base import ReadOptions
    from xent_cli.passes.request import Destination
    from xent_cli.results.base import Document

ARRAY_FORMATS = ("npy", "csv", "tsv")
"""Formats that `-f` takes for an array itself; any other is a report."""


def _format(choices: str, others: tuple[str, ...]) -> object:
    """The `-f` option of a command that takes reports and some other words.

    A word that is neither is refused as it is read, before any input is opened.
    """

    def known(word: str) -> str:
        if word not in others:
            get_report(word, others)
        return word

    return typer.Option(
        "-f",
        "--format",
        metavar="FORMAT",
        parser=known,
        help=f"{choices}.",
        rich_help_panel=OUTPUT,
    )


def _either(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}"


ArrayFile = Annotated[str, typer.Argument(metavar="ARRAY", help="File; - is stdin.")]
Dim = Annotated[
    int,
    typer.Option(metavar="INT", parser=whole, help="The dimension; negative counts from the end."),
]
Promote = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Whose rule gives the result's dtype: torch, numpy, or strict: equal ones.",
        rich_help_panel=NUMBERS,
    ),
]
DtypeName = Annotated[
    str | None,
    typer.Option("--dtype", metavar="NAME", help="The result's dtype.", rich_help_panel=NUMBERS),
]
Precision = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="native (default): the input's, float32 at least; double: float64.",
        show_default=False,
        rich_help_panel=NUMBERS,
    ),
]
Format = Annotated[str, _format(_either(["auto", *REPORTS]), ("auto",))]
ArrayFormat = Annotated[
    str,
    _format(
        f"auto, {_either(ARRAY_FORMATS)} (the array); "
        f"{_either(name for name in REPORTS if name not in ARRAY_FORMATS)}",
        ("auto", *ARRAY_FORMATS),
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("-q", "--quiet", help="No notes and warnings on stderr.", rich_help_panel=OUTPUT),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "-j",
        "--jobs",
        metavar="N",
        parser=count,
        help="Threads, at most 8 a processor (default: one); never changes the result.",
        rich_help_panel=OUTPUT,
    ),
]


@record
class Reading(Group):
    """How text and raw numbers are read: each option fills the field of `ReadOptions` so called."""

    header: Annotated[
        bool | None,
        typer.Option(
            "--header/--no-header",
            help="Text: whether the first row names the columns (default: as the columns tell).",
            rich_help_panel=INPUTS,
            show_default=False,
        ),
    ] = None
    delimiter: Annotated[
        str | None,
        typer.Option(
            metavar="CHAR",
            help="Text: the cell separator (default: found).",
            rich_help_panel=INPUTS,
        ),
    ] = None
    decimal: Annotated[
        str,
        typer.Option(
            metavar=".|,",
            help="Text: what stands before the fraction of a number.",
            rich_help_panel=INPUTS,
        ),
    ] = "."
    na: Annotated[
        str,
        typer.Option(
            "--na",
            metavar="NAME[:WORDS]",
            help="Text: empty cells and NA are an error, nan, or reason to skip their rows.",
            rich_help_panel=INPUTS,
        ),
    ] = "error"
    cols: Annotated[
        str | None,
        typer.Option(
            metavar="2-11|a,b",
            help="Text: the columns to read, counted from 1, or by name (default: all).",
            rich_help_panel=INPUTS,
        ),
    ] = None
    index: Annotated[
        str,
        typer.Option(
            metavar="auto|none|NAME",
            help="Text: the columns that are an index or ids, which are no numbers of the array.",
            rich_help_panel=INPUTS,
        ),
    ] = "auto"
    comment: Annotated[
        str | None,
        typer.Option(
            metavar="CHAR|none",
            help="Text: what lines of comments start with (default: #, where it is no row).",
            rich_help_panel=INPUTS,
        ),
    ] = None
    skip: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=whole,
            help="Text: lines to pass over at the start.",
            rich_help_panel=INPUTS,
        ),
    ] = 0
    rows: Annotated[
        str | None,
        typer.Option(
            metavar="A:B",
            help="The rows to read, counted from 0 as messages do, without B (default: all).",
            rich_help_panel=INPUTS,
        ),
    ] = None
    encoding: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Text: its encoding, such as cp1252 (default: by its byte order mark, or UTF-8).",
            rich_help_panel=INPUTS,
        ),
    ] = None
    raw: Annotated[
        str | None,
        typer.Option(
            metavar="DTYPE",
            help="The first array is nothing but numbers of this dtype: f4, >i8, bf16, ...",
            rich_help_panel=INPUTS,
        ),
    ] = None
    shape: Annotated[
        str | None,
        typer.Option(metavar="N,C", help="The shape of a --raw array.", rich_help_panel=INPUTS),
    ] = None

    def options(self) -> "ReadOptions":
        """The options as the library takes them."""
        from xent_cli.arrays.base import ReadOptions

        parsed = {"shape": lengths(self.shape), "rows": row_span(self.rows)}
        return ReadOptions(**{**vars(self), **parsed})


@record
class ReportOutput(Group):
    """How a result is told."""

    format: Format = "auto"
    quiet: Quiet = False

    @property
    def name(self) -> str:
        """The report, a key of `REPORTS`."""
        return choose_format(self.format)

    def tell(self, result: "Document") -> None:
        """Prints the notes, and the report."""
        talk(result, quiet=self.quiet)
        print_result(result, self.name)


@record
class ArrayOutput(Group):
    """Where the array of a command goes, and what is said beside it."""

    out: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--out",
            metavar="FILE",
            help="Write the array there, whole or not at all; - is stdout, as .npy.",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    format: ArrayFormat = "auto"
    quiet: Quiet = False

    def destination(self) -> "Destination | None":
        """Where the array goes: a file, stdout, or nowhere (a report is all).

        Without `-o` a pipe gets the array: text where all inputs are text, .npy otherwise, or as
        `-f` says. A terminal gets a report.
        """
        from xent_cli.passes.request import Destination

        form = self.format if self.format in ARRAY_FORMATS else None
        if self.out is not None:
            return Destination(self.out, form)
        to_stdout = form is not None or (self.format == "auto" and not stdout_is_terminal())
        return Destination("-", form) if to_stdout else None

    def tell(self, result: "Document") -> None:
        """Prints what is to be said beside the array: the notes, and a report where there is room.

        A pipe that got the array, or nothing because of `-o`, gets no report unless `-f` names one.
        """
        talk(result, quiet=self.quiet)
        if self.out == "-" or self.format in ARRAY_FORMATS:
            return
        if self.format != "auto":
            print_result(result, self.format)
        elif stdout_is_terminal():
            print_result(result, "table")
