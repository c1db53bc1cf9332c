"""Rows that belong together by their ids, whatever order they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

import numpy as np

from xent_cli.arrays import spooled
from xent_cli.arrays.base import ArrayReader
from xent_cli.arrays.text.delimited import DelimitedArray
from xent_cli.arrays.text.pairs import Join, join_ids
from xent_cli.arrays.views.taken import Rows, TakenRows
from xent_cli.diagnosis import NOTE, Diagnosis


def join(
    readers: Mapping[str, ArrayReader], roles: Sequence[str], *, inner: bool
) -> dict[str, ArrayReader]:
    """The arrays of a pass with the rows of the others where those of LOGITS are, by their ids.

    Args:
        readers: by role; all that are not joined have a row for each of LOGITS.
        roles: of the texts that have kept their ids, as LOGITS have.
        inner: rows of LOGITS whose id one of the others does not have are left out.

    Raises:
        DataError: an id is there twice, or one of the others lacks one.
    """
    logits = readers["logits"]
    joins = {
        role: pairs
        for role in roles
        if (pairs := _pairs(logits, readers[role], inner=inner)) is not None
    }
    rows: Rows | None = None  # of LOGITS, that all have
    for pairs in joins.values():
        if pairs.logits is not None:
            both = np.frombuffer(pairs.logits, np.int64)
            rows = both if rows is None else np.intersect1d(rows, both)
    joined = dict(readers)
    for role, reader in readers.items():
        wanted, told = rows, reader.diagnoses
        if role in joins:
            wanted = _rows_of(joins[role], rows)
            told = (*told, *_told(joins[role], (logits.name, reader.name)))
        if wanted is not None:
            joined[role] = TakenRows(spooled(reader), wanted)
        joined[role].diagnoses = told
    return joined


def _pairs(logits: ArrayReader, other: ArrayReader, *, inner: bool) -> Join | None:
    """The rows of one id; None where both have the same ids in the same order."""
    assert isinstance(logits, DelimitedArray) and isinstance(other, DelimitedArray)
    assert logits.ids is not None and other.ids is not None
    blocks = zip_longest(logits.ids.blocks(), other.ids.blocks())
    if all(mine == theirs for mine, theirs in blocks):
        return None
    return join_ids(logits.ids.lines(), other.ids.lines(), (logits.name, other.name), inner)


def _rows_of(pairs: Join, rows: Rows | None) -> Rows | None:
    """The rows of the other array, in the order of the wanted ones of LOGITS."""
    right = None if pairs.labels is None else np.frombuffer(pairs.labels, np.int64)
    if rows is None:
        return right
    left = None if pairs.logits is None else np.frombuffer(pairs.logits, np.int64)
    places = rows if left is None else np.searchsorted(left, rows)
    return places if right is None else right[places]


def _told(pairs: Join, names: tuple[str, str]) -> Iterator[Diagnosis]:
    logits, labels = names
    place = {"file": labels}
    if pairs.labels is not None:
        told = f"{labels}: its rows are joined by id, in the order of {logits} (held in memory)"
        yield Diagnosis("ids-joined", NOTE, told, place=place)
    if pairs.extra:
        told = f"{labels}: {pairs.extra} ids that {logits} does not have are left out"
        yield Diagnosis("ids-extra", NOTE, told, place=place)
    if pairs.missing:
        told = f"{logits}: {pairs.missing} rows whose id {labels} does not have are left out"
        yield Diagnosis("ids-missing", NOTE, told, place={"file": logits})
