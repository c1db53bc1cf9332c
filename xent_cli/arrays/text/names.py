"""The names of columns: which are names at all, which are of ids, and those of two files."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xent_cli.arrays.text.cells import BLANKS, cells_of
from xent_cli.arrays.text.profile import WORD, kind_of
from xent_cli.errors import DataError
from xent_cli.records import record

_DECIMAL = r"[+-]?\d*[.,]\d"  # how a number starts that is written wrong
_UNNAMED = r"Unnamed: \d+(?:\.\d+)?"


def is_name(cell: str) -> bool:
    """Whether a cell may be a name: it has a letter, and does not start like a decimal.

    >>> [is_name(cell) for cell in ("1st", "2019", "1.5x", "?")]
    [True, False, False, False]
    """
    return any(map(str.isalpha, cell)) and re.match(_DECIMAL, cell) is None


def is_nameless(name: str) -> bool:
    """Whether pandas or R gave a column no name."""
    return not name or re.fullmatch(_UNNAMED, name) is not None


def is_id_name(name: str) -> bool:
    """Whether a column is named like one of ids.

    >>> [is_id_name(name) for name in ("id", "PostId", "row_ID", "idle")]
    [True, True, True, False]
    """
    return name.casefold().endswith("id")


def is_key_name(name: str) -> bool:
    """Whether a column is named like one that tells rows apart: id, index, row, or ending in id."""
    return is_id_name(name) or name.casefold() in ("index", "row")


def names_in_comment(comment: str, delimiter: str, width: int) -> tuple[str, ...] | None:
    """The names of the columns that a comment holds, as numpy.savetxt and R write them.

    Args:
        comment: without its mark.
        delimiter: of the text.
        width: how many columns there are.

    >>> names_in_comment(" a,b", ",", 2), names_in_comment(" by hand, 2019", ",", 2)
    (('a', 'b'), None)
    """
    try:
        names = tuple(cell.strip(BLANKS) for cell in cells_of(comment.strip(BLANKS), delimiter))
    except DataError:
        return None
    if len(names) != width or not all(kind_of(name) == WORD and is_name(name) for name in names):
        return None
    return names if width > 1 or not any(blank in names[0] for blank in BLANKS) else None


@record
class NameMatch:
    """How the names of a file's columns lie over those of the logits.

    Attributes:
        order: for each column of the logits, the position of the column of that name; None where
            the columns stay as they are.
        different: the first names that differ, those of the logits first; None where none do.
    """

    order: tuple[int, ...] | None = None
    different: tuple[str, str] | None = None


def match_names(logits: Sequence[str] | None, others: Sequence[str] | None) -> NameMatch:
    """Compares the names of dense labels, weights or targets with those of the logits.

    The same names in another order are put in order; other names are for a warning. Names are the
    same if they differ in nothing but capitals, or but what all names of a file begin with
    (`logit_cat` and `cat`, `p1` and `y1`). Numbers in their order are no names.

    Args:
        logits: names of the value columns of LOGITS; None where they have none.
        others: names of the value columns of the other file; None where they have none.

    >>> match_names(("cat", "dog"), ("dog", "cat")).order
    (1, 0)
    >>> match_names(("cat", "dog"), ("cat", "cow")).different
    ('dog', 'cow')
    >>> match_names(("logit_cat", "logit_dog"), ("dog", "cat")).order
    (1, 0)
    """
    if logits is None or others is None or len(logits) != len(others):
        return NameMatch()
    if tuple(logits) == tuple(others):
        return NameMatch()
    for spelled in (list, _casefolded, _bare):
        wanted, there = spelled(logits), spelled(others)
        if wanted == there:
            return NameMatch()
        places = {name: place for place, name in enumerate(there)}
        if len(places) == len(there) and set(wanted) == set(there):
            return NameMatch(order=tuple(places[name] for name in wanted))
    if _counts(logits) or _counts(others):
        return NameMatch()
    pairs = zip(logits, others, strict=True)
    return NameMatch(different=next(pair for pair in pairs if pair[0] != pair[1]))


def _casefolded(names: Sequence[str]) -> list[str]:
    return [name.casefold() for name in names]


def _bare(names: Sequence[str]) -> list[str]:
    """The names without what all begin with, up to a mark between words or to numbers."""
    folded = _casefolded(names)
    first, last = min(folded), max(folded)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    start = first[:same].rstrip("0123456789")
    if not all(name[len(start) :].isdecimal() for name in folded):
        start = start[: max(start.rfind(mark) for mark in "_-. :/") + 1]
    return [name[len(start) :] for name in folded]


def _counts(names: Sequence[str]) -> bool:
    """Whether the names are 0, 1, 2, ... or 1, 2, 3, ..., which any columns have."""
    return any(
        all(name == str(number) for number, name in enumerate(names, first)) for first in (0, 1)
    )
