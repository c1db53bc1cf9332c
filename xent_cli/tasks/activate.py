"""`activate`: softmax, sigmoid and their logarithms of an array of any size."""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np

from xent_cli.array_facts import Scalar
from xent_cli.arrays import open_array, spooled
from xent_cli.arrays.base import Array, ArrayReader, ReadOptions
from xent_cli.arrays.session import session
from xent_cli.diagnosis import WARNING, Diagnosis
from xent_cli.dtypes import as_float
from xent_cli.geometry import Box, is_run, resolve_dim
from xent_cli.losses.activations import Activation, get_activation
from xent_cli.losses.checks import check_operand_dtype
from xent_cli.passes.facts import facts_of, output_facts
from xent_cli.passes.limits import BLOCK_ELEMENTS, PRECISIONS, check_word
from xent_cli.passes.request import Destination, Source
from xent_cli.records import field, record
from xent_cli.reduction.blocks import plan_boxes
from xent_cli.results.arrays import ArrayResult
from xent_cli.tasks.writing import check_destination, deliver


@record
class ActivateRequest:
    """An activation of an array.

    Args:
        name: `softmax`, `log-softmax`, `sigmoid` or `log-sigmoid`.
        input: logits of any shape and real dtype but bool.
        dim: the class axis of the softmaxes; negative counts from the end.
        precision: `native` (the input's, float32 at least) or `double`.
        to: where the array goes; None: only its facts are wanted.
        read: how text is read.
        jobs: threads; None: as many as there are processors.
    """

    name: str
    input: Source
    dim: int = -1
    precision: str = "native"
    to: Destination | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    jobs: int | None = None


class ActivatedArray(ArrayReader):
    """The activation of another array, calculated as it is read.

    Args:
        source: the logits.
        activation: what is calculated.
        dim: the class axis, not negative; of no account where every element stands alone.
        double: calculate in float64, and give float64.
    """

    format = "calculated"
    composed = True

    def __init__(
        self, source: ArrayReader, activation: Activation, dim: int, *, double: bool
    ) -> None:
        self.source, self.activation, self.dim, self.double = source, activation, dim, double
        self.name = f"{activation.name}({source.name})"
        self.shape, self.columns = source.shape, source.columns
        self.diagnoses = source.diagnoses
        self.is_text = source.is_text
        self.seekable, self.fortran = source.seekable, source.fortran
        self.dtype = np.dtype(np.float64) if double else as_float(np.empty(0, source.dtype)).dtype
        self.met_nan = False

    def read(self, box: Box) -> Array:
        """The box; along the class axis the source is read whole."""
        if not self.activation.along_classes:
            values = self.source.read(box)
            return self.activation.apply(values, double=self.double).astype(self.dtype)
        classes = self.shape[self.dim]
        whole = (*box[: self.dim], slice(0, classes), *box[self.dim + 1 :])
        moved = np.moveaxis(self.source.read(whole), self.dim, -1)
        rows = np.ascontiguousarray(moved).reshape(-1, classes)
        values = self.activation.apply(rows, double=self.double).astype(self.dtype)
        if values.size and np.isnan(values.min()):  # the sum by which the frameworks divide is NaN
            values[np.isnan(values).any(axis=1)] = np.nan
            self.met_nan = True
        back = np.moveaxis(values.reshape(moved.shape), -1, self.dim)
        return back[(slice(None),) * self.dim + (box[self.dim],)]

    def finish(self) -> None:
        """Checks the end of the source."""
        self.source.finish()


def activate(request: ActivateRequest) -> ArrayResult:
    """Calculates an activation, streamed to where it should go.

    Returns:
        The input, the output (float32 for inputs that fit it, float64 otherwise) and what was
        done; corner values where nothing is written.

    Raises:
        UsageError: an unknown activation or precision, or a dim that the array does not have.
        DataError: the input is broken, or not of numbers.
        StorageError: a file cannot be read or written.

    >>> activate(ActivateRequest("sigmoid", np.zeros((2, 3)))).outputs[0].corner.values[0]
    0.5
    """
    activation = get_activation(request.name)
    check_word("precision", request.precision, PRECISIONS)
    check_destination(request.to, [request.input])
    with session(), ExitStack() as stack:
        reader = stack.enter_context(open_array(request.input, request.read, "logits"))
        check_operand_dtype(reader.dtype, reader.name, "logits")
        dim, shape = 0, reader.shape
        if activation.along_classes:
            dim = resolve_dim(request.dim, len(shape), f"{reader.name} has shape {shape}")
        whole = (dim,) if activation.along_classes else ()
        if request.to is None or not _readable(reader, whole):
            reader = stack.enter_context(spooled(reader))
        output = ActivatedArray(reader, activation, dim, double=request.precision == "double")
        details: dict[str, Scalar] = {"activation": activation.name}
        if whole:
            details["dim"] = dim
        outputs = (output_facts(output, request.to),)
        told = [
            *reader.diagnoses,
            *deliver(output, request.to, inputs=[request.input], whole=whole, jobs=request.jobs),
        ]
        if output.met_nan:
            nan = Diagnosis(
                "activation-nan",
                WARNING,
                f"{reader.name}: rows with a logit of inf or NaN have a {activation.name} of NaN, "
                "as in the frameworks",
                place={"file": reader.name},
            )
            told.append(nan)
        return ArrayResult(
            command="activate",
            inputs=(facts_of(reader, corners=False),),
            outputs=outputs,
            details={**details, "precision": request.precision},
            out=None if request.to is None else request.to.path,
            diagnoses=tuple(told),
        )


def _readable(reader: ArrayReader, whole: tuple[int, ...]) -> bool:
    """Whether the boxes to be calculated come in the order of the source."""
    if reader.seekable:
        return True
    first = next(plan_boxes(reader.shape, limit=BLOCK_ELEMENTS, whole=whole), None)
    return not reader.fortran and (first is None or is_run(reader.shape, first))
