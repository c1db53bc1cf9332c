"""What is done with each box of a loss: its data is read, and becomes tallies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np

from xent_cli import tallies
from xent_cli.arrays.base import Array
from xent_cli.dtypes import as_float, number_text
from xent_cli.errors import DataError
from xent_cli.geometry import Box, box_shape, row_index
from xent_cli.losses.base import Block, Floats, Labels, Loss
from xent_cli.losses.byproducts import Byproducts
from xent_cli.losses.geometry import Geometry
from xent_cli.losses.misfits import without
from xent_cli.passes.masking import harmless, kept
from xent_cli.passes.operands import Operand
from xent_cli.records import record, replace
from xent_cli.tallies.rows import Factors, Kept, Rows, Weighing

ROLES = frozenset({"logits", "labels", "sample_weight", "mask", "per"})
"""The operands that are no parameters of the loss."""


@record
class RowPlace:
    """Names files and rows in messages; see `losses.base.Place`."""

    logits: str
    labels: str
    locate: Callable[[int], int]
    rows_shape: tuple[int, ...]
    first_row: int = 0

    def row(self, index: int) -> str:
        """`row 41`, `row (3, 0, 7)`, or `the row` of a single one."""
        if not self.rows_shape:
            return "the row"
        position = row_index(self.locate(index), self.rows_shape, self.first_row)
        text = ", ".join(map(str, position))
        return f"row {text}" if len(position) == 1 else f"row ({text})"


@record
class Part:
    """What came of a box: its tallies, and the values that fill `box` of the output if wanted."""

    tallies: Mapping[str, Any]
    box: Box
    values: Floats | None


@record
class Recipe:
    """A loss of named operands, to be worked on box by box, in any process.

    It goes to another process as the names of files and what is done with them: readers open anew
    there (`ArrayReader.__reduce__`).

    Attributes:
        loss: gives the values.
        options: what its functions are calculated by.
        geometry: how the labels lie over the logits.
        operands: `logits`, `labels`, `sample_weight`, `mask`, `per`, and by their names in
            `options` the arrays that lie over the logits.
        tallies: the names of those that are made.
        double: calculate in float64.
        label_base: what index labels call the first class.
        first_row: the number of the first row that is read.
        with_values: the values of the rows (or elements) are wanted.
    """

    loss: Loss
    options: Any
    geometry: Geometry
    operands: Mapping[str, Operand]
    tallies: tuple[str, ...]
    double: bool = False
    label_base: int = 0
    first_row: int = 0
    with_values: bool = False

    @property
    def sequential(self) -> bool:
        """Whether boxes must be loaded in order: an operand comes from a pipe."""
        return not all(operand.reader.seekable for operand in self.operands.values())

    @property
    def heavy(self) -> bool:
        """Whether a box gives as much as it takes."""
        return self.with_values

    @property
    def by_element(self) -> bool:
        """Whether each element has a weight of its own, or is left out by itself."""
        return self._has_elements("sample_weight") or self._has_elements("mask") or self._ignores

    def _has_elements(self, role: str) -> bool:
        """Whether an array has one number for each element, which has a loss."""
        array, logits = self.operands.get(role), self.operands["logits"].reader
        of_elements = array is not None and array.reader.shape == logits.shape
        return of_elements and self.loss.elements is not None

    @property
    def _ignores(self) -> bool:
        """Whether some targets are left out."""
        ignore_index = getattr(self.options, "ignore_index", None)
        return self.loss.labels is Labels.ELEMENTS and ignore_index is not None

    def load(self, box: Box) -> tuple[Box, dict[str, Array]]:
        """The box's data by operand."""
        return box, {name: operand.read(box) for name, operand in self.operands.items()}

    def run(self, loaded: tuple[Box, dict[str, Array]]) -> Part:
        """The tallies of the box, and its values."""
        with np.errstate(all="ignore"):  # what overflows shows in the number and its warnings
            rows, box = self.rows(loaded), loaded[0]
            made = tallies.empty(self.tallies)
            for tally in made.values():
                tally.add(rows)
            if not self.with_values:
                return Part(made, box, None)
            if rows.elements is not None:
                return Part(made, box, self._classes_back(rows.elements, box))
            box = without(box, self.geometry.class_dims)
            return Part(made, box, rows.losses.values.reshape(box_shape(box)))

    def rows(self, loaded: tuple[Box, dict[str, Array]]) -> Rows:
        """The rows of the box."""
        box, arrays = loaded
        rows = without(box, self.geometry.class_dims)
        labels, shape = self.operands.get("labels"), self.operands["logits"].reader.shape
        block = Block(
            logits=self._classes_last(arrays["logits"]),
            labels=self._label_rows(arrays.get("labels"), prod(box_shape(rows))),
            double=self.double,
            label_base=self.label_base,
            place=RowPlace(
                self.operands["logits"].reader.name,
                "" if labels is None else labels.reader.name,
                row_locator(rows, self.geometry.rows_shape),
                self.geometry.rows_shape,
                self.first_row,
            ),
            rules=self.loss.rules,
            last_axis=shape[-1] if shape else 1,
            by=Byproducts(self._wants()),
        )
        lying = {
            name: as_float(self._classes_last(arrays[name])).astype(np.float64)
            for name in arrays.keys() - ROLES
        }
        counting = self._kept(block, arrays.get("mask"))
        if counting is not None:
            block = harmless(block, counting.flags)
        return Rows(
            self.loss,
            block,
            replace(self.options, **lying) if lying else self.options,
            weighing=Weighing(
                factors=self._factors(arrays.get("sample_weight")),
                kept=counting,
                shares=self._shares(block, arrays.get("per"), counting),
            ),
            with_elements=self.with_values,
        )

    def _kept(self, block: Block, mask: Array | None) -> Kept | None:
        """What of a block counts; None: all."""
        if mask is None and not self._ignores:
            return None
        if mask is not None:
            by_element = self._has_elements("mask")
            mask = self._classes_last(mask) if by_element else mask.reshape(-1, 1)
        ignore_index = self.options.ignore_index if self._ignores else None
        name = "" if mask is None else self.operands["mask"].reader.name
        return kept(block, mask, ignore_index, name)

    def _shares(self, block: Block, per: Array | None, counting: Kept | None) -> Floats | None:
        """What each row adds to what the sum is divided by, where an array says so."""
        if per is None:
            return None
        shares = as_float(per).astype(np.float64).reshape(-1)
        if counting is not None:
            shares = np.where(counting.flags.any(axis=1), shares, 0.0)
        wrong = ~((shares >= 0) & (shares < np.inf))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise DataError(
                f"{self.operands['per'].reader.name}: {block.place.row(row)} has "
                f"{number_text(shares[row])}, expected a number from 0"
            )
        return shares

    def _wants(self) -> set[str]:
        """The facts to come with the read of the loss; dense labels are hit where tops meet."""
        wants = tallies.needs(self.tallies)
        return {"top" if fact == "hit" and self.geometry.dense else fact for fact in wants}

    def gradient(self, loaded: tuple[Box, dict[str, Array]], divisor: float) -> Floats:
        """The derivatives of the box's losses by its logits, in the box's shape.

        Args:
            loaded: what `load` gave.
            divisor: what they are divided by. Where it is 0, rows that are ignored or weigh 0 stay
                0, and the others are NaN unless the rules have 0 for the mean of nothing.

        """
        rows, gradient = self.rows(loaded), self.loss.gradient
        assert gradient is not None  # whoever asks has seen to it
        idle = None
        with np.errstate(all="ignore"):  # as in `run`
            slopes = gradient(rows.block, rows.options)
            if rows.factors is not None:
                factors = rows.factors.values
                factors = factors if rows.factors.by_element else factors[:, None]
                slopes, idle = slopes * factors, factors == 0
            if divisor != 1:
                slopes = slopes / np.float64(divisor)
        if divisor == 0:
            counted = rows.losses.counted
            left_out = np.zeros(1, dtype=bool) if counted is None else ~counted[:, None]
            left_out = left_out | (self.loss.rules.reduction.nothing == 0)
            idle = left_out if idle is None else idle | left_out
        slopes = slopes if idle is None else np.where(idle, 0.0, slopes)
        return self._classes_back(slopes, loaded[0])

    def _factors(self, weights: Array | None) -> Factors | None:
        if weights is None:
            return None
        values = as_float(weights).astype(np.float64)
        if self._has_elements("sample_weight"):
            return Factors(self._classes_last(values), by_element=True)
        return Factors(values.reshape(-1), by_element=False)

    def _label_rows(self, labels: Array | None, count: int) -> Array:
        """(rows, classes) targets or (rows,) indices; (rows, 0) where there are no labels."""
        if labels is None:
            return np.empty((count, 0))
        return self._classes_last(labels) if self.geometry.dense else labels.reshape(count)

    def _classes_last(self, array: Array) -> Array:
        """(rows, classes), C-contiguous."""
        axes = self.geometry.class_dims
        moved = np.moveaxis(array, axes, range(-len(axes), 0))
        return np.ascontiguousarray(moved).reshape(-1, self.geometry.classes)

    def _classes_back(self, values: Floats, box: Box) -> Floats:
        """(rows, classes) values in the shape of the logits' box."""
        axes, shape = self.geometry.class_dims, box_shape(box)
        moved = values.reshape((*without(shape, axes), *(shape[axis] for axis in axes)))
        return np.moveaxis(moved, range(-len(axes), 0), axes)


def row_locator(rows: Box, rows_shape: tuple[int, ...]) -> Callable[[int], int]:
    """A function from an index in the box's rows to the row in C order; it is increasing."""
    shape, first, steps = box_shape(rows), 0, list[int]()
    step = 1
    for extent, length in zip(reversed(rows), reversed(rows_shape), strict=True):
        first += extent.start * step
        steps.append(step)
        step *= length

    def locate(index: int) -> int:
        row = first  # of Python's own numbers: NumPy's unravel_index takes 4 us
        for length, step in zip(reversed(shape), steps, strict=True):
            index, offset = divmod(index, length)
            row += offset * step
        return row

    return locate
