"""Writes an array that is read or calculated box by box: the second half of every array command."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from xent_cli.arrays import check_target, create_array, refuse_overwriting
from xent_cli.arrays.base import Array, ArrayReader, ArrayWriter
from xent_cli.arrays.registry import TEXT
from xent_cli.arrays.storage.spool import Spool
from xent_cli.diagnosis import Diagnosis
from xent_cli.engines import Workers, get_engine
from xent_cli.geometry import Box, is_run
from xent_cli.passes.limits import BLOCK_ELEMENTS
from xent_cli.passes.request import Destination, Source
from xent_cli.records import record
from xent_cli.reduction.blocks import plan_boxes


@record
class _ReadBoxes:
    """The block task: a box of the source, ready to be written."""

    reader: ArrayReader
    sequential: bool
    heavy: bool = True

    def load(self, box: Box) -> tuple[Box, Array | None]:
        return box, self.reader.read(box) if self.sequential else None

    def run(self, loaded: tuple[Box, Array | None]) -> tuple[Box, Array]:
        box, values = loaded
        with np.errstate(all="ignore"):  # a float that is too large for its new dtype is inf
            return box, np.ascontiguousarray(self.reader.read(box) if values is None else values)


def write_array(
    reader: ArrayReader,
    writer: ArrayWriter,
    *,
    whole: tuple[int, ...] = (),
    jobs: int | None = None,
    limit: int = BLOCK_ELEMENTS,
) -> None:
    """Copies `reader` to `writer` in bounded memory, and commits.

    Args:
        reader: any array; read in C order.
        writer: of the same shape and dtype.
        whole: axes that boxes should not cut (those that the reader calculates along). What is
            then calculated out of order, for a writer that takes it in order only, is spooled.
        jobs: threads that read; None: as many as there are processors.
        limit: elements read at once.
    """
    with writer:
        extents = reader.extents()
        if extents is not None and reader.dtype == writer.dtype and writer.copy(extents):
            reader.finish()
            return
        text = None if writer.delimiter is None else reader.text_rows(writer.delimiter)
        if text is not None:
            for rows in text:
                writer.write_text(rows)
            reader.finish()
            return
        workers = Workers(jobs)
        first = next(plan_boxes(reader.shape, limit=limit, whole=whole), None)
        if writer.seekable or first is None or is_run(reader.shape, first):
            _copy(reader, writer, plan_boxes(reader.shape, limit=limit, whole=whole), workers)
        else:
            with Spool(reader.shape, reader.dtype, reader.name) as spool:
                _copy(reader, spool, plan_boxes(reader.shape, limit=limit, whole=whole), workers)
                _copy(spool, writer, plan_boxes(reader.shape, limit=limit), workers)
        reader.finish()
    writer.diagnoses = (*writer.diagnoses, *workers.diagnoses)


def _copy(reader: ArrayReader, writer: ArrayWriter, boxes: Iterable[Box], workers: Workers) -> None:
    task = _ReadBoxes(reader, sequential=not reader.seekable)
    for box, values in get_engine("threads")(task, boxes, workers):
        writer.write(box, values)


def check_destination(to: Destination | None, inputs: Iterable[Source]) -> None:
    """Refuses what can be told of a destination before anything is opened.

    Raises:
        UsageError, StorageError: as `deliver` does, whatever the array is.
    """
    if to is None:
        return
    if to.path == "-" and to.format is None:
        return  # a terminal takes text, and whether it is text the inputs say
    refuse_overwriting(to.path, inputs)
    check_target(to.path, to.format)


def deliver(
    reader: ArrayReader,
    to: Destination | None,
    *,
    inputs: Iterable[Source],
    whole: tuple[int, ...] = (),
    jobs: int | None = None,
) -> tuple[Diagnosis, ...]:
    """Writes an array to its destination; see `write_array`.

    Without one its source is read to the end, where the mistakes of a stream come to light.

    Returns:
        What the user should know of the file that was replaced.

    Raises:
        UsageError: the destination is one of the inputs, or cannot hold the array.
        StorageError: it cannot be written.
    """
    if to is None:
        reader.finish()
        return ()
    writer = open_destination(reader, to, inputs)
    write_array(reader, writer, whole=whole, jobs=jobs)
    return writer.diagnoses


def open_destination(reader: ArrayReader, to: Destination, inputs: Iterable[Source]) -> ArrayWriter:
    """A writer for an array of the shape, dtype and columns of `reader`.

    On stdout text stays text, where no format is named.
    """
    refuse_overwriting(to.path, inputs)
    format = to.format
    if to.path == "-" and format is None and reader.is_text and len(reader.shape) <= 2:
        format = TEXT.name
    return create_array(to.path, reader.shape, reader.dtype, columns=reader.columns, format=format)
