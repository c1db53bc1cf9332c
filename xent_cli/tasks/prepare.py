"""Opens what a loss request names, and settles how the arrays lie over each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from xent_cli.arrays import TEXT_FORMATS, open_array, refuse_overwriting, spooled
from xent_cli.arrays.base import ArrayReader, Box, ReadOptions
from xent_cli.arrays.picking import label_names
from xent_cli.dtypes import dtype_name
from xent_cli.engines import Workers
from xent_cli.errors import DataError, UsageError, did_you_mean
from xent_cli.losses.base import Labels, Loss
from xent_cli.losses.checks import Geometry, ShapePair, check_operand_dtype, find_geometry
from xent_cli.losses.rules import Reduce
from xent_cli.records import record, replace
from xent_cli.reduction.blocks import is_sequential, plan_boxes
from xent_cli.tasks.binding import ROLES, Bound, bind, choose_loss, claim
from xent_cli.tasks.classes import name_classes, read_of_labels, refuse_base
from xent_cli.tasks.loss_blocks import Inputs, LossBlocks
from xent_cli.tasks.request import (
    BLOCK_ELEMENTS,
    LEAN_BYTES,
    PRECISIONS,
    ROW_BYTES,
    LossRequest,
    Source,
    check_word,
    refuse_skipping,
    single_stdin,
)
from xent_cli.tasks.vectors import Overlay, VectorShape

UNITS = {"nats": 1.0, "bits": math.log(2.0)}


@record
class Prepared:
    """A request with its arrays open.

    `request` has the roles settled that the kind knows by other names; `reduction` is a name of
    the kind's; a block has at most `limit` elements.
    """

    request: LossRequest
    reduction: str
    task: LossBlocks
    limit: int
    workers: Workers

    def arrays(self) -> dict[str, ArrayReader]:
        """All arrays that go in, by role: those read box by box, and vectors out of files."""
        return {**self.task.inputs.readers(), **self.task.bound.files}

    def boxes(self) -> Iterator[Box]:
        """The boxes of the logits, in the order of their memory."""
        return _boxes(self.task.inputs, self.limit)


def prepare(request: LossRequest, stack: ExitStack, *, twice: bool = False) -> Prepared:
    """Opens the inputs of a request and binds its parameters.

    Args:
        request: as the caller made it.
        stack: closes the inputs.
        twice: the inputs are read more than once, so what comes from a pipe is kept.

    Raises:
        UsageError, DataError, StorageError: as `compute_loss` says.

    """
    _check_words(request)
    loss = choose_loss(request.kind, request.options.get("input")).variant(request.params)
    roles, params = claim(loss, {role: getattr(request, role) for role in ROLES}, request.params)
    reduction = _choose_reduction(loss, roles["reduction"])
    request = replace(request, class_dim=roles["class_dim"], sample_weight=roles["sample_weight"])
    inputs = _open_inputs(request, loss, stack)
    if loss.rules.label_values or loss.rules.shift:
        inputs = _seekable_labels(inputs, stack)
    bound = bind(loss, request.options, params, _vector_shape(request, inputs))
    if loss.rules.label_values:
        from xent_cli.tasks.label_values import with_label_values  # most runs start without it

        bound = with_label_values(bound, inputs)
    for overlay in bound.aligned.values():
        stack.enter_context(overlay.reader)
    _check_request(bound, inputs)
    inputs = replace(inputs, aligned=bound.aligned)
    keep_values = loss.rules.reductions[reduction] is Reduce.NONE
    workers = Workers(request.jobs)
    limit = request.block_elements or _block_elements(workers, bound, inputs, keep_values)
    if twice:
        inputs = _readable(inputs, None, stack)
    elif (first := next(_boxes(inputs, limit), None)) is not None:
        inputs = _readable(inputs, first, stack)
    task = LossBlocks(
        inputs=inputs,
        bound=bound,
        double=request.precision == "double",
        label_base=request.label_base,
        keep_values=keep_values,
        sequential=not all(reader.seekable for reader in inputs.readers().values()),
    )
    return Prepared(request, reduction, task, limit, workers)


def _check_words(request: LossRequest) -> None:
    check_word("precision", request.precision, PRECISIONS)
    check_word("unit", request.unit, tuple(UNITS))
    check_word("label-base", request.label_base, (0, 1))
    if request.jobs is not None and request.jobs < 1:
        raise UsageError(f"--jobs must be at least 1; got {request.jobs}")
    if request.block_elements is not None and request.block_elements < 1:
        raise UsageError(f"block_elements must be at least 1; got {request.block_elements}")


def _choose_reduction(loss: Loss, name: str | None) -> str:
    known = loss.rules.reductions
    if name is None:
        return next(iter(known))
    if name not in known:
        raise UsageError(
            f"--reduction of {loss.name} takes {', '.join(known)}; got {name!r}",
            did_you_mean(name, known),
        )
    return name


def _open_inputs(request: LossRequest, loss: Loss, stack: ExitStack) -> Inputs:
    sources = {"logits": request.logits}
    column = request.read.label_col
    if loss.labels is not Labels.NONE:
        if request.labels is not None and column is not None:
            raise UsageError("the labels are given twice: as LABELS and by --label-col")
        if request.labels is None and column is None:
            raise UsageError(
                f"--kind {loss.name} needs LABELS: {loss.labels.value}",
                "--label-col names the column that has them, where LOGITS is text",
            )
        if request.labels is not None:
            sources["labels"] = request.labels
    elif request.labels is not None or column is not None:
        raise UsageError(f"--kind {loss.name} takes no LABELS", "give one file")
    if request.sample_weight is not None:
        sources["sample_weight"] = request.sample_weight
    single_stdin(sources.values())
    if request.out is not None:
        named = [*sources.values(), *request.options.values(), *request.params.values()]
        refuse_overwriting(request.out, named)
    read = request.read
    if loss.rules.label_values and read.classes is None:
        read = replace(read, words={})
    readers = _open_readers(read, sources, stack)
    logits, labels = readers["logits"], readers.get("labels")
    refuse_base(request.label_base, labels)
    check_operand_dtype(logits.dtype, logits.name, loss.takes)
    pair = ShapePair(logits.shape, logits.shape, logits.name, "")
    if labels is not None:
        logits = _of_rank(logits, labels, loss)
        if read.words and read.header is None:
            from xent_cli.tasks.label_values import without_heading

            labels = without_heading(labels, logits.shape[:1], next(iter(read.words.values())))
        names = (logits.name, labels.name)
        pair = ShapePair(logits.shape, labels.shape, *names, labels.is_column)
    geometry = find_geometry(loss, pair, request.class_dim)
    if geometry.classes > 1 or not loss.rules.label_values:
        name_classes(logits, read.classes, geometry.classes)
    weights = readers.get("sample_weight")
    overlay = None if weights is None else _weigh(loss, logits, weights, geometry)
    called = read.classes or label_names(logits.columns)
    return Inputs(logits, labels, overlay, {}, geometry, called, tuple(read.words or ()))


def _open_readers(
    read: ReadOptions, sources: Mapping[str, Source], stack: ExitStack
) -> dict[str, ArrayReader]:
    """The arrays by role; the labels are a part of the logits' file where it names their column."""
    if len(sources) > 1:
        refuse_skipping(read, "; --label-col takes the labels from the logits' file")
    readers: dict[str, ArrayReader] = {}
    for role, source in sources.items():
        how = read if role == "logits" else read.others
        if role == "labels":
            how = read_of_labels(read, readers["logits"])
        readers[role] = stack.enter_context(open_array(source, how, role))
        if role == "logits" and read.label_col is not None:
            labels = readers[role].labels
            if labels is None:
                raise UsageError("--label-col is for text files; give LABELS")
            readers["labels"] = labels
    return readers


def _of_rank(logits: ArrayReader, labels: ArrayReader, loss: Loss) -> ArrayReader:
    """One column of text takes the rank of the targets; (N,) beside another column."""
    if loss.labels is not Labels.ELEMENTS or not logits.is_column:
        return logits
    rank = len(labels.shape)
    if labels.is_column and loss.elements is not None:
        rank = 1
    if rank != 1:
        return logits
    from xent_cli.arrays.views import ColumnArray

    return ColumnArray(logits)


def _seekable_labels(inputs: Inputs, stack: ExitStack) -> Inputs:
    labels = inputs.labels
    if labels is None or labels.seekable:
        return inputs
    return replace(inputs, labels=stack.enter_context(spooled(labels)))


def _vector_shape(request: LossRequest, inputs: Inputs) -> VectorShape:
    logits = inputs.logits
    return VectorShape(
        inputs.geometry.classes,
        logits.columns,
        logits.name,
        request.read.others,
        logits.shape,
        inputs.geometry.class_dims,
    )


def _weigh(loss: Loss, logits: ArrayReader, weights: ArrayReader, geometry: Geometry) -> Overlay:
    """The sample weights over the rows, or over the elements where each has a loss."""
    rows_shape = geometry.rows_shape
    fitting = [rows_shape, (*rows_shape, 1)]
    if loss.elements is not None:
        fitting.append(logits.shape)
    if weights.shape not in fitting:
        raise DataError(
            f"{weights.name} has shape {weights.shape}, expected one weight for each row: "
            f"{rows_shape}"
        )
    return Overlay(weights, weights.shape)


def _check_request(bound: Bound, inputs: Inputs) -> None:
    labels, rules = inputs.labels, bound.loss.rules
    if labels is None or not inputs.geometry.dense:
        return
    if "ignore_index" in bound.given and not (
        rules.idle_ignore and bound.options["ignore_index"] < 0
    ):
        raise UsageError(
            f"--ignore-index is for class indices, but {labels.name} has the logits' "
            "shape and is read as dense targets",
            "rows are left out of dense targets by --sample-weight with zeros",
        )
    # Text has no dtype: a column of 0 and 1 is as good as one of 0.0 and 1.0.
    if (
        not rules.integer_targets
        and labels.dtype.kind in "iub"
        and labels.format not in TEXT_FORMATS
    ):
        raise DataError(
            f"{labels.name}: {bound.loss.name} takes floating point targets where they have the "
            f"logits' shape, got dtype {dtype_name(labels.dtype)}",
            "store them as float32, or give class indices",
        )


def _block_elements(workers: Workers, bound: Bound, inputs: Inputs, keep_values: bool) -> int:
    """How many logits to read at once."""
    loss, dense, weights = bound.loss, inputs.geometry.dense, inputs.sample_weight
    by_element = loss.elements is not None and (
        keep_values or (weights is not None and weights.shape == inputs.logits.shape)
    )
    if by_element or inputs.aligned or not loss.is_lean(bound.options, dense=dense):
        return BLOCK_ELEMENTS
    of_each = inputs.logits.dtype.itemsize + ROW_BYTES / max(1, inputs.geometry.classes)
    if dense and inputs.labels is not None:
        of_each += inputs.labels.dtype.itemsize
    share = LEAN_BYTES // workers.most
    return int(min(LEAN_BYTES // 2, max(LEAN_BYTES // 16, share)) / of_each)


def _boxes(inputs: Inputs, limit: int) -> Iterator[Box]:
    return plan_boxes(
        inputs.logits.shape,
        limit=limit,
        whole=inputs.geometry.class_dims,
        fortran=inputs.logits.fortran,
    )


def _readable(inputs: Inputs, first: Box | None, stack: ExitStack) -> Inputs:
    """The inputs, with those spooled that cannot be read in the order of boxes cut as `first`.

    `first` None: all that are not seekable.
    """
    geometry, shape = inputs.geometry, inputs.logits.shape

    def readable(reader: ArrayReader, *shapes: tuple[int, ...]) -> ArrayReader:
        if reader.seekable:
            return reader
        in_order = first is not None and not reader.fortran and is_sequential(shape, first)
        if in_order and reader.shape in shapes:
            return reader
        return stack.enter_context(spooled(reader))

    def laid(overlay: Overlay, *shapes: tuple[int, ...]) -> Overlay:
        return replace(overlay, reader=readable(overlay.reader, *shapes))

    labels, weights = inputs.labels, inputs.sample_weight
    rows = (geometry.rows_shape, (*geometry.rows_shape, 1))
    targets = (shape, (*shape, 1)) if geometry.dense else rows
    return replace(
        inputs,
        logits=readable(inputs.logits, shape),
        labels=None if labels is None else readable(labels, *targets),
        sample_weight=None if weights is None else laid(weights, shape, *rows),
        aligned={name: laid(overlay, shape) for name, overlay in inputs.aligned.items()},
    )
