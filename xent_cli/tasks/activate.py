"""`activate`: softmax, sigmoid and their logarithms of an array of any size."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np

from xent_cli.arrays import create_array, open_array, refuse_input, spooled
from xent_cli.arrays.base import Array, ArrayReader, Box, ReadOptions
from xent_cli.errors import UsageError
from xent_cli.losses.activations import Activation, get_activation
from xent_cli.reduction.blocks import is_sequential, plan_boxes
from xent_cli.results import ActivateResult
from xent_cli.tasks.facts import facts_of
from xent_cli.tasks.request import BLOCK_ELEMENTS, Destination, Source
from xent_cli.tasks.writing import write_array


@dataclass(frozen=True)
class ActivateRequest:
    """An activation of an array.

    Args:
        name: `softmax`, `log-softmax`, `sigmoid` or `log-sigmoid`.
        input: logits.
        dim: the class axis; negative counts from the end.
        precision: `native` gives float32 for inputs of up to 32 bits; `double` gives float64.
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
    """The activation of another array, calculated as it is read."""

    format = "calculated"

    def __init__(self, source: ArrayReader, activation: Activation, dim: int, double: bool) -> None:
        self.source, self.activation, self.dim, self.double = source, activation, dim, double
        self.name = f"{activation.name}({source.name})"
        self.shape, self.columns, self.notes = source.shape, source.columns, source.notes
        self.seekable, self.fortran = source.seekable, source.fortran
        wide = double or source.dtype == np.float64 or source.dtype.kind in "iu"
        self.dtype = np.dtype(np.float64 if wide else np.float32)

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
        back = np.moveaxis(values.reshape(moved.shape), -1, self.dim)
        return back[(slice(None),) * self.dim + (box[self.dim],)]

    def finish(self) -> None:
        """Checks the end of the source."""
        self.source.finish()


def activate(request: ActivateRequest) -> ActivateResult:
    """Calculates an activation, streamed to where it should go.

    Raises:
        UsageError: an unknown activation, or a dim that the array does not have.
        DataError, StorageError: as reading and writing do.

    >>> activate(ActivateRequest("sigmoid", np.zeros((2, 3)))).output.dtype
    'float64'
    """
    activation = get_activation(request.name)
    with ExitStack() as stack:
        reader = stack.enter_context(open_array(request.input, request.read))
        if request.to is not None:
            refuse_input(request.to.path, [request.input] if isinstance(request.input, str) else [])
        dim = _axis(reader, request.dim) if activation.along_classes else 0
        whole = dim if activation.along_classes else None
        if not reader.seekable:
            boxes = plan_boxes(reader.shape, limit=BLOCK_ELEMENTS, whole=whole)
            first = next(boxes, None)
            if reader.fortran or (first is not None and not is_sequential(reader.shape, first)):
                reader = stack.enter_context(spooled(reader))
        output = ActivatedArray(reader, activation, dim, request.precision == "double")
        result = ActivateResult(
            activation=activation.name,
            dim=whole,
            input=facts_of(reader, corners=request.to is None),
            output=facts_of(output, corners=request.to is None),
            out=None if request.to is None else request.to.path,
            notes=reader.notes,
        )
        if request.to is not None:
            writer = create_array(request.to.path, output.shape, output.dtype)
            write_array(output, writer, whole=whole, jobs=request.jobs)
    return result


def _axis(reader: ArrayReader, dim: int) -> int:
    rank = len(reader.shape)
    if not -rank <= dim < rank:
        bounds = f"from {-rank} to {rank - 1}" if rank else "none: it is a single number"
        raise UsageError(
            f"--dim {dim} does not exist: {reader.name} has shape {reader.shape}, dims go {bounds}"
        )
    return dim % rank
