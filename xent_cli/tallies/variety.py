"""How much some rows differ: equal rows, constant columns, and the classes that are on top."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.figure import Figure
from xent_cli.losses.byproducts import Byproducts, find_tops
from xent_cli.records import field, mutable_record
from xent_cli.tallies.sample import sampled

if TYPE_CHECKING:
    from xent_cli.header import Header
    from xent_cli.tallies.base import Tallies
    from xent_cli.tallies.rows import Rows


@mutable_record
class Variety:
    """Of the rows of the sample, by their numbers.

    Attributes:
        digests: a hash of the logits of each.
        tops: the top class of each; -1 beside a NaN.
        low, high: the least and the greatest number of each column; -inf and inf beside a NaN.
    """

    needs = ()

    digests: dict[int, str] = field(default_factory=dict)
    tops: dict[int, int] = field(default_factory=dict)
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def add(self, rows: Rows) -> None:
        """Looks at the rows of a block that are among them."""
        if not len(rows) or not rows.block.logits.shape[1]:
            return
        numbers, indices = sampled(rows)
        if not numbers:
            return
        looked = rows.block.logits[indices]
        by = Byproducts(["top"])
        find_tops(looked, by)
        assert by.top_class is not None
        values = as_float(looked).astype(np.float64)
        nan = np.isnan(values)
        digests = [blake2b(row.tobytes(), digest_size=8).hexdigest() for row in values]
        self.merge(
            Variety(
                dict(zip(numbers, digests, strict=True)),
                dict(zip(numbers, by.top_class.tolist(), strict=True)),
                tuple(np.where(nan, -np.inf, values).min(axis=0).tolist()),
                tuple(np.where(nan, np.inf, values).max(axis=0).tolist()),
            )
        )

    def merge(self, other: Variety) -> None:
        """Takes in other rows."""
        self.digests.update(other.digests)
        self.tops.update(other.tops)
        if self.low and other.low:
            self.low = tuple(np.minimum(self.low, other.low).tolist())
            self.high = tuple(np.maximum(self.high, other.high).tolist())
        elif other.low:
            self.low, self.high = other.low, other.high

    def figures(self, header: Header, tallies: Tallies) -> Iterator[Figure]:
        """None: diagnoses tell of them."""
        yield from ()

    @staticmethod
    def refusal(header: Header) -> str | None:
        """It says something of every pass."""
        return None
