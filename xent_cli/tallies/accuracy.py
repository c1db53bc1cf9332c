"""The share of right answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from xent_cli.figure import Figure
from xent_cli.records import mutable_record

if TYPE_CHECKING:
    from xent_cli.header import Header
    from xent_cli.tallies.base import Tallies
    from xent_cli.tallies.rows import Rows


@mutable_record
class Accuracy:
    """How many answers are right, of how many.

    Of index labels the rows that count whose top class is the label; of dense labels those whose
    top class is the target's; of yes-or-no questions the elements whose probability and target lie
    on one side of 1/2. Weights do not matter. A row with NaN has no top class and is not right,
    nor is an element that is NaN.

    References:
        sklearn.metrics.accuracy_score; keras.metrics.CategoricalAccuracy and BinaryAccuracy.
    """

    needs = ("hit",)
    aliases = ("acc",)

    right: int = 0
    answers: int = 0

    def add(self, rows: Rows) -> None:
        """Takes in the rows of a block."""
        self.right += int(np.count_nonzero(rows.hits))
        self.answers += rows.hits.size

    def merge(self, other: Accuracy) -> None:
        """Takes in other rows."""
        self.right += other.right
        self.answers += other.answers

    def figures(self, header: Header, tallies: Tallies) -> Iterator[Figure]:
        """The share; NaN of nothing."""
        share = self.right / self.answers if self.answers else float("nan")
        yield Figure("accuracy", share, rows=self.answers, digits=header.digits)

    @staticmethod
    def refusal(header: Header) -> str | None:
        """There must be a right answer."""
        if header.labels_read_as in ("index", "dense") or header.yes_or_no:
            return None
        return "it has no right answers"
