"""`xent loss`: a loss of logits against labels."""

from typing import TYPE_CHECKING, Annotated

import typer

from xent_cli.commands import options as opt
from xent_cli.commands.groups import NUMBERS, OUTPUT
from xent_cli.commands.loss_options import LossOptions
from xent_cli.commands.output import talk
from xent_cli.errors import UsageError
from xent_cli.reports import REPORTS, get_report
from xent_cli.tallies import METRICS

if TYPE_CHECKING:
    from xent_cli.passes.request import LossRequest


def loss(
    *,
    out: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--out",
            metavar="FILE",
            help="Write the loss (--reduction none: of each row) there; - is stdout, as .npy.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    output: opt.ReportOutput,
    of: LossOptions,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            metavar="a,b",
            help=f"More figures of the same read: {', '.join(METRICS)}.",
            rich_help_panel=NUMBERS,
        ),
    ] = None,
    bounds: Annotated[
        bool,
        typer.Option(
            "--bounds",
            help="Tell how far the loss can be from the exact one; json and yaml always do.",
            rich_help_panel=NUMBERS,
        ),
    ] = False,
) -> None:
    """Compute a loss of LOGITS against LABELS: a table at a terminal, the bare number in a pipe.

    Examples:
    xent loss logits.npy labels.npy
    xent loss logits.csv labels.csv --weight w.yaml --label-smoothing 0.1
    xent loss probs.npy labels.npy --input probs -f json
    """
    from xent_cli.tasks.loss import compute_loss

    report = get_report(output.name)
    request = of.request(
        out=out,
        metrics=tuple(",".join(metrics).split(",")) if metrics else (),
        corners=report.corners,
        bounds=bounds or report.bounds,
    )
    for option in ["--metrics"] * bool(metrics) + ["--bounds"] * bounds:
        _refuse_unshown(option, request, output.name)
    result = compute_loss(request)
    if out == "-" or (output.name == "plain" and result.loss is None and result.values is None):
        talk(result, quiet=output.quiet)
    else:
        output.tell(result)


def _refuse_unshown(option: str, request: "LossRequest", name: str) -> None:
    """Refuses figures beside the loss where the output has no place for them."""
    from xent_cli.passes.plan import choose

    of_rows = choose(request).of_rows
    report = REPORTS[name]
    to_stdout = request.out == "-"
    if to_stdout or not (report.metrics_of_rows if of_rows else report.metrics):
        shown = [known for known, report in REPORTS.items() if report.metrics_of_rows]
        raise UsageError(
            f"{option}: {'-o -' if to_stdout else name} output is the "
            f"{'losses' if of_rows else 'loss'} alone",
            f"--format {', '.join(shown)} show more; pipes get plain if no format is named",
        )
