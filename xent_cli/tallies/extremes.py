"""The least and the greatest loss of a row."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

from xent_cli.figure import Figure
from xent_cli.geometry import row_index
from xent_cli.records import mutable_record

if TYPE_CHECKING:
    from xent_cli.header import Header
    from xent_cli.tallies.base import Tallies
    from xent_cli.tallies.rows import Rows

Extreme = tuple[float, int]
"""A row's loss and its number in C order."""


@mutable_record
class Extremes:
    """The extreme losses of rows that count, NaN aside, and the first row with each."""

    needs = ()

    minimum: Extreme | None = None
    maximum: Extreme | None = None

    def add(self, rows: Rows) -> None:
        """Takes in the rows of a block."""
        low, high = rows.summary.low, rows.summary.high
        if low >= 0:
            values = rows.values
            least = float(values[low]), rows.row(low)
            greatest = float(values[high]), rows.row(high)
            self.merge(Extremes(least, greatest))

    def merge(self, other: Extremes) -> None:
        """Takes in other rows."""
        self.minimum = _better(self.minimum, other.minimum, sign=1)
        self.maximum = _better(self.maximum, other.maximum, sign=-1)

    def figures(self, header: Header, tallies: Tallies) -> Iterator[Figure]:
        """Both, with their rows."""
        for name, title, extreme in (
            ("minimum", "smallest", self.minimum),
            ("maximum", "largest", self.maximum),
        ):
            value, row, index = None, None, None
            if extreme is not None:
                value, shape = extreme[0] / header.scale, header.rows_shape
                index = row_index(extreme[1], shape, header.first_row)
                row = extreme[1] + header.first_row * prod(shape[1:])
            yield Figure(name, value, title, header.unit, None, header.digits, row, index)


def _better(ours: Extreme | None, other: Extreme | None, *, sign: int) -> Extreme | None:
    """The one with the smaller sign * loss; of equal losses the earlier row."""
    if ours is None or other is None:
        return other if ours is None else ours
    return min(ours, other, key=lambda extreme: (sign * extreme[0], extreme[1]))
