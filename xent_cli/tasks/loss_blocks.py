"""The block task of a loss: reads a box of logits with its labels, and reduces it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader, Box
from xent_cli.dtypes import as_float
from xent_cli.losses.base import Block, Floats, RowLosses
from xent_cli.losses.bounds import weighted_bounds
from xent_cli.losses.checks import Geometry, without
from xent_cli.losses.stable import tile_sums
from xent_cli.records import record
from xent_cli.reduction.blocks import box_shape
from xent_cli.reduction.partial import Partial
from xent_cli.tasks.binding import Bound
from xent_cli.tasks.vectors import Overlay


@record
class Inputs:
    """The open arrays of a request, and how they lie over each other.

    `class_names` and behind them `words` are what the numbers of labels that are words stand for:
    the names of the columns, and what else stood among the labels.
    """

    logits: ArrayReader
    labels: ArrayReader | None
    sample_weight: Overlay | None
    aligned: Mapping[str, Overlay]
    geometry: Geometry
    class_names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def readers(self) -> dict[str, ArrayReader]:
        """The arrays by role."""
        roles = {"logits": self.logits}
        if self.labels is not None:
            roles["labels"] = self.labels
        if self.sample_weight is not None:
            roles["sample_weight"] = self.sample_weight.reader
        return roles | {name: overlay.reader for name, overlay in self.aligned.items()}


@record
class RowPlace:
    """Names files and rows in messages; see `losses.base.Place`."""

    logits: str
    labels: str
    locate: Callable[[int], int]
    rows_shape: tuple[int, ...]

    def row(self, index: int) -> str:
        """`row 41`, `row (3, 0, 7)`, or `the row` of a single one."""
        if not self.rows_shape:
            return "the row"
        position = np.unravel_index(self.locate(index), self.rows_shape)
        text = ", ".join(str(int(i)) for i in position)
        return f"row {text}" if len(position) == 1 else f"row ({text})"


@record
class LossBlocks:
    """The block task: reads a box of logits with its labels, and reduces it."""

    inputs: Inputs
    bound: Bound
    double: bool
    label_base: int
    keep_values: bool
    sequential: bool

    def load(self, box: Box) -> tuple[Box, dict[str, Array]]:
        """The box's data by role."""
        geometry, rows = self.inputs.geometry, self._rows_box(box)
        loaded = {"logits": self.inputs.logits.read(box)}
        if self.inputs.labels is not None:
            read = self._targets if geometry.dense else self._indices
            loaded["labels"] = read(self.inputs.labels, box if geometry.dense else rows)
        weights = self.inputs.sample_weight
        if weights is not None:
            column = len(weights.shape) == len(rows) + 1 and not self._by_element
            over = box if self._by_element else (*rows, slice(0, 1)) if column else rows
            loaded["sample_weight"] = weights.read(over)
        for name, overlay in self.inputs.aligned.items():
            loaded[name] = overlay.read(box)
        return box, loaded

    def _targets(self, labels: ArrayReader, box: Box) -> Array:
        """One target for each logit of the box."""
        if self.inputs.geometry.squeezed:
            return labels.read((*box, slice(0, 1))).reshape(box_shape(box))
        shape = self.inputs.logits.shape
        column = len(labels.shape) < len(shape) and not self.bound.loss.rules.broadcast
        overlay = Overlay.over(labels, shape, (len(shape) - 1,) if column else ())
        assert overlay is not None  # find_geometry saw to it
        return overlay.read(box)

    def _indices(self, labels: ArrayReader, rows: Box) -> Array:
        """One class index for each row of the box."""
        column = (slice(0, 1),) if self.inputs.geometry.squeezed else ()
        if not self.bound.loss.rules.shift:
            return labels.read(rows + column)
        *before, last = rows
        ahead = slice(last.start + 1, min(last.stop + 1, self.inputs.geometry.rows_shape[-1]))
        found = np.full(box_shape(rows), self.bound.options["ignore_index"], dtype=np.int64)
        part = labels.read((*before, ahead, *column))
        found[..., : ahead.stop - ahead.start] = part[..., 0] if column else part
        return found

    @property
    def heavy(self) -> bool:
        """Whether the values of the rows are wanted."""
        return self.keep_values

    @property
    def _by_element(self) -> bool:
        """Whether there is one sample weight for each element."""
        weights, loss = self.inputs.sample_weight, self.bound.loss
        return (
            weights is not None
            and loss.elements is not None
            and weights.shape == self.inputs.logits.shape
        )

    def _rows_box(self, box: Box) -> Box:
        return without(box, self.inputs.geometry.class_dims)

    def run(self, loaded: tuple[Box, dict[str, Array]]) -> tuple[Partial, Box, Floats | None]:
        """The partial of the box, the part of the output that it fills, and its values."""
        with np.errstate(all="ignore"):  # what overflows shows in the number and its warnings
            return self._run(loaded)

    def _run(self, loaded: tuple[Box, dict[str, Array]]) -> tuple[Partial, Box, Floats | None]:
        box, arrays = loaded
        rows = self._rows_box(box)
        block, options = self._block(loaded)
        losses, values = self._row_losses(block, options, arrays.get("sample_weight"))
        locate = row_locator(rows, self.inputs.geometry.rows_shape)
        partial = Partial.of(losses.values, losses.weights, losses.counted, locate, losses.bounds)
        partial.count(losses.counts)
        if not self.keep_values:
            return partial, rows, None
        if values is None:
            return partial, rows, losses.values.reshape(box_shape(rows))
        return partial, box, self._classes_back(values, box)

    def gradient(self, loaded: tuple[Box, dict[str, Array]], divisor: float) -> Floats:
        """The derivatives of the box's losses by its logits, in the box's shape.

        Args:
            loaded: what `load` gave.
            divisor: what they are divided by. Where it is 0, rows that are ignored or weigh 0 stay
                0, and the others are NaN unless the rules have 0 for the mean of nothing.

        """
        box, arrays = loaded
        gradient = self.bound.loss.gradient
        assert gradient is not None  # whoever asks has seen to it
        block, options = self._block(loaded)
        slopes, idle = gradient(block, options), None
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if "sample_weight" in arrays:
                factors = as_float(arrays["sample_weight"]).astype(np.float64)
                by_element = self._by_element
                factors = self._classes_last(factors) if by_element else factors.reshape(-1, 1)
                slopes, idle = slopes * factors, factors == 0
            if divisor != 1:
                slopes = slopes / np.float64(divisor)
        if divisor == 0:
            counted = self._row_losses(block, options, None)[0].counted
            left_out = np.zeros(1, dtype=bool) if counted is None else ~counted[:, None]
            left_out = left_out | (self.bound.loss.rules.nothing == 0)
            idle = left_out if idle is None else idle | left_out
        return self._classes_back(slopes if idle is None else np.where(idle, 0.0, slopes), box)

    def _block(self, loaded: tuple[Box, dict[str, Array]]) -> tuple[Block, dict[str, Any]]:
        """The box's rows, and the options with the arrays that lie over them."""
        box, arrays = loaded
        geometry, rows = self.inputs.geometry, self._rows_box(box)
        labels = self.inputs.labels
        block = Block(
            logits=self._classes_last(arrays["logits"]),
            labels=self._label_rows(arrays.get("labels"), prod(box_shape(rows))),
            double=self.double,
            label_base=self.label_base,
            place=RowPlace(
                self.inputs.logits.name,
                "" if labels is None else labels.name,
                row_locator(rows, geometry.rows_shape),
                geometry.rows_shape,
            ),
            rules=self.bound.loss.rules,
            last_axis=self.inputs.logits.shape[-1] if self.inputs.logits.shape else 1,
        )
        options = dict(self.bound.options)
        for name in self.inputs.aligned:
            options[name] = as_float(self._classes_last(arrays[name])).astype(np.float64)
        return block, options

    def _label_rows(self, labels: Array | None, count: int) -> Array:
        """(rows, classes) targets or (rows,) indices; (rows, 0) where there are no labels."""
        if labels is None:
            return np.empty((count, 0))
        return self._classes_last(labels) if self.inputs.geometry.dense else labels.reshape(count)

    def _classes_last(self, array: Array) -> Array:
        """(rows, classes), C-contiguous."""
        geometry = self.inputs.geometry
        axes = geometry.class_dims
        moved = np.moveaxis(array, axes, range(-len(axes), 0))
        return np.ascontiguousarray(moved).reshape(-1, geometry.classes)

    def _classes_back(self, values: Floats, box: Box) -> Floats:
        """(rows, classes) values in the shape of the logits' box."""
        axes, shape = self.inputs.geometry.class_dims, box_shape(box)
        moved = values.reshape((*without(shape, axes), *(shape[axis] for axis in axes)))
        return np.moveaxis(moved, range(-len(axes), 0), axes)

    def _row_losses(
        self, block: Block, options: Mapping[str, Any], sample_weight: Array | None
    ) -> tuple[RowLosses, Floats | None]:
        """The rows' losses, and the elements' where the output has one value an element."""
        loss, elements = self.bound.loss, None
        rows = None if loss.rows is None else loss.rows(block, options)
        if loss.elements is not None and (rows is None or self.keep_values or self._by_element):
            found = loss.elements(block, options)
            elements, rows = found.values, rows or found.summed()
        assert rows is not None  # every loss has one or the other
        if sample_weight is None:
            return rows, elements
        factors = as_float(sample_weight).astype(np.float64)
        counts = {**rows.counts, **_odd_weights(factors)}
        if elements is not None and self._by_element:
            factors = self._classes_last(factors)
            elements = np.where(factors == 0, 0.0, elements * factors)
            bounds = weighted_bounds(rows.bounds, factors, elements)
            return RowLosses(
                tile_sums(elements), tile_sums(factors), rows.counted, counts, bounds
            ), elements
        factors = factors.reshape(-1)
        with np.errstate(invalid="ignore"):
            values = np.where(factors == 0, 0.0, rows.values * factors)
            if elements is not None:
                elements = np.where(factors[:, None] == 0, 0.0, elements * factors[:, None])
        bounds = weighted_bounds(rows.bounds, factors, values)
        weights = rows.weights * factors
        return RowLosses(values, weights, rows.counted, counts, bounds), elements


def _odd_weights(factors: Floats) -> dict[str, int]:
    """How many sample weights are below 0, and how many are no finite numbers."""
    return {
        "negative_weights": int(np.count_nonzero(factors < 0)),
        "odd_weights": int(np.count_nonzero(~np.isfinite(factors))),
    }


def row_locator(rows: Box, rows_shape: tuple[int, ...]) -> Callable[[int], int]:
    """A function from an index in the box's rows to the row in C order; it is increasing."""
    shape, starts = box_shape(rows), [s.start for s in rows]

    def locate(index: int) -> int:
        position = np.unravel_index(index, shape)
        row = 0
        for start, offset, length in zip(starts, position, rows_shape, strict=True):
            row = row * length + start + int(offset)
        return row

    return locate
