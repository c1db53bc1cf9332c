"""Rows that belong together by their ids, whatever order they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from xent_cli.arrays.base import ArrayReader
from xent_cli.arrays.storage.spool import TextSpool
from xent_cli.arrays.text.delimited import DelimitedArray
from xent_cli.arrays.text.pairs import Join, join_ids
from xent_cli.arrays.views.taken import TakenRows
from xent_cli.diagnosis import NOTE, Diagnosis


def join(
    logits: ArrayReader, labels: ArrayReader, *, inner: bool
) -> tuple[ArrayReader, ArrayReader]:
    """Two texts that have kept their ids, row by row of one id.

    Args:
        logits: a text whose ids were kept.
        labels: another one.
        inner: rows of LOGITS whose id LABELS does not have are left out.

    Raises:
        DataError: an id is there twice, or LABELS lacks one.
    """
    assert isinstance(logits, DelimitedArray) and isinstance(labels, DelimitedArray)
    assert logits.ids is not None and labels.ids is not None
    if all(
        mine == theirs for mine, theirs in zip_longest(logits.ids.blocks(), labels.ids.blocks())
    ):
        return logits, labels
    names = (logits.name, labels.name)
    pairs = join_ids(_lines(logits.ids), _lines(labels.ids), names, inner)
    rows: ArrayReader = logits if pairs.logits is None else TakenRows(logits, pairs.logits)
    taken: ArrayReader = labels if pairs.labels is None else TakenRows(labels, pairs.labels)
    taken.diagnoses = (*taken.diagnoses, *_told(pairs, names))
    return rows, taken


def _lines(ids: TextSpool) -> Iterator[str]:
    for block in ids.blocks():
        yield from block.decode().split("\n")[:-1]


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
