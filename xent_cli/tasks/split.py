"""`split`: an array cut along a dimension into files; `concatenate` is the inverse."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from xent_cli.arrays import (
    format_of,
    open_array,
    refuse_overwriting,
    split_compression,
    spooled,
)
from xent_cli.arrays.base import ArrayReader, ReadOptions
from xent_cli.arrays.places import split_target
from xent_cli.arrays.session import session
from xent_cli.arrays.storage.files import mode_of
from xent_cli.arrays.views.joined import JoinedArray
from xent_cli.arrays.views.parts import SlicedArray
from xent_cli.arrays.views.splitting import Ranges
from xent_cli.diagnosis import NOTE, Diagnosis
from xent_cli.errors import UsageError
from xent_cli.geometry import resolve_dim
from xent_cli.passes.facts import facts_of, output_facts
from xent_cli.passes.request import Destination, Source
from xent_cli.records import field, record
from xent_cli.results.arrays import ArrayResult
from xent_cli.tasks.writing import check_destination, deliver


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

    Where it ends early, a note of the exception says which of them are new.

    Raises:
        UsageError: a dim that does not exist, or names without `{}` for several pieces.
        DataError: sizes that do not fit the dimension.
        StorageError: a file cannot be read or written.
    """
    if request.out is not None:
        check_destination(Destination(request.out.replace("{}", "0")), [request.input])
    with session(), ExitStack() as stack:
        opened = stack.enter_context(open_array(request.input, request.read))
        shape = opened.shape
        dim = resolve_dim(request.dim, len(shape), f"{opened.name} has shape {shape}")
        ranges = request.cut(opened.shape[dim])
        pattern = _default_pattern(opened) if request.out is None else request.out
        names = _names(pattern, len(ranges))
        _check_names(names, request.input)
        reader = stack.enter_context(spooled(opened))
        pieces = [SlicedArray(reader, dim, start, stop) for start, stop in ranges]
        older = [name for name in names if stat.S_ISREG(mode_of(split_target(name).path))]
        told, done = list(opened.diagnoses), 0
        try:
            for name, piece in zip(names, pieces, strict=True):
                to = Destination(name)
                told += deliver(piece, to, inputs=[request.input], jobs=request.jobs)
                done += 1
        except BaseException as error:
            if done:
                left = [name for name in names[done:] if name in older]
                rest = f"; from before: {_listed(left)}" if left else ""
                error.add_note(f"{done} of {len(names)} pieces new: {_listed(names[:done])}{rest}")
            raise
        if "{}" in pattern:
            told += _from_before(older, _higher(pattern, len(names), request.input))
        return ArrayResult(
            command=request.command,
            inputs=(facts_of(reader, corners=False),),
            outputs=tuple(
                output_facts(piece, Destination(name))
                for name, piece in zip(names, pieces, strict=True)
            ),
            details={"dim": dim, "rule": request.rule},
            diagnoses=tuple(told),
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


def _names(pattern: str, count: int) -> list[str]:
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


def _from_before(older: list[str], higher: list[str]) -> Iterator[Diagnosis]:
    """What was there before: replaced, or left beside the pieces."""
    if older:
        yield Diagnosis("pieces-replaced", NOTE, f"replaced: {_listed(older)}")
    if higher:
        told = f"from before: {_listed(higher)}; a glob would join them with the pieces"
        yield Diagnosis("pieces-from-before", NOTE, told)


def _listed(names: list[str]) -> str:
    if len(names) < 3:
        return " and ".join(names)
    return f"{names[0]} to {names[-1]} ({len(names)} files)"


def _higher(pattern: str, count: int, source: Source) -> list[str]:
    """Files with the name of a piece of a number that is not written; inputs are none of them."""
    path = Path(split_target(pattern).path)
    start, *rest = map(re.escape, path.name.split("{}"))
    if not rest or "{}" in str(path.parent):
        return []
    name = re.compile(start + r"(0|[1-9]\d*)" + r"\1".join(rest))
    numbers = []
    with suppress(OSError):
        for entry in path.parent.iterdir():
            match = name.fullmatch(entry.name)
            if match is None or int(match[1]) < count or not entry.is_file():
                continue
            with suppress(UsageError):
                refuse_overwriting(str(entry), [source])
                numbers.append(int(match[1]))
    return [str(path).replace("{}", str(number)) for number in sorted(numbers)]


def _default_pattern(reader: ArrayReader) -> str:
    """`<stem>-{}<suffix>`, in the format that was read where it can be told by the suffix."""
    place = split_target(reader.name)
    inner, compression = split_compression(place.path)
    path = Path(inner)
    stem, suffix = path.stem, path.suffix + (compression or "")
    if place.choice is not None:
        suffix += f":{place.choice}"
    joined = isinstance(reader, JoinedArray)
    if joined:  # a glob, a directory or a list is no file's name
        stem = re.sub(r"[*?@\[\]]+", "", stem).strip("-_.") or "array"
    if joined or format_of(inner) is None:
        suffix = ".csv" if reader.is_text else ".npy"
    return f"{stem}-{{}}{suffix}"
