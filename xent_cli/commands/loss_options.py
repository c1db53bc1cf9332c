"""The options of every command that computes a loss."""

import shlex
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xent_cli.commands.groups import CLASSES, INPUTS, NUMBERS, OUTPUT, Group, parameters, typed
from xent_cli.commands.options import Jobs, Precision, Reading
from xent_cli.commands.words import count, parsed, real, whole
from xent_cli.records import field, record, replace

if TYPE_CHECKING:
    from xent_cli.diagnosis import Fix
    from xent_cli.passes.request import LossRequest


_RARER = (
    *("pos_weight", "label_base", "strict", "engine", "block_elements", "bounds", "mask", "per"),
    *("classes", "header", "labels_header", "ids", "labels_skip", "index"),
    *("delimiter", "decimal", "na", "comment", "skip", "rows", "encoding", "raw", "shape"),
)
"""Options that `--help` leaves to `--help-all`."""


def _print_help(context: typer.Context, option: typer.CallbackParam, asked: bool) -> None:
    if asked:
        for parameter in context.command.params:
            vars(parameter)["hidden"] = option.name == "help" and parameter.name in _RARER
        typer.echo(context.get_help())
        raise typer.Exit


@record
class KindOptions(Group):
    """What most kinds take, by the names of `LossRequest.options`."""

    input: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="LOGITS hold logits, probs or log-probs (default: what the kind takes).",
            rich_help_panel=NUMBERS,
        ),
    ] = None
    label_smoothing: Annotated[
        float | None,
        typer.Option(
            metavar="E",
            parser=real,
            help="Spread this share of the target evenly over the classes.",
            rich_help_panel=NUMBERS,
        ),
    ] = None
    weight: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|a,b,c",
            help="A weight for each class: a list, an array file, or a YAML list or map.",
            rich_help_panel=CLASSES,
        ),
    ] = None
    pos_weight: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|a,b,c",
            help="Factor of the positive term: one number, or one for each class.",
            rich_help_panel=CLASSES,
        ),
    ] = None
    ignore_index: Annotated[
        int | None,
        typer.Option(
            metavar="INT",
            parser=whole,
            help="Rows with this label do not count (default: the kind's own, mostly -100).",
            rich_help_panel=CLASSES,
        ),
    ] = None


@record
class PairOptions(Group):
    """How LABELS are read, and with LOGITS: each fills the field of `ReadOptions` so called."""

    label_col: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|N",
            help="Text: the column of LOGITS with the labels, by number from 1 or name.",
            rich_help_panel=INPUTS,
        ),
    ] = None
    labels_header: Annotated[
        bool | None,
        typer.Option(
            "--labels-header/--no-labels-header",
            help="Text: as --header does, for LABELS.",
            rich_help_panel=INPUTS,
            show_default=False,
        ),
    ] = None
    labels_skip: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=whole,
            help="Text: as --skip does, for LABELS.",
            rich_help_panel=INPUTS,
        ),
    ] = 0
    ids: Annotated[
        str,
        typer.Option(
            metavar="all|inner",
            help="Text: all ids of LOGITS must be in LABELS, or go on with those in both.",
            rich_help_panel=INPUTS,
        ),
    ] = "all"


@record
class LossOptions(Group):
    """A loss to be computed.

    An option fills the field of `LossRequest` so called, where `request` does not say otherwise.
    """

    logits: Annotated[
        str,
        typer.Argument(metavar="LOGITS", help="File with one number for each class; - is stdin."),
    ]
    labels: Annotated[
        str | None,
        typer.Argument(
            metavar="LABELS",
            help="File with class indices or dense targets, or the indices: 3,0,1.",
        ),
    ] = None
    help: Annotated[
        bool,
        typer.Option(
            "-h", "--help", callback=_print_help, is_eager=True, help="Show the common options."
        ),
    ] = False
    help_all: Annotated[
        bool,
        typer.Option("--help-all", callback=_print_help, is_eager=True, help="Show all options."),
    ] = False
    kind: Annotated[
        str,
        typer.Option(
            "-k",
            "--kind",
            metavar="NAME",
            help="The loss; xent losses lists them.",
            rich_help_panel=NUMBERS,
        ),
    ] = "softmax-ce"
    param: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--param",
            metavar="NAME=VALUE",
            help="A parameter of the kind (xent losses NAME); may be repeated.",
            rich_help_panel=NUMBERS,
        ),
    ] = None
    reduction: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="mean, sum, or none: one value a row (default: the kind's own, mostly mean).",
            rich_help_panel=NUMBERS,
        ),
    ] = None
    kind_options: KindOptions = field(default_factory=KindOptions)
    unit: Annotated[
        str,
        typer.Option(metavar="nats|bits", help="Unit of the loss.", rich_help_panel=NUMBERS),
    ] = "nats"
    precision: Precision = "native"
    sample_weight: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|a,b,c",
            help="A weight for each row, or for each target where a row has several.",
            rich_help_panel=CLASSES,
        ),
    ] = None
    mask: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|1,0,1",
            help="0 for what is left out of everything: rows, or targets where a row has several.",
            rich_help_panel=CLASSES,
        ),
    ] = None
    per: Annotated[
        str,
        typer.Option(
            metavar="rows|N|FILE",
            help="Divide the sum by the rows, by a number, or by one number a row, summed "
            "(default: weights, as the kind does).",
            show_default=False,
            rich_help_panel=NUMBERS,
        ),
    ] = "weights"
    class_dim: Annotated[
        int | None,
        typer.Option(
            metavar="INT",
            parser=whole,
            help="The axis of the classes (default: found from the shapes).",
            rich_help_panel=CLASSES,
        ),
    ] = None
    label_base: Annotated[
        int,
        typer.Option(
            metavar="0|1",
            parser=whole,
            help="The label of the first class.",
            rich_help_panel=CLASSES,
        ),
    ] = 0
    classes: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="YAML of the class names, which labels may be: a list, or index to name.",
            rich_help_panel=CLASSES,
        ),
    ] = None
    pair: PairOptions = field(default_factory=PairOptions)
    reading: Reading = field(default_factory=Reading)
    strict: Annotated[
        bool, typer.Option("--strict", help="Warnings are errors (exit 3).", rich_help_panel=OUTPUT)
    ] = False
    jobs: Jobs = None
    engine: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="threads: blocks of rows in several threads; serial: one after another.",
            rich_help_panel=OUTPUT,
        ),
    ] = "threads"
    block_elements: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=count,
            help="Elements read at once; never changes the result.",
            rich_help_panel=OUTPUT,
        ),
    ] = None

    def request(self, **more: Any) -> "LossRequest":
        """The request, with the fields that the command adds.

        Raises:
            UsageError: what was typed cannot be read.
            DataError, StorageError: the file of the class names cannot be read.
        """
        from xent_cli.passes.classes import load_classes
        from xent_cli.passes.request import LossRequest

        state = dict(vars(self))
        del state["help"], state["help_all"]
        classes, pair = state.pop("classes"), vars(state.pop("pair"))
        names = None if classes is None else load_classes(classes)
        read = replace(state.pop("reading").options(), classes=names, **pair)
        params, options = parsed(state.pop("param")), dict(vars(state.pop("kind_options")))
        return LossRequest(**state, params=params, options=options, read=read, **more)

    def line(self, fix: "Fix") -> str | None:
        """The command line of `xent loss` with a fix, which may convert an array first.

        None where what is to be converted is no .npy file, nor a member of a .npz.
        """
        options = {option.name for option in parameters(type(self))}
        words: dict[str, Any] = {n: word for n, word in fix.options.items() if n in options}
        own = {n: word for n, word in fix.options.items() if n not in options}
        if own:
            others = [each for each in self.param or () if each.partition("=")[0] not in own]
            chosen = {name: word for name, word in own.items() if word is not None}
            words["param"] = [*others, *(f"{name}={word}" for name, word in chosen.items())] or None
        if fix.swapped and self.labels is None:
            return None
        if fix.swapped:
            words |= {"logits": self.labels, "labels": self.logits}
        lines = []
        if fix.convert:
            source = words.get(fix.convert) or getattr(self, fix.convert) or ""
            file, _, member = source.partition(".npz:")
            file = f"{file}.npz" if member else file
            if not (member or file.endswith(".npy")) or not Path(file).is_file():
                return None
            words[fix.convert] = target = f"{Path(file).stem}-fixed.npy"
            load = f"np.load({dumps(file)})" + (f"[{dumps(member)}]" if member else "")
            code = f"x = {load}; np.save({dumps(target)}, {fix.formula})"
            lines.append(shlex.join(["python3", "-c", f"import numpy as np; {code}"]))
        return " && ".join([*lines, shlex.join(["xent", "loss", *typed(self, words)])])
