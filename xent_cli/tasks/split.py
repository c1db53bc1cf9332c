"""`split`: an array cut along a dimension into files; `concatenate` is the inverse."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from xent_cli.arrays import (
    TEXT_FORMATS,
    is_known,
    open_array,
    refuse_overwriting,
    split_compression,
    spooled,
)
from xent_cli.arrays.base import ArrayReader, ReadOptions
from xent_cli.arrays.files import mode_of
from xent_cli.arrays.joined import JoinedArray
from xent_cli.arrays.joining import resolve_dim
from xent_cli.arrays.splitting import Ranges
from xent_cli.arrays.views import SlicedArray
from xent_cli.errors import UsageError
from xent_cli.records import field, record
from xent_cli.results import ArrayResult
from xent_cli.tasks.facts import facts_of, written_facts
from xent_cli.tasks.request import Destination, Source
from xent_cli.tasks.writing import deliver


@record
class SplitRequest:
    """An array to be cut.

    Args:
        command: `split` or `chunk`, for the report.
        input: a file, `-` for stdin, an array or a reader.
        cut: from the length of the dimension to the ranges of the pieces (`arrays.splitting`).
        rule: how it is cut, in words for the report.
        dim: the dimension; negative counts from the end.
        out: the files' names with `{}` for the number of the piece; None: `<stem>-{}<suffix>`.
        read: how text is read.
        jobs: threads; None: as many as there are processors.
    """

    command: str
    input: Source
    cut: Callable[[int], Ranges]
    rule: str
    dim: int = 0
    out: str | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    jobs: int | None = None


def split(request: SplitRequest) -> ArrayResult:
    """Cuts an array into files, each of which appears whole or not at all.

    Raises:
        UsageError: a dim that does not exist, or names without `{}` for several pieces.
        DataError: sizes that do not fit the dimension.
        StorageError: a file cannot be read or written.
    """
    with ExitStack() as stack:
        opened = stack.enter_context(open_array(request.input, request.read))
        dim = resolve_dim(opened.name, opened.shape, request.dim)
        ranges = request.cut(opened.shape[dim])
        names = _names(request, opened, len(ranges))
        _check_names(names, request.input)
        reader = opened if opened.seekable else stack.enter_context(spooled(opened))
        pieces = [SlicedArray(reader, dim, start, stop) for start, stop in ranges]
        for name, piece in zip(names, pieces, strict=True):
            deliver(piece, Destination(name), inputs=[request.input], jobs=request.jobs)
        return ArrayResult(
            command=request.command,
            inputs=(facts_of(reader, corners=False),),
            outputs=tuple(
                written_facts(piece, Destination(name))
                for name, piece in zip(names, pieces, strict=True)
            ),
            details={"dim": dim, "rule": request.rule},
            notes=opened.notes,
            warnings=opened.warnings,
        )


def _check_names(names: list[str], source: Source) -> None:
    """Sees before the first file is written that none is an input, a directory, or there twice."""
    seen: dict[str, str] = {}
    for name in names:
        refuse_overwriting(name, [source])
        path = os.path.realpath(name)
        if stat.S_ISDIR(mode_of(path)):
            raise UsageError(f"{name}: is a directory", "name files: -o 'part-{}.npy'")
        if path in seen:
            raise UsageError(
                f"{name}: is the same file as {seen[path]}", "each piece needs its own"
            )
        seen[path] = name


def _names(request: SplitRequest, reader: ArrayReader, count: int) -> list[str]:
    pattern = request.out
    if pattern is None:
        pattern = _default_pattern(reader)
    if pattern == "-":
        raise UsageError(
            "several arrays cannot go to stdout", "name files: -o 'part-{}.npy', {} is the number"
        )
    if "{}" not in pattern and count != 1:
        raise UsageError(
            f"{count} pieces need {count} names, but -o {pattern} has no {{}}",
            "{} stands for the number of the piece: -o 'part-{}.npy'",
        )
    return [pattern.replace("{}", str(number)) for number in range(count)]


def _default_pattern(reader: ArrayReader) -> str:
    """`<stem>-{}<suffix>`, in the format that was read where it can be told by the suffix."""
    inner, compression = split_compression(reader.name)
    path = Path(inner)
    stem, suffix = path.stem, path.suffix + (compression or "")
    joined = isinstance(reader, JoinedArray)
    if joined:  # a glob, a directory or a list is no file's name
        stem = re.sub(r"[*?@\[\]]+", "", stem).strip("-_.") or "array"
    if joined or not is_known(inner):
        parts = reader.parts if isinstance(reader, JoinedArray) else (reader,)
        suffix = ".csv" if all(part.format in TEXT_FORMATS for part in parts) else ".npy"
    return f"{stem}-{{}}{suffix}"
