"""The words for what a loss met on its way: what happened, how often, what to do."""

from __future__ import annotations

import math

from xent_cli.losses.base import Loss
from xent_cli.reduction.partial import Partial

_ABSENT = {
    "wrapped": "{} below 0, counted from the last class",
    "absent_nan": "{} that is no class, where this kind gives NaN",
    "absent_zero": "{} that is no class, where this kind gives a loss of 0",
}


def warnings_of(total: Partial, loss: Loss, mean: float) -> tuple[str, ...]:
    """One sentence for each thing the user should know of the numbers."""
    found = []
    empty = "NaN" if math.isnan(mean) else f"{mean:g}"
    if total.rows == 0:
        found.append(f"there are no rows: the mean is {empty}, the sum 0")
    elif total.rows == total.ignored:
        found.append(f"all {total.rows} rows are ignored: the mean is {empty}, the sum 0")
    elif total.denominator.finite and total.denominator.units == 0:
        found.append(f"the weights of the rows that count sum to 0: the mean is {empty}")
    for event, words in _ABSENT.items():
        if total.counts[event]:
            found.append(words.format(_count(total.counts[event], "row") + " with a label"))
    clamped = total.counts["clamped"]
    if clamped:
        found.append(
            f"{_count(clamped, 'logarithm')} of a probability clamped at -100 (PyTorch's rule); "
            "from logits, --kind sigmoid-bce needs no clamping"
        )
    raised = total.counts["raised"]
    if raised:
        found.append(f"{_count(raised, 'variance')} below eps, raised to it")
    nan, inf = total.numerator.nan, total.numerator.posinf + total.numerator.neginf
    if nan:
        found.append(f"{_count(nan, 'row')} with a loss of NaN (NaN or infinity in {loss.takes})")
    if inf:
        found.append(f"{_count(inf, 'row')} with an infinite loss (the label's probability is 0)")
    return tuple(found)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
