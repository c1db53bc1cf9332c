"""The words for what a loss met on its way: what happened, how often, what to do."""

from __future__ import annotations

from xent_cli.losses.base import Loss
from xent_cli.reduction.partial import Partial


def warnings_of(total: Partial, loss: Loss) -> tuple[str, ...]:
    """One sentence for each thing the user should know of the numbers."""
    found = []
    if total.rows == 0:
        found.append("there are no rows: the mean is NaN, the sum 0")
    elif total.rows == total.ignored:
        found.append(f"all {total.rows} rows are ignored: the mean is NaN, the sum 0")
    clamped = total.counts["clamped"]
    if clamped:
        found.append(
            f"{_count(clamped, 'logarithm')} of a probability clamped at -100 (PyTorch's rule); "
            "from logits, --kind sigmoid-bce needs no clamping"
        )
    nan, inf = total.numerator.nan, total.numerator.posinf + total.numerator.neginf
    if nan:
        found.append(f"{_count(nan, 'row')} with a loss of NaN (NaN or infinity in {loss.takes})")
    if inf:
        found.append(f"{_count(inf, 'row')} with an infinite loss (the label's probability is 0)")
    return tuple(found)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
