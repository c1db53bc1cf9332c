"""The losses: pure numerics on blocks of rows. `LOSSES` is the registry, in display order."""

from __future__ import annotations

from difflib import get_close_matches

from xent_cli.errors import UsageError
from xent_cli.losses.base import Loss
from xent_cli.losses.sigmoid import BCE, SIGMOID_BCE, WEIGHTED
from xent_cli.losses.softmax import NLL, SOFTMAX_CE, SPARSE

LOSSES: dict[str, Loss] = {
    loss.name: loss for loss in (SOFTMAX_CE, SPARSE, NLL, SIGMOID_BCE, BCE, WEIGHTED)
}


def get_loss(name: str) -> Loss:
    """The loss of that name; a UsageError with the closest names if there is none.

    >>> get_loss("softmax-ce").summary
    'softmax cross entropy of logits, with index or dense labels'

    """
    if name in LOSSES:
        return LOSSES[name]
    close = get_close_matches(name, LOSSES, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else f"kinds: {', '.join(LOSSES)}"
    raise UsageError(f"there is no loss named {name!r}", hint)
