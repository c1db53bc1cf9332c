"""What rows met on the way to their losses, by name, for diagnoses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from xent_cli.figure import Figure
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

    def merge(self, other: Events) -> None:
        """Takes in other rows."""
        self.counts.update(other.counts)

    def figures(self, header: Header, tallies: Tallies) -> Iterator[Figure]:
        """None: diagnoses tell of events."""
        yield from ()
