"""The label values behind the columns, where a kind takes any values as labels."""

from __future__ import annotations

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader
from xent_cli.arrays.views import SlicedArray
from xent_cli.errors import DataError, UsageError
from xent_cli.records import replace
from xent_cli.reduction.blocks import plan_boxes
from xent_cli.tasks.binding import Bound
from xent_cli.tasks.loss_blocks import Inputs
from xent_cli.tasks.request import BLOCK_ELEMENTS


def with_label_values(bound: Bound, inputs: Inputs) -> Bound:
    """`bound` with the option `label_values`: those given, or those the labels hold.

    They are in the order of the columns: numbers sorted, and so are words, by their letters.

    Raises:
        DataError: there are not as many of them as columns.
        UsageError: numbers are given for labels that are words.

    """
    labels, geometry = inputs.labels, inputs.geometry
    if labels is None or (geometry.dense and geometry.class_dims):
        return bound
    columns = geometry.classes if geometry.classes > 1 else 2
    values = bound.options["label_values"]
    given = values is not None
    if given and labels.names_labels:
        raise UsageError(
            f"{labels.name} has words as labels, and -p labels takes numbers",
            "name them by --classes FILE.yaml, a list such as [cat, dog]",
        )
    if not given:
        values = _distinct(labels, columns)
    words: list[str] = []
    if labels.names_labels:
        values, words = _sorted_words(values, inputs, columns)
    if len(values) != columns:
        raise _miscounted(values, words, inputs, given=given)
    if words:
        labels.notes = (*labels.notes, *_order(words, inputs))
    return replace(bound, options={**bound.options, "label_values": values})


def _miscounted(values: Array, words: list[str], inputs: Inputs, *, given: bool) -> DataError:
    assert inputs.labels is not None
    columns = inputs.geometry.classes if inputs.geometry.classes > 1 else 2
    if given:
        return DataError(
            f"labels has {len(values)} values, but {inputs.logits.name} has {columns} classes"
        )
    listed = ", ".join(words[: columns + 1] or [f"{value:g}" for value in values[: columns + 1]])
    return DataError(
        f"{inputs.labels.name} has {'more than ' if len(values) > columns else ''}"
        f"{min(len(values), columns)} different labels ({listed}), but {inputs.logits.name} "
        f"has {columns} classes",
        "name them all: --classes FILE.yaml, a list such as [cat, dog]"
        if words
        else "name them all: -p labels=0,1,2",
    )


def _sorted_words(found: Array, inputs: Inputs, columns: int) -> tuple[Array, list[str]]:
    """The numbers that stand for the labels, in the order of their words, and these.

    The names of the columns are the labels if all labels are among them.
    """
    of_columns, names = inputs.class_names, (*inputs.class_names, *inputs.words)
    numbers = list(range(columns))
    if len(of_columns) != columns or not np.isin(found, numbers).all():
        numbers = [int(number) for number in found if 0 <= number < len(names)]
    ordered = sorted(numbers, key=names.__getitem__)
    return np.array(ordered, dtype=np.float64), [names[number] for number in ordered]


def _order(words: list[str], inputs: Inputs) -> tuple[str, ...]:
    """What should be known of the order."""
    logits, names = inputs.logits.name, list(inputs.class_names)
    if words == names:
        return ()
    listed = ", ".join(words[:8]) + (", ..." if len(words) > 8 else "")
    if sorted(names) == words:
        return (
            f"{logits}: scikit-learn sorts the labels, so the columns are read as {listed}; their "
            f"names have another order, {', '.join(names[:8])}",
        )
    return (f"{logits}: the columns are read as the sorted labels {listed}",)


def without_heading(labels: ArrayReader, rows: tuple[int, ...], first: int) -> ArrayReader:
    """Words without the first, if it is a heading: it does not recur, and is one row too many.

    `first` is the number of the first word that was met.
    """
    if not rows or labels.shape[0] != rows[0] + 1 or labels.shape[1:] != (1,):
        return labels
    places = np.flatnonzero(labels.read_all() == first)
    if places.tolist() != [0]:
        return labels
    below = SlicedArray(labels, 0, 1, labels.shape[0])
    below.name, below.names_labels = labels.name, True
    below.notes = (
        *labels.notes,
        f"{labels.name}: the first row is read as the column's name (--no-header: as data)",
    )
    return below


def _distinct(labels: ArrayReader, limit: int) -> Array:
    """The different values, sorted; it stops once there are more than `limit`."""
    found: Array = np.empty(0, dtype=labels.dtype)
    for box in plan_boxes(labels.shape, limit=BLOCK_ELEMENTS):
        found = np.union1d(found, labels.read(box))
        if len(found) > limit:
            break
    return found
