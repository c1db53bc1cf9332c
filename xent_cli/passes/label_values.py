"""The label values behind the columns, where a kind takes any values as labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader
from xent_cli.diagnosis import NOTE, Diagnosis
from xent_cli.dtypes import number_text
from xent_cli.errors import DataError, UsageError
from xent_cli.losses.geometry import Geometry
from xent_cli.passes.binding import Bound
from xent_cli.passes.limits import BLOCK_ELEMENTS
from xent_cli.records import record, replace
from xent_cli.reduction.blocks import plan_boxes


@record
class LabeledInputs:
    """The operands of a loss whose labels may be any values.

    `class_names` and behind them `words` are what the numbers of labels that are words stand for:
    the names of the columns, and what else stood among the labels.
    """

    logits: ArrayReader
    labels: ArrayReader
    geometry: Geometry
    class_names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def columns(self) -> int:
        """The number of label values: one column is of the larger of two."""
        return max(2, self.geometry.classes)


def with_label_values(bound: Bound, inputs: LabeledInputs) -> Bound:
    """`bound` with the option `label_values`: those given, or those the labels hold.

    They are in the order of the columns: numbers sorted, and so are words, by their letters.

    Raises:
        DataError: there are not as many of them as columns.
        UsageError: numbers are given for labels that are words.

    """
    labels, geometry, columns = inputs.labels, inputs.geometry, inputs.columns
    if geometry.dense and geometry.class_dims:
        return bound
    values = bound.options.label_values
    named = values is not None
    if named and labels.names_labels:
        raise UsageError(
            f"{labels.name} has words as labels, and -p labels takes numbers",
            "name them by --classes FILE.yaml, a list such as [cat, dog]",
        )
    if not named:
        values = _distinct(labels, columns)
    words: list[str] = []
    if labels.names_labels:
        values, words = _sorted_words(values, inputs)
    if len(values) != columns:
        raise _miscounted(values, words, inputs, named=named)
    if words:
        labels.diagnoses = (*labels.diagnoses, *_order(words, inputs))
    return replace(bound, options=replace(bound.options, label_values=values))


def _miscounted(
    values: Array, words: list[str], inputs: LabeledInputs, *, named: bool
) -> DataError:
    columns = inputs.columns
    if named:
        return DataError(
            f"labels has {len(values)} values, but {inputs.logits.name} has {columns} classes"
        )
    listed = ", ".join(
        words[: columns + 1] or [number_text(value) for value in values[: columns + 1]]
    )
    return DataError(
        f"{inputs.labels.name} has {'more than ' if len(values) > columns else ''}"
        f"{min(len(values), columns)} different labels ({listed}), but {inputs.logits.name} "
        f"has {columns} classes",
        "name them all: --classes FILE.yaml, a list such as [cat, dog]"
        if words
        else "name them all: -p labels=0,1,2",
    )


def _sorted_words(present: Array, inputs: LabeledInputs) -> tuple[Array, list[str]]:
    """The numbers that stand for the labels, in the order of their words, and these.

    The names of the columns are the labels if all labels are among them.
    """
    of_columns, names = inputs.class_names, (*inputs.class_names, *inputs.words)
    numbers = list(range(inputs.columns))
    if len(of_columns) != inputs.columns or not np.isin(present, numbers).all():
        numbers = [int(number) for number in present if 0 <= number < len(names)]
    ordered = sorted(numbers, key=names.__getitem__)
    return np.array(ordered, dtype=np.float64), [names[number] for number in ordered]


def _order(words: list[str], inputs: LabeledInputs) -> Iterator[Diagnosis]:
    """What should be known of the order."""
    logits, names = inputs.logits.name, list(inputs.class_names)
    if words == names:
        return
    listed = ", ".join(words[:8]) + (", ..." if len(words) > 8 else "")
    told = f"{logits}: the columns are read as the sorted labels {listed}"
    if sorted(names) == words:
        told = (
            f"{logits}: scikit-learn sorts the labels, so the columns are read as {listed}; their "
            f"names have another order, {', '.join(names[:8])}"
        )
    yield Diagnosis("labels-sorted", NOTE, told, place={"file": logits})


def _distinct(labels: ArrayReader, limit: int) -> Array:
    """The different values, sorted; it stops once there are more than `limit`."""
    present: Array = np.empty(0, dtype=labels.dtype)
    for box in plan_boxes(labels.shape, limit=BLOCK_ELEMENTS):
        present = np.union1d(present, labels.read(box))
        if len(present) > limit:
            break
    return present
