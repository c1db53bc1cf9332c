"""The rows of a block, and what is known of them: each fact once, and only if a tally asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.losses.base import Array, Block, Flags, Floats, Loss, RowLosses
from xent_cli.losses.byproducts import Byproducts, find_tops
from xent_cli.losses.stable import tile_sums
from xent_cli.records import record, replace
from xent_cli.reduction.exact import ExactSum

Indices = np.ndarray[Any, np.dtype[np.int64]]


if TYPE_CHECKING:
    from functools import cached_property as _fact

    from xent_cli.losses.bounds.primitives import Bounds
else:

    class _fact:  # noqa: N801
        """A property that is calculated once.

        That of functools has one lock for all objects before Python 3.12: no two threads could
        calculate at the same time (16384 x 32000 float32: 160 ms in place of 90).
        """

        def __init__(self, function: Any) -> None:
            self.function, self.name = function, function.__name__

        def __get__(self, rows: Rows, owner: type | None = None) -> Any:
            value = vars(rows)[self.name] = self.function(rows)
            return value


@record
class Factors:
    """The sample weights of a block: (rows,) float64, or (rows, classes) where `by_element`."""

    values: Floats
    by_element: bool


@record
class Kept:
    """What of a block counts.

    Attributes:
        flags: (rows, 1), or (rows, classes) where elements are left out.
        ignored: how many targets the ignore index leaves out.
    """

    flags: Flags
    ignored: int = 0


@record
class Weighing:
    """What goes with the rows of a block; each None where there is none.

    Attributes:
        factors: sample weights.
        kept: what counts.
        shares: (rows,) float64: what each adds to what the sum is divided by, in place of its
            weight.
    """

    factors: Factors | None = None
    kept: Kept | None = None
    shares: Floats | None = None


UNWEIGHED = Weighing()


@record
class Summary:
    """The exact sum of numbers, and where the least and the greatest are first; -1: nowhere."""

    total: ExactSum
    low: int
    high: int


class Rows:
    """The rows of a block under a loss.

    Args:
        loss: gives their values.
        block: what it takes.
        options: its parameters.
        weighing: sample weights, what counts, and what the sum is divided by.
        with_elements: the values of single elements will be asked for.
    """

    def __init__(
        self,
        loss: Loss,
        block: Block,
        options: Any,
        *,
        weighing: Weighing = UNWEIGHED,
        with_elements: bool = False,
    ) -> None:
        self.loss, self.block, self.options = loss, block, options
        self.factors, self.kept = weighing.factors, weighing.kept
        self.shares, self._with_elements = weighing.shares, with_elements
        if self.kept is not None:
            self.factors = _masked(self.factors, self.kept.flags)

    def __len__(self) -> int:
        return len(self.block.logits)

    @_fact
    def _unweighted(self) -> tuple[RowLosses, Floats | None]:
        """The losses of the rows and, if they are wanted or needed, of the elements."""
        loss, factors, elements = self.loss, self.factors, None
        rows = None if loss.rows is None else loss.rows(self.block, self.options)
        by_element = factors is not None and factors.by_element
        if loss.elements is not None and (rows is None or self._with_elements or by_element):
            calculated = self.block.by.once(loss.elements, self.block, self.options)
            elements, rows = calculated.values, rows or calculated.summed()
        assert rows is not None  # every loss has one or the other
        return rows, elements

    @_fact
    def _calculated(self) -> tuple[RowLosses, Floats | None]:
        """The same times sample weights."""
        if self.factors is None:
            return self._unweighted
        rows, elements = _weighted(*self._unweighted, self.factors)
        if self.kept is not None:
            counted = np.asarray(self.kept.flags.any(axis=1))
            if rows.counted is not None:
                counted &= rows.counted
            counts = {**rows.counts, "left_out": self.kept.ignored}
            rows = replace(rows, counted=counted, counts=counts)
        return rows, elements

    @property
    def losses(self) -> RowLosses:
        """The losses of all rows, with sample weights."""
        return self._calculated[0]

    @property
    def unweighted(self) -> Floats:
        """The loss of each row, without its sample weight."""
        return self._unweighted[0].values

    @property
    def elements(self) -> Floats | None:
        """The losses of the elements, (rows, classes), if they are wanted."""
        return self._calculated[1]

    @_fact
    def counting(self) -> Indices | None:
        """The rows that count, in order; None where all do."""
        counted = self.losses.counted
        return None if counted is None or counted.all() else np.flatnonzero(counted)

    def of_counting(self, numbers: Array) -> Array:
        """Those of the rows that count, of one number a row."""
        return numbers if self.counting is None else numbers[self.counting]

    @_fact
    def values(self) -> Floats:
        """What each row that counts adds to the numerator."""
        return self.of_counting(self.losses.values)

    @_fact
    def weights(self) -> Floats | int:
        """What each row that counts adds to the denominator; one whole number: all the same."""
        weights = self.losses.weights
        return weights if isinstance(weights, int) else self.of_counting(weights)

    @_fact
    def summary(self) -> Summary:
        """Of `values`."""
        total = ExactSum()
        return Summary(total, *total.add_and_find(self.values))

    @_fact
    def bounds(self) -> Bounds | None:
        """How far each of `losses` can be from the exact one; None: not known."""
        from xent_cli.losses.bounds import row_bounds  # most runs have no use for them
        from xent_cli.losses.bounds.primitives import weighted_bounds

        bounds = row_bounds(self.loss, self.block, self.options, self._unweighted[0])
        if self.factors is None:
            return bounds
        weighted = self.elements if self.factors.by_element else self.losses.values
        assert weighted is not None
        return weighted_bounds(bounds, self.factors.values, weighted)

    def row(self, index: int) -> int:
        """The row in C order of the index'th of those that count."""
        return self.block.place.locate(
            index if self.counting is None else int(self.counting[index])
        )

    @_fact
    def top_classes(self) -> Indices:
        """The class of each row's largest number, the lowest of several; -1 beside a NaN."""
        by = self._read()
        if by.top_class is None:
            find_tops(self.block.logits, by)
        assert by.top_class is not None
        return by.top_class

    @_fact
    def label_classes(self) -> Indices:
        """The class of each row's label; of dense labels their top class; -1 where it is none."""
        return self.label_classes_at(slice(None))

    def label_classes_at(self, rows: Indices | slice) -> Indices:
        """`label_classes` of some rows."""
        if self.block.labels.ndim == 2:
            by = Byproducts(["top"])
            find_tops(self.block.labels[rows], by)
            assert by.top_class is not None
            return by.top_class
        labels = self._read().labels
        if labels is not None:
            return np.where(labels.absent[rows], -1, labels.labels[rows])
        numbers = self.block.labels[rows].astype(np.int64) - self.block.label_base
        return np.where((numbers >= 0) & (numbers < self.block.logits.shape[1]), numbers, -1)

    @_fact
    def hits(self) -> Flags:
        """Whether the answer is right, of each row that counts (or each of its elements).

        Of a choice among classes: the top class is the label's. Of yes-or-no questions: probability
        and target lie on one side of 1/2. NaN is not right.
        """
        if self.loss.yes_or_no:
            takes = self.loss.operand(self.options)
            answers, targets = as_float(self.block.logits), as_float(self.block.labels)
            yes = answers > (0 if takes == "logits" else 0.5)
            hits: Flags = (yes == (targets > 0.5)) & ~(np.isnan(answers) | np.isnan(targets))
            return hits if self.kept is None else hits[np.broadcast_to(self.kept.flags, hits.shape)]
        by = self._read()
        if by.hit is None or by.labels is None:
            labels = self.label_classes
            return self.of_counting((self.top_classes == labels) & (labels >= 0))
        return self.of_counting(by.hit & ~by.labels.absent if by.labels.counts else by.hit)

    def _read(self) -> Byproducts:
        """What came with the read of the losses, which is done."""
        _ = self.losses
        return self.block.by


def _masked(factors: Factors | None, flags: Flags) -> Factors:
    """Sample weights that are 0 where nothing counts, whatever they were."""
    by_element = flags.shape[1] != 1
    if factors is None:
        ones = flags.astype(np.float64)
        return Factors(ones if by_element else ones[:, 0], by_element)
    weights = factors.values
    if by_element or factors.by_element:
        weights = weights if factors.by_element else weights[:, None]
        return Factors(np.where(flags, weights, 0.0), by_element=True)
    return Factors(np.where(flags[:, 0], weights, 0.0), by_element=False)


def _weighted(
    rows: RowLosses, elements: Floats | None, factors: Factors
) -> tuple[RowLosses, Floats | None]:
    """Losses times sample weights; a weight of 0 leaves out whatever it weighs."""
    weights = factors.values
    counts = {**rows.counts, **_odd_weights(weights)}
    if elements is not None and factors.by_element:
        elements = np.where(weights == 0, 0.0, elements * weights)
        return RowLosses(tile_sums(elements), tile_sums(weights), rows.counted, counts), elements
    with np.errstate(invalid="ignore"):
        values = np.where(weights == 0, 0.0, rows.values * weights)
        if elements is not None:
            elements = np.where(weights[:, None] == 0, 0.0, elements * weights[:, None])
    return RowLosses(values, rows.weights * weights, rows.counted, counts), elements


def _odd_weights(factors: Floats) -> dict[str, int]:
    """How many sample weights are below 0, and how many are no finite numbers."""
    return {
        "negative_weights": int(np.count_nonzero(factors < 0)),
        "odd_weights": int(np.count_nonzero(~np.isfinite(factors))),
    }
