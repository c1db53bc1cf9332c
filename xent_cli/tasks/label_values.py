"""The label values behind the columns, where a kind takes any values as labels."""

from __future__ import annotations

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader
from xent_cli.errors import DataError
from xent_cli.records import replace
from xent_cli.reduction.blocks import plan_boxes
from xent_cli.tasks.binding import Bound
from xent_cli.tasks.loss_blocks import Inputs
from xent_cli.tasks.request import BLOCK_ELEMENTS


def with_label_values(bound: Bound, inputs: Inputs) -> Bound:
    """`bound` with the option `label_values`: those given, or those the labels hold.

    Raises:
        DataError: there are not as many of them as columns.

    """
    labels, geometry = inputs.labels, inputs.geometry
    if labels is None or (geometry.dense and geometry.class_dims):
        return bound
    columns = geometry.classes if geometry.classes > 1 else 2
    values = bound.options["label_values"]
    given = values is not None
    if not given:
        values = _distinct(labels, columns)
    if len(values) != columns:
        listed = ", ".join(f"{value:g}" for value in values[: columns + 1])
        raise DataError(
            f"{labels.name} has {'more than ' if len(values) > columns else ''}"
            f"{min(len(values), columns)} different labels ({listed}), but {inputs.logits.name} "
            f"has {columns} classes"
            if not given
            else f"labels has {len(values)} values, but {inputs.logits.name} has {columns} classes",
            None if given else "name them all: -p labels=0,1,2",
        )
    return replace(bound, options={**bound.options, "label_values": values})


def _distinct(labels: ArrayReader, limit: int) -> Array:
    """The different values, sorted; it stops once there are more than `limit`."""
    found: Array = np.empty(0, dtype=labels.dtype)
    for box in plan_boxes(labels.shape, limit=BLOCK_ELEMENTS):
        found = np.union1d(found, labels.read(box))
        if len(found) > limit:
            break
    return found
