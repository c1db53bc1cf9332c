"""`compute_loss`: a loss of logits against labels, from files of any size."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np

from xent_cli.arrays import Spool, create_array, open_array, refuse_input, spooled
from xent_cli.arrays.base import ArrayReader, ArrayWriter, Box
from xent_cli.dtypes import dtype_name
from xent_cli.engines import get_engine
from xent_cli.errors import DataError, UsageError
from xent_cli.losses.base import Labels, Loss, Reduce
from xent_cli.losses.checks import Geometry, ShapePair, check_operand_dtype, find_geometry
from xent_cli.losses.stable import perplexity
from xent_cli.reduction.blocks import is_sequential, plan_boxes
from xent_cli.reduction.exact import ExactSum
from xent_cli.reduction.partial import Extreme, Partial
from xent_cli.results import ArrayFacts, LossResult, RowExtreme
from xent_cli.tasks.binding import ROLES, Bound, bind, choose_loss, claim
from xent_cli.tasks.facts import facts_of, read_corner
from xent_cli.tasks.label_values import with_label_values
from xent_cli.tasks.loss_blocks import Inputs, LossBlocks
from xent_cli.tasks.request import (
    BLOCK_ELEMENTS,
    PRECISIONS,
    LossRequest,
    check_word,
    processors,
    single_stdin,
)
from xent_cli.tasks.signature import sign
from xent_cli.tasks.suspicions import suspicions
from xent_cli.tasks.vectors import Overlay, VectorShape
from xent_cli.tasks.warnings import warnings_of

TEXT = ("csv", "tsv")
UNITS = {"nats": 1.0, "bits": math.log(2.0)}


def compute_loss(request: LossRequest) -> LossResult:
    """Computes a loss from files (or arrays) in one read, in bounded memory.

    Args:
        request: what to compute of what; see `LossRequest`.

    Returns:
        The result. Its bits do not depend on jobs, engine, block size or the layout of the input.

    Raises:
        UsageError: the request cannot be right (unknown kind, option that the kind refuses).
        DataError: the data is wrong: shapes, labels out of range, a broken file.
        StorageError: a file cannot be read or written.

    >>> result = compute_loss(LossRequest(np.zeros((4, 8)), np.arange(4), unit="bits"))
    >>> result.loss, result.rows, result.denominator
    (3.0, 4, 4.0)

    """
    _check_words(request)
    loss = choose_loss(request.kind, request.options.get("input"))
    roles, params = claim(loss, {role: getattr(request, role) for role in ROLES}, request.params)
    reduction = _choose_reduction(loss, roles["reduction"])
    request = replace(request, class_dim=roles["class_dim"], sample_weight=roles["sample_weight"])
    with ExitStack() as stack:
        inputs = _open_inputs(request, loss, stack)
        if loss.rules.label_values or loss.rules.shift:
            inputs = _seekable_labels(inputs, stack)
        bound = bind(loss, request.options, params, _vector_shape(request, inputs))
        if loss.rules.label_values:
            bound = with_label_values(bound, inputs)
        for overlay in bound.aligned.values():
            stack.enter_context(overlay.reader)
        _check_request(bound, inputs)
        inputs, boxes = _plan(request, replace(inputs, aligned=bound.aligned), stack)
        task = LossBlocks(
            inputs=inputs,
            bound=bound,
            double=request.precision == "double",
            label_base=request.label_base,
            keep_values=loss.rules.reductions[reduction] is Reduce.NONE,
            sequential=not all(reader.seekable for reader in inputs.readers().values()),
        )
        facts = {
            role: facts_of(reader, corners=request.corners)
            for role, reader in inputs.readers().items()
        }
        sink = _open_sink(request, task)
        try:
            total = _reduce(request, task, boxes, sink)
            for reader in inputs.readers().values():
                reader.finish()
            result = _finish(request, task, reduction, _Found(total, facts))
            if request.out is not None and sink is None:
                sink = create_array(request.out, (), np.dtype(np.float64))
                sink.write((), np.asarray(result.loss))
        except BaseException:
            if sink is not None:
                sink.abort()
            raise
        if isinstance(sink, Spool):
            corner = read_corner(sink) if request.corners else None
            return replace(result, values=sink, values_corner=corner)
        if sink is not None:
            sink.commit()
        return result


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
        raise UsageError(f"--reduction of {loss.name} takes {', '.join(known)}; got {name!r}")
    return name


def _open_inputs(request: LossRequest, loss: Loss, stack: ExitStack) -> Inputs:
    sources = {"logits": request.logits}
    if loss.labels is not Labels.NONE:
        if request.labels is None:
            raise UsageError(f"--kind {loss.name} needs LABELS: {loss.labels.value}")
        sources["labels"] = request.labels
    elif request.labels is not None:
        raise UsageError(f"--kind {loss.name} takes no LABELS", "give one file")
    if request.sample_weight is not None:
        sources["sample_weight"] = request.sample_weight
    single_stdin(sources.values())
    if request.out is not None:
        refuse_input(request.out, [s for s in sources.values() if isinstance(s, str | os.PathLike)])
    readers = {
        role: stack.enter_context(open_array(source, request.read, role))
        for role, source in sources.items()
    }
    logits, labels = readers["logits"], readers.get("labels")
    check_operand_dtype(logits.dtype, logits.name, loss.takes)
    pair = ShapePair(logits.shape, logits.shape, logits.name, "")
    if labels is not None:
        pair = ShapePair(logits.shape, labels.shape, logits.name, labels.name)
    geometry = find_geometry(loss, pair, request.class_dim)
    weights = readers.get("sample_weight")
    overlay = None if weights is None else _weigh(loss, logits, weights, geometry)
    return Inputs(logits, labels, overlay, {}, geometry)


def _seekable_labels(inputs: Inputs, stack: ExitStack) -> Inputs:
    labels = inputs.labels
    if labels is None or labels.seekable:
        return inputs
    return replace(inputs, labels=stack.enter_context(spooled(labels)))


def _vector_shape(request: LossRequest, inputs: Inputs) -> VectorShape:
    logits = inputs.logits
    return VectorShape(
        inputs.geometry.classes, logits.columns, logits.name, request.read, logits.shape
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
    if not rules.integer_targets and labels.dtype.kind in "iub" and labels.format not in TEXT:
        raise DataError(
            f"{labels.name}: {bound.loss.name} takes floating point targets where they have the "
            f"logits' shape, got dtype {dtype_name(labels.dtype)}",
            "store them as float32, or give class indices",
        )


def _plan(request: LossRequest, inputs: Inputs, stack: ExitStack) -> tuple[Inputs, Iterator[Box]]:
    """The boxes, and the inputs with those spooled that cannot be read in the boxes' order."""
    geometry, shape = inputs.geometry, inputs.logits.shape

    def boxes() -> Iterator[Box]:
        return plan_boxes(
            shape,
            limit=request.block_elements or BLOCK_ELEMENTS,
            whole=geometry.class_dim,
            fortran=inputs.logits.fortran,
        )

    first = next(boxes(), None)

    def readable(reader: ArrayReader) -> ArrayReader:
        if reader.seekable or first is None:
            return reader
        in_order = not reader.fortran and is_sequential(shape, first)
        if in_order and reader.shape in (shape, geometry.rows_shape, (*geometry.rows_shape, 1)):
            return reader
        return stack.enter_context(spooled(reader))

    def laid(overlay: Overlay) -> Overlay:
        return replace(overlay, reader=readable(overlay.reader))

    labels, weights = inputs.labels, inputs.sample_weight
    return Inputs(
        readable(inputs.logits),
        None if labels is None else readable(labels),
        None if weights is None else laid(weights),
        {name: laid(overlay) for name, overlay in inputs.aligned.items()},
        geometry,
    ), boxes()


def _open_sink(request: LossRequest, task: LossBlocks) -> ArrayWriter | None:
    """Where the values of the rows go; None where only their sum is wanted."""
    if not task.keep_values:
        return None
    geometry = task.inputs.geometry
    by_element = task.bound.loss.elements is not None
    shape = task.inputs.logits.shape if by_element else geometry.rows_shape
    if request.out is not None:
        return create_array(request.out, shape, np.dtype(np.float64))
    return Spool(shape, np.dtype(np.float64), "values")


def _reduce(
    request: LossRequest, task: LossBlocks, boxes: Iterator[Box], sink: ArrayWriter | None
) -> Partial:
    total, scale = Partial(), UNITS[request.unit]
    jobs = request.jobs or processors()
    for partial, box, values in get_engine(request.engine)(task, boxes, jobs):
        total.merge(partial)
        if sink is not None and values is not None:
            sink.write(box, values / scale)
    return total


@dataclass(frozen=True)
class _Found:
    total: Partial
    facts: dict[str, ArrayFacts]


def _finish(request: LossRequest, task: LossBlocks, reduction: str, found: _Found) -> LossResult:
    scale, geometry, loss = UNITS[request.unit], task.inputs.geometry, task.bound.loss
    total, rule = found.total, loss.rules.reductions[reduction]
    if loss.rules.lone_row and not geometry.rows_shape and rule is not Reduce.NONE:
        rule = Reduce.SUM
    denominator = _denominator(task, total, rule)
    mean = total.numerator.ratio(denominator)
    if math.isnan(mean) and total.numerator.finite and rule is not Reduce.NONE:
        mean = _nothing(loss)
    if rule is Reduce.PERPLEXITY:
        mean, scale = perplexity(mean), 1.0
    numerator = total.numerator.value()
    undivided = rule is Reduce.SUM and task.bound.options.get("divisor") is None
    value = numerator if undivided else None if rule is Reduce.NONE else mean
    shows_perplexity = loss.perplexity and rule is Reduce.MEAN and not geometry.dense

    def extreme(found: Extreme | None) -> RowExtreme | None:
        if found is None:
            return None
        index = np.unravel_index(found[1], geometry.rows_shape) if geometry.rows_shape else ()
        return RowExtreme(found[0] / scale, found[1], tuple(int(i) for i in index))

    warnings = (
        *(text for reader in task.inputs.readers().values() for text in reader.warnings),
        *suspicions(task.inputs, task.bound),
        *warnings_of(total, loss, mean),
    )
    if request.strict and warnings:
        raise DataError(warnings[0], "--strict makes warnings errors")
    return LossResult(
        kind=loss.name,
        reduction=reduction,
        unit=request.unit,
        loss=None if value is None else value / scale,
        numerator=numerator / scale,
        denominator=denominator.value(),
        rows=total.rows,
        ignored=total.ignored,
        classes=None if geometry.class_dim is None else geometry.classes,
        class_dim=geometry.class_dim,
        labels_read_as=_reading(task),
        perplexity=perplexity(mean) if shows_perplexity else None,
        minimum=extreme(total.minimum),
        maximum=extreme(total.maximum),
        precision=request.precision,
        inputs=found.facts,
        options=task.bound.shown(),
        changed=task.bound.changed,
        signature=sign(request, task.bound, reduction, found.facts),
        out=request.out,
        warnings=warnings,
        notes=_notes(task),
    )


def _nothing(loss: Loss) -> float:
    if loss.rules.nothing is None:
        raise DataError(f"{loss.name} has no mean of nothing: the rows that count weigh 0")
    return loss.rules.nothing


def _denominator(task: LossBlocks, total: Partial, rule: Reduce) -> ExactSum:
    """What the mean is divided by."""
    count, divisor = ExactSum(), task.bound.options.get("divisor")
    if divisor is not None:
        count.add(np.array([divisor], dtype=np.float64))
        return count
    if rule is Reduce.COUNT:
        count.add_integer(total.rows - total.ignored)
        return count
    if rule is Reduce.BATCH:
        count.add_integer(task.inputs.logits.shape[0])
        return count
    return total.denominator


def _reading(task: LossBlocks) -> str:
    if task.inputs.labels is None:
        return "none"
    if task.bound.loss.labels is Labels.ELEMENTS:
        return "targets"
    return "dense" if task.inputs.geometry.dense else "index"


def _notes(task: LossBlocks) -> tuple[str, ...]:
    notes = [note for reader in task.inputs.readers().values() for note in reader.notes]
    geometry, labels = task.inputs.geometry, task.inputs.labels
    if labels is None:
        return tuple(notes)
    if geometry.squeezed and labels.format not in TEXT:
        notes.append(f"{labels.name}: shape {labels.shape} is read as {labels.shape[:-1]}")
    taken, given = task.bound.loss.rules.label_dtypes, dtype_name(labels.dtype)
    if taken and not geometry.dense and given not in taken and labels.format not in TEXT:
        notes.append(
            f"{labels.name}: {task.bound.loss.name} itself takes labels of {' or '.join(taken)} "
            f"only, not {given}; the number is that of the same labels converted"
        )
    return tuple(notes)
