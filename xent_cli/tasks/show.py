"""`describe`: what is in an array file, in one read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from xent_cli.array_facts import ArrayFacts
from xent_cli.arrays import list_members, open_array, spooled
from xent_cli.arrays.base import Array, ArrayReader, ReadOptions
from xent_cli.arrays.formats.members import Member, SeveralArraysError
from xent_cli.arrays.session import session
from xent_cli.diagnosis import NOTE, Diagnosis
from xent_cli.dtypes import as_float, dtype_name, is_bfloat16
from xent_cli.engines import Workers, get_engine
from xent_cli.geometry import Box
from xent_cli.passes.facts import facts_of
from xent_cli.passes.limits import BLOCK_ELEMENTS
from xent_cli.passes.request import Source
from xent_cli.passes.sources import read_each
from xent_cli.records import field, record, replace
from xent_cli.reduction.blocks import plan_boxes
from xent_cli.reduction.span import Span
from xent_cli.results.arrays import ArraySummary, ShowResult


@record
class ShowRequest:
    """The arrays to be described.

    Args:
        inputs: files, `-` for stdin, arrays or readers.
        read: how text is read.
        jobs: threads; None: as many as there are processors.
    """

    inputs: tuple[Source, ...]
    read: ReadOptions = field(default_factory=ReadOptions)
    jobs: int | None = None


@record
class _SpanBlocks:
    """The block task: the span of a box."""

    reader: ArrayReader
    sequential: bool = False
    heavy: bool = False

    def load(self, box: Box) -> Array:
        return self.reader.read(box)

    def run(self, values: Array) -> Span:
        return Span.of(as_float(values) if is_bfloat16(values.dtype) else values)


def describe(request: ShowRequest) -> ShowResult:
    """Shape, dtype, layout, range, NaN and infinity counts and corner values of each array.

    Of a file of several arrays that names none: shape, dtype and layout of all, by its headers.

    Raises:
        DataError, StorageError: an array cannot be read.

    >>> import numpy as np
    >>> described = describe(ShowRequest((np.array([[1.0, np.nan]]),))).arrays[0]
    >>> described.facts.shape, described.minimum, described.nan
    ((1, 2), 1.0, 1)

    """
    summaries: list[ArraySummary] = []
    told: list[Diagnosis] = []
    workers = Workers(request.jobs)
    for source, how in read_each(request.inputs, request.read):
        try:
            with session(), open_array(source, how) as opened, spooled(opened) as reader:
                summaries.append(_summarise(reader, workers))
                told.extend(replace(diagnosis, level=NOTE) for diagnosis in reader.diagnoses)
        except SeveralArraysError:
            members = list_members(source)
            if not members:  # of shards and pipes one has to be named
                raise
            summaries.extend(_list(str(source), members, told))
    return ShowResult(tuple(summaries), (*told, *workers.diagnoses))


def _summarise(reader: ArrayReader, workers: Workers) -> ArraySummary:
    span = Span()
    for part in _spans(reader, workers):
        span.merge(part)
    facts = facts_of(reader, corners=True)
    reader.finish()
    return ArraySummary(
        facts=facts,
        size=reader.size,
        bytes=reader.size * reader.dtype.itemsize,
        minimum=span.minimum,
        maximum=span.maximum,
        nan=span.nan,
        posinf=span.posinf,
        neginf=span.neginf,
    )


def _list(source: str, members: Sequence[Member], told: list[Diagnosis]) -> Iterator[ArraySummary]:
    """What the headers say of several arrays in a file; what cannot be read is told."""
    problems = [member.problem for member in members if member.problem is not None]
    if len(problems) == len(members):
        raise problems[0]
    told.extend(Diagnosis("not-listed", NOTE, problem.message) for problem in problems)
    for member in members:
        if member.problem is None:
            size = prod(member.shape)
            facts = ArrayFacts(
                name=f"{source}:{member.name}",
                format=member.format,
                shape=member.shape,
                dtype=dtype_name(member.dtype),
                order="F" if member.fortran else "C",
            )
            nbytes = size * member.dtype.itemsize
            yield ArraySummary(facts, size, nbytes, None, None, None, None, None)


def _spans(reader: ArrayReader, workers: Workers) -> Iterator[Span]:
    boxes = plan_boxes(reader.shape, limit=BLOCK_ELEMENTS, fortran=reader.fortran)
    yield from get_engine("threads")(_SpanBlocks(reader), boxes, workers)
