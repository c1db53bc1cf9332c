"""Opens what a loss request names, and settles how the arrays lie over each other."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from xent_cli.arrays import open_array, refuse_overwriting, spooled
from xent_cli.arrays.base import ArrayReader, ReadOptions
from xent_cli.arrays.views.rows import take_rows
from xent_cli.diagnosis import Diagnosis, Fix
from xent_cli.dtypes import dtype_name
from xent_cli.errors import DataError, UsageError
from xent_cli.losses.base import Labels, Loss
from xent_cli.losses.checks import check_operand_dtype
from xent_cli.losses.geometry import Geometry, find_geometry
from xent_cli.losses.misfits import ShapePair
from xent_cli.passes.binding import Bound
from xent_cli.passes.classes import name_classes, names_of_columns, read_of_labels, refuse_base
from xent_cli.passes.operands import Aligned, Operand, Overlay
from xent_cli.passes.request import LossRequest, Source
from xent_cli.passes.sources import inline, of_one_file, refuse_skipping, single_stdin
from xent_cli.records import replace

Shape = tuple[int, ...]


def open_inputs(
    request: LossRequest, loss: Loss, stack: ExitStack
) -> tuple[dict[str, ArrayReader], Geometry]:
    """The arrays by role, and how the labels lie over the logits."""
    sources, told = _sources(request, loss)
    single_stdin(sources.values())
    if request.out is not None:
        named = [*sources.values(), *request.options.values(), *request.params.values()]
        refuse_overwriting(request.out, named)
    readers = _open_readers(request.read, loss, sources, stack)
    logits, labels = readers["logits"], readers.get("labels")
    logits.diagnoses = (*told, *logits.diagnoses)
    refuse_base(request.label_base, labels)
    check_operand_dtype(logits.dtype, logits.name, loss.takes)
    pair = ShapePair(logits.shape, logits.shape, logits.name, "")
    if labels is not None:
        readers["logits"] = logits = _of_rank(logits, labels, loss)
        names = (logits.name, labels.name)
        pair = ShapePair(logits.shape, labels.shape, *names, labels.is_column)
        if way := _first_row(logits, labels):
            pair = replace(pair, first_row=way)
        if loss.rules.labels.any_values or loss.rules.labels.shift:
            labels = stack.enter_context(spooled(labels))
        readers["labels"] = labels
    geometry = find_geometry(loss, pair, request.class_dim)
    if request.read.rows is not None and 0 in geometry.class_dims:
        raise UsageError(
            f"--rows: the first axis of {logits.name} has its classes, and no rows",
            "rows are counted along the first axis",
        )
    if geometry.classes > 1 or not loss.rules.labels.any_values:
        name_classes(logits, request.read.classes, geometry.classes)
    return readers, geometry


def _sources(request: LossRequest, loss: Loss) -> tuple[dict[str, Source], tuple[Diagnosis, ...]]:
    """What is read, by role, and what is told of the choice."""
    logits, labels = request.logits, request.labels
    told: tuple[Diagnosis, ...] = ()
    column = request.read.label_col
    if loss.labels is Labels.NONE:
        if labels is not None or column is not None:
            raise UsageError(f"--kind {loss.name} takes no LABELS", "give one file")
    elif labels is not None and column is not None:
        raise UsageError("the labels are given twice: as LABELS and by --label-col")
    elif labels is None and column is None:
        logits, labels, told = of_one_file(
            logits, f"--kind {loss.name} needs LABELS: {loss.labels.value}"
        )
    sources = {"logits": logits}
    others: dict[str, Any] = {
        "labels": labels,
        "sample_weight": request.sample_weight,
        "mask": request.mask,
    }
    if request.divides_by_array:
        others["per"] = request.per
    for role, source in others.items():
        if source is not None:
            sources[role] = inline(source)
    return sources, told


def _open_readers(
    read: ReadOptions, loss: Loss, sources: Mapping[str, Source], stack: ExitStack
) -> dict[str, ArrayReader]:
    """The arrays by role; the labels are a part of the logits' file where it names their column.

    Texts are settled side by side: what LABELS are may tell what LOGITS are.
    """
    if len(sources) > 1:
        refuse_skipping(read, "; --label-col takes the labels from the logits' file")
    readers: dict[str, ArrayReader] = {}
    for role, source in sources.items():
        how = replace(read.others, is_draft=True, weighs=True)
        if role == "logits":
            truths = loss.labels is Labels.ELEMENTS
            how = replace(read, is_draft=len(sources) > 1, truths=truths)
        elif role == "labels":
            how = read_of_labels(read, readers["logits"], loss)
        readers[role] = stack.enter_context(open_array(source, how, role))
    if len(sources) > 1 and any(reader.is_text for reader in readers.values()):
        readers = _settled(readers, read)
    if len(sources) > 1:
        rows = {
            role: read.rows if reader.shape[:1] != (1,) else None
            for role, reader in readers.items()
        }
        readers = {role: take_rows(reader, rows[role]) for role, reader in readers.items()}
    if read.label_col is not None:
        labels = readers["logits"].labels
        if labels is None:
            raise UsageError("--label-col is for text files; give LABELS")
        readers["labels"] = labels
    if "labels" in readers:
        names = names_of_columns(readers["logits"]) if read.classes is None else read.classes
        readers["labels"].name_classes(names)
    return readers


def _settled(readers: dict[str, ArrayReader], read: ReadOptions) -> dict[str, ArrayReader]:
    """The arrays as they belong together; what is a draft of a text is read."""
    from xent_cli.arrays.text.settling import settle_together  # most runs read no text

    logits, *others = readers.values()
    keep_ids = settle_together(logits, others)
    roles = [role for role, keeps in zip(list(readers)[1:], keep_ids, strict=True) if keeps]
    if not roles:
        return readers
    from xent_cli.passes.ids import join

    return join(readers, roles, inner=read.ids == "inner")


def _of_rank(logits: ArrayReader, labels: ArrayReader, loss: Loss) -> ArrayReader:
    """One column of text takes the rank of the targets; (N,) beside another column."""
    if loss.labels is not Labels.ELEMENTS or not logits.is_column:
        return logits
    rank = len(labels.shape)
    if labels.is_column and loss.elements is not None:
        rank = 1
    if rank != 1:
        return logits
    from xent_cli.arrays.views.parts import ColumnArray  # most runs start without it

    return ColumnArray(logits)


def _first_row(logits: ArrayReader, labels: ArrayReader) -> str | None:
    """What to do where one has a row more: its first may be names, or the other's may be data."""
    if not (logits.shape and labels.shape):
        return None
    flags = (("--header", "--no-header"), ("--labels-header", "--no-labels-header"))
    files = sorted(zip((logits, labels), flags, strict=True), key=lambda file: -file[0].shape[0])
    (longer, (names, _)), (shorter, (_, data)) = files
    ways = []
    if longer.is_text and longer.columns is None:
        ways.append(f"{names} reads the first row of {longer.name} as column names")
    if shorter.is_text and shorter.columns is not None:
        ways.append(f"{data} reads that of {shorter.name} as data")
    return "; ".join(ways) or None


_NOUNS = {"sample_weight": "weight", "mask": "flag", "per": "number"}
"""What the arrays hold that go with the rows."""


def _over_rows(
    role: str, array: ArrayReader, geometry: Geometry, elements: Shape | None
) -> Operand:
    """An array over the rows, or over the elements where they have a shape."""
    rows_shape = geometry.rows_shape
    if array.shape == elements:
        return Aligned(array)
    if array.shape not in (rows_shape, (*rows_shape, 1)):
        more = "" if elements is None else f", or for each element: {elements}"
        raise DataError(
            f"{array.name} has shape {array.shape}, expected one {_NOUNS[role]} for each row: "
            f"{rows_shape}{more}",
            *_for_classes(role, array, geometry),
        )
    return Aligned(array, geometry.class_dims, column=array.shape != rows_shape)


def _for_classes(
    role: str, array: ArrayReader, geometry: Geometry
) -> tuple[str | None, Fix | None]:
    """Sample weights that are as many as there are classes weigh those."""
    if role != "sample_weight" or array.shape not in ((geometry.classes,), (geometry.classes, 1)):
        return None, None
    typed = array.name == role  # and no file
    fix = None if typed else Fix({"sample_weight": None, "weight": array.name})
    return "a weight for each class is --weight, where the kind takes it", fix


def check_targets(bound: Bound, geometry: Geometry, labels: ArrayReader | None) -> None:
    """Refuses dense targets that the loss does not take, and options that they do not take.

    Raises:
        UsageError: an ignore index beside dense targets.
        DataError: whole numbers where the framework takes floats alone.
    """
    rules = bound.loss.rules
    if labels is None or not geometry.dense:
        return
    by_element = bound.loss.labels is Labels.ELEMENTS
    if (
        "ignore_index" in bound.chosen
        and not by_element
        and not (rules.labels.idle_ignore and bound.options.ignore_index < 0)
    ):
        raise UsageError(
            f"--ignore-index is for class indices, but {labels.name} has the logits' "
            "shape and is read as dense targets",
            "--mask FILE leaves rows of dense targets out, where it is 0",
        )
    # Text has no dtype: a column of 0 and 1 is as good as one of 0.0 and 1.0.
    if not rules.targets.integers and labels.dtype.kind in "iub" and not labels.is_text:
        raise DataError(
            f"{labels.name}: {bound.loss.name} takes floating point targets where they have the "
            f"logits' shape, got dtype {dtype_name(labels.dtype)}",
            f"xent convert {labels.name} FILE.npy --dtype float32 stores them so"
            + ("" if bound.loss.elements else ", or give class indices"),
            Fix({}, "labels", 'x.astype("f4")'),
        )


def operands_of(
    readers: Mapping[str, ArrayReader], bound: Bound, geometry: Geometry
) -> dict[str, Operand]:
    """Logits, labels and sample weights, each as it lies over the logits."""
    logits, axes = readers["logits"], geometry.class_dims
    operands: dict[str, Operand] = {"logits": Aligned(logits)}
    labels = readers.get("labels")
    if labels is not None and not geometry.dense:
        ahead = bound.options.ignore_index if bound.loss.rules.labels.shift else None
        operands["labels"] = Aligned(labels, axes, geometry.squeezed, ahead)
    elif labels is not None and geometry.squeezed:
        operands["labels"] = Aligned(labels, column=True)
    elif labels is not None:
        last = len(logits.shape) - 1
        column = len(labels.shape) <= last and not bound.loss.rules.axes.broadcast
        overlay = Overlay.over(labels, logits.shape, (last,) if column else ())
        assert overlay is not None  # find_geometry saw to it
        operands["labels"] = overlay
    for role in [role for role in _NOUNS if role in readers]:
        elements = None if bound.loss.elements is None or role == "per" else logits.shape
        operands[role] = _over_rows(role, readers[role], geometry, elements)
    return operands
