"""Whether the inputs can be what they are taken for: shapes, dtypes, label ranges."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, TypeVar

import numpy as np

from xent_cli.dtypes import as_float, dtype_name
from xent_cli.errors import DataError, UsageError
from xent_cli.losses.base import Array, Block, Flags, Labels, Loss, Place
from xent_cli.records import record

Indices = np.ndarray[Any, np.dtype[np.int64]]
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
        labels_shape: the labels' own shape, which has one axis of length 1 more where `squeezed`.
        squeezed: the labels (N, 1) are read as (N,).
    """

    class_dims: Axes
    classes: int
    rows_shape: tuple[int, ...]
    dense: bool
    labels_shape: tuple[int, ...]
    squeezed: bool = False

    @property
    def class_dim(self) -> int | Axes | None:
        """The class axis as people name it; None if there is none."""
        return self.class_dims[0] if len(self.class_dims) == 1 else self.class_dims or None


@record
class ShapePair:
    """The shapes of logits and labels, with their names for messages.

    `column`: the labels are one column of text, which has no ranks.
    """

    logits: tuple[int, ...]
    labels: tuple[int, ...]
    logits_name: str
    labels_name: str
    column: bool = False

    def error(self, why: str, hint: str | None = None) -> DataError:
        """An error that names both files and both shapes."""
        return DataError(
            f"{why}: {self.logits_name} has shape {self.logits}, "
            f"{self.labels_name} has shape {self.labels}",
            hint,
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
    least, most = loss.rules.ranks
    if not least <= len(pair.logits) <= most:
        wanted = f"{least}" if least == most else f"{least} or more"
        wanted = f"{least} to {most}" if least < most < 64 else wanted
        raise pair.error(f"{loss.name} takes arrays of {wanted} axes")
    axes = _class_axes(loss, pair, class_dim)
    if loss.labels is Labels.ELEMENTS:
        return _elements_geometry(loss, pair, axes)
    if loss.labels in (Labels.DENSE, Labels.NONE):
        return _dense_geometry(loss, pair, axes)
    if loss.rules.label_values and len(pair.logits) == 1:
        return _scores_geometry(pair)
    column = loss.labels is Labels.INDEX or loss.rules.label_values or pair.column
    if pair.labels == pair.logits and not (column and _column(loss, pair)):
        return _dense_geometry(loss, pair, axes)
    return _index_geometry(loss, pair, axes)


def _class_axes(loss: Loss, pair: ShapePair, class_dim: int | Axes | None) -> Axes:
    """The axes the user named, or that of the loss's rules; none where they are to be inferred."""
    fixed = loss.rules.class_axis
    given = () if class_dim is None else (class_dim,) if isinstance(class_dim, int) else class_dim
    named = tuple(_named_axis(pair, axis) for axis in given)
    if len(set(named)) < len(named):
        raise UsageError(f"the axes {given} of {pair.logits_name} name one twice")
    if fixed is None or not pair.logits:
        return named
    rank = len(pair.logits)
    axes = (min(fixed, rank - 1) % rank,)
    fixed_axis = loss.rules.fixed_axis or loss.param_for("class_dim") is None
    if named not in ((), axes) and fixed_axis:
        raise UsageError(
            f"--kind {loss.name} has its classes along axis {axes[0]} of {pair.logits_name} "
            f"{pair.logits}, not along --class-dim {class_dim}",
            "an own kind such as softmax-ce takes any axis",
        )
    return named or axes


def _column(loss: Loss, pair: ShapePair) -> bool:
    """Whether labels of the logits' rank are one column of class indices."""
    squeeze = loss.rules.squeeze or pair.column
    return squeeze and len(pair.labels) > 1 and pair.labels[-1] == 1


def _named_axis(pair: ShapePair, class_dim: int) -> int:
    rank = len(pair.logits)
    if not -rank <= class_dim < rank:
        raise UsageError(
            f"--class-dim {class_dim} does not exist: {pair.logits_name} has shape "
            f"{pair.logits}, so it goes from {-rank} to {rank - 1}"
        )
    return class_dim % rank


def _fits(loss: Loss, pair: ShapePair) -> bool:
    """Whether targets lie over the logits, element by element."""
    if loss.rules.broadcast and not pair.column:
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
    rank, lone = len(pair.logits), loss.rules.squeeze or pair.column
    column = lone and pair.logits == (*pair.labels, 1)
    squeezed = lone and pair.labels == (*pair.logits, 1)
    if not _fits(loss, pair) and not column and not squeezed:
        raise pair.error(
            "this kind needs one target for each logit, so equal shapes",
            "for class indices use --kind softmax-ce",
        )
    if rank < 2 and (loss.elements is not None or (squeezed and not pair.column)):
        return Geometry((), 1, pair.logits, True, pair.labels, squeezed)
    return _geometry(pair, axes or (rank - 1,), dense=True, squeezed=squeezed)


def _scores_geometry(pair: ShapePair) -> Geometry:
    """One score and one label a row."""
    squeezed = pair.labels == (*pair.logits, 1)
    if pair.labels != pair.logits and not squeezed:
        raise pair.error("one score a row needs one label a row")
    return Geometry((), 1, pair.logits, False, pair.labels, squeezed)


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
        )
    if not axes:
        if len(pair.logits) > 2:
            raise UsageError(
                f"dense labels of shape {pair.labels} do not tell which axis holds the classes",
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
        raise pair.error(_misfit(loss, pair, labels, axes), _misfit_hint(pair, labels, axes))
    return _geometry(pair, axes, dense=False, squeezed=squeezed)


def _infer_axis(pair: ShapePair, labels: tuple[int, ...]) -> int:
    rank = len(pair.logits)
    if rank <= 2:
        return rank - 1
    fitting = [a for a in range(rank) if without(pair.logits, (a,)) == labels]
    if len(fitting) > 1:
        axes = ", ".join(str(a) for a in fitting)
        raise UsageError(
            f"axes {axes} of {pair.logits_name} {pair.logits} all fit the labels "
            f"{pair.labels} as class axis",
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
    dense = "" if loss.labels is not Labels.EITHER else f", or {pair.logits} if dense"
    return f"the labels should have shape {want}{dense}"


def _misfit_hint(pair: ShapePair, labels: tuple[int, ...], axes: Axes) -> str | None:
    rank = len(pair.logits)
    fitting = [a for a in range(rank) if (a,) != axes and without(pair.logits, (a,)) == labels]
    if fitting:
        return f"the labels fit with the classes along axis {fitting[0]}: --class-dim {fitting[0]}"
    if len(pair.labels) == rank + 1:
        return "did you swap the arguments? the logits come first: xent loss LOGITS LABELS"
    if len(pair.labels) == rank == 2 and pair.labels[0] == pair.logits[0]:
        return (
            f"dense labels need one column for each of the {pair.logits[axes[0]]} classes, "
            "index labels one column"
        )
    return None


def _geometry(pair: ShapePair, axes: Axes, *, dense: bool, squeezed: bool = False) -> Geometry:
    classes, rows_shape = prod(pair.logits[axis] for axis in axes), without(pair.logits, axes)
    if classes == 0 and 0 not in rows_shape:
        raise pair.error(f"there are no classes: axis {axes[0]} has length 0")
    return Geometry(
        class_dims=axes,
        classes=classes,
        rows_shape=rows_shape,
        dense=dense,
        labels_shape=pair.labels,
        squeezed=squeezed,
    )


@record
class RowLabels:
    """The index labels of a block.

    Attributes:
        labels: (rows,) int64, a class for every row (0 where there is none).
        weighed: (rows,) int64, the class whose weight the row takes.
        counted: (rows,) bool, False where the row is ignored; None if all count and have a class.
        absent: (rows,) bool, True where the label is no class and the rules allow it.
        counts: such labels by what becomes of them.
    """

    labels: Indices
    weighed: Indices
    counted: Flags | None
    absent: Flags
    counts: Mapping[str, int]


def index_labels(block: Block, classes: int, ignore_index: int | None) -> RowLabels:
    """The block's labels as class indices from 0, and which rows count.

    Args:
        block: labels (rows,): any integer dtype, or floats that are all whole numbers.
        classes: the number of classes.
        ignore_index: rows with this label (compared before `label_base` is taken off) do not
            count; None: all count.

    Raises:
        DataError: naming the first row whose label is not a whole number or (unless the loss's
            rules have another way) out of range.

    """
    given = _whole_numbers(block.labels, block.place)
    base, rule = block.label_base, block.rules.bad_labels
    low, high = (int(given.min()), int(given.max())) if len(given) else (base, base - 1)
    ignoring = ignore_index is not None and low <= ignore_index <= high
    if not ignoring and base <= low and high < classes + base:
        labels = (given - base if base else given).astype(np.int64, copy=False)
        return RowLabels(labels, labels, None, np.zeros(len(given), dtype=bool), {})
    counted = np.ones(len(given), dtype=bool) if ignore_index is None else given != ignore_index
    outside = counted & ((given < base) | (given >= classes + base))
    if not outside.any():
        labels = np.where(counted, given - base, 0).astype(np.int64)
        return RowLabels(labels, labels, counted, outside, {})
    wraps = outside & (given < base) & (given >= base - classes) & (rule in ("wrap", "nan"))
    absent = outside & ~wraps
    null = block.rules.null_label
    wrong = absent if null is None else absent & (given != null)
    if wrong.any() and rule not in ("nan", "zero"):
        raise _out_of_range(block, classes, int(np.argmax(wrong)))
    labels = np.where(counted & ~absent, given - base, 0).astype(np.int64)
    return RowLabels(
        labels=np.where(wraps, labels + classes, labels),
        weighed=np.where(wraps, 0, labels),
        counted=counted,
        absent=absent,
        counts={
            "wrapped": int(np.count_nonzero(wraps)),
            "absent_nan" if rule == "nan" else "absent_zero": int(np.count_nonzero(absent)),
        },
    )


def _whole_numbers(labels: Array, place: Place) -> Array:
    """Index labels as integers of at least 64 bits; NaN and fractions are errors."""
    if labels.dtype.kind in "iu":
        # uint64 stays itself: as int64 its upper half would turn into valid negative labels.
        return labels if labels.dtype == np.uint64 else labels.astype(np.int64, copy=False)
    if labels.dtype.kind == "b":
        raise DataError(
            f"{place.labels}: expected class indices, got true and false (dtype bool)",
            "for one true or false a logit use --kind sigmoid-bce",
        )
    floats = as_float(labels)
    with np.errstate(invalid="ignore"):
        wrong = ~(np.abs(floats) < 2.0**53) | (floats != np.trunc(floats))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"{place.labels}: {place.row(row)} has label {floats[row]:g}, expected a class index "
            "(a whole number)",
            "labels of the logits' shape are read as dense targets, one number for each class",
        )
    return floats.astype(np.int64)


def _out_of_range(block: Block, classes: int, row: int) -> DataError:
    place, base = block.place, block.label_base
    label = int(_whole_numbers(block.labels[row : row + 1], place)[0])
    hint = "labels count from 0; --ignore-index N leaves rows with label N out"
    if base == 0 and label == classes:
        hint = "if the labels count from 1, add --label-base 1"
    elif base == 1 and label == 0:
        hint = "labels from 0 need --label-base 0"
    elif label < 0:
        hint = f"if {label} marks rows to leave out, add --ignore-index {label}"
    return DataError(
        f"{place.labels}: {place.row(row)} has label {label}, but {place.logits} has "
        f"{classes} class{'' if classes == 1 else 'es'} ({base}-{classes - 1 + base})",
        hint,
    )


def check_unit_interval(values: Array, name: str, block: Block, what: str) -> None:
    """Refuses values outside [0, 1]. NaN passes, and shows in the loss, unless the rules refuse it.

    Args:
        values: (rows, classes), any real dtype.
        name: the file, for the message.
        block: names the row, and has the rules.
        what: what the values should be: `a probability`, `a target`.

    """
    floats, place = as_float(values), block.place
    if not values.size or (floats.min() >= 0 and floats.max() <= 1):
        return
    with np.errstate(invalid="ignore"):
        outside = (floats < 0) | (floats > 1)
    if block.rules.unit_nan:
        outside |= np.isnan(floats)
    if outside.any():
        row, column = (int(i) for i in np.argwhere(outside)[0])
        raise DataError(
            f"{name}: {place.row(row)}, class {column} has {floats[row, column]:g}, expected "
            f"{what} from 0 to 1",
            "if these are logits, use a kind that takes logits (sigmoid-bce, softmax-ce)"
            if what == "a probability"
            else None,
        )


def check_operand_dtype(dtype: np.dtype[Any], name: str, role: str) -> None:
    """Refuses logits that cannot be logits: bool."""
    if dtype.kind == "b":
        raise DataError(
            f"{name}: expected {role} as numbers, got dtype {dtype_name(dtype)}",
            "did you swap the arguments? the logits come first: xent loss LOGITS LABELS",
        )
