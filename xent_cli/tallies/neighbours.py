"""The losses of the first rows under the labels of the rows beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.figure import Figure
from xent_cli.records import field, mutable_record, record, replace
from xent_cli.tallies.sample import FIRST, counting

if TYPE_CHECKING:
    from xent_cli.header import Header
    from xent_cli.tallies.base import Tallies
    from xent_cli.tallies.rows import Rows


@record
class Beside:
    """A row, and what the losses of other labels are.

    Attributes:
        label: its class; -1 where it has none, or does not count.
        loss: its loss.
        before, after: how much that grows with the label of the row before or behind; None where
            that row or its class is not known.
        logits: its logits as long as one of these is not known.
    """

    label: int
    loss: float
    before: float | None = None
    after: float | None = None
    logits: tuple[float, ...] = ()


@mutable_record
class Neighbours:
    """The first rows with index labels, and one behind them, by their numbers.

    A row whose neighbour is in another block keeps its logits until they meet.
    """

    needs = ()

    rows: dict[int, Beside] = field(default_factory=dict)

    def add(self, rows: Rows) -> None:
        """Takes in the rows of a block; those behind the first are of no account."""
        block, locate = rows.block, rows.block.place.locate
        if block.labels.ndim != 1 or not len(rows) or locate(0) > FIRST:
            return
        numbers = list(takewhile(lambda n: n <= FIRST, map(locate, range(len(rows)))))
        indices = np.arange(len(numbers))
        counts, classes = counting(rows, indices), rows.label_classes_at(indices).tolist()
        logits = as_float(block.logits[: len(numbers)])
        found = []
        for index in range(len(numbers)):
            is_class = counts[index] and classes[index] < logits.shape[1]
            label = classes[index] if is_class else -1
            found.append(Beside(label, _finite(rows.unweighted[index])))
        for index, (number, row) in enumerate(zip(numbers, found, strict=True)):
            before = found[index - 1] if index and numbers[index - 1] == number - 1 else None
            after = next((r for n, r in zip(numbers, found, strict=True) if n == number + 1), None)
            self.rows[number] = _settled(number, replace(row, logits=logits[index]), before, after)
        self.merge(Neighbours())

    def merge(self, other: Neighbours) -> None:
        """Takes in other rows."""
        self.rows.update(other.rows)
        for number, row in self.rows.items():
            if row.logits:
                beside = self.rows.get(number - 1), self.rows.get(number + 1)
                self.rows[number] = _settled(number, row, *beside)

    def figures(self, header: Header, tallies: Tallies) -> Iterator[Figure]:
        """None: diagnoses tell of them."""
        yield from ()


def _settled(number: int, row: Beside, before: Beside | None, after: Beside | None) -> Beside:
    """What is known of a row by now; its logits are let go once both neighbours were met."""
    grows = [_growth(row, beside) for beside in (before, after)]
    first, last = (
        known if new is None else new
        for new, known in zip(grows, (row.before, row.after), strict=True)
    )
    met = (before is not None or number == 0) and (after is not None or number == FIRST)
    logits = () if met else tuple(map(_finite, row.logits))
    return Beside(row.label, row.loss, first, last, logits)


def _growth(row: Beside, other: Beside | None) -> float | None:
    """What the loss of a row grows by with the label of another; None where it cannot be said."""
    if other is None or row.label < 0 or other.label < 0:
        return None
    return _finite(_finite(row.logits[row.label]) - _finite(row.logits[other.label]))


def _finite(number: float) -> float:
    """A number as it is kept: infinite for all that are not finite."""
    return float(number) if math.isfinite(number) else math.inf
