"""How logits and labels lie over each other: the class axis, and what each label is of."""

from __future__ import annotations

from math import prod
from typing import TypeVar

from xent_cli.diagnosis import Fix
from xent_cli.errors import DataError, UsageError
from xent_cli.geometry import resolve_dim
from xent_cli.losses.base import Labels, Loss
from xent_cli.records import record

Axes = tuple[int, ...]
T = TypeVar("T")


@record
class Geometry:
    """How logits and labels lie over each other.

    Attributes:
        class_dims: the class axes of the logits, in the order of the classes: one, several that
            an index goes through as if they were flattened, or none where each element is a row of
            its own.
        classes: their length, or 1.
        rows_shape: the logits' shape without the class axis.
        dense: there is a target for each logit (otherwise one index a row).
        squeezed: the labels (N, 1) are read as (N,).
    """

    class_dims: Axes
    classes: int
    rows_shape: tuple[int, ...]
    dense: bool
    squeezed: bool = False

    @property
    def class_dim(self) -> int | Axes | None:
        """The class axis as people name it; None if there is none."""
        return self.class_dims[0] if len(self.class_dims) == 1 else self.class_dims or None


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


def find_geometry(loss: Loss, pair: ShapePair, class_dim: int | Axes | None) -> Geometry:
    """Decides the class axis and how the labels are read, from the shapes alone.

    Args:
        loss: says what it takes as labels.
        pair: the two shapes.
        class_dim: the class axis the user named, or several; negative ones count from the end;
            None: inferred.

    Raises:
        DataError: the shapes do not fit each other; both are named.
        UsageError: the class axis does not exist, or has to be named.

    """
    if not pair.logits and loss.elements is None:
        raise pair.error(
            f"{pair.logits_name} must have a class axis, got a single number",
            "a single row has shape (classes,)",
        )
    least, most = loss.rules.axes.ranks
    if not least <= len(pair.logits) <= most:
        wanted = f"{least}" if least == most else f"{least} or more"
        wanted = f"{least} to {most}" if least < most < 64 else wanted
        raise pair.error(f"{loss.name} takes arrays of {wanted} axes")
    axes = _class_axes(loss, pair, class_dim)
    if loss.labels is Labels.ELEMENTS:
        return _elements_geometry(loss, pair, axes)
    if loss.labels in (Labels.DENSE, Labels.NONE):
        return _dense_geometry(loss, pair, axes)
    if loss.rules.labels.any_values and len(pair.logits) == 1:
        return _scores_geometry(pair)
    column = loss.labels is Labels.INDEX or loss.rules.labels.any_values or pair.column
    if pair.labels == pair.logits and not (column and _column(loss, pair)):
        return _dense_geometry(loss, pair, axes)
    return _index_geometry(loss, pair, axes)


def _class_axes(loss: Loss, pair: ShapePair, class_dim: int | Axes | None) -> Axes:
    """The axes the user named, or that of the loss's rules; none where they are to be inferred."""
    fixed = loss.rules.axes.class_axis
    dims = () if class_dim is None else (class_dim,) if isinstance(class_dim, int) else class_dim
    named = tuple(_named_axis(pair, axis) for axis in dims)
    if len(set(named)) < len(named):
        raise UsageError(f"the axes {dims} of {pair.logits_name} name one twice")
    if fixed is None or not pair.logits:
        return named
    rank = len(pair.logits)
    axes = (min(fixed, rank - 1) % rank,)
    fixed_axis = loss.rules.axes.fixed or loss.param("class_dim") is None
    if named not in ((), axes) and fixed_axis:
        raise UsageError(
            f"--kind {loss.name} has its classes along axis {axes[0]} of {pair.logits_name} "
            f"{shape_text(pair.logits)}, not along --class-dim {class_dim}",
            "an own kind such as softmax-ce takes any axis",
        )
    return named or axes


def _column(loss: Loss, pair: ShapePair) -> bool:
    """Whether labels of the logits' rank are one column of class indices."""
    squeeze = loss.rules.axes.squeeze or pair.column
    return squeeze and len(pair.labels) > 1 and pair.labels[-1] == 1


def _named_axis(pair: ShapePair, class_dim: int) -> int:
    array = f"{pair.logits_name} has shape {shape_text(pair.logits)}"
    return resolve_dim(class_dim, len(pair.logits), array, "--class-dim")


def _fits(loss: Loss, pair: ShapePair) -> bool:
    """Whether targets lie over the logits, element by element."""
    if loss.rules.axes.broadcast and not pair.column:
        return broadcasts(pair.labels, pair.logits)
    return pair.labels == pair.logits


def broadcasts(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Whether an array of `shape` can be laid over one of shape `target` by NumPy's rule.

    >>> broadcasts((1, 4), (3, 4)), broadcasts((3,), (3, 4))
    (True, False)
    """
    own = target[len(target) - len(shape) :] if len(shape) <= len(target) else None
    return own is not None and all(n in (1, m) for n, m in zip(shape, own, strict=True))


def _elements_geometry(loss: Loss, pair: ShapePair, axes: Axes) -> Geometry:
    rank, lone = len(pair.logits), loss.rules.axes.squeeze or pair.column
    column = lone and pair.logits == (*pair.labels, 1)
    squeezed = lone and pair.labels == (*pair.logits, 1)
    if not _fits(loss, pair) and not column and not squeezed:
        raise pair.error(
            "this kind needs one target for each logit, so equal shapes",
            "for class indices use --kind softmax-ce",
            Fix({"kind": "softmax-ce"}),
        )
    if rank < 2 and (loss.elements is not None or (squeezed and not pair.column)):
        return Geometry((), 1, pair.logits, True, squeezed)
    return _geometry(pair, axes or (rank - 1,), dense=True, squeezed=squeezed)


def _scores_geometry(pair: ShapePair) -> Geometry:
    """One score and one label a row."""
    squeezed = pair.labels == (*pair.logits, 1)
    if pair.labels != pair.logits and not squeezed:
        raise pair.error("one score a row needs one label a row")
    return Geometry((), 1, pair.logits, False, squeezed)


def _dense_geometry(loss: Loss, pair: ShapePair, axes: Axes) -> Geometry:
    if loss.labels is Labels.INDEX:
        raise pair.error(
            f"{loss.name} takes class indices, not one target for each class",
            "for one-hot or soft labels use --kind softmax-ce"
            if len(pair.logits) > 1
            else "a single row takes a single label",
        )
    if not _fits(loss, pair):
        raise pair.error(
            f"{loss.name} takes dense targets, one for each class, so equal shapes",
            "for class indices use --kind softmax-ce",
            Fix({"kind": "softmax-ce"}),
        )
    if not axes:
        if len(pair.logits) > 2:
            raise UsageError(
                f"dense labels of shape {shape_text(pair.labels)} do not tell which axis holds "
                "the classes",
                "name it: --class-dim 1 (PyTorch's layout) or --class-dim -1 (classes last)",
            )
        axes = (len(pair.logits) - 1,)
    return _geometry(pair, axes, dense=True)


def _index_geometry(loss: Loss, pair: ShapePair, axes: Axes) -> Geometry:
    labels, squeezed = pair.labels, False
    lone = len(pair.logits) == 1 and labels == (1,)  # every framework reads it as a single label
    if lone or (len(labels) == len(pair.logits) and _column(loss, pair)):
        labels, squeezed = labels[:-1], True
    if not axes:
        axes = (_infer_axis(pair, labels),)
    if without(pair.logits, axes) != labels:
        raise pair.error(_misfit(loss, pair, labels, axes), *_misfit_hint(pair, labels, axes))
    return _geometry(pair, axes, dense=False, squeezed=squeezed)


def _infer_axis(pair: ShapePair, labels: tuple[int, ...]) -> int:
    rank = len(pair.logits)
    if rank <= 2:
        return rank - 1
    fitting = [a for a in range(rank) if without(pair.logits, (a,)) == labels]
    if len(fitting) > 1:
        axes = ", ".join(str(a) for a in fitting)
        raise UsageError(
            f"axes {axes} of {pair.logits_name} {shape_text(pair.logits)} all fit the labels "
            f"{shape_text(pair.labels)} as class axis",
            "name one: " + " or ".join(f"--class-dim {a}" for a in fitting),
        )
    return fitting[0] if fitting else 1


def without(values: tuple[T, ...], axes: Axes) -> tuple[T, ...]:
    """The values of the other axes.

    >>> without((2, 3, 4), (2, 0))
    (3,)
    """
    return tuple(value for axis, value in enumerate(values) if axis not in axes)


def _misfit(loss: Loss, pair: ShapePair, labels: tuple[int, ...], axes: Axes) -> str:
    want = without(pair.logits, axes)
    if len(labels) == 1 and len(want) == 1:
        return f"{want[0]} rows of logits but {labels[0]} labels"
    dense = "" if loss.labels is not Labels.EITHER else f", or {shape_text(pair.logits)} if dense"
    return f"the labels should have shape {shape_text(want)}{dense}"


def _misfit_hint(
    pair: ShapePair, labels: tuple[int, ...], axes: Axes
) -> tuple[str | None, Fix | None]:
    """What may be meant by shapes that do not fit."""
    rank, want = len(pair.logits), without(pair.logits, axes)
    if len(labels) == len(want) == 1 and abs(labels[0] - want[0]) == 1:
        return pair.first_row, None
    fitting = [a for a in range(rank) if (a,) != axes and without(pair.logits, (a,)) == labels]
    if fitting:
        told = f"the labels fit with the classes along axis {fitting[0]}"
        return f"{told}: --class-dim {fitting[0]}", Fix({"class_dim": f"{fitting[0]}"})
    if len(pair.labels) == rank + 1:
        told = "did you swap the arguments? the logits come first: xent loss LOGITS LABELS"
        return told, Fix(swapped=True)
    if len(pair.labels) == rank == 2 and pair.labels[0] == pair.logits[0]:
        told = f"dense labels need one column for each of the {pair.logits[axes[0]]} classes, "
        return f"{told}index labels one column", None
    return None, None


def _geometry(pair: ShapePair, axes: Axes, *, dense: bool, squeezed: bool = False) -> Geometry:
    classes, rows_shape = prod(pair.logits[axis] for axis in axes), without(pair.logits, axes)
    if classes == 0 and 0 not in rows_shape:
        raise pair.error(f"there are no classes: axis {axes[0]} has length 0")
    return Geometry(
        class_dims=axes,
        classes=classes,
        rows_shape=rows_shape,
        dense=dense,
        squeezed=squeezed,
    )
