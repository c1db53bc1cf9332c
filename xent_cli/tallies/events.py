"""What rows met on the way to their losses, by name, for diagnoses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.figure import Figure
from xent_cli.losses.base import Labels
from xent_cli.losses.log_space import working_dtype
from xent_cli.records import field, mutable_record

if TYPE_CHECKING:
    from xent_cli.header import Header
    from xent_cli.tallies.base import Tallies
    from xent_cli.tallies.rows import Rows


@mutable_record
class Events:
    """How often each happened (labels that are no class, clamped logarithms, ...)."""

    needs = ()

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, rows: Rows) -> None:
        """Takes in the rows of a block; what did not happen leaves no trace."""
        self.counts.update({name: n for name, n in rows.losses.counts.items() if n})
        if clipped := _clipped(rows):
            self.counts["clipped"] += clipped

    def merge(self, other: Events) -> None:
        """Takes in other rows."""
        self.counts.update(other.counts)

    def figures(self, header: Header, tallies: Tallies) -> Iterator[Figure]:
        """None: diagnoses tell of events."""
        yield from ()


def _clipped(rows: Rows) -> int:
    """The probabilities of rows that count which a loss takes the logarithm of, and has raised.

    A probability above the upper limit, such as 1, loses nothing that would be missed.
    """
    block, clip = rows.block, rows.loss.rules.probabilities.clip
    if clip is None or rows.loss.operand(rows.options) != "probs":
        return 0
    low, high = clip.bounds(working_dtype(block))
    p = as_float(block.logits).astype(np.float64)
    if rows.loss.rules.probabilities.renormalise == "before":
        p = p / p.sum(axis=1, keepdims=True)
    if block.labels.ndim == 1:
        labels = rows.label_classes
        if p.shape[1] == 1:  # of the second of two classes
            p = np.concatenate([1 - p, p], axis=1)
        picked = np.take_along_axis(p, np.maximum(labels, 0)[:, None], axis=1)
        raised = (picked < low) & (labels >= 0)[:, None]
    else:
        targets = as_float(block.labels)
        raised = (p < low) & (targets > 0)
        if rows.loss.labels is Labels.ELEMENTS:
            raised |= (p > high) & (targets < 1)
    return int(np.count_nonzero(rows.of_counting(raised)))
