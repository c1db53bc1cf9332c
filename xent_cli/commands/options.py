"""The options that several commands share, each with its one help text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from xent_cli.errors import UsageError
from xent_cli.tallies import METRICS

INPUTS, CLASSES, NUMBERS, OUTPUT, WORK = (
    "Reading",
    "Classes and labels",
    "Numbers",
    "Output",
    "Work",
)
"""Panels of the help, in their order."""
_TOO_LARGE = 1 << 63


def whole(text: str) -> int:
    """A whole number; Typer's own reading of numbers and its words change with its version."""
    try:
        return whole_numbers([text], "must be a whole number")[0]
    except UsageError as error:
        raise typer.BadParameter(error.message) from None


def _count(text: str) -> int:
    value = whole(text)
    if value < 1:
        raise typer.BadParameter(f"must be at least 1; got {value}")
    return value


def _real(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"must be a number; got {text!r}") from None


Logits = Annotated[
    str, typer.Argument(metavar="LOGITS", help="File with one number for each class; - is stdin.")
]
LabelsFile = Annotated[
    str | None,
    typer.Argument(metavar="LABELS", help="File with class indices or dense targets; - is stdin."),
]
Kind = Annotated[
    str,
    typer.Option(
        "-k",
        "--kind",
        metavar="NAME",
        help="The loss; xent losses lists them.",
        rich_help_panel=NUMBERS,
    ),
]
Params = Annotated[
    list[str] | None,
    typer.Option(
        "-p",
        "--param",
        metavar="NAME=VALUE",
        help="A parameter of the kind, as xent losses NAME shows them; may be repeated.",
        rich_help_panel=NUMBERS,
    ),
]
Reduction = Annotated[
    str | None,
    typer.Option(
        metavar="mean|sum|none",
        help="What becomes of the rows' losses; none: one value a row (default: the kind's own, "
        "mostly mean).",
        rich_help_panel=NUMBERS,
    ),
]
Input = Annotated[
    str | None,
    typer.Option(
        metavar="logits|probs|log-probs",
        help="What LOGITS holds (default: what the kind takes).",
        rich_help_panel=NUMBERS,
    ),
]
Unit = Annotated[
    str, typer.Option(metavar="nats|bits", help="Unit of the loss.", rich_help_panel=NUMBERS)
]
Precision = Annotated[
    str,
    typer.Option(
        metavar="native|double",
        help="native: as the input, float32 at least; double: float64.",
        rich_help_panel=NUMBERS,
    ),
]
LabelSmoothing = Annotated[
    float | None,
    typer.Option(
        metavar="E",
        parser=_real,
        help="Spread this share of the target evenly over the classes.",
        rich_help_panel=NUMBERS,
    ),
]
Weight = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|a,b,c",
        help="A weight for each class: a list, an array file, or a YAML list or map.",
        rich_help_panel=CLASSES,
    ),
]
PosWeight = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|a,b,c",
        help="Factor of the positive term: one number, or one for each class.",
        rich_help_panel=CLASSES,
    ),
]
SampleWeight = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="A weight for each row, or for each target where a row has several.",
        rich_help_panel=CLASSES,
    ),
]
IgnoreIndex = Annotated[
    int | None,
    typer.Option(
        metavar="INT",
        parser=whole,
        help="Rows with this label do not count (default: the kind's own, mostly -100).",
        rich_help_panel=CLASSES,
    ),
]
ClassDim = Annotated[
    int | None,
    typer.Option(
        metavar="INT",
        parser=whole,
        help="The axis of the classes (default: found from the shapes).",
        rich_help_panel=CLASSES,
    ),
]
LabelBase = Annotated[
    int,
    typer.Option(
        metavar="0|1",
        parser=whole,
        help="The label of the first class.",
        rich_help_panel=CLASSES,
    ),
]
Dim = Annotated[
    int,
    typer.Option(metavar="INT", parser=whole, help="The dimension; negative counts from the end."),
]
Header = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        help="Text: whether the first row names the columns (default: if it is not numeric).",
        rich_help_panel=INPUTS,
        show_default=False,
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        metavar="CHAR",
        help="Text: the cell separator (default: found). Lines that start with # are comments; "
        "blank lines may stand at the end.",
        rich_help_panel=INPUTS,
    ),
]
Cols = Annotated[
    str | None,
    typer.Option(
        metavar="2-11|a,b",
        help="Text: the columns to read, counted from 1, or by name (default: all).",
        rich_help_panel=INPUTS,
    ),
]
LabelCol = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|N",
        help="Text: the column of LOGITS, counted from 1 or by name, that holds the labels.",
        rich_help_panel=INPUTS,
    ),
]
Classes = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="YAML with the class names, which labels may be: a list, or a map of index to name.",
        rich_help_panel=CLASSES,
    ),
]
Decimal = Annotated[
    str,
    typer.Option(
        metavar=".|,",
        help="Text: what stands before the fraction of a number.",
        rich_help_panel=INPUTS,
    ),
]
EmptyCells = Annotated[
    str,
    typer.Option(
        "--na",
        metavar="error|nan|skip",
        help="Text: empty cells and NA; skip leaves their rows out.",
        rich_help_panel=INPUTS,
    ),
]
Raw = Annotated[
    str | None,
    typer.Option(
        metavar="DTYPE",
        help="The first array is nothing but numbers of this dtype: f4, >i8, bf16, ...",
        rich_help_panel=INPUTS,
    ),
]
RawShape = Annotated[
    str | None,
    typer.Option(
        "--shape",
        metavar="N,C",
        help="The shape of a --raw array.",
        rich_help_panel=INPUTS,
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--out",
        metavar="FILE",
        help="Write the array there, whole or not at all; - writes .npy to stdout.",
        rich_help_panel=OUTPUT,
    ),
]
LossOut = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--out",
        metavar="FILE",
        help="Write the loss there as an array: a single number, or with --reduction none one "
        "value a row; - writes .npy to stdout.",
        rich_help_panel=OUTPUT,
    ),
]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        metavar="a,b",
        help=f"Figures beside the loss, from the same read: {', '.join(METRICS)}; may be repeated.",
        rich_help_panel=NUMBERS,
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Warnings are errors (exit 3).", rich_help_panel=OUTPUT)
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
        parser=_count,
        help="Threads, at most 8 a processor (default: one); never changes the result.",
        rich_help_panel=WORK,
    ),
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="threads|serial",
        help="Blocks of rows in several threads, or one after another.",
        rich_help_panel=WORK,
    ),
]
BlockElements = Annotated[
    int | None,
    typer.Option(
        "--block-elements",
        metavar="N",
        parser=_count,
        help="Elements read at once; never changes the result.",
        rich_help_panel=WORK,
    ),
]


def parsed(params: list[str] | None) -> dict[str, str]:
    """The `-p NAME=VALUE` options by name; `-` in names is `_`."""
    pairs: dict[str, str] = {}
    for text in params or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"-p takes NAME=VALUE; got {text!r}")
        name = name.strip().replace("-", "_")
        if name in pairs:
            raise UsageError(f"-p {name} is given twice: {pairs[name]} and {value.strip()}")
        pairs[name] = value.strip()
    return pairs


def lengths(shape: str | None) -> tuple[int, ...] | None:
    """The lengths in `100,10`, as people and reports write them; none are a single number's.

    >>> lengths("100,10"), lengths("(100, 10)"), lengths("100 x 10"), lengths("100,"), lengths("")
    ((100, 10), (100, 10), (100, 10), (100,), ())
    """
    if shape is None:
        return None
    parts = shape.strip().removeprefix("(").removesuffix(")").replace("x", ",").split(",")
    if not parts[-1].strip():
        parts.pop()
    return whole_numbers(parts, "--shape takes lengths, such as 100,10")


def whole_numbers(parts: Sequence[str], rule: str) -> tuple[int, ...]:
    """The numbers; a UsageError tells the rule and the first that is none, or has over 64 bits."""
    numbers: list[int] = []
    for part in parts:
        try:
            number = int(part)
        except ValueError:  # Python reads no number of more than 4300 digits
            number = _TOO_LARGE
        if abs(number) >= _TOO_LARGE:
            from xent_cli.arrays.text.cells import brief

            raise UsageError(f"{rule}; got {brief(part)}")
        numbers.append(number)
    return tuple(numbers)


def report_format(choices: str) -> object:
    """The `-f` option of a command with these choices."""
    return typer.Option(
        "-f",
        "--format",
        metavar="FORMAT",
        help=f"{choices}.",
        rich_help_panel=OUTPUT,
    )


ArrayFile = Annotated[str, typer.Argument(metavar="ARRAY", help="File; - is stdin.")]
Promote = Annotated[
    str,
    typer.Option(
        metavar="torch|numpy|strict",
        help="Whose rule gives the result's dtype; strict wants equal dtypes.",
        rich_help_panel=NUMBERS,
    ),
]
DtypeName = Annotated[
    str | None,
    typer.Option("--dtype", metavar="NAME", help="The result's dtype.", rich_help_panel=NUMBERS),
]
ArrayFormat = Annotated[
    str, report_format("auto, npy, csv or tsv (the array); table, plain, json, yaml or md")
]
