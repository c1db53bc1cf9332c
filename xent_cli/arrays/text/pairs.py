"""LOGITS and LABELS as texts, side by side: the ids of both, their names, the form of labels."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice, zip_longest

from xent_cli.arrays.text.cells import BLANKS, brief
from xent_cli.arrays.text.names import is_id_name, is_key_name, is_nameless, match_names
from xent_cli.arrays.text.profile import WHOLE, WORD, Rows, profile_of, value_of
from xent_cli.arrays.text.roles import Table, chosen_columns
from xent_cli.errors import DataError
from xent_cli.records import record

_LEAST_ROWS = 3
_WIDEST_BOUND = 0.1
_SLACK = 1e-6
_SHOWN = 3
_MOST = 64
"""Columns that are compared: ids are few, and stand in front of others."""
_NOT_IDS = "--index NAME names another column, --index none none"


def shared_ids(logits: Table, labels: Table) -> tuple[tuple[int, int], ...]:
    """The columns of one name in both files that hold the same distinct cells, in any order.

    LABELS may have more of them, for rows that LOGITS do not have.

    Fractions are no ids, nor is a column of 0 and 1 that is not named like one; where the other
    columns would leave a file without a value, only those named like ids are meant.

    Returns:
        Their positions in LOGITS and in LABELS.

    >>> logits = Table("p.csv", ("id", "p"), Rows(["7,0.9", "8,0.2"]))
    >>> labels = Table("y.csv", ("id", "label"), Rows(["8,1", "7,0"]), is_labels=True)
    >>> shared_ids(logits, labels)
    ((0, 0),)
    """
    there = _places(labels)
    common = ((place, name) for name, place in _places(logits).items() if name in there)
    pairs = [
        (place, there[name])
        for place, name in islice(common, _MOST)
        if _may_be_ids(logits, place, name)
        and _may_be_ids(labels, there[name], name)
        and _has_cells(logits, place, (labels, there[name]), some=is_key_name(name))
    ]
    width = min(logits.rows.width, labels.rows.width)
    if len(pairs) >= width and logits.columns is not None:
        pairs = [pair for pair in pairs if is_id_name(logits.columns[pair[0]])]
    return tuple(pairs) if len(pairs) < width else ()


def _places(table: Table) -> dict[str, int]:
    """The positions of names that are there once, over what may be ids in the first row.

    One name stands for what pandas and R leave nameless.
    """
    if table.columns is None or not len(table.rows):
        return {}
    kinds = map(table.rows.kind, table.rows.row(0))
    names = ["" if is_nameless(name) else name for name in table.columns]
    counts = Counter(names)
    return {
        name: place
        for place, (name, kind) in enumerate(zip(names, kinds, strict=True))
        if kind in (WHOLE, WORD) and counts[name] == 1
    }


def _may_be_ids(table: Table, place: int, name: str) -> bool:
    column = table.rows.profile(place)
    if not column.is_key:
        return False
    if is_nameless(name) or is_key_name(name) or not column.is_whole:
        return True
    return not column.binary and column.rows >= _LEAST_ROWS


def _has_cells(logits: Table, place: int, other: tuple[Table, int], *, some: bool) -> bool:
    """Whether a column of LABELS has the cells of one of LOGITS; of ids by name, some of them."""
    labels, column = other
    pairs = zip_longest(logits.cells(place), labels.cells(column))
    if all(first == second for first, second in pairs):
        return True
    first, second = list(logits.cells(place)), list(labels.cells(column))
    own, there = set(first), set(second)
    if some and not own.isdisjoint(there):
        return True
    enough = len(first) == len(second) or len(first) >= _LEAST_ROWS
    return enough and len(own) == len(first) and len(there) == len(second) and own <= there


@record
class Join:
    """The rows of LOGITS and LABELS that have one id.

    Attributes:
        logits: numbers of the rows of LOGITS; None where all are taken.
        labels: for each of them, the number of the row of LABELS; None where both files are in one
            order.
        extra: ids of LABELS that LOGITS do not have.
        missing: ids of LOGITS that LABELS do not have.
    """

    logits: array[int] | None = None
    labels: array[int] | None = None
    extra: int = 0
    missing: int = 0


def join_ids(
    logits: Iterable[str], labels: Iterable[str], names: tuple[str, str], inner: bool = False
) -> Join:
    """Joins the ids of both files.

    Args:
        logits: the cells of the id column of LOGITS, to the end.
        labels: those of LABELS.
        names: of the files.
        inner: rows of LOGITS without labels are left out.

    Raises:
        DataError: an id is there twice in a file, or LABELS lacks one.

    >>> join = join_ids(["7", "8"], ["8", "9", "7"], ("p.csv", "y.csv"))
    >>> list(join.labels), join.extra
    ([2, 0], 1)
    """
    rows: dict[str, int] = {}
    for row, name in enumerate(labels):
        if rows.setdefault(name, row) != row:
            raise _double(names[1], name, (rows[name], row))
    seen: dict[str, int] = {}
    left, right, absent = array("q"), array("q"), []
    for row, name in enumerate(logits):
        if seen.setdefault(name, row) != row:
            raise _double(names[0], name, (seen[name], row))
        if name in rows:
            left.append(row)
            right.append(rows[name])
        else:
            absent.append(name)
    if absent and (not inner or not left):
        listed = ", ".join(map(brief, absent[:_SHOWN])) + (", ..." if absent[_SHOWN:] else "")
        raise DataError(
            f"{names[1]}: {len(absent)} of {len(seen)} ids of {names[0]} are not there: {listed}",
            "--ids inner goes on with the ids that both have" if left else _NOT_IDS,
        )
    return Join(
        left if absent else None,
        None if right == array("q", range(len(right))) and not absent else right,
        extra=len(rows) - len(right),
        missing=len(absent),
    )


def _double(file: str, name: str, rows: tuple[int, int]) -> DataError:
    return DataError(
        f"{file}: the id {brief(name)} is there twice, in rows {rows[0]} and {rows[1]}; "
        "expected each id once",
        _NOT_IDS,
    )


def check_dense(labels: Table, values: Sequence[int], names: Sequence[str] | None) -> str:
    """Whether the columns of LABELS are a dense target of a kind that also takes indices.

    Args:
        labels: LABELS, of which no column was chosen.
        values: positions of its value columns, at least two.
        names: of the logits' columns; None where they have none.

    Returns:
        Why they are, as a clause.

    Raises:
        DataError: they are no distribution, and are not named as the logits are.
    """
    if names is not None and labels.columns is not None and len(names) == len(values):
        own = [labels.columns[place] for place in values]
        if match_names(names, own).different is None:
            return "its columns are named as the logits are"
    rows = labels.rows.without(set(range(labels.rows.width)).difference(values))
    against = _not_distribution(rows)
    if against is None:
        return "its rows sum to 1"
    models = ""
    if "negative" in against:  # as logits are
        models = "; two models are compared by the loss of each against the labels"
    raise DataError(
        f"{labels.name}: {len(values)} columns of labels, expected one column of class indices, or "
        f"rows that sum to 1: {against}",
        f"choose the labels' column, {chosen_columns(labels.name, values[-1:])}, or the columns "
        f"of a dense target, {chosen_columns(labels.name, values)}{models}",
    )


def _not_distribution(rows: Rows) -> str | None:
    """Why rows are no distributions; None if they are as far as their decimals can tell."""
    decimals, sums = 0, []
    for number, line in enumerate(rows.lines):
        cells = line.split(rows.mark)
        part = profile_of(cells, rows.absent)
        if part.whole + part.fractions < part.rows or math.isinf(part.largest):
            return f"row {number} has a cell that is no finite number"
        if part.smallest < 0:
            return f"row {number} has a negative number"
        decimals = max(decimals, *map(_decimals, cells))
        sums.append(math.fsum(map(value_of, cells)))
    bound = _SLACK + (rows.width * 10.0**-decimals / 2 if decimals else 0)
    for number, total in enumerate(sums):
        if not abs(total - 1) <= bound:
            return f"row {number} sums to {total:.6g}"
    if bound > _WIDEST_BOUND:
        return f"their decimals are too few to tell from sums of {rows.width} numbers"
    return None if sums else "there are no rows"


def _decimals(cell: str) -> int:
    """How many decimals a number is written with: 1.5e-3 has four."""
    digits, _, exponent = cell.strip(BLANKS).lower().rstrip(" %").partition("e")
    shift = int(exponent or 0) - (2 if "%" in cell else 0)
    return max(0, len(digits.partition(".")[2]) - shift)
