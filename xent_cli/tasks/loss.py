"""`compute_loss`: a loss of logits against labels, from files of any size."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import numpy as np

from xent_cli.arrays import Spool, create_array
from xent_cli.arrays.base import ArrayWriter
from xent_cli.arrays.session import session
from xent_cli.diagnosis import ERROR, WARNING, Diagnosis, messages
from xent_cli.engines import Workers, get_engine
from xent_cli.errors import DataError
from xent_cli.passes.facts import read_corner
from xent_cli.passes.finish import finish
from xent_cli.passes.plan import Plan, plan_loss
from xent_cli.passes.request import LossRequest
from xent_cli.passes.run import collect
from xent_cli.records import replace
from xent_cli.results.loss import LossResult


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
    with session(), ExitStack() as stack:
        workers = Workers(request.jobs)
        plan = plan_loss(request, stack, threads=workers.most)
        sink = _open_sink(plan)
        try:
            total = read_rows(plan, workers, sink)
            result = finish(plan.complete(workers.diagnoses), total)
            refuse_warnings(request, result.diagnoses)
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
            return replace(result, diagnoses=(*result.diagnoses, *sink.diagnoses))
        return result


def read_rows(plan: Plan, workers: Workers, sink: ArrayWriter | None = None) -> dict[str, Any]:
    """The tallies of all rows; their values go to `sink`, if there is one."""
    engine = get_engine(plan.request.engine)
    return collect(plan, engine(plan.recipe, plan.boxes(), workers), sink)


def refuse_warnings(request: LossRequest, diagnoses: tuple[Diagnosis, ...]) -> None:
    """Raises the first error, and where the request is strict the first warning, as a DataError."""
    for found in diagnoses:
        if found.level == ERROR:
            raise DataError(found.message, found.hint)
    warnings = messages(diagnoses, WARNING)
    if request.strict and warnings:
        raise DataError(warnings[0], "--strict makes warnings errors")


def _open_sink(plan: Plan) -> ArrayWriter | None:
    """Where the values of the rows go; None where only their sum is wanted."""
    recipe, out = plan.recipe, plan.request.out
    if not recipe.with_values:
        return None
    by_element = recipe.loss.elements is not None
    shape = recipe.operands["logits"].reader.shape if by_element else recipe.geometry.rows_shape
    if out is not None:
        return create_array(out, shape, np.dtype(np.float64))
    return Spool(shape, np.dtype(np.float64), "values")
