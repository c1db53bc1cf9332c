"""Many files as one array: a glob, a directory, or a list, joined along the rows."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from functools import partial
from glob import glob, has_magic
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from xent_cli.arrays.base import ArrayReader
from xent_cli.arrays.formats.members import SeveralArraysError
from xent_cli.arrays.storage.files import mode_of, read_small, unopened
from xent_cli.diagnosis import NOTE, Diagnosis
from xent_cli.errors import DataError, StorageError, UsageError

if TYPE_CHECKING:
    from xent_cli.arrays.views.joining import JoinRules

_SHOWN = 4
_LIST, _LONGEST, _MOST = 16 << 20, 1 << 12, 1 << 18
"""Bytes of a list of files and of a name in it (as Linux), and how many there may be."""


def shard_names(spec: str) -> list[str] | None:
    """The files that `spec` stands for, in natural order; None where it names one file.

    `logits-*.npy` (quoted, or the shell expands it), a directory (all files in it that do not
    start with a dot), or `@list.txt` (a file a line, in the order of the list).

    Raises:
        StorageError: the list cannot be read, or nothing matches.
    """
    if "\0" in spec:
        return None  # no name at all, as whoever opens it tells
    if spec.startswith("@"):
        names = _listed_names(spec[1:])
    elif stat.S_ISDIR(mode := mode_of(spec)):
        names = _natural(_entries(spec))
    elif has_magic(spec) and not mode:
        names = _natural(glob(spec))  # noqa: PTH207 - a pattern may start anywhere
        if not names and not has_magic(folder := str(Path(spec).parent)) and mode_of(folder):
            _entries(folder)  # glob takes one that it may not read for an empty one
    else:
        return None
    if not names:
        kind = "the list" if spec.startswith("@") else "the directory"
        raise StorageError(
            f"{spec}: no file matches" if has_magic(spec) else f"{spec}: {kind} names no file"
        )
    return names


def _listed_names(path: str) -> list[str]:
    """The lines of a list of files, without blank ones and comments."""
    names: list[str] = []
    for number, line in enumerate(BytesIO(read_small(path, _LIST)), 1):
        name = line.strip()
        if not name or line.startswith(b"#"):
            continue
        if b"\0" in name or len(name) > _LONGEST:
            what = "a NUL byte" if b"\0" in name else f"{len(name)} bytes"
            raise DataError(f"{path}:{number}: expected the name of a file, got {what}")
        if len(names) == _MOST:
            raise DataError(f"{path}:{number}: more than {_MOST} names", "join them in steps")
        names.append(os.fsdecode(name))
    return names


def _entries(folder: str) -> list[str]:
    """The files in a directory, without hidden ones."""
    try:
        return [str(path) for path in Path(folder).iterdir() if path.name[0] != "."]
    except OSError as error:
        raise unopened(folder, error) from error


def _natural(names: list[str]) -> list[str]:
    """part-2 before part-10.

    >>> _natural(["part-10.npy", "part-2.npy"])
    ['part-2.npy', 'part-10.npy']
    """
    return sorted(
        names,
        key=lambda name: [
            (int(piece), "") if piece.isdecimal() else (-1, piece)
            for piece in re.split(r"(\d+)", name)
        ],
    )


def shell_order(names: list[str]) -> Iterator[Diagnosis]:
    """A note where a shell sorted numbered names by their letters: part-10 before part-2."""
    alike = len({re.sub(r"\d+", "", name) for name in names}) == 1
    ordered = _natural(names)
    if alike and names == sorted(names) != ordered:
        first = next(
            i for i, (one, other) in enumerate(zip(names, ordered, strict=True)) if one != other
        )
        told = (
            f"{names[first]} comes before {ordered[first]}, as the names were given; a pattern in "
            "quotes is put in the order of the numbers"
        )
        yield Diagnosis("order", NOTE, told)


def open_shards(spec: str, names: list[str], open_one: Callable[[str], ArrayReader]) -> ArrayReader:
    """The files as one array, joined along axis 0; all headers are checked before data is read.

    Raises:
        DataError: shapes or dtypes that differ.
        UsageError: a shard that can only be read once (a pipe).
    """
    from xent_cli.arrays.views.joined import JoinedArray  # a single file is not joined
    from xent_cli.arrays.views.parked import open_together

    readers: list[ArrayReader] = []
    try:
        readers = open_together([partial(open_one, name) for name in names])
        for reader in readers:
            if not reader.seekable:
                raise UsageError(f"{reader.name}: a shard must be a file")
        # A text of whole numbers alone is int64: its dtype says nothing of the others'.
        text = all(reader.is_text for reader in readers)
        rules = _rules(readers, "torch" if text else "strict")
        _check_columns(readers)
        _check_members(readers)
    except SeveralArraysError as error:
        raise SeveralArraysError(spec, error.members) from error
    except DataError as error:
        _close(readers)
        raise DataError(f"{spec}: {error.message}", error.hint) from error
    except BaseException:
        _close(readers)
        raise
    parts = [reader for reader, part in zip(readers, rules.takes_part, strict=True) if part]
    joined = JoinedArray(parts, 0, rules.dtype, spec, as_written=True)
    labels = [part.labels for part in parts if part.labels is not None]
    if labels:
        joined.labels = JoinedArray(labels, 0, _rules(labels, "torch").dtype, f"{spec} labels")
        joined.labels.format = labels[0].format
        joined.labels.names_labels = any(part.names_labels for part in parts)
    joined.names_labels = any(part.names_labels for part in parts)
    shown = names if len(names) <= _SHOWN else [*names[:2], "...", names[-1]]
    order = f"{spec}: {_count(names)}, in order: {', '.join(shown)}"
    joined.diagnoses = (*joined.diagnoses, Diagnosis("shards", NOTE, order))
    return joined


def _count(names: list[str]) -> str:
    return f"{len(names)} file{'' if len(names) == 1 else 's'}"


def _rules(readers: list[ArrayReader], promote: str) -> JoinRules:
    from xent_cli.arrays.views.joining import Operand, join_rules

    return join_rules([Operand(r.name, r.shape, r.dtype) for r in readers], 0, promote)


def _check_columns(readers: list[ArrayReader]) -> None:
    """A header says what the columns are: another one would be another array."""
    first = readers[0]
    for reader in readers[1:]:
        if reader.columns != first.columns:
            raise DataError(
                f"the columns of {reader.name} are {_listed(reader)}, "
                f"those of {first.name} {_listed(first)}",
                "--cols chooses columns by name",
            )


def _check_members(readers: list[ArrayReader]) -> None:
    """What the arrays are called says what they are, too."""
    first = readers[0]
    for reader in readers[1:]:
        if reader.member != first.member and None not in (reader.member, first.member):
            raise DataError(
                f"the array of {reader.name} is called {reader.member}, "
                f"that of {first.name} {first.member}",
                f"arrays that belong together are named one by one: {reader.name}:{reader.member}",
            )


def _listed(reader: ArrayReader) -> str:
    return "without names" if reader.columns is None else ", ".join(reader.columns[:8])


def _close(readers: list[ArrayReader]) -> None:
    for reader in readers:
        reader.close()
