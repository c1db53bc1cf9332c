"""How logits and labels lie over each other: the class axis, and what each label is of."""

from __future__ import annotations

from math import prod

from xent_cli.errors import UsageError
from xent_cli.geometry import resolve_dim
from xent_cli.losses.base import Labels, Loss
from xent_cli.losses.misfits import (
    Axes,
    ShapePair,
    index_misfit,
    index_way,
    shape_text,
    targets_way,
    without,
)
from xent_cli.records import record


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
        why = "this kind needs one target for each logit, so equal shapes"
        raise pair.error(why, *targets_way(loss, pair, axes or (rank - 1,)))
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
        why = f"{loss.name} takes dense targets, one for each class, so equal shapes"
        raise pair.error(why, *targets_way(loss, pair, axes or (len(pair.logits) - 1,)))
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
        raise pair.error(
            index_misfit(loss, pair, labels, axes), *index_way(loss, pair, labels, axes)
        )
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
