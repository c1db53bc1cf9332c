"""`convert`: an array from one format to another."""

from __future__ import annotations

from typing import Any

import numpy as np

from xent_cli.arrays import open_array
from xent_cli.arrays.base import ArrayReader, MemoryArray, ReadOptions
from xent_cli.arrays.registry import BINARY
from xent_cli.arrays.session import session
from xent_cli.arrays.views.joined import JoinedArray
from xent_cli.arrays.views.joining import named_dtype
from xent_cli.dtypes import convert as as_dtype
from xent_cli.dtypes import native
from xent_cli.passes.facts import facts_of, output_facts
from xent_cli.passes.request import Destination, Source
from xent_cli.records import field, record, replace
from xent_cli.results.arrays import ArrayResult
from xent_cli.tasks.writing import check_destination, deliver


@record
class ConvertRequest:
    """An array to be written in another format.

    Args:
        input: a file, `-` for stdin, an array or a reader.
        to: where it goes.
        dtype: of the result by name; None: the input's.
        read: how text is read.
        jobs: threads; None: as many as there are processors.
    """

    input: Source
    to: Destination
    dtype: str | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    jobs: int | None = None


def convert(request: ConvertRequest) -> ArrayResult:
    """Copies an array, streamed; the values keep every bit unless a dtype is named.

    Raises:
        UsageError: an unknown format or dtype, or one that cannot hold the array.
        DataError, StorageError: as reading and writing do.
    """
    to = request.to
    if to.path == "-" and to.format is None:  # text, too, becomes what arrays on a pipe are
        to = replace(to, format=BINARY.name)
    check_destination(to, [request.input])
    with session(), open_array(request.input, request.read) as reader:
        dtype = reader.dtype if request.dtype is None else named_dtype(request.dtype)
        output = _converted(reader, dtype)
        outputs = (output_facts(output, to),)
        lost = deliver(output, to, inputs=[request.input], jobs=request.jobs)
        return ArrayResult(
            command="convert",
            inputs=(facts_of(reader, corners=False),),
            outputs=outputs,
            details={},
            out=request.to.path,
            diagnoses=(*reader.diagnoses, *lost),
        )


def _converted(reader: ArrayReader, dtype: np.dtype[Any]) -> ArrayReader:
    """The array with another dtype."""
    if reader.dtype == dtype:
        return reader
    if reader.shape:
        return JoinedArray([reader], 0, dtype, reader.name)
    value = as_dtype(native(reader.read(())), dtype)
    reader.finish()
    return MemoryArray(value, reader.name)
