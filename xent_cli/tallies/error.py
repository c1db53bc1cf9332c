"""How far the loss can be from the exact one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from xent_cli.figure import Figure
from xent_cli.losses.bounds.primitives import REDUCED, sum_error
from xent_cli.losses.rules import Reduce
from xent_cli.records import field, mutable_record
from xent_cli.reduction.exact import ExactSum

if TYPE_CHECKING:
    from xent_cli.header import Header
    from xent_cli.tallies.base import Tallies
    from xent_cli.tallies.rows import Rows


@mutable_record
class ErrorBound:
    """The exact sum of the bounds of the rows that count; NaN where one is not known."""

    needs = ("bounds",)

    error: ExactSum = field(default_factory=ExactSum)

    def add(self, rows: Rows) -> None:
        """Takes in the rows of a block."""
        bounds = rows.bounds
        if bounds is None:
            self.error.nan += 1
        elif isinstance(bounds, np.ndarray):
            self.error.add(rows.of_counting(bounds))
        else:
            self.error.add_times(bounds, len(rows.values))

    def merge(self, other: ErrorBound) -> None:
        """Takes in other rows."""
        self.error.merge(other.error)

    def figures(self, header: Header, tallies: Tallies) -> Iterator[Figure]:
        """The bound of the loss; None where it is not known, or there is one loss a row."""
        quotient = tallies["loss"].quotient(header)
        bound = math.nan
        if quotient.value is not None:
            divided = quotient.divided
            bound = abs(self.error.ratio(quotient.denominator)) if divided else self.error.value()
            if quotient.rule is Reduce.PERPLEXITY:
                bound = quotient.value * math.expm1(bound) if bound < 1 else math.inf
            bound += (REDUCED + sum_error(header.classes)) * abs(quotient.value)
        known = bound / header.scale if math.isfinite(bound) else None
        yield Figure("error_bound", known, unit=header.unit, digits=header.digits)
