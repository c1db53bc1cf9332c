"""`xent grad`: the derivatives of a loss by its logits."""

from xent_cli.commands import options as opt
from xent_cli.commands.arrays import destination, print_report


def grad(
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
    header: opt.Header = None,
    delimiter: opt.Delimiter = None,
    decimal: opt.Decimal = ".",
    na: opt.EmptyCells = "error",
    cols: opt.Cols = None,
    label_col: opt.LabelCol = None,
    raw: opt.Raw = None,
    shape: opt.RawShape = None,
    classes: opt.Classes = None,
    out: opt.Out = None,
    format: opt.ArrayFormat = "auto",
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    jobs: opt.Jobs = None,
    engine: opt.EngineName = "threads",
    block_elements: opt.BlockElements = None,
) -> None:
    """Compute the gradient of a loss by LOGITS: an array of their shape.

    A terminal shows the loss and the first values; a pipe gets the array.

    With --reduction none it is that of the sum: each row's own derivatives.

    Examples:

    xent grad logits.npy labels.npy -o gradient.npy

    xent grad logits.npy labels.npy --reduction sum | xent show -
    """
    from xent_cli.arrays.base import ReadOptions
    from xent_cli.passes.classes import load_classes
    from xent_cli.passes.request import LossRequest
    from xent_cli.tasks.grad import GradRequest, compute_gradient

    result = compute_gradient(
        GradRequest(
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
                strict=strict,
            ),
            to=destination(out, format),
        )
    )
    print_report(result, out, format, quiet=quiet)
