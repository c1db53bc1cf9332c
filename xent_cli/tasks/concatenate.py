"""`concatenate`: arrays of any size joined along a dimension, by torch.cat's rules."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from xent_cli.arrays import open_array
from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.joined import JoinedArray
from xent_cli.arrays.joining import Operand, join_rules
from xent_cli.results import CatResult
from xent_cli.tasks.facts import facts_of
from xent_cli.tasks.request import Destination, Source, single_stdin
from xent_cli.tasks.writing import deliver


@dataclass(frozen=True)
class CatRequest:
    """Arrays to be joined.

    Args:
        inputs: files, `-` for stdin, arrays or readers; at least one.
        dim: the dimension; negative counts from the end.
        promote: the rule of the result's dtype: `torch`, `numpy` or `strict`.
        dtype: a dtype by name, instead of the rule's.
        to: where the array goes; None: only its facts are wanted.
        read: how text is read.
        jobs: threads; None: as many as there are processors.
    """

    inputs: tuple[Source, ...]
    dim: int = 0
    promote: str = "torch"
    dtype: str | None = None
    to: Destination | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    jobs: int | None = None


def concatenate(request: CatRequest) -> CatResult:
    """Joins arrays, streamed to where the result should go.

    Returns:
        The shapes, the dtype and where it came from; corner values where nothing is written.

    Raises:
        UsageError: no inputs, a dim that does not exist, an unknown rule or dtype.
        DataError: shapes or dtypes that do not go together, named with the file.
        StorageError: a file cannot be read or written.

    >>> import numpy as np
    >>> concatenate(CatRequest((np.zeros((2, 3)), np.zeros((2, 4))), dim=1)).output.shape
    (2, 7)
    """
    single_stdin(request.inputs)
    with ExitStack() as stack:
        readers = [
            stack.enter_context(open_array(source, request.read)) for source in request.inputs
        ]
        plan = join_rules(
            [Operand(reader.name, reader.shape, reader.dtype) for reader in readers],
            request.dim,
            request.promote,
            request.dtype,
        )
        parts = [reader for reader, kept in zip(readers, plan.kept, strict=True) if kept]
        output = JoinedArray(parts, plan.dim, plan.dtype, "result")
        corners = request.to is None
        result = CatResult(
            dim=plan.dim,
            inputs=tuple(facts_of(reader, corners=False) for reader in readers),
            output=facts_of(output, corners=corners),
            promotion=plan.promotion,
            skipped=tuple(
                reader.name for reader, kept in zip(readers, plan.kept, strict=True) if not kept
            ),
            out=None if request.to is None else request.to.path,
            notes=output.notes,
        )
        if request.to is not None:
            deliver(output, request.to, inputs=request.inputs, jobs=request.jobs)
    return result
