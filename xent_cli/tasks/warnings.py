"""The words for what a loss met on its way: what happened, how often, what to do."""

from __future__ import annotations

import math

from xent_cli.losses.base import Loss
from xent_cli.losses.rules import Reduce
from xent_cli.reduction.partial import Partial

_ABSENT = {
    "wrapped": "{} below 0, counted from the last class",
    "absent_nan": "{} that is no class, where this kind gives NaN",
    "absent_zero": "{} that is no class, where this kind gives a loss of 0",
}


def warnings_of(total: Partial, loss: Loss, rule: Reduce, mean: float) -> tuple[str, ...]:
    """One sentence for each thing the user should know of the numbers.

    `rule` is that of the number asked for, `mean` the quotient, which matters only to means.
    """
    found = []
    is_mean = rule not in (Reduce.SUM, Reduce.NONE)
    outcome = ": the sum is 0" if rule is Reduce.SUM else ""
    if is_mean:
        word = "perplexity" if rule is Reduce.PERPLEXITY else "mean"
        outcome = f": the {word} is {'NaN' if math.isnan(mean) else f'{mean:g}'}"
    if total.rows == 0:
        found.append(f"there are no rows{outcome}")
    elif total.rows == total.ignored:
        found.append(f"all {total.rows} rows are ignored{outcome}")
    elif is_mean and total.denominator.finite and total.denominator.units == 0:
        found.append(f"the weights of the rows that count sum to 0{outcome}")
    negative, odd = total.counts["negative_weights"], total.counts["odd_weights"]
    if negative:
        its = "its loss is" if negative == 1 else "their losses are"
        found.append(f"{_count(negative, 'sample weight')} below 0: {its} subtracted")
    if odd:
        found.append(f"{_count(odd, 'sample weight')} of NaN or infinity")
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
        where = f"{loss.takes} or weights" if odd else loss.takes
        found.append(f"{_count(nan, 'row')} with a loss of NaN (NaN or infinity in {where})")
    if inf:
        reason = "the label's probability is 0" + (", or a weight is infinite" if odd else "")
        found.append(f"{_count(inf, 'row')} with an infinite loss ({reason})")
    return tuple(found)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
