"""`compute_loss`: a loss of logits against labels, from files of any size."""

from __future__ import annotations

import math
from contextlib import ExitStack

import numpy as np

from xent_cli.arrays import TEXT_FORMATS, Spool, create_array
from xent_cli.arrays.base import ArrayWriter
from xent_cli.dtypes import dtype_name
from xent_cli.engines import get_engine
from xent_cli.errors import DataError
from xent_cli.losses.base import Labels, Loss
from xent_cli.losses.bounds import REDUCED, sum_error
from xent_cli.losses.rules import Reduce
from xent_cli.losses.stable import perplexity
from xent_cli.records import record, replace
from xent_cli.reduction.exact import ExactSum
from xent_cli.reduction.partial import Extreme, Partial
from xent_cli.results import ArrayFacts, LossResult, RowExtreme
from xent_cli.tasks.facts import facts_of, read_corner
from xent_cli.tasks.loss_blocks import LossBlocks
from xent_cli.tasks.prepare import UNITS, Prepared, prepare
from xent_cli.tasks.request import LossRequest
from xent_cli.tasks.signature import sign
from xent_cli.tasks.suspicions import suspicions
from xent_cli.tasks.warnings import warnings_of


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
    with ExitStack() as stack:
        ready = prepare(request, stack)
        request, task, inputs = ready.request, ready.task, ready.task.inputs
        facts = {
            role: facts_of(reader, corners=request.corners)
            for role, reader in ready.arrays().items()
        }
        sink = _open_sink(request, task)
        try:
            total = reduce_losses(ready, sink)
            for reader in inputs.readers().values():
                reader.finish()
            result = _finish(ready, _Found(total, facts))
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
            return replace(result, notes=(*result.notes, *sink.notes))
        return result


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


def reduce_losses(ready: Prepared, sink: ArrayWriter | None = None) -> Partial:
    """The partial of all rows; their values go to `sink`, if there is one."""
    request, total = ready.request, Partial()
    engine = get_engine(request.engine)
    for partial, box, values in engine(ready.task, ready.boxes(), ready.workers):
        total.merge(partial)
        if sink is not None and values is not None:
            sink.write(box, values / UNITS[request.unit])
    return total


@record
class _Found:
    total: Partial
    facts: dict[str, ArrayFacts]


@record
class Quotient:
    """The reduction of all rows: its rule, what is divided by what, and the quotient, in nats.

    `mean` is exp of the quotient for a perplexity; `divided` is False for sums and single rows.
    """

    rule: Reduce
    denominator: ExactSum
    mean: float
    divided: bool


def quotient_of(ready: Prepared, total: Partial) -> Quotient:
    """What the loss's reduction makes of the rows."""
    task, loss = ready.task, ready.task.bound.loss
    rule = loss.rules.reductions[ready.reduction]
    if loss.rules.lone_row and not task.inputs.geometry.rows_shape and rule is not Reduce.NONE:
        rule = Reduce.SUM
    denominator = _denominator(task, total, rule)
    mean = total.numerator.ratio(denominator)
    if math.isnan(mean) and total.numerator.finite and rule is not Reduce.NONE:
        mean = _nothing(loss)
    if rule is Reduce.PERPLEXITY:
        mean = perplexity(mean)
    undivided = rule is Reduce.SUM and task.bound.options.get("divisor") is None
    return Quotient(rule, denominator, mean, not undivided and rule is not Reduce.NONE)


def _finish(ready: Prepared, found: _Found) -> LossResult:
    request, task, reduction = ready.request, ready.task, ready.reduction
    geometry, loss, total = task.inputs.geometry, task.bound.loss, found.total
    quotient = quotient_of(ready, total)
    rule, denominator, mean = quotient.rule, quotient.denominator, quotient.mean
    scale = 1.0 if rule is Reduce.PERPLEXITY else UNITS[request.unit]
    numerator = total.numerator.value()
    value = None if rule is Reduce.NONE else mean if quotient.divided else numerator
    shows_perplexity = loss.perplexity and rule is Reduce.MEAN and not geometry.dense

    def extreme(found: Extreme | None) -> RowExtreme | None:
        if found is None:
            return None
        index = np.unravel_index(found[1], geometry.rows_shape) if geometry.rows_shape else ()
        return RowExtreme(found[0] / scale, found[1], tuple(int(i) for i in index))

    warnings = warnings_for(ready, total, quotient)
    error_bound = _error_bound(found, quotient, value, geometry.classes)
    return LossResult(
        kind=loss.name,
        reduction=reduction,
        unit=request.unit,
        loss=None if value is None else value / scale,
        error_bound=None if error_bound is None else error_bound / scale,
        numerator=numerator / scale,
        denominator=denominator.value(),
        rows=total.rows,
        ignored=total.ignored,
        classes=geometry.classes if geometry.class_dims else None,
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
        notes=notes_of(ready),
    )


def _error_bound(
    found: _Found, quotient: Quotient, value: float | None, classes: int
) -> float | None:
    """How far `value` (in nats) can be from the exact one; None where that is not known."""
    if value is None:
        return None
    error = found.total.error
    bound = abs(error.ratio(quotient.denominator)) if quotient.divided else error.value()
    if quotient.rule is Reduce.PERPLEXITY:
        bound = value * math.expm1(bound) if bound < 1 else math.inf
    bound += (REDUCED + sum_error(classes)) * abs(value)
    return bound if math.isfinite(bound) else None


def warnings_for(ready: Prepared, total: Partial, quotient: Quotient) -> tuple[str, ...]:
    """All that the user should be warned of.

    Raises:
        DataError: there is something, and the request is strict.

    """
    inputs, bound = ready.task.inputs, ready.task.bound
    warnings = (
        *(text for reader in ready.arrays().values() for text in reader.warnings),
        *suspicions(inputs, bound),
        *warnings_of(total, bound.loss, quotient.rule, quotient.mean),
    )
    if ready.request.strict and warnings:
        raise DataError(warnings[0], "--strict makes warnings errors")
    return warnings


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


def notes_of(ready: Prepared) -> tuple[str, ...]:
    """What the user should know of how the inputs were understood, and worked on."""
    notes = [note for reader in ready.arrays().values() for note in reader.notes]
    notes.extend(ready.workers.notes)
    task = ready.task
    geometry, labels = task.inputs.geometry, task.inputs.labels
    if labels is None:
        return tuple(notes)
    if geometry.squeezed and labels.format not in TEXT_FORMATS:
        notes.append(f"{labels.name}: shape {labels.shape} is read as {labels.shape[:-1]}")
    taken, given = task.bound.loss.rules.label_dtypes, dtype_name(labels.dtype)
    if taken and not geometry.dense and given not in taken and labels.format not in TEXT_FORMATS:
        notes.append(
            f"{labels.name}: {task.bound.loss.name} itself takes labels of {' or '.join(taken)} "
            f"only, not {given}; the number is that of the same labels converted"
        )
    return tuple(notes)
