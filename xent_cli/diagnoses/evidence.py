"""What the rows that were looked at show (`tallies.sample`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from xent_cli.diagnoses.base import Outcome, row_place
from xent_cli.records import replace
from xent_cli.tallies.sample import Look

_SHARE, _LEAST = 0.9, 8
"""Of the rows that must show the same, and how many numbers they must have in all."""
_SHOWN = 8
SLACK, _ROUGH = 1e-6, 1e-4
_WIDEST = 0.1
"""A sum says that numbers are probabilities only where it could not easily be 1 by chance."""
_EPS = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52}
_LEAST_STEP = {"float16": 2.0**-24}


def looks(outcome: Outcome, role: str = "logits") -> dict[int, Look]:
    """The looks at the rows of LOGITS or LABELS, by their numbers.

    All are written with as many decimals as one of them needs.
    """
    sample = outcome.tallies["sample"]
    found: dict[int, Look] = sample.operand if role == "logits" else sample.targets
    of_labels = role == "labels"
    decimals = {k.decimals for k in found.values() if of_labels or k.total is not None}
    of_all = -1 if -1 in decimals else max(decimals, default=-1)
    return {
        number: look if look.decimals == of_all else replace(look, decimals=of_all)
        for number, look in sorted(found.items())
    }


def shown(outcome: Outcome, rows: Mapping[int, Look]) -> tuple[Mapping[str, Any], ...]:
    """The first of some rows as evidence: where they lie, their range, and their sum if known."""
    return tuple(
        {"row": row_place(outcome.header, number), "low": look.low, "high": look.high}
        | ({} if look.total is None else {"sum": look.total})
        for number, look in list(rows.items())[:_SHOWN]
    )


def mostly(looks: Iterable[Look], shows: Callable[[Look], bool]) -> bool:
    """Whether nearly all rows show something, and they are enough to tell."""
    rows = list(looks)
    good = [row for row in rows if shows(row)]
    return sum(row.count for row in good) >= _LEAST and len(good) >= _SHARE * len(rows)


def sum_bound(look: Look, dtype: str) -> float:
    """How far the sum of probabilities can be from 1, as they are written.

    Each is off by half a step of its decimals; of floats half a bit of the sum, and half the least
    step of each.

    >>> round(sum_bound(Look(3, 0.1, 0.7, total=1.0, decimals=2), "float64"), 6)
    0.015001
    """
    if look.decimals == 0:
        return SLACK
    if look.decimals > 0:
        return look.count * 10.0**-look.decimals / 2 + SLACK
    return (_EPS.get(dtype, 0.0) + look.count * _LEAST_STEP.get(dtype, 0.0)) / 2 + SLACK


def sums_to(look: Look, whole: float, dtype: str) -> bool:
    """Whether the numbers, of 0 to `whole`, sum to it as far as they are written.

    >>> sums_to(Look(3, 0.1, 0.7, total=1.01, decimals=2), 1, "float64")
    True
    """
    bound = sum_bound(look, dtype)
    return off_by(look, whole) <= whole * min(bound, _WIDEST) and bound <= _WIDEST


def off_by(look: Look, whole: float = 1) -> float:
    """How far the sum of a row is from what it should be; infinite where there is none."""
    return math.inf if look.total is None else abs(look.total - whole)


def is_off(look: Look, dtype: str) -> bool:
    """Whether numbers that should sum to 1 do not, by more than they were calculated wrong."""
    return off_by(look) > max(sum_bound(look, dtype), _ROUGH)


def is_unit(look: Look) -> bool:
    """Whether all numbers are from 0 to 1, as they are written in any dtype."""
    return not look.nan and look.low >= -SLACK and look.high <= 1 + SLACK


def is_distribution(look: Look, dtype: str) -> bool:
    """Whether a row is one of probabilities that sum to 1; whole numbers may be anything."""
    return is_unit(look) and look.decimals != 0 and sums_to(look, 1, dtype)


def mass_bound(dtype: str) -> float:
    """How far the log of the sum of probabilities can be from 0, of their logarithms."""
    return 1e-3 + 16 * _EPS.get(dtype, 0.0)
