"""`xent split` and `xent chunk`: an array cut into files, by sizes or into a number of pieces."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from xent_cli.commands import options as opt
from xent_cli.commands.arrays import print_report
from xent_cli.commands.output import say
from xent_cli.errors import UsageError

if TYPE_CHECKING:
    from xent_cli.tasks.split import SplitRequest

_Out = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--out",
        metavar="NAMES",
        help="Files to write, {} is the number of the piece (default: <stem>-{}<suffix>).",
        rich_help_panel=opt.OUTPUT,
    ),
]
_Format = Annotated[str, opt.report_format("auto, table, plain, json, yaml, csv or md")]


def split(
    array: opt.ArrayFile,
    size: Annotated[
        int | None,
        typer.Option(metavar="N", parser=opt.whole, help="Pieces of N, the last one smaller."),
    ] = None,
    sizes: Annotated[
        str | None, typer.Option(metavar="a,b,c", help="Pieces of these sizes, which must add up.")
    ] = None,
    dim: opt.Dim = 0,
    out: _Out = None,
    header: opt.Header = None,
    delimiter: opt.Delimiter = None,
    decimal: opt.Decimal = ".",
    na: opt.EmptyCells = "error",
    cols: opt.Cols = None,
    raw: opt.Raw = None,
    shape: opt.RawShape = None,
    format: _Format = "auto",
    quiet: opt.Quiet = False,
    jobs: opt.Jobs = None,
) -> None:
    """Cut an array into files by size, as torch.split does; `xent cat` joins them again.

    Examples:

    xent split logits.npy --size 500

    xent split logits.npy --sizes 4,6 --dim 1 -o 'part-{}.npy'
    """
    from xent_cli.arrays.base import ReadOptions
    from xent_cli.arrays.views.splitting import Ranges, by_size, by_sizes
    from xent_cli.tasks.split import SplitRequest

    if (size is None) == (sizes is None):
        raise UsageError("give either --size N or --sizes a,b,c", "xent chunk makes N pieces")

    def cut(length: int) -> Ranges:
        if sizes is not None:
            return by_sizes(length, _whole_numbers("--sizes", sizes))
        return by_size(length, size or 0)

    rule = f"size {size}" if sizes is None else f"sizes {sizes}"
    read = ReadOptions(
        header=header,
        delimiter=delimiter,
        decimal=decimal,
        na=na,
        cols=cols,
        raw=raw,
        shape=opt.lengths(shape),
    )
    _run(SplitRequest("split", array, cut, rule, dim, out, read, jobs), format, quiet)


def chunk(
    array: opt.ArrayFile,
    chunks: Annotated[
        int | None,
        typer.Option(
            metavar="N", parser=opt.whole, help="At most N pieces of one size, as torch.chunk."
        ),
    ] = None,
    tensor_split: Annotated[
        str | None,
        typer.Option(
            metavar="N|a,b,c",
            help="Exactly N pieces, or pieces between cut points, as torch.tensor_split.",
        ),
    ] = None,
    dim: opt.Dim = 0,
    out: _Out = None,
    header: opt.Header = None,
    delimiter: opt.Delimiter = None,
    decimal: opt.Decimal = ".",
    na: opt.EmptyCells = "error",
    cols: opt.Cols = None,
    raw: opt.Raw = None,
    shape: opt.RawShape = None,
    format: _Format = "auto",
    quiet: opt.Quiet = False,
    jobs: opt.Jobs = None,
) -> None:
    """Cut an array into a number of files; `xent cat` joins them again.

    One cut point is written with a comma behind it: --tensor-split 3,

    Examples:

    xent chunk logits.npy --chunks 4

    xent chunk logits.npy --tensor-split 3 --dim 1
    """
    from xent_cli.arrays.base import ReadOptions
    from xent_cli.arrays.views.splitting import Ranges, by_chunks, by_points, by_sections
    from xent_cli.tasks.split import SplitRequest

    if (chunks is None) == (tensor_split is None):
        raise UsageError("give either --chunks N or --tensor-split N", "xent split cuts by sizes")

    def cut(length: int) -> Ranges:
        if tensor_split is None:
            return by_chunks(length, chunks or 0)
        numbers = _whole_numbers("--tensor-split", tensor_split.removesuffix(","))
        return by_points(length, numbers) if "," in tensor_split else by_sections(length, *numbers)

    rule = f"at most {chunks} chunks" if tensor_split is None else f"tensor_split {tensor_split}"
    read = ReadOptions(
        header=header,
        delimiter=delimiter,
        decimal=decimal,
        na=na,
        cols=cols,
        raw=raw,
        shape=opt.lengths(shape),
    )
    _run(SplitRequest("chunk", array, cut, rule, dim, out, read, jobs), format, quiet)


def _run(request: "SplitRequest", format: str, quiet: bool) -> None:
    from xent_cli.tasks.split import split as split_array

    try:
        result = split_array(request)
    except BaseException as error:
        for note in () if quiet else getattr(error, "__notes__", ()):
            say("xent: note", note)
        raise
    print_report(result, "", format, quiet=quiet)


def _whole_numbers(option: str, text: str) -> Sequence[int]:
    return opt.whole_numbers(text.split(","), f"{option} takes whole numbers, as in 2,3,5")
