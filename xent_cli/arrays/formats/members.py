"""Which array of a file of several is read."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from xent_cli.errors import DataError


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
