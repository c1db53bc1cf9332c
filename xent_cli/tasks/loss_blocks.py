"""The block task of a loss: reads a box of logits with its labels, and reduces it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader, Box
from xent_cli.losses.base import Block, Floats, Labels, RowLosses
from xent_cli.losses.checks import Geometry
from xent_cli.losses.stable import tile_sums
from xent_cli.reduction.blocks import box_shape
from xent_cli.reduction.partial import Partial
from xent_cli.tasks.binding import Bound


@dataclass(frozen=True)
class Inputs:
    """The open arrays of a request, and how they lie over each other."""

    logits: ArrayReader
    labels: ArrayReader
    sample_weight: ArrayReader | None
    geometry: Geometry

    def readers(self) -> dict[str, ArrayReader]:
        """The arrays by role."""
        roles = {"logits": self.logits, "labels": self.labels}
        return roles | ({"sample_weight": self.sample_weight} if self.sample_weight else {})


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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
        labels_box = box if geometry.dense else (*rows, slice(0, 1)) if geometry.squeezed else rows
        loaded["labels"] = self.inputs.labels.read(labels_box)
        weights = self.inputs.sample_weight
        if weights is not None:
            loaded["sample_weight"] = weights.read(self._weights_box(weights, box, rows))
        return box, loaded

    def _rows_box(self, box: Box) -> Box:
        axis = self.inputs.geometry.class_dim
        return box if axis is None else box[:axis] + box[axis + 1 :]

    def _weights_box(self, weights: ArrayReader, box: Box, rows: Box) -> Box:
        if weights.shape == self.inputs.logits.shape:
            return box
        return rows if len(weights.shape) == len(rows) else (*rows, slice(0, 1))

    def run(self, loaded: tuple[Box, dict[str, Array]]) -> tuple[Partial, Box, Floats | None]:
        """The partial of the box, the part of the output that it fills, and its values."""
        box, arrays = loaded
        geometry, rows = self.inputs.geometry, self._rows_box(box)
        locate = row_locator(rows, geometry.rows_shape)
        count = prod(box_shape(rows))
        labels = arrays["labels"]
        block = Block(
            logits=self._classes_last(arrays["logits"]),
            labels=self._classes_last(labels) if self._elementwise else labels.reshape(count),
            double=self.double,
            label_base=self.label_base,
            place=RowPlace(
                self.inputs.logits.name, self.inputs.labels.name, locate, geometry.rows_shape
            ),
        )
        weights = arrays.get("sample_weight")
        losses, values = self._row_losses(block, weights)
        partial = Partial.of(losses.values, losses.weights, losses.counted, locate)
        partial.count(losses.counts)
        if not self.keep_values:
            return partial, rows, None
        if values is None:
            return partial, rows, losses.values.reshape(box_shape(rows))
        return partial, box, self._classes_back(values, box)

    @property
    def _elementwise(self) -> bool:
        return self.inputs.geometry.dense or self.bound.loss.labels is Labels.ELEMENTS

    def _classes_last(self, array: Array) -> Array:
        """(rows, classes), C-contiguous."""
        geometry = self.inputs.geometry
        if geometry.class_dim is None or array.ndim < len(geometry.rows_shape) + 1:
            return np.ascontiguousarray(array).reshape(-1, 1)
        moved = np.moveaxis(array, geometry.class_dim, -1)
        return np.ascontiguousarray(moved).reshape(-1, geometry.classes)

    def _classes_back(self, values: Floats, box: Box) -> Floats:
        """(rows, classes) values in the shape of the logits' box."""
        axis = self.inputs.geometry.class_dim
        if axis is None:
            return values.reshape(box_shape(box))
        moved = values.reshape(*box_shape(self._rows_box(box)), self.inputs.geometry.classes)
        return np.moveaxis(moved, -1, axis)

    def _row_losses(
        self, block: Block, sample_weight: Array | None
    ) -> tuple[RowLosses, Floats | None]:
        """The rows' losses, and the elements' where the output has one value an element."""
        loss, options = self.bound.loss, self.bound.options
        by_element = sample_weight is not None and sample_weight.size == block.logits.size
        elements = None
        if loss.elements is not None and (self.keep_values or by_element):
            elements = loss.elements(block, options)
        rows = loss.rows(block, options)
        if sample_weight is None:
            return rows, elements
        if elements is not None and by_element:
            factors = self._classes_last(sample_weight).astype(np.float64)
            elements = np.where(factors == 0, 0.0, elements * factors)
            return RowLosses(
                tile_sums(elements), tile_sums(factors), rows.counted, rows.counts
            ), elements
        factors = sample_weight.reshape(-1).astype(np.float64)
        with np.errstate(invalid="ignore"):
            values = np.where(factors == 0, 0.0, rows.values * factors)
            if elements is not None:
                elements = np.where(factors[:, None] == 0, 0.0, elements * factors[:, None])
        return RowLosses(values, rows.weights * factors, rows.counted, rows.counts), elements


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
