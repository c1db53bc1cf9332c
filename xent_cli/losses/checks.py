"""Whether the inputs can be what they are taken for: dtypes and label ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from xent_cli.diagnosis import Fix
from xent_cli.dtypes import as_float, dtype_name, number_text
from xent_cli.errors import DataError
from xent_cli.losses.base import Array, Block, Flags, Place
from xent_cli.records import record

_ROUNDING = 1e-3
"""How far from 0 and 1 a target may be that was meant to be one."""
Indices = np.ndarray[Any, np.dtype[np.int64]]


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
    block.by.labels = labels = _index_labels(block, classes, ignore_index)
    return labels


def _index_labels(block: Block, classes: int, ignore_index: int | None) -> RowLabels:
    numbers = _whole_numbers(block.labels, block.place)
    base, rule, null = block.label_base, block.rules.labels.absent, block.rules.labels.null
    low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (base, base - 1)
    ignoring = ignore_index is not None and low <= ignore_index <= high
    if not ignoring and base <= low and high < classes + base:
        labels = (numbers - base if base else numbers).astype(np.int64, copy=False)
        return RowLabels(labels, labels, None, np.zeros(len(numbers), dtype=bool), {})
    counted = np.ones(len(numbers), dtype=bool) if ignore_index is None else numbers != ignore_index
    outside = counted & ((numbers < base) | (numbers >= classes + base))
    if not outside.any():
        labels = np.where(counted, numbers - base, 0).astype(np.int64)
        return RowLabels(labels, labels, counted, outside, {})
    wraps = outside & (numbers < base) & (numbers >= base - classes) & (rule in ("wrap", "nan"))
    absent = outside & ~wraps
    wrong = absent if null is None else absent & (numbers != null)
    if wrong.any() and rule not in ("nan", "zero"):
        raise _out_of_range(block, classes, numbers, (counted, wrong))
    labels = np.where(counted & ~absent, numbers - base, 0).astype(np.int64)
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
            f"{place.labels}: {place.row(row)} has label {number_text(floats[row])}, expected a "
            "class index (a whole number)",
            "labels of the logits' shape are read as dense targets, one number for each class",
        )
    return floats.astype(np.int64)


def _out_of_range(
    block: Block, classes: int, numbers: Array, flags: tuple[Flags, Flags]
) -> DataError:
    """What is wrong with the first of the labels that count and are no class."""
    place, base, (counted, outside) = block.place, block.label_base, flags
    row = int(np.argmax(outside))
    label = int(numbers[row])
    if classes == 1:
        found = f"{place.logits} has one column"
        signs = set(np.unique(numbers[counted]).tolist()) == {-1, 1}
        kind = "soft-margin" if signs else "sigmoid-bce"
        hint = f"one logit a row, for {'-1 and 1' if signs else 'yes or no'}, is --kind {kind}"
        fix: Fix | None = Fix({"kind": kind})
    else:
        found = f"{place.logits} has {classes} classes ({base}-{classes - 1 + base})"
        hint, fix = _range_hint(numbers[counted], classes, base, np.unique(numbers[outside]))
    return DataError(f"{place.labels}: {place.row(row)} has label {label}, but {found}", hint, fix)


def _range_hint(numbers: Array, classes: int, base: int, outside: Array) -> tuple[str, Fix | None]:
    """What labels that are no classes may mean, seen together with the others that count."""
    low, high, mark = int(numbers.min()), int(numbers.max()), int(outside[0])
    ignored = Fix({"ignore_index": f"{mark}"})
    if set(np.unique(numbers).tolist()) == {-1, 1}:
        told = f"for -1 and 1 use --kind torch.nn.SoftMarginLoss; {classes} classes are 0 and 1"
        return told, None
    if base == 1 and low == 0 and high < classes:
        return "labels from 0 need --label-base 0", Fix({"label_base": None})
    if base == 0 and low >= 1 and high == classes:
        return "if the labels count from 1, add --label-base 1", Fix({"label_base": "1"})
    if low == base == 0 and high == classes:
        told = (
            f"the labels 0 to {high} are {high + 1} classes: LOGITS lack a column, or "
            f"--ignore-index {high} leaves rows with label {high} out"
        )
        return told, ignored
    if len(outside) == 1:
        return f"if {mark} marks rows to leave out, add --ignore-index {mark}", ignored
    return f"labels from {low} to {high} need as many columns in LOGITS", None


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
    if block.rules.probabilities.unit_nan:
        outside |= np.isnan(floats)
    if outside.any():
        row, column = (int(i) for i in np.argwhere(outside)[0])
        hint, fix = _target_hint(floats)
        if what == "a probability":
            hint = "if these are logits, use a kind that takes logits (sigmoid-bce, softmax-ce)"
            fix = None
        raise DataError(
            f"{name}: {place.row(row)}, class {column} has {number_text(floats[row, column])}, "
            f"expected {what} from 0 to 1",
            hint,
            fix,
        )


def _target_hint(targets: Array) -> tuple[str, Fix | None]:
    """What targets outside [0, 1] may be."""
    levels = set(np.unique(targets[np.isfinite(targets)]).tolist())
    if levels <= {-1, 1}:
        kind = "torch.nn.SoftMarginLoss"
        return f"--kind {kind} takes -1 and 1", Fix({"kind": kind})
    if levels <= {0, 255}:
        return "255 of a mask is 1: np.save('y.npy', y / 255)", Fix({}, "labels", "x / 255")
    if min(levels, default=0) >= -_ROUNDING and max(levels, default=0) <= 1 + _ROUNDING:
        told = "np.save('y.npy', np.clip(y, 0, 1)) cuts off what rounding left"
        return told, Fix({}, "labels", "np.clip(x, 0, 1)")
    if len(marks := levels - {0.0, 1.0}) == 1 and (mark := marks.pop()) == int(mark):
        told = f"if {mark:.0f} marks targets to leave out, add --ignore-index {mark:.0f}"
        return told, Fix({"ignore_index": f"{mark:.0f}"})
    if all(level == int(level) >= 0 for level in levels):
        return "class indices are for --kind softmax-ce, with one logit for each class", None
    return "if these are logits, they come first: xent loss LOGITS LABELS", None


def check_operand_dtype(dtype: np.dtype[Any], name: str, role: str) -> None:
    """Refuses logits that cannot be logits: bool."""
    if dtype.kind == "b":
        raise DataError(
            f"{name}: expected {role} as numbers, got dtype {dtype_name(dtype)}",
            "did you swap the arguments? the logits come first: xent loss LOGITS LABELS",
        )
