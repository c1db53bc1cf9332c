"""The range of an array and its values that are no numbers; blocks merge in any order."""

from __future__ import annotations

from typing import Any

import numpy as np

from xent_cli.records import mutable_record

Number = int | float | bool


@mutable_record
class Span:
    """What was seen so far.

    Attributes:
        minimum, maximum: of the finite values; None if there are none.
        nan, posinf, neginf: how many of each.
    """

    minimum: Number | None = None
    maximum: Number | None = None
    nan: int = 0
    posinf: int = 0
    neginf: int = 0

    @classmethod
    def of(cls, values: np.ndarray[Any, Any]) -> Span:
        """The span of one block (any real dtype but bfloat16)."""
        if not values.size:
            return cls()
        # NaN comes out of min if there is one, so two reductions settle the usual case.
        low, high = values.min(), values.max()
        if values.dtype.kind != "f" or (np.isfinite(low) and np.isfinite(high)):
            return cls(low.item(), high.item())
        span = cls(
            nan=int(np.count_nonzero(np.isnan(values))),
            posinf=int(np.count_nonzero(values == np.inf)),
            neginf=int(np.count_nonzero(values == -np.inf)),
        )
        finite = values[np.isfinite(values)]
        if finite.size:
            span.minimum, span.maximum = finite.min().item(), finite.max().item()
        return span

    def merge(self, other: Span) -> None:
        """Takes in another block."""
        lows = [low for low in (self.minimum, other.minimum) if low is not None]
        highs = [high for high in (self.maximum, other.maximum) if high is not None]
        self.minimum = min(lows, default=None)
        self.maximum = max(highs, default=None)
        self.nan += other.nan
        self.posinf += other.posinf
        self.neginf += other.neginf
