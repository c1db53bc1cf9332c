"""`concatenate`: arrays of any size joined along a dimension, by torch.cat's rules."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from shlex import quote

from xent_cli.arrays import open_array
from xent_cli.arrays.base import ArrayReader, ReadOptions
from xent_cli.arrays.session import session
from xent_cli.arrays.text.cells import brief, is_number
from xent_cli.arrays.views.joined import JoinedArray
from xent_cli.arrays.views.joining import JoinRules, Operand, join_rules
from xent_cli.arrays.views.parked import open_together
from xent_cli.arrays.views.shards import shell_order
from xent_cli.errors import DataError
from xent_cli.passes.facts import facts_of, output_facts
from xent_cli.passes.request import Destination, Source
from xent_cli.passes.sources import read_each
from xent_cli.records import field, record, replace
from xent_cli.results.arrays import ArrayResult
from xent_cli.tasks.writing import check_destination, deliver


@record
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


def concatenate(request: CatRequest) -> ArrayResult:
    """Joins arrays, streamed to where the result should go.

    Returns:
        The shapes, the dtype and where it came from; corner values where nothing is written.

    Raises:
        UsageError: no inputs, a dim that does not exist, an unknown rule or dtype.
        DataError: shapes or dtypes that do not go together, named with the file.
        StorageError: a file cannot be read or written.

    >>> import numpy as np
    >>> concatenate(CatRequest((np.zeros((2, 3)), np.zeros((2, 4))), dim=1)).outputs[0].shape
    (2, 7)
    """
    check_destination(request.to, request.inputs)
    with session(), ExitStack() as stack:
        # The cells' own text is kept only where it could be what is written.
        read = replace(request.read, keep_text=request.to is not None and request.dtype is None)
        readers = open_inputs(request, read, stack, rows_belong_together=request.dim != 0)
        rules = join_rules(
            [Operand(reader.name, reader.shape, reader.dtype) for reader in readers],
            request.dim,
            request.promote,
            request.dtype,
        )
        parts = [reader for reader, part in zip(readers, rules.takes_part, strict=True) if part]
        _check_headers(parts, rules.dim)
        output = JoinedArray(
            parts, rules.dim, rules.dtype, "result", as_written=request.dtype is None
        )
        return write_joined("cat", request, readers, output, rules)


def open_inputs(
    request: CatRequest, read: ReadOptions, stack: ExitStack, *, rows_belong_together: bool
) -> list[ArrayReader]:
    """The arrays to be joined, however many; `stack` closes them."""
    sources = read_each(request.inputs, read, rows_belong_together=rows_belong_together)
    readers = open_together([partial(open_array, source, how) for source, how in sources])
    for reader in readers:
        stack.enter_context(reader)
    return readers


def write_joined(
    command: str,
    request: CatRequest,
    readers: Sequence[ArrayReader],
    output: JoinedArray,
    rules: JoinRules,
) -> ArrayResult:
    """Writes what was joined of `readers` to where the request wants it, and tells how."""
    outputs = (output_facts(output, request.to),)
    order = shell_order([source for source in request.inputs if isinstance(source, str)])
    lost = deliver(output, request.to, inputs=request.inputs, jobs=request.jobs)
    return ArrayResult(
        command=command,
        inputs=tuple(facts_of(reader, corners=False) for reader in readers),
        outputs=outputs,
        details={
            "dim": rules.dim,
            "dtype": f"{outputs[0].dtype} ({rules.promotion})",
            "promotion": rules.promotion,
            "skipped": tuple(
                reader.name
                for reader, takes_part in zip(readers, rules.takes_part, strict=True)
                if not takes_part
            ),
        },
        out=None if request.to is None else request.to.path,
        diagnoses=(*output.diagnoses, *output.lost(), *order, *lost),
    )


def _check_headers(parts: list[ArrayReader], dim: int) -> None:
    """Joined along the rows, texts with column names must have the same ones."""
    if dim != 0 or len(parts[0].shape) != 2:
        return
    first = parts[0]
    for part in parts[1:]:
        text = part.is_text and first.is_text
        if text and (part.columns is None) != (first.columns is None):
            named, bare = (part, first) if part.columns else (first, part)
            above = f"(head -n 1 {quote(named.name)}; cat {quote(bare.name)}) > FILE.csv"
            raise DataError(
                f"{named.name} has column names in its first row, but {bare.name} has none",
                f"joined along dim 0, both need the same ones: {above} writes them above its rows"
                + _as_data(named),
            )
        if part.columns != first.columns and (part.columns and first.columns):
            place = next(
                i
                for i, (a, b) in enumerate(zip(part.columns, first.columns, strict=True))
                if a != b
            )
            raise DataError(
                f"{part.name}: column {place + 1} is called {brief(part.columns[place])}, "
                f"but {first.name} calls it {brief(first.columns[place])}",
                "joined along dim 0, column names must be equal; --skip 1 --no-header passes over "
                "them, where they are the first line of each" + _as_data(part),
            )


def _as_data(text: ArrayReader) -> str:
    """The way to read names that are numbers."""
    is_data = all(map(is_number, text.columns or ()))
    return "; --no-header reads them as data" if is_data else ""
