"""The sum of the losses, and what it is divided by."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from xent_cli.errors import DataError
from xent_cli.figure import Figure
from xent_cli.losses.rules import Reduce
from xent_cli.losses.stable import perplexity
from xent_cli.records import field, mutable_record, record
from xent_cli.reduction.exact import ExactSum

if TYPE_CHECKING:
    from xent_cli.header import Header
    from xent_cli.tallies.base import Tallies
    from xent_cli.tallies.rows import Rows


@record
class Quotient:
    """The reduction of all rows, in nats.

    Attributes:
        rule: what is reduced how.
        denominator: what the sum of the losses is divided by.
        mean: the quotient; exp of it for a perplexity.
        divided: False for sums and single rows.
        value: the loss; None where there is one a row.
    """

    rule: Reduce
    denominator: ExactSum
    mean: float
    divided: bool
    value: float | None


@mutable_record
class LossTally:
    """The rows, and the exact sums of what they add to the numerator and the denominator.

    Attributes:
        rows: all rows, the ignored ones among them.
        ignored: rows that count neither in the numerator nor in the denominator.
        shares: what they add to another denominator, where one is given.
    """

    needs = ()

    rows: int = 0
    ignored: int = 0
    numerator: ExactSum = field(default_factory=ExactSum)
    denominator: ExactSum = field(default_factory=ExactSum)
    shares: ExactSum = field(default_factory=ExactSum)

    def add(self, rows: Rows) -> None:
        """Takes in the rows of a block."""
        counting = len(rows.values)
        self.rows += len(rows)
        self.ignored += len(rows) - counting
        self.numerator.merge(rows.summary.total)
        if isinstance(rows.weights, int):
            self.denominator.add_integer(rows.weights * counting)
        else:
            self.denominator.add(rows.weights)
        if rows.shares is not None:
            self.shares.add(rows.of_counting(rows.shares))

    def merge(self, other: LossTally) -> None:
        """Takes in other rows."""
        self.rows += other.rows
        self.ignored += other.ignored
        self.numerator.merge(other.numerator)
        self.denominator.merge(other.denominator)
        self.shares.merge(other.shares)

    def quotient(self, header: Header) -> Quotient:
        """What the reduction makes of the rows.

        Raises:
            DataError: nothing counts, and the function has no mean of nothing.
        """
        rule, denominator = Reduce[header.rule], self._divisor(header)
        mean = self.numerator.ratio(denominator)
        if math.isnan(mean) and self.numerator.finite and rule is not Reduce.NONE:
            if header.nothing is None:
                raise DataError(
                    f"{header.kind} has no mean of nothing: the rows that count weigh 0"
                )
            mean = header.nothing
        if rule is Reduce.PERPLEXITY:
            mean = perplexity(mean)
        undivided = rule is Reduce.NONE or (rule is Reduce.SUM and header.divisor is None)
        value = self.numerator.value() if undivided else mean
        return Quotient(
            rule, denominator, mean, not undivided, None if rule is Reduce.NONE else value
        )

    def _divisor(self, header: Header) -> ExactSum:
        count, rule = ExactSum(), Reduce[header.rule]
        if header.divisor is not None:
            count.add(np.array([header.divisor], dtype=np.float64))
        elif rule is Reduce.COUNT:
            count.add_integer(self.rows - self.ignored)
        elif rule is Reduce.SHARES:
            return self.shares
        elif rule is Reduce.BATCH:
            count.add_integer(header.batch)
        else:
            return self.denominator
        return count

    def figures(self, header: Header, tallies: Tallies) -> Iterator[Figure]:
        """The loss, its numerator and denominator, rows, and the perplexity where it has one."""
        quotient, scale = self.quotient(header), header.scale
        value, digits = quotient.value, header.digits
        shows_perplexity = header.perplexity and quotient.rule in (Reduce.MEAN, Reduce.SHARES)
        yield Figure(
            "loss", None if value is None else value / scale, unit=header.unit, digits=digits
        )
        numerator = self.numerator.value() / scale
        yield Figure("numerator", numerator, unit=header.unit, digits=digits)
        yield Figure("denominator", quotient.denominator.value(), digits=digits)
        yield Figure("rows", self.rows)
        yield Figure("ignored", self.ignored)
        if shows_perplexity:
            yield Figure("perplexity", perplexity(quotient.mean), digits=digits)
