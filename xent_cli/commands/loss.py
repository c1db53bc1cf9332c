"""`xent loss`: a loss of logits against labels."""

from typing import Annotated

from xent_cli.commands import options as opt
from xent_cli.commands.output import choose_format, print_result, talk
from xent_cli.errors import UsageError


def loss(
    logits: opt.Logits,
    labels: opt.LabelsFile = None,
    kind: opt.Kind = "softmax-ce",
    param: opt.Params = None,
    reduction: opt.Reduction = None,
    input: opt.Input = None,
    unit: opt.Unit = "nats",
    precision: opt.Precision = "native",
    label_smoothing: opt.LabelSmoothing = None,
    weight: opt.Weight = None,
    pos_weight: opt.PosWeight = None,
    sample_weight: opt.SampleWeight = None,
    ignore_index: opt.IgnoreIndex = None,
    class_dim: opt.ClassDim = None,
    label_base: opt.LabelBase = 0,
    metrics: opt.Metrics = None,
    header: opt.Header = None,
    delimiter: opt.Delimiter = None,
    decimal: opt.Decimal = ".",
    na: opt.EmptyCells = "error",
    cols: opt.Cols = None,
    label_col: opt.LabelCol = None,
    raw: opt.Raw = None,
    shape: opt.RawShape = None,
    classes: opt.Classes = None,
    out: opt.LossOut = None,
    format: Annotated[str, opt.report_format("auto, table, plain, json, yaml, csv or md")] = "auto",
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    jobs: opt.Jobs = None,
    engine: opt.EngineName = "threads",
    block_elements: opt.BlockElements = None,
) -> None:
    """Compute a loss of LOGITS against LABELS.

    On a terminal a table shows how the number came about; a pipe gets the bare number.

    Examples:

    xent loss logits.npy labels.npy

    xent loss logits.csv labels.csv --weight w.yaml --label-smoothing 0.1

    xent loss probs.npy labels.npy --input probs -f json
    """
    from xent_cli.arrays.base import ReadOptions
    from xent_cli.passes.classes import load_classes
    from xent_cli.passes.request import LossRequest
    from xent_cli.tasks.loss import compute_loss

    report = choose_format(format)
    if metrics:
        _refuse_unshown("-o -" if out == "-" else report, of_rows=False)
    result = compute_loss(
        LossRequest(
            logits=logits,
            labels=labels,
            kind=kind,
            options={
                "input": input,
                "weight": weight,
                "pos_weight": pos_weight,
                "label_smoothing": label_smoothing,
                "ignore_index": ignore_index,
            },
            params=opt.parsed(param),
            reduction=reduction,
            class_dim=class_dim,
            sample_weight=sample_weight,
            label_base=label_base,
            unit=unit,
            precision=precision,
            out=out,
            jobs=jobs,
            engine=engine,
            block_elements=block_elements,
            read=ReadOptions(
                header=header,
                delimiter=delimiter,
                decimal=decimal,
                na=na,
                cols=cols,
                label_col=label_col,
                raw=raw,
                shape=opt.lengths(shape),
                classes=None if classes is None else load_classes(classes),
            ),
            metrics=tuple(",".join(metrics or []).split(",")) if metrics else (),
            strict=strict,
            corners=report in ("table", "md"),
            bounds=report in ("json", "yaml"),
        )
    )
    talk(result, quiet=quiet)
    if metrics:
        _refuse_unshown(report, of_rows=result.values is not None)
    if out == "-" or (report == "plain" and result.loss is None and result.values is None):
        return
    print_result(result, report)


def _refuse_unshown(report: str, *, of_rows: bool) -> None:
    """Refuses metrics where the output has no place for them."""
    if report in ("-o -", "plain") or (report == "csv" and of_rows):
        raise UsageError(
            f"--metrics: {report} output is the {'losses' if of_rows else 'loss'} alone",
            "--format json, yaml, md and table show metrics; pipes get plain if no format is named",
        )
