"""softplus(x) = log(1 + exp(x)), from which every sigmoid loss is made, however sure an answer is.

Beside `stable.py` the only file that calls exp and log, by the same rules.
"""

from __future__ import annotations

import numpy as np

from xent_cli import tier
from xent_cli.dtypes import as_float
from xent_cli.losses import kernel
from xent_cli.losses.kernel import row_chunks
from xent_cli.losses.stable import Array, Floats, buffer, exponentials, fold_rows, tile_sums


def softplus_parts(x: Array, *, double: bool = False) -> tuple[Array, Floats]:
    """X as a float array, and log(1 + exp(-|x|)) in float64, of which sigmoid losses are made.

    softplus(x) = max(x, 0) + log(1 + exp(-|x|)) = -log(sigmoid(-x)), without overflow, and
    without cancellation on either side. Of numbers that are far from 0 the logarithm is exp(-|x|),
    which float32 does not hold.

    Args:
        x: any shape, any real dtype.
        double: calculate in float64; otherwise in float32 for inputs of up to 32 bits.

    """
    floats = as_float(x)
    if double:
        floats = floats.astype(np.float64, copy=False)
    with np.errstate(under="ignore"):
        sizes = np.abs(floats)
        tail: Floats = np.log1p(np.exp(-sizes)).astype(np.float64)
        far = sizes > _FAR
        if far.any():
            tail[far] = exponentials(-sizes[far])
    return floats, tail


_FAR = 80.0
"""Where log(1 + e) is e to 1e-35, and exp(-|x|) still a normal float32."""


def binary_cross_entropy_sums(x: Array, targets: Array, *, double: bool = False) -> Floats:
    """sum_c (1 - t[c]) softplus(x[c]) + t[c] softplus(-x[c]) of each row.

    Args:
        x: (rows, classes), C-contiguous, any real dtype.
        targets: the same shape, any real dtype.
        double: calculate in float64; otherwise in float32 for inputs of up to 32 bits.

    Returns:
        (rows,) float64.

    The logarithms of a tile are one: sum log(1 + e) = log prod(1 + e), with e = exp(-|x|), so each
    factor is in [1, 2] and the product of 128 in float64 does not overflow. What it exceeds 1 by is
    carried, p of p + 1: p becomes p + e (1 + p), which keeps the e of sure answers. It takes a
    third of the time of log1p for each element.

    Rows whose sum is so small that e may have been out of the range of their dtype are done again.

    """
    if tier.load() is not None:
        sums = kernel.binary_cross_entropy_sums(x, targets, double=double)
    else:
        sums = _binary_cross_entropy_sums(x, targets, double=double)
    least = _TINY_DOUBLE if double or x.dtype == np.float64 else _TINY
    if len(sums) and not sums.min() >= least:  # NaN is not
        tiny = sums < least
        wide, t = (as_float(a[tiny]).astype(np.float64) for a in (x, targets))
        above, tail = np.maximum(wide, 0), softplus_parts(wide)[1]
        sums[tiny] = tile_sums((1 - t) * above + t * (above - wide) + tail)
    return sums


_TINY, _TINY_DOUBLE = 1e-25, 1e-290
"""Sums below which an exp that has left the range of float32 (1e-38), or of float64, may show."""


def _binary_cross_entropy_sums(x: Array, targets: Array, *, double: bool) -> Floats:
    rows, classes = x.shape
    out = np.empty(rows, dtype=np.float64)
    with np.errstate(under="ignore", invalid="ignore"):
        for part in row_chunks(rows, classes, 8):
            floats = as_float(x[part])
            work = np.float64 if double else floats.dtype
            shape = floats.shape
            above = np.maximum(floats, 0, out=buffer(shape, work, "a"), dtype=work)
            t = as_float(targets[part]).astype(work, copy=False)
            rest = np.subtract(1, t, out=buffer(shape, work, "b"))
            out[part] = tile_sums(above, rest)
            below = np.subtract(above, floats, out=rest, dtype=work)
            out[part] += tile_sums(below, t)
            e = np.exp(np.negative(np.add(above, below, out=above), out=above), out=above)
            out[part] += fold_rows(_log_of_product, e)
    return out


def _log_of_product(e: Array) -> Array:
    """log of the product of 1 + e over the last axis, multiplied half by half."""
    excess = buffer(e.shape, np.float64, "product")
    np.copyto(excess, e)
    width = e.shape[-1]
    while width > 1:
        half = width // 2
        left, right = excess[..., :half], excess[..., width - half : width]
        left += right * (1 + left)
        width -= half
    return np.log1p(excess[..., 0])


def log_sigmoid(x: Array, *, double: bool = False) -> Floats:
    """-softplus(-x) of each element, float64."""
    floats, tail = softplus_parts(x, double=double)
    return -(np.maximum(-floats, 0).astype(np.float64) + tail)


def sigmoid(x: Array, *, double: bool = False) -> Floats:
    """exp(log_sigmoid(x)): accurate on both sides, where 1 / (1 + exp(-x)) overflows."""
    with np.errstate(under="ignore"):
        return np.exp(log_sigmoid(x, double=double))
