"""Files of several arrays: what is in them, and which array is read."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from shlex import quote
from typing import Any

import numpy as np

from xent_cli.errors import DataError
from xent_cli.records import record

_SHOWN = 8


@record
class Member:
    """An array of a file of several, as the file's headers describe it.

    Attributes:
        name: of the array within the file.
        format: a key of `FORMATS`.
        shape, dtype, fortran: as of an `ArrayReader`; `dtype` in either byte order.
        problem: why it cannot be read; the others say nothing then.
    """

    name: str
    format: str
    shape: tuple[int, ...] = ()
    dtype: np.dtype[Any] = np.dtype(np.uint8)
    fortran: bool = False
    problem: DataError | None = None


class SeveralArraysError(DataError):
    """A file, or each of many, holds several arrays, and none of them was named.

    Args:
        name: of the file, or what stands for the files.
        members: the arrays.
    """

    def __init__(self, name: str, members: Sequence[str]) -> None:
        self.members = tuple(members)
        super().__init__(
            f"{name}: holds {len(members)} arrays ({_listed(members)})",
            f"name one: {typed('-' if name == 'stdin' else name, members[0])}",
        )


def typed(file: str, member: str) -> str:
    """An array of a file as it is typed in a shell.

    >>> typed("run.npz", "logits"), typed("run.npz", "my logits")
    ('run.npz:logits', "'run.npz:my logits'")
    """
    return quote(f"{file}:{member}")


def choose_member(name: str, members: Sequence[str], wanted: str | None) -> str:
    """The member to read: the one that is wanted, or the only one.

    Raises:
        DataError: there is none of that name, or none at all.
        SeveralArraysError: there are several and none was named.
    """
    if not members:
        raise DataError(f"{name}: holds no arrays")
    if wanted is None:
        if len(members) == 1:
            return members[0]
        raise SeveralArraysError(name, members)
    if wanted not in members:
        close = get_close_matches(wanted, members, n=1)
        raise DataError(
            f"{name}: holds no array called {wanted!r}",
            f"did you mean {close[0]}?" if close else f"it holds {_listed(members)}",
        )
    return wanted


def _listed(members: Sequence[str]) -> str:
    return ", ".join(members[:_SHOWN]) + (", ..." if len(members) > _SHOWN else "")
