"""What is seldom meant, and told where somebody asks: inputs with too little in them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from xent_cli.diagnoses.base import Finding, Outcome, Unit, count, row_place, row_text
from xent_cli.diagnosis import NOTE

_LEAST = 8
"""Rows that must agree before it is told."""
_NAMED = 5


def _listed(classes: list[int]) -> str:
    """`3`, `3, 5 and 7`, or the first and how many more."""
    words = [str(number) for number in classes[:_NAMED]]
    if len(classes) > _NAMED:
        return f"{', '.join(words)} and {len(classes) - _NAMED} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _unseen(outcome: Outcome) -> Iterator[Finding]:
    header, counts = outcome.header, outcome.tallies["label-counts"].counts
    seen = {label for label, rows in counts.items() if rows and label >= 0}
    if header.classes < 2 or not seen or header.labels_read_as != "index":
        return
    unseen = [label for label in range(header.classes) if label not in seen]
    if unseen:
        name, noun = header.inputs["labels"].name, "class" if len(unseen) == 1 else "classes"
        verb = "is" if len(unseen) == 1 else "are"
        told = f"{name}: {noun} {_listed(unseen)} of {header.classes} {verb} no row's label"
        yield Finding(told, place={"file": name})


def _constant(outcome: Outcome) -> Iterator[Finding]:
    header, variety = outcome.header, outcome.tallies["variety"]
    if len(variety.tops) < _LEAST:
        return
    ends = zip(variety.low, variety.high, strict=True)
    same = [column for column, (low, high) in enumerate(ends) if low == high and math.isfinite(low)]
    if same:
        name, noun = header.inputs["logits"].name, "column" if len(same) == 1 else "columns"
        verb = "is" if len(same) == 1 else "are"
        told = f"{name}: {noun} {_listed(same)} {verb} the same in the {len(variety.tops)} rows"
        evidence = tuple({"class": c, "value": variety.low[c]} for c in same[:_LEAST])
        yield Finding(f"{told} looked at", place={"file": name}, evidence=evidence)


def _duplicates(outcome: Outcome) -> Iterator[Finding]:
    header, digests = outcome.header, outcome.tallies["variety"].digests
    first: dict[str, int] = {}
    again = {number: first.setdefault(digests[number], number) for number in sorted(digests)}
    pairs = [(number, other) for number, other in again.items() if number != other]
    if pairs and header.rows_shape:
        name, (number, other) = header.inputs["logits"].name, pairs[0]
        places = f"{row_text(header, other)} and {row_text(header, number)}"
        told = f"{name}: {count(len(pairs), 'row')} of {len(digests)} looked at repeat another"
        evidence = tuple(
            {"row": row_place(header, number), "same_as": row_place(header, other)}
            for number, other in pairs[:_LEAST]
        )
        yield Finding(f"{told}: {places}", place={"file": name}, evidence=evidence)


def _one_answer(outcome: Outcome) -> Iterator[Finding]:
    header, tops = outcome.header, outcome.tallies["variety"].tops
    if header.classes < 2 or header.labels_read_as == "targets" or len(tops) < _LEAST:
        return
    if len(set(tops.values())) == 1 and -1 not in tops.values():
        name, top = header.inputs["logits"].name, next(iter(tops.values()))
        told = f"{name}: class {top} is on top of all {len(tops)} rows looked at"
        yield Finding(told, place={"file": name})


UNSEEN = Unit(
    "classes-unseen",
    NOTE,
    "check",
    "classes that are no row's label",
    _unseen,
    ("label-counts", "variety"),
)
CONSTANT = Unit(
    "columns-constant",
    NOTE,
    "check",
    "columns of LOGITS that are the same in the rows looked at",
    _constant,
    ("variety",),
)
DUPLICATES = Unit(
    "rows-repeated",
    NOTE,
    "check",
    "rows of LOGITS that are the same as another of those looked at",
    _duplicates,
    ("variety",),
)
ONE_ANSWER = Unit(
    "one-answer",
    NOTE,
    "check",
    "one class is on top of all rows looked at",
    _one_answer,
    ("variety",),
)
