"""`compute_gradient`: the derivatives of a loss by its logits, for logits of any size."""

from __future__ import annotations

from contextlib import ExitStack
from os import PathLike

import numpy as np

from xent_cli.arrays import TEXT_FORMATS
from xent_cli.arrays.base import Array, ArrayReader, Box
from xent_cli.dtypes import as_float
from xent_cli.errors import UsageError
from xent_cli.losses import LOSSES
from xent_cli.losses.base import Loss
from xent_cli.losses.checks import Geometry
from xent_cli.losses.rules import Reduce
from xent_cli.records import record, replace
from xent_cli.reduction.blocks import box_shape
from xent_cli.results import ArrayFacts, ArrayResult, Scalar
from xent_cli.tasks.facts import facts_of
from xent_cli.tasks.loss import Quotient, notes_of, quotient_of, reduce_losses, warnings_for
from xent_cli.tasks.loss_blocks import LossBlocks
from xent_cli.tasks.prepare import UNITS, Prepared, prepare
from xent_cli.tasks.request import BLOCK_ELEMENTS, Destination, LossRequest
from xent_cli.tasks.signature import sign
from xent_cli.tasks.writing import open_destination, write_array

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
        task: gives the derivatives.
        divisor: what those of the sum are divided by.
    """

    format = "calculated"

    def __init__(self, task: LossBlocks, divisor: float) -> None:
        logits = task.inputs.logits
        self.task, self.divisor = task, divisor
        self.name, self.shape, self.columns = "gradient", logits.shape, logits.columns
        wide = np.dtype(np.float64)
        self.dtype = wide if task.double else as_float(np.empty(0, logits.dtype)).dtype

    def finish(self) -> None:
        """Checks the end of what it is calculated from."""
        for reader in self.task.inputs.readers().values():
            reader.finish()

    def read(self, box: Box) -> Array:
        """The box; along the class axis it is calculated whole."""
        axes = self.task.inputs.geometry.class_dims
        uncut = [slice(0, length) for length in self.shape]
        whole = tuple(uncut[a] if a in axes else extent for a, extent in enumerate(box))
        if 0 in box_shape(whole):
            return np.empty(box_shape(box), dtype=self.dtype)
        slopes = self.task.gradient(self.task.load(whole), self.divisor)
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
    shown = request.to is None
    with ExitStack() as stack:
        ready = prepare(replace(request.loss, out=None), stack, twice=True)
        ready = replace(ready, task=replace(ready.task, keep_values=False))
        loss, task = ready.task.bound.loss, ready.task
        if loss.gradient is None:
            raise _no_gradient(loss)
        total = reduce_losses(ready)
        quotient = quotient_of(ready, total)
        output = GradientArray(task, _divisor(ready, quotient))
        output.finish()
        facts = {role: facts_of(reader, corners=False) for role, reader in ready.arrays().items()}
        result = ArrayResult(
            command="grad",
            inputs=tuple(facts.values()),
            outputs=(facts_of(output, corners=shown),),
            details=_details(ready, quotient, total.numerator.value(), facts),
            out=None if request.to is None else request.to.path,
            warnings=warnings_for(ready, total, quotient),
            notes=notes_of(ready),
        )
        if request.to is not None:
            lost = _deliver(output, ready, request.to)
            result = replace(result, notes=(*result.notes, *lost))
    return result


def _no_gradient(loss: Loss) -> UsageError:
    known = ", ".join(other.name for other in LOSSES.values() if other.gradient is not None)
    return UsageError(f"--kind {loss.name} has no gradient", f"kinds that have one: {known}")


def _divisor(ready: Prepared, quotient: Quotient) -> float:
    """What the derivatives of the sum are divided by."""
    divisor = quotient.denominator.value() if quotient.divided else 1.0
    if quotient.rule is Reduce.PERPLEXITY:
        with np.errstate(divide="ignore"):
            return float(np.float64(divisor) / quotient.mean)
    return divisor * UNITS[ready.request.unit]


def _details(
    ready: Prepared, quotient: Quotient, numerator: float, facts: dict[str, ArrayFacts]
) -> dict[str, Scalar]:
    request, loss = ready.request, ready.task.bound.loss
    scale = 1.0 if quotient.rule is Reduce.PERPLEXITY else UNITS[request.unit]
    summed = quotient.rule is Reduce.NONE
    return {
        "kind": loss.name,
        "reduction": ready.reduction,
        "gradient_of": "the sum of all losses" if summed else f"their {ready.reduction}",
        "loss": (quotient.mean if quotient.divided else numerator) / scale,
        "divided_by": quotient.denominator.value() if quotient.divided else 1.0,
        "unit": request.unit,
        "precision": request.precision,
        "signature": sign(request, ready.task.bound, ready.reduction, facts),
    }


def _deliver(output: GradientArray, ready: Prepared, to: Destination) -> tuple[str, ...]:
    """Writes the gradient; tells what the user should know of the file that was replaced."""
    inputs, request = ready.task.inputs, ready.request
    geometry: Geometry = inputs.geometry
    if to.path == "-" and to.format is None and inputs.logits.format in TEXT_FORMATS:
        to = Destination("-", "csv")
    given = (request.logits, request.labels, request.sample_weight)
    named = (*given, *request.options.values(), *request.params.values())
    writer = open_destination(output, to, [s for s in named if isinstance(s, str | PathLike)])
    write_array(
        output,
        writer,
        whole=geometry.class_dims,
        jobs=request.jobs,
        limit=request.block_elements or _BLOCK_ELEMENTS,
    )
    return writer.notes
