"""`xent split` and `xent chunk`: an array into files, by sizes or into a number of pieces."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from xent_cli.commands import options as opt
from xent_cli.commands.groups import OUTPUT, Group
from xent_cli.commands.output import say, stdout_is_terminal, talk
from xent_cli.commands.words import whole, whole_numbers
from xent_cli.errors import UsageError
from xent_cli.records import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from xent_cli.arrays.views.splitting import Ranges


@record
class _Pieces(Group):
    """What is cut, where to, and how that is told."""

    array: opt.ArrayFile
    reading: opt.Reading
    report: opt.ReportOutput
    dim: opt.Dim = 0
    out: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--out",
            metavar="NAMES",
            help="Files to write, {} is the number of the piece (default: <stem>-{}<suffix>).",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    jobs: opt.Jobs = None

    def write(self, command: str, cut: "Callable[[int], Ranges]", rule: str) -> None:
        """Cuts the array; see `SplitRequest`."""
        from xent_cli.tasks.split import SplitRequest, split

        read, report = self.reading.options(), self.report
        request = SplitRequest(command, self.array, cut, rule, self.dim, self.out, read, self.jobs)
        try:
            result = split(request)
        except BaseException as error:
            for note in () if report.quiet else getattr(error, "__notes__", ()):
                say("xent: note", note)
            raise
        if report.format == "auto" and not stdout_is_terminal():
            talk(result, quiet=report.quiet)
        else:
            report.tell(result)


def split(
    *,
    size: Annotated[
        int | None,
        typer.Option(metavar="N", parser=whole, help="Pieces of N, the last one smaller."),
    ] = None,
    sizes: Annotated[
        str | None, typer.Option(metavar="a,b,c", help="Pieces of these sizes, which must add up.")
    ] = None,
    pieces: _Pieces,
) -> None:
    """Cut an array into files by size, as torch.split does; `xent cat` joins them again.

    Examples:
    xent split logits.npy --size 500
    xent split logits.npy --sizes 4,6 --dim 1 -o 'part-{}.npy'
    """
    from xent_cli.arrays.views.splitting import by_size, by_sizes

    if (size is None) == (sizes is None):
        raise UsageError("give either --size N or --sizes a,b,c", "xent chunk makes N pieces")
    if size is not None:
        pieces.write("split", partial(by_size, size=size), f"size {size}")
    elif sizes is not None:
        pieces.write("split", partial(by_sizes, sizes=_listed("--sizes", sizes)), f"sizes {sizes}")


def chunk(
    *,
    chunks: Annotated[
        int | None,
        typer.Option(
            metavar="N", parser=whole, help="At most N pieces of one size, as torch.chunk."
        ),
    ] = None,
    tensor_split: Annotated[
        str | None,
        typer.Option(
            metavar="N|a,b,c",
            help="Exactly N pieces, or pieces between cut points, as torch.tensor_split.",
        ),
    ] = None,
    pieces: _Pieces,
) -> None:
    """Cut an array into a number of files; `xent cat` joins them again.

    One cut point is written with a comma behind it: --tensor-split 3,

    Examples:
    xent chunk logits.npy --chunks 4
    xent chunk logits.npy --tensor-split 3 --dim 1
    """
    from xent_cli.arrays.views.splitting import by_chunks, by_points, by_sections

    if (chunks is None) == (tensor_split is None):
        raise UsageError("give either --chunks N or --tensor-split N", "xent split cuts by sizes")
    if chunks is not None:
        pieces.write("chunk", partial(by_chunks, chunks=chunks), f"at most {chunks} chunks")
    if tensor_split is None:
        return
    numbers = _listed("--tensor-split", tensor_split.removesuffix(","))
    several = "," in tensor_split
    cut = (
        partial(by_points, points=numbers) if several else partial(by_sections, sections=numbers[0])
    )
    pieces.write("chunk", cut, f"tensor_split {tensor_split}")


def _listed(option: str, text: str) -> tuple[int, ...]:
    return whole_numbers(text.split(","), f"{option} takes whole numbers, as in 2,3,5")
