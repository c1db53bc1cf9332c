"""What shapes of logits and labels may mean that do not fit each other."""

from __future__ import annotations

from typing import TypeVar

from xent_cli.diagnosis import Fix
from xent_cli.errors import DataError
from xent_cli.losses.base import Labels, Loss
from xent_cli.records import record

Axes = tuple[int, ...]
Way = tuple[str | None, Fix | None]
"""A hint, and the same to programs."""
T = TypeVar("T")

SISTERS = {
    "sigmoid-focal": "softmax-focal",
    "keras.losses.BinaryFocalCrossentropy": "softmax-focal",
    "keras.losses.CategoricalFocalCrossentropy": "softmax-focal",
    "keras.losses.CategoricalCrossentropy": "keras.losses.SparseCategoricalCrossentropy",
    "tf.nn.softmax_cross_entropy_with_logits": "tf.nn.sparse_softmax_cross_entropy_with_logits",
    "optax.losses.softmax_cross_entropy": "optax.losses.softmax_cross_entropy_with_integer_labels",
}
"""Kinds of targets that have a sister for class indices."""


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as people write it: `(1797, 10)`, `(5,)`, `()`."""
    return str(tuple(shape))


@record
class ShapePair:
    """The shapes of logits and labels, with their names for messages.

    `column`: the labels are one column of text, which has no ranks. `first_row`: what to do where
    one has a row more than the other.
    """

    logits: tuple[int, ...]
    labels: tuple[int, ...]
    logits_name: str
    labels_name: str
    column: bool = False
    first_row: str = "is one of them shifted by one, as next tokens are?"

    def error(self, why: str, hint: str | None = None, fix: Fix | None = None) -> DataError:
        """An error that names both files and both shapes."""
        return DataError(
            f"{why}: {self.logits_name} has shape {shape_text(self.logits)}, "
            f"{self.labels_name} has shape {shape_text(self.labels)}",
            hint,
            fix,
        )


def without(values: tuple[T, ...], axes: Axes) -> tuple[T, ...]:
    """The values of the other axes.

    >>> without((2, 3, 4), (2, 0))
    (3,)
    """
    return tuple(value for axis, value in enumerate(values) if axis not in axes)


def index_misfit(loss: Loss, pair: ShapePair, labels: tuple[int, ...], axes: Axes) -> str:
    """Why index labels do not fit."""
    want = without(pair.logits, axes)
    if len(labels) == 1 and len(want) == 1:
        return f"{want[0]} rows of logits but {labels[0]} labels"
    dense = "" if loss.labels is not Labels.EITHER else f", or {shape_text(pair.logits)} if dense"
    return f"the labels should have shape {shape_text(want)}{dense}"


def index_way(loss: Loss, pair: ShapePair, labels: tuple[int, ...], axes: Axes) -> Way:
    """What may be meant by index labels that do not fit."""
    rank, want = len(pair.logits), without(pair.logits, axes)
    if len(labels) == len(want) == 1 and abs(labels[0] - want[0]) == 1:
        return pair.first_row, None
    fitting = [a for a in range(rank) if (a,) != axes and without(pair.logits, (a,)) == labels]
    if fitting:
        return _other_axis(loss, axes, fitting[0])
    flat = [a for a in range(rank) if pair.logits[a] == 1]
    for axis in flat:
        rest = without(pair.logits, (axis,))
        if any(without(rest, (a,)) == labels for a in range(rank - 1)):
            return _squeeze("logits", axis)
    if (more := _one_too_many(pair.labels, want)) is not None:
        return _squeeze("labels", more)
    if (colours := _colours(pair.labels, want)) is not None:
        return colours, None
    if len(pair.labels) == rank + 1:
        told = "did you swap the arguments? the logits come first: xent loss LOGITS LABELS"
        return told, Fix(swapped=True)
    if len(pair.labels) == rank == 2 and pair.labels[0] == pair.logits[0]:
        told = f"dense labels need one column for each of the {pair.logits[axes[0]]} classes, "
        return f"{told}index labels one column", None
    return None, None


def targets_way(loss: Loss, pair: ShapePair, axes: Axes) -> Way:
    """What may be meant by labels that are not one target for each logit."""
    rows, classes = without(pair.logits, axes), pair.logits[axes[0]] if axes and pair.logits else 0
    if (axis := _one_too_many(pair.labels, pair.logits)) is not None:
        return _squeeze("labels", axis)
    if (axis := _one_too_many(pair.logits, pair.labels)) is not None:
        return _squeeze("logits", axis)
    if pair.labels in (rows, (*rows, 1)) and classes > 1:
        sister = SISTERS.get(loss.name)
        if sister is not None:
            return f"class indices are for --kind {sister}", Fix({"kind": sister})
        formula = f"np.eye({classes})[{{}}]" + (".squeeze(-2)" if pair.labels != rows else "")
        told = f"class indices become targets by {formula.format('y')}"
        if axes[0] not in (-1, len(pair.logits) - 1):
            return told, None
        return told, Fix({}, "labels", formula.format("x.astype(int)"))
    if (colours := _colours(pair.labels, pair.logits)) is not None:
        return colours, None
    return None, None


def _other_axis(loss: Loss, axes: Axes, fitting: int) -> Way:
    """The classes along another axis, where the kind takes it there, or has it moved."""
    told = f"the labels fit with the classes along axis {fitting}"
    if loss.rules.axes.class_axis is None or (
        loss.param("class_dim") is not None and not loss.rules.axes.fixed
    ):
        return f"{told}: --class-dim {fitting}", Fix({"class_dim": f"{fitting}"})
    formula = f"np.moveaxis({{}}, {fitting}, {axes[0]})"
    return f"{told}: {formula.format('x')}", Fix({}, "logits", formula.format("x"))


def _one_too_many(shape: tuple[int, ...], want: tuple[int, ...]) -> int | None:
    """The axis of length 1 that one shape has, and the other has not."""
    for axis, length in enumerate(shape):
        if length == 1 and without(shape, (axis,)) == want:
            return axis
    return None


def _squeeze(role: str, axis: int) -> Way:
    """One axis less for one of the files."""
    name, formula = ("x" if role == "logits" else "y"), f"squeeze({axis})"
    told = f"{role.upper()} have an axis of length 1 more: "
    return f"{told}np.save('{name}.npy', {name}.{formula})", Fix({}, role, f"x.{formula}")


def _colours(shape: tuple[int, ...], want: tuple[int, ...]) -> str | None:
    """Masks of images that are stored in colour."""
    for axis, length in enumerate(shape):
        if length in (3, 4) and len(shape) > 2 and without(shape, (axis,)) == want:
            one = ", ".join([*[":"] * axis, "0"]) if axis < len(shape) - 1 else "..., 0"
            return (
                f"a mask in colour has {length} numbers for each label: where they are equal, "
                f"np.save('y.npy', y[{one}]) keeps one; else each colour needs its class index"
            )
    return None
