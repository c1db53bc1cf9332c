"""How often each class is the label."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from xent_cli.figure import Figure
from xent_cli.records import field, mutable_record

if TYPE_CHECKING:
    from xent_cli.header import Header
    from xent_cli.tallies.base import Tallies
    from xent_cli.tallies.rows import Rows


@mutable_record
class LabelCounts:
    """The rows that count, by the class of their label; those without a class under -1."""

    needs = ()
    aliases = ()

    counts: dict[int, int] = field(default_factory=dict)

    def add(self, rows: Rows) -> None:
        """Takes in the rows of a block."""
        labels = rows.of_counting(rows.label_classes)
        counts = np.bincount(labels + 1)
        for place in np.flatnonzero(counts).tolist():
            label = place - 1
            self.counts[label] = self.counts.get(label, 0) + int(counts[place])

    def merge(self, other: LabelCounts) -> None:
        """Takes in other rows."""
        for label, count in other.counts.items():
            self.counts[label] = self.counts.get(label, 0) + count

    def figures(self, header: Header, tallies: Tallies) -> Iterator[Figure]:
        """How many classes are labels, and the share of the most frequent one."""
        rows = sum(self.counts.values())
        most = max((n for label, n in self.counts.items() if label >= 0), default=0)
        yield Figure("label_classes", len(self.counts.keys() - {-1}), "classes that are labels")
        yield Figure(
            "majority",
            most / rows if rows else float("nan"),
            "most frequent label",
            rows=rows,
            digits=header.digits,
        )

    @staticmethod
    def refusal(header: Header) -> str | None:
        """Labels have classes where a row is a choice among them."""
        return None if header.labels_read_as in ("index", "dense") else "its labels are no classes"
