"""Several sources of one command: each is read by its own rules, and stdin once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import numpy as np

from xent_cli.arrays import list_members
from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.formats.members import typed
from xent_cli.arrays.places import split_place
from xent_cli.arrays.storage.files import mode_of
from xent_cli.diagnosis import NOTE, Diagnosis
from xent_cli.errors import UsageError
from xent_cli.passes.request import Source

_ROLES = ("logits", "labels")
_INLINE = frozenset("0123456789+-.eE, ")


def single_stdin(sources: Iterable[Source]) -> None:
    """Refuses a second `-`: stdin can be read once."""
    if sum(isinstance(source, str) and split_place(source).path == "-" for source in sources) > 1:
        raise UsageError("stdin (-) can be read only once", "name a file for the other input")


def of_one_file(source: Source, expected: str) -> tuple[Source, Source, tuple[Diagnosis, ...]]:
    """The arrays called logits and labels of a file that holds several, and a note of it.

    Raises:
        UsageError: it does not hold them; `expected` says what is missing.
    """
    names = [member.name for member in list_members(source, shards=True)]
    if set(names) >= set(_ROLES):
        told = Diagnosis("members", NOTE, f"{source}: its arrays {' and '.join(_ROLES)} are read")
        return f"{source}:{_ROLES[0]}", f"{source}:{_ROLES[1]}", (told,)
    if len(names) > 1:
        raise UsageError(
            f"{expected}, and {source} has no arrays called {' and '.join(_ROLES)}",
            f"name both: {typed(str(source), names[0])} {typed(str(source), names[1])}",
        )
    raise UsageError(expected, "--label-col names the column that has them, where LOGITS is text")


def inline(source: Source) -> Source:
    """Numbers that stand in the place of a file, `3,0,1`, as an array; anything else as it is.

    >>> inline("3,0,1"), inline("labels.npy")
    (array([3, 0, 1]), 'labels.npy')
    """
    if not isinstance(source, str) or not _INLINE.issuperset(source) or mode_of(source):
        return source
    for number, dtype in ((int, np.int64), (float, np.float64)):
        with suppress(ValueError, OverflowError):
            return np.array(list(map(number, source.split(","))), dtype=dtype)
    return source


def read_each(
    sources: Sequence[Source], read: ReadOptions, *, rows_belong_together: bool = False
) -> Iterator[tuple[Source, ReadOptions]]:
    """Each of several arrays of one kind, and how it is read.

    Args:
        sources: at most one of them stdin.
        read: how the first is read.
        rows_belong_together: row i of one is row i of the others.

    Raises:
        UsageError: rows would be left out of each by itself.
    """
    single_stdin(sources)
    if rows_belong_together and len(sources) > 1:
        refuse_skipping(read)
    for index, source in enumerate(sources):
        yield source, read if index == 0 else read.next


def refuse_skipping(read: ReadOptions, way_out: str = "") -> None:
    """Refuses `--na skip` where rows of several files belong together."""
    if read.na_rule == "skip":
        raise UsageError(
            "--na skip leaves rows out of each file, and rows of several files would no longer "
            "belong together",
            f"--na nan keeps the rows{way_out}",
        )
