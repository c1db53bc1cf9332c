"""The compiled tier's functions, on arrays: `_kernel.c` sees buffers alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from xent_cli import tier
from xent_cli.dtypes import as_float, is_bfloat16, native

Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Indices = np.ndarray[Any, np.dtype[np.int64]]


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


def logsumexp(x: Array) -> Floats:
    """`stable.logsumexp` by the compiled tier, which must be there: in float64 for float64 `x`."""
    out = np.empty(x.shape[0], dtype=np.float64)
    tier.load().logsumexp(*operand(x), b"", "i8", out, bytearray(), *x.shape)
    return out


def picked_gaps(x: Array, labels: Indices, lse: Floats, gaps: Floats) -> float:
    """`stable.picked_gaps` into `lse` and `gaps`; the greatest size of a number written."""
    labels = np.ascontiguousarray(labels)
    largest: float = tier.load().logsumexp(*operand(x), labels, "i8", lse, gaps, *x.shape)
    return largest


def cross_mass(x: Array, lse: Floats, mass: Array, *, nan_products: bool) -> Floats:
    """`stable.cross_mass` by the compiled tier; float64 `x` take the mass in float64 too."""
    out = np.empty(x.shape[0], dtype=np.float64)
    values, kind = operand(x)
    weights, weights_kind = operand(
        as_float(mass).astype(np.float64, copy=False) if kind == "f8" else as_float(mass)
    )
    tier.load().cross_mass(values, kind, weights, weights_kind, lse, out, *x.shape, nan_products)
    return out


def binary_cross_entropy_sums(x: Array, targets: Array) -> Floats:
    """`stable.binary_cross_entropy_sums` by the compiled tier: in float64 for float64 `x`."""
    out = np.empty(x.shape[0], dtype=np.float64)
    values, kind = operand(x)
    labels, labels_kind = np.ascontiguousarray(native(targets)), "u1"
    if kind == "f8" or labels.dtype not in (np.bool_, np.uint8):
        work = np.float64 if kind == "f8" else np.float32
        labels, labels_kind = operand(as_float(labels).astype(work, copy=False))
    tier.load().bce_sums(values, kind, labels, labels_kind, b"", out, *x.shape)
    return out
