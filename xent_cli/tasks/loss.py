"""`compute_loss`: a loss of logits against labels, from files of any size."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import numpy as np

from xent_cli.arrays import Spool, create_array, open_array, refuse_input, spooled
from xent_cli.arrays.base import ArrayReader, ArrayWriter, Box
from xent_cli.engines import get_engine
from xent_cli.errors import DataError, UsageError
from xent_cli.losses.base import Labels
from xent_cli.losses.checks import ShapePair, check_operand_dtype, find_geometry
from xent_cli.losses.stable import perplexity
from xent_cli.reduction.blocks import is_sequential, plan_boxes
from xent_cli.reduction.partial import Extreme, Partial
from xent_cli.results import ArrayFacts, LossResult, RowExtreme
from xent_cli.tasks.binding import Bound, bind, choose_loss
from xent_cli.tasks.facts import facts_of, read_corner
from xent_cli.tasks.loss_blocks import Inputs, LossBlocks
from xent_cli.tasks.request import BLOCK_ELEMENTS, LossRequest, processors, single_stdin
from xent_cli.tasks.signature import sign
from xent_cli.tasks.vectors import VectorShape
from xent_cli.tasks.warnings import warnings_of

REDUCTIONS = ("mean", "sum", "none")
PRECISIONS = ("native", "double")
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
    with ExitStack() as stack:
        inputs = _open_inputs(request, stack)
        bound = bind(
            request.kind,
            request.options,
            request.params,
            VectorShape(
                inputs.geometry.classes, inputs.logits.columns, inputs.logits.name, request.read
            ),
        )
        _check_request(request, bound, inputs)
        inputs, boxes = _plan(request, inputs, stack)
        task = LossBlocks(
            inputs=inputs,
            bound=bound,
            double=request.precision == "double",
            label_base=request.label_base,
            keep_values=request.reduction == "none",
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
            result = _finish(request, task, total, facts)
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
    for name, value, known in (
        ("reduction", request.reduction, REDUCTIONS),
        ("precision", request.precision, PRECISIONS),
        ("unit", request.unit, tuple(UNITS)),
        ("label-base", request.label_base, (0, 1)),
    ):
        if value not in known:
            words = ", ".join(str(word) for word in known)
            raise UsageError(f"--{name} takes {words}; got {value!r}")
    if request.jobs is not None and request.jobs < 1:
        raise UsageError(f"--jobs must be at least 1; got {request.jobs}")
    if request.block_elements is not None and request.block_elements < 1:
        raise UsageError(f"block_elements must be at least 1; got {request.block_elements}")


def _open_inputs(request: LossRequest, stack: ExitStack) -> Inputs:
    sources = {"logits": request.logits, "labels": request.labels}
    if request.sample_weight is not None:
        sources["sample_weight"] = request.sample_weight
    single_stdin(sources.values())
    if request.out is not None:
        refuse_input(request.out, [s for s in sources.values() if isinstance(s, str | os.PathLike)])
    loss = choose_loss(request.kind, request.options.get("input"))
    readers = {
        role: stack.enter_context(open_array(source, request.read, role))
        for role, source in sources.items()
    }
    logits, labels = readers["logits"], readers["labels"]
    check_operand_dtype(logits.dtype, logits.name, loss.takes)
    pair = ShapePair(logits.shape, labels.shape, logits.name, labels.name)
    geometry = find_geometry(loss, pair, request.class_dim)
    return Inputs(logits, labels, readers.get("sample_weight"), geometry)


def _check_request(request: LossRequest, bound: Bound, inputs: Inputs) -> None:
    if inputs.geometry.dense and "ignore_index" in bound.given:
        raise UsageError(
            f"--ignore-index is for class indices, but {inputs.labels.name} has the logits' "
            "shape and is read as dense targets",
            "rows are left out of dense targets by --sample-weight with zeros",
        )
    weights = inputs.sample_weight
    if weights is not None:
        rows_shape = inputs.geometry.rows_shape
        fitting = {rows_shape, (*rows_shape, 1)}
        if bound.loss.elements is not None:
            fitting.add(inputs.logits.shape)
        if weights.shape not in fitting:
            raise DataError(
                f"{weights.name} has shape {weights.shape}, expected one weight for each row: "
                f"{rows_shape}"
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
        part = first if reader.shape == shape else first[: len(reader.shape)]
        if not reader.fortran and is_sequential(shape, first) and len(part) == len(reader.shape):
            return reader
        return stack.enter_context(spooled(reader))

    weights = inputs.sample_weight
    return Inputs(
        readable(inputs.logits),
        readable(inputs.labels),
        None if weights is None else readable(weights),
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


def _finish(
    request: LossRequest, task: LossBlocks, total: Partial, facts: dict[str, ArrayFacts]
) -> LossResult:
    scale, geometry, loss = UNITS[request.unit], task.inputs.geometry, task.bound.loss
    mean = total.numerator.ratio(total.denominator)
    numerator = total.numerator.value()
    value = {"mean": mean, "sum": numerator, "none": None}[request.reduction]
    shows_perplexity = loss.perplexity and request.reduction == "mean" and not geometry.dense

    def extreme(found: Extreme | None) -> RowExtreme | None:
        if found is None:
            return None
        index = np.unravel_index(found[1], geometry.rows_shape) if geometry.rows_shape else ()
        return RowExtreme(found[0] / scale, found[1], tuple(int(i) for i in index))

    warnings = warnings_of(total, loss)
    if request.strict and warnings:
        raise DataError(warnings[0], "--strict makes warnings errors")
    return LossResult(
        kind=loss.name,
        reduction=request.reduction,
        unit=request.unit,
        loss=None if value is None else value / scale,
        numerator=numerator / scale,
        denominator=total.denominator.value(),
        rows=total.rows,
        ignored=total.ignored,
        classes=None if geometry.class_dim is None else geometry.classes,
        class_dim=geometry.class_dim,
        labels_read_as=_reading(task),
        perplexity=perplexity(mean) if shows_perplexity else None,
        minimum=extreme(total.minimum),
        maximum=extreme(total.maximum),
        precision=request.precision,
        inputs=facts,
        options=task.bound.shown(),
        signature=sign(request, task.bound, facts),
        out=request.out,
        warnings=warnings,
        notes=_notes(task),
    )


def _reading(task: LossBlocks) -> str:
    if task.bound.loss.labels is Labels.ELEMENTS:
        return "targets"
    return "dense" if task.inputs.geometry.dense else "index"


def _notes(task: LossBlocks) -> tuple[str, ...]:
    notes = [note for reader in task.inputs.readers().values() for note in reader.notes]
    geometry, labels = task.inputs.geometry, task.inputs.labels
    if geometry.squeezed and labels.format not in ("csv", "tsv"):
        notes.append(f"{labels.name}: shape {labels.shape} is read as {geometry.rows_shape}")
    return tuple(notes)
