"""`stack`: arrays of one shape joined along a new dimension."""

from __future__ import annotations

from contextlib import ExitStack

from xent_cli.arrays.session import session
from xent_cli.arrays.views.joined import JoinedArray
from xent_cli.arrays.views.joining import Operand, join_rules
from xent_cli.arrays.views.parts import ExpandedArray
from xent_cli.errors import DataError, UsageError
from xent_cli.geometry import resolve_dim
from xent_cli.results.arrays import ArrayResult
from xent_cli.tasks.concatenate import CatRequest, open_inputs, write_joined
from xent_cli.tasks.writing import check_destination


def stack(request: CatRequest) -> ArrayResult:
    """Stacks arrays: concatenate after each was given an axis of length 1 (torch.stack).

    Raises:
        UsageError: no inputs, a dim that does not exist, an unknown rule or dtype.
        DataError: shapes that are not equal, or dtypes that do not go together.
        StorageError: a file cannot be read or written.

    >>> import numpy as np
    >>> stack(CatRequest((np.zeros((2, 3)), np.ones((2, 3))), dim=-1)).outputs[0].shape
    (2, 3, 2)
    """
    if not request.inputs:
        raise UsageError("there is nothing to stack", "name at least one array")
    check_destination(request.to, request.inputs)
    with session(), ExitStack() as opened:
        readers = open_inputs(request, request.read, opened, rows_belong_together=True)
        first = readers[0]
        rank = len(first.shape) + 1
        dim = resolve_dim(request.dim, rank, f"stacked, {first.name} has {rank} dimensions")
        for reader in readers[1:]:
            if reader.shape != first.shape:
                raise DataError(
                    f"{reader.name} has shape {reader.shape}, but {first.name} has {first.shape}",
                    "arrays that are stacked have one shape; xent cat joins along an existing dim",
                )
        parts = [ExpandedArray(reader, dim) for reader in readers]
        rules = join_rules(
            [Operand(part.name, part.shape, part.dtype) for part in parts],
            dim,
            request.promote,
            request.dtype,
        )
        output = JoinedArray(
            parts, rules.dim, rules.dtype, "stacked", as_written=request.dtype is None
        )
        return write_joined("stack", request, readers, output, rules)
