"""`compute_gradient`: the derivatives of a loss by its logits, for logits of any size."""

from __future__ import annotations

from contextlib import ExitStack
from os import PathLike

import numpy as np

from xent_cli.array_facts import Scalar
from xent_cli.arrays.base import Array, ArrayReader
from xent_cli.arrays.session import session
from xent_cli.dtypes import as_float
from xent_cli.engines import Workers
from xent_cli.errors import UsageError
from xent_cli.geometry import Box, box_shape
from xent_cli.losses import LOSSES
from xent_cli.losses.base import Loss
from xent_cli.losses.rules import Reduce
from xent_cli.passes.facts import output_facts
from xent_cli.passes.finish import finish
from xent_cli.passes.limits import BLOCK_ELEMENTS
from xent_cli.passes.plan import Plan, choose, plan_loss
from xent_cli.passes.recipe import Recipe
from xent_cli.passes.request import Destination, LossRequest
from xent_cli.records import record, replace
from xent_cli.results.arrays import ArrayResult
from xent_cli.tallies.loss import Quotient
from xent_cli.tasks.loss import read_rows, refuse_warnings
from xent_cli.tasks.writing import check_destination, open_destination, write_array

_BLOCK_ELEMENTS = BLOCK_ELEMENTS // 4
"""Every element needs several float64 to work with: larger blocks leave the caches, and were
slower by a third."""


@record
class GradRequest:
    """A gradient to be computed.

    Args:
        loss: the loss; its `out` and `corners` are of no account.
        to: where the gradient goes; None: only its facts are wanted.
    """

    loss: LossRequest
    to: Destination | None = None


class GradientArray(ArrayReader):
    """The derivatives of a loss by its logits, calculated as they are read.

    Args:
        recipe: gives the derivatives.
        divisor: what those of the sum are divided by.
    """

    format = "calculated"
    composed = True

    def __init__(self, recipe: Recipe, divisor: float) -> None:
        logits = recipe.operands["logits"].reader
        self.recipe, self.divisor = recipe, divisor
        self.name, self.shape, self.columns = "gradient", logits.shape, logits.columns
        self.is_text = logits.is_text
        wide = np.dtype(np.float64)
        self.dtype = wide if recipe.double else as_float(np.empty(0, logits.dtype)).dtype

    def finish(self) -> None:
        """Checks the end of what it is calculated from."""
        for operand in self.recipe.operands.values():
            operand.reader.finish()

    def read(self, box: Box) -> Array:
        """The box; along the class axis it is calculated whole."""
        axes = self.recipe.geometry.class_dims
        uncut = [slice(0, length) for length in self.shape]
        whole = tuple(uncut[a] if a in axes else extent for a, extent in enumerate(box))
        if 0 in box_shape(whole):
            return np.empty(box_shape(box), dtype=self.dtype)
        slopes = self.recipe.gradient(self.recipe.load(whole), self.divisor)
        with np.errstate(over="ignore", under="ignore"):
            values = slopes.astype(self.dtype)
        return values[tuple(e if a in axes else slice(None) for a, e in enumerate(box))]


def compute_gradient(request: GradRequest) -> ArrayResult:
    """Computes d loss / d logits, in bounded memory.

    The first pass reduces the rows, which gives the loss and what it is divided by; the second
    writes. With `reduction` none it is the gradient of the sum of all losses.

    Args:
        request: the loss, and where its gradient goes.

    Returns:
        The inputs, the gradient (the shape of the logits; float32 for logits of up to 32 bits,
        float64 otherwise and with double precision) and the loss; corner values where nothing is
        written. Its bits do not depend on jobs, block size or the layout of the input.

    Raises:
        UsageError, DataError, StorageError: as `compute_loss`; and a UsageError for a loss without
            a gradient.

    >>> logits, labels = np.zeros((1, 2)), np.array([0])
    >>> compute_gradient(GradRequest(LossRequest(logits, labels))).outputs[0].corner.values
    (-0.5, 0.5)

    """
    sources = _files(request.loss)
    check_destination(request.to, sources)
    loss_function = choose(request.loss).loss
    if loss_function.gradient is None:
        raise _no_gradient(loss_function)
    with session(), ExitStack() as stack:
        workers = Workers(request.loss.jobs)
        loss = replace(request.loss, out=None)
        plan = plan_loss(loss, stack, threads=workers.most, twice=True)
        plan = replace(plan, recipe=replace(plan.recipe, with_values=False))
        tallies = read_rows(plan, workers)
        header = plan.complete(workers.diagnoses)
        told = finish(header, tallies).diagnoses
        refuse_warnings(request.loss, told)
        quotient = tallies["loss"].quotient(header)
        output = GradientArray(plan.recipe, _divisor(plan, quotient))
        result = ArrayResult(
            command="grad",
            inputs=tuple(replace(facts, corner=None) for facts in header.inputs.values()),
            outputs=(output_facts(output, request.to),),
            details=_details(plan, quotient, tallies["loss"].numerator.value()),
            out=None if request.to is None else request.to.path,
            diagnoses=told,
        )
        if request.to is not None:
            writer = open_destination(output, request.to, sources)
            write_array(
                output,
                writer,
                whole=plan.recipe.geometry.class_dims,
                jobs=loss.jobs,
                limit=loss.block_elements or _BLOCK_ELEMENTS,
            )
            result = replace(result, diagnoses=(*result.diagnoses, *writer.diagnoses))
    return result


def _no_gradient(loss: Loss) -> UsageError:
    known = ", ".join(other.name for other in LOSSES.values() if other.gradient is not None)
    return UsageError(f"--kind {loss.name} has no gradient", f"kinds that have one: {known}")


def _divisor(plan: Plan, quotient: Quotient) -> float:
    """What the derivatives of the sum are divided by."""
    divisor = quotient.denominator.value() if quotient.divided else 1.0
    if quotient.rule is Reduce.PERPLEXITY:
        with np.errstate(divide="ignore"):
            return float(np.float64(divisor) / quotient.mean)
    return divisor * plan.header.scale


def _details(plan: Plan, quotient: Quotient, numerator: float) -> dict[str, Scalar]:
    header, summed = plan.header, quotient.rule is Reduce.NONE
    return {
        "kind": header.kind,
        "reduction": header.reduction,
        "gradient_of": "the sum of all losses" if summed else f"their {header.reduction}",
        "loss": (quotient.mean if quotient.divided else numerator) / header.scale,
        "divided_by": quotient.denominator.value() if quotient.divided else 1.0,
        "unit": header.unit,
        "precision": header.precision,
        "signature": header.signature,
    }


def _files(request: LossRequest) -> list[str | PathLike[str]]:
    """The files that a request names."""
    inputs = (request.logits, request.labels, request.sample_weight, request.mask, request.per)
    named = (*inputs, *request.options.values(), *request.params.values())
    return [source for source in named if isinstance(source, str | PathLike)]
