"""The compiled tier's functions, on arrays: `_kernel.c` sees buffers alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from xent_cli import tier
from xent_cli.dtypes import as_float, is_bfloat16, native

if TYPE_CHECKING:
    from xent_cli.losses.byproducts import Byproducts

Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Indices = np.ndarray[Any, np.dtype[np.int64]]

BUFFER = 1 << 21
"""Bytes of a working buffer. NumPy tier, 8192 x 32000 float32 and 4096 x 32000 float64: 195 and 139
ms with 512 KiB, 176 and 126 with 1 MiB, 167 and 119 with 2, 159 and 115 with 4."""


def operand(x: Array) -> tuple[Array, str]:
    """`x` as the compiled tier reads it, and its kind: the same memory for contiguous floats.

    Args:
        x: any real dtype and layout; integers and bool become what `as_float` says.

    Returns:
        A C-contiguous array and one of 'f4', 'f8', 'f2', 'bf'.

    >>> operand(np.zeros((2, 3), dtype=np.int8))[1]
    'f4'

    """
    if is_bfloat16(x.dtype):
        return np.ascontiguousarray(native(x)).view(np.uint16), "bf"
    if x.dtype.kind != "f":
        x = as_float(x)
    return np.ascontiguousarray(native(x)), x.dtype.str[1:]


def row_chunks(rows: int, classes: int, itemsize: int) -> Iterator[slice]:
    """Runs of rows whose working buffer has about `BUFFER` bytes (one row at least)."""
    step = max(1, BUFFER // max(1, classes * itemsize))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def _rows(x: Array, double: bool) -> Iterator[tuple[slice, Array, str]]:
    """The rows of `x` as operands: as they are or, where `double`, in chunks of float64."""
    if not double or x.dtype == np.float64:
        yield slice(0, len(x)), *operand(x)
        return
    rows, classes = x.shape
    for part in row_chunks(rows, classes, 8):
        with np.errstate(invalid="ignore"):
            chunk = as_float(x[part]).astype(np.float64, copy=False)
        yield part, *operand(chunk)


def logsumexp(x: Array, *, double: bool, by: Byproducts | None = None) -> Floats:
    """`stable.logsumexp` by the compiled tier, which must be there."""
    out = np.empty(x.shape[0], dtype=np.float64)
    _read_rows(x, None, (out, None), double=double, by=by)
    return out


def picked_gaps(
    x: Array,
    labels: Indices,
    out: tuple[Floats, Floats],
    *,
    double: bool,
    by: Byproducts | None,
) -> float:
    """`stable.picked_gaps` into `out`; the greatest size of a number written."""
    return _read_rows(x, np.ascontiguousarray(labels), out, double=double, by=by)


def _read_rows(
    x: Array,
    labels: Indices | None,
    out: tuple[Floats, Floats | None],
    *,
    double: bool,
    by: Byproducts | None,
) -> float:
    """One read: lse, gaps, and what is wanted besides; the greatest size of an lse or a gap."""
    top = top_class = hit = None
    if by is not None and "top" in by.wants:
        top, top_class = np.empty(len(x)), np.empty(len(x), dtype=np.int64)
    if by is not None and "hit" in by.wants and labels is not None:
        hit = np.empty(len(x), dtype=np.bool_)
    columns, largest = (labels, *out, top, top_class, hit), 0.0
    for part, values, kind in _rows(x, double):
        picked, *others = (_NONE if column is None else column[part] for column in columns)
        size = tier.load().logsumexp(values, kind, picked, "i8", *others, *values.shape)
        largest = max(largest, size)
    if by is not None:
        by.top, by.top_class, by.hit = top, top_class, hit
    return largest


_NONE = bytearray()


def cross_mass(x: Array, lse: Floats, mass: Array, *, nan_products: bool) -> Floats:
    """`stable.cross_mass` by the compiled tier."""
    out = np.empty(x.shape[0], dtype=np.float64)
    values, kind = operand(x)
    weights = as_float(mass)
    if kind == "f8":
        weights = weights.astype(np.float64, copy=False)
    tier.load().cross_mass(values, kind, *operand(weights), lse, out, *x.shape, nan_products)
    return out


def binary_cross_entropy_sums(x: Array, targets: Array, *, double: bool) -> Floats:
    """`softplus.binary_cross_entropy_sums` by the compiled tier."""
    out = np.empty(x.shape[0], dtype=np.float64)
    targets = np.ascontiguousarray(native(targets))
    for part, values, kind in _rows(x, double):
        labels, labels_kind = targets[part], "u1"
        if kind == "f8" or labels.dtype not in (np.bool_, np.uint8):
            work = np.float64 if kind == "f8" else np.float32
            labels, labels_kind = operand(as_float(labels).astype(work, copy=False))
        tier.load().bce_sums(values, kind, labels, labels_kind, b"", out[part], *values.shape)
    return out
