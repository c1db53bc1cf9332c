"""What a tally is: a statistic over rows, which is added to block by block and merges exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, Self

from xent_cli.figure import Figure
from xent_cli.header import Header
from xent_cli.tallies.rows import Rows


class Tally(Protocol):
    """A statistic: empty when it is made, the same whatever the order and the cut of the rows.

    A tally is a `mutable_record`, so that `records.to_json` and `from_json` carry its state.

    Attributes:
        needs: the facts that should come with the read of the loss (`losses.byproducts`).
    """

    needs: tuple[str, ...]

    def add(self, rows: Rows) -> None:
        """Takes in the rows of a block."""
        ...

    def merge(self, other: Self) -> None:
        """Takes in what another tally of the kind has of other rows."""
        ...

    def figures(self, header: Header, tallies: Tallies) -> Iterator[Figure]:
        """The numbers it gives; `tallies` are all of the pass, by name."""
        ...


class Metric(Tally, Protocol):
    """A tally that can be asked for by name."""

    aliases: tuple[str, ...]

    @staticmethod
    def refusal(header: Any) -> str | None:
        """Why it says nothing of a pass of that header; None where it does."""
        ...


Tallies = Mapping[str, Any]
