"""Targets: where arrays go to, told what is wrong with them before anything is read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import numpy as np

from xent_cli.arrays.base import ArrayWriter, Outline
from xent_cli.arrays.formats.members import typed
from xent_cli.arrays.opening import list_members
from xent_cli.arrays.places import split_place, split_target
from xent_cli.arrays.registry import (
    BINARY,
    FORMATS,
    Format,
    format_of,
    split_compression,
)
from xent_cli.arrays.storage.atomic import check_place, refuse_input
from xent_cli.arrays.storage.compressed import COMPRESSIONS, check_compression
from xent_cli.arrays.storage.files import mode_of
from xent_cli.arrays.storage.sinks import StreamedWriter
from xent_cli.arrays.views.shards import shard_names
from xent_cli.errors import DataError, StorageError, UsageError
from xent_cli.stdout import stdout_bytes


def create_array(
    target: str | os.PathLike[str],
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    columns: tuple[str, ...] | None = None,
    format: str | None = None,
) -> ArrayWriter:
    """Creates an array that will appear whole or not at all.

    Args:
        target: a file; `-` for stdout.
        shape: of the array.
        dtype: of the array.
        columns: names for the header row, where the format has one.
        format: a key of `FORMATS`; None: by the suffix, .npy on stdout.

    Raises:
        UsageError: an unknown format or suffix, or one that cannot hold the array.
        StorageError: the target cannot be written.
    """
    path = os.fspath(target)
    check_target(path, format)
    outline = Outline(shape, dtype, columns)
    inner, compression = split_compression(split_target(path).path)
    form = FORMATS[format] if format else format_of(inner) or BINARY
    module = form.load()
    if path == "-":
        return module.create_stream(stdout_bytes(), "stdout", outline)
    if form.is_text or compression is not None:
        return StreamedWriter(
            path, compression, lambda stream: module.create_stream(stream, path, outline)
        )
    return module.create_file(path, outline)


def check_target(target: str, format: str | None = None) -> None:
    """What can be told of a target before anything is read.

    Raises:
        UsageError: a format that is not written there, or whose package is not installed; a
            directory.
        StorageError: no file can be made there.
    """
    named = None if format is None else FORMATS[format]
    if target == "-":
        _check_stdout(named or BINARY)
        return
    file = split_target(target).path
    inner, compression = split_compression(file)
    by_suffix = format_of(inner)
    if by_suffix is not None and not by_suffix.written:
        raise UsageError(f"{target}: {by_suffix.suffixes[0]} is read, and not written")
    if by_suffix is None and named is None and not _is_special(target):
        written = [known for known in FORMATS.values() if known.written]
        suffixes = ", ".join(suffix for known in written for suffix in known.suffixes)
        raise UsageError(
            f"{target}: the suffix names no format that xent writes",
            f"suffixes: {suffixes}; behind them {', '.join(COMPRESSIONS)}",
        )
    if by_suffix is not None and named is not None and by_suffix is not named:
        raise UsageError(f"{target}: its suffix says another format than -f {format}")
    if compression is not None:
        check_compression(compression)
        _check_piped(named or by_suffix or BINARY, f"{target}: a compressed file")
    check_place(file, target)
    if split_target(target).choice is not None:
        _refuse_losing(file, split_target(target).choice)


def _refuse_losing(file: str, member: str | None) -> None:
    """Refuses to replace a file by one array where others in it would be lost."""
    with suppress(DataError, StorageError):  # what cannot be read is replaced as any file is
        others = [other.name for other in list_members(file) if other.name != member]
        if others:
            raise UsageError(
                f"{file}:{member}: the file is written as a whole, and holds "
                f"{', '.join(others[:4])} as well",
                f"name another file; xent convert {typed(file, others[0])} FILE keeps an array "
                "apart",
            )


def _check_stdout(form: Format) -> None:
    if stdout_bytes().isatty() and not form.is_text:
        raise UsageError(
            f"stdout is a terminal, and .{form.name} is no text", "write a file with -o"
        )
    _check_piped(form, "stdout")


def _check_piped(form: Format, what: str) -> None:
    if not form.piped:
        raise UsageError(f"{what} takes .npy or text", f"write a file with -o FILE.{form.name}")


def target_format(target: str, format: str | None = None) -> str:
    """The key of `FORMATS` in which `create_array` would write.

    >>> target_format("x.npz:probs"), target_format("x.csv.gz"), target_format("-")
    ('npz', 'csv', 'npy')
    """
    return format or (format_of(split_compression(split_target(target).path)[0]) or BINARY).name


def refuse_overwriting(out: str, sources: Iterable[object]) -> None:
    """Sees to it that no input is overwritten, whichever files it is made of.

    Args:
        out: the target, as `create_array` takes it.
        sources: as `open_array` takes them; those that name no file are passed over.

    Raises:
        UsageError: `out` is a file that one of `sources` reads.
    """
    names: list[str] = []
    for source in sources:
        if not isinstance(source, str | os.PathLike):
            continue
        path = split_place(os.fspath(source)).path
        names.append(path.removeprefix("@"))
        with suppress(StorageError):  # what opens it tells what is wrong with it
            names.extend(split_place(name).path for name in shard_names(path) or ())
        if format_of(path) is FORMATS["index"]:
            from xent_cli.arrays.formats.index import index_files  # most runs read none

            with suppress(StorageError, DataError):
                names.extend(index_files(path))
    refuse_input(split_target(out).path, names)


def _is_special(path: str) -> bool:
    mode = mode_of(path)
    return mode != 0 and not stat.S_ISREG(mode)
