"""Arrays inside a file of several: `logits.npz:probs` names the file and the member."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from xent_cli.arrays.storage.files import mode_of
from xent_cli.errors import DataError

MEMBER_SUFFIXES = (".npz", ".safetensors")
"""Files whose arrays have names."""


def split_member(spec: str) -> tuple[str, str | None]:
    """The file and the member that `spec` names; the member is None where it names a file alone.

    >>> split_member("run/logits.npz:probs"), split_member("logits.npy")
    (('run/logits.npz', 'probs'), ('logits.npy', None))
    """
    path, colon, member = spec.rpartition(":")
    if colon and path.lower().endswith(MEMBER_SUFFIXES) and not mode_of(spec):
        return path, member
    return spec, None


def choose_member(name: str, members: Sequence[str], wanted: str | None) -> str:
    """The member to read: the one that is wanted, or the only one.

    Raises:
        DataError: there is none of that name, none at all, or several and none was named.
    """
    if not members:
        raise DataError(f"{name}: holds no arrays")
    listed = ", ".join(members[:8]) + (", ..." if len(members) > 8 else "")
    if wanted is None:
        if len(members) == 1:
            return members[0]
        raise DataError(
            f"{name}: holds {len(members)} arrays ({listed})", f"name one: {name}:{members[0]}"
        )
    if wanted not in members:
        close = get_close_matches(wanted, members, n=1)
        raise DataError(
            f"{name}: holds no array called {wanted!r}",
            f"did you mean {close[0]}?" if close else f"it holds {listed}",
        )
    return wanted
