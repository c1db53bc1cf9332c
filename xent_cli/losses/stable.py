"""exp and log without overflow or cancellation: the numerics that every loss stands on.

With `softplus.py` the only file that calls exp and log. The value of a row is a function of that
row alone: a row is cut into tiles of `TILE` classes, each tile is summed in a fixed order, and the
tiles are added from left to right in float64. Blocks, layouts and threads cannot change a bit.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from xent_cli import tier
from xent_cli.dtypes import as_float
from xent_cli.losses import kernel
from xent_cli.losses.byproducts import Byproducts, Tops, find_tops
from xent_cli.losses.kernel import BUFFER, row_chunks

Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Indices = np.ndarray[Any, np.dtype[np.int64]]

TILE = 128
"""Classes summed in the input's precision. Constant rows, the worst case, err by 2.5e-7 at 128 and
by 5.8e-7 at 512 in float32."""

_SAFE_LOW, _SAFE_HIGH = 1e-20, 1e30
"""A plain sum of exp within these lost nothing to underflow and did not overflow."""


_workspace = threading.local()


def buffer(shape: tuple[int, ...], dtype: Any, slot: str = "a") -> Array:
    """An array of this thread to work in, until the slot is asked for again.

    Fresh memory has to be zeroed by the system page by page, which costs more than exp.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    held: Array | None = getattr(_workspace, slot, None)
    if held is None or held.size < size:
        held = np.empty(max(size, BUFFER), dtype=np.uint8)
        setattr(_workspace, slot, held)
    free: Array = held[:size].view(dtype).reshape(shape)
    return free


def fold_rows(fold: Callable[..., Array], *operands: Array) -> Floats:
    """Folds every tile of the operands to a number, and adds a row's numbers from left to right.

    Args:
        fold: from operands cut to (rows, tiles, TILE or less) to (rows, tiles).
        operands: (rows, classes), C-contiguous, all of one shape.

    accumulate, not add.reduce: only the former adds in sequence whatever the shape. Of float64
    tiles what each addition loses is added too: 1024 equal tiles would be off by 2e-14 otherwise.

    """
    rows, classes = operands[0].shape
    whole = classes // TILE
    tiles = np.empty((rows, -(-classes // TILE)), dtype=np.float64)
    if whole:
        tiles[:, :whole] = fold(
            *(a[:, : whole * TILE].reshape(rows, whole, TILE) for a in operands)
        )
    if whole < tiles.shape[1]:
        tiles[:, whole:] = fold(*(a[:, None, whole * TILE :] for a in operands))
    if tiles.shape[1] == 0:
        return np.zeros(rows)
    if tiles.shape[1] == 1:
        return tiles[:, 0]
    totals = np.add.accumulate(tiles, axis=1)
    return _with_losses(totals, tiles) if operands[0].dtype == np.float64 else totals[:, -1].copy()


def _with_losses(totals: Floats, tiles: Floats) -> Floats:
    """The last of running totals, and what their roundings lost (Knuth's exact difference)."""
    before, after = totals[:, :-1], totals[:, 1:]
    with np.errstate(invalid="ignore", over="ignore"):
        added = after - before
        lost = (before - (after - added)) + (tiles[:, 1:] - added)
        rest = np.add.accumulate(lost, axis=1)[:, -1]
        return np.where(np.isfinite(rest), totals[:, -1] + rest, totals[:, -1])


def _sum(values: Array) -> Array:
    """einsum's order depends on the length alone where a tile is contiguous."""
    sums: Array = np.einsum("rtk->rt", values)
    return sums


def _dot(values: Array, factors: Array) -> Array:
    sums: Array = np.einsum("rtk,rtk->rt", values, factors)
    return sums


def tile_sums(values: Array, factors: Array | None = None) -> Floats:
    """The sum of each row of `values`, or of `values * factors`, in the fixed order.

    Args:
        values: (rows, classes) float32 or float64, C-contiguous.
        factors: the same shape and dtype, or None.

    Returns:
        (rows,) float64: tiles of 128 in the dtype of `values`, then from left to right in float64.

    """
    return fold_rows(_sum, values) if factors is None else fold_rows(_dot, values, factors)


def logsumexp(x: Array, *, double: bool = False, by: Byproducts | None = None) -> Floats:
    """log(sum(exp(x))) of each row.

    Args:
        x: (rows, classes), C-contiguous, any real dtype.
        double: calculate in float64; otherwise in float32 for inputs of up to 32 bits.
        by: takes the tops that it wants.

    Returns:
        (rows,) float64. A row of -inf (or without classes) gives -inf, +inf gives +inf, NaN NaN.

    exp(x) is summed as it is. Only the rows whose sum is not safely inside the range of float32
    are done again, shifted by their maximum; which rows these are depends on each row alone.

    >>> logsumexp(np.array([[0.0, 0.0], [1000.0, 1000.0]])) - np.log(2.0)
    array([   0., 1000.])

    """
    if tier.load() is not None:
        return kernel.logsumexp(x, double=double, by=by)
    rows, classes = x.shape
    out = np.empty(rows, dtype=np.float64)
    tops = None if by is None or by.wants.isdisjoint(("top", "hit")) else Tops(rows)
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        for part in row_chunks(rows, classes, 8 if double else 4):
            floats = as_float(x[part])
            if tops is not None:
                tops.take(part, floats)
            work = np.float64 if double else floats.dtype
            sums = tile_sums(np.exp(floats, out=buffer(floats.shape, work), dtype=work))
            unsafe = ~((sums > _SAFE_LOW) & (sums < _SAFE_HIGH))
            np.log(sums, out=out[part])
            if unsafe.any():
                again = floats[unsafe].astype(work, copy=False)
                out[part][unsafe] = _shifted_logsumexp(again)
    if by is not None and tops is not None:
        by.top, by.top_class = tops.values, tops.classes
    return out


def _shifted_logsumexp(x: Array) -> Floats:
    """log(sum(exp(x))) through exp(x - max): for rows outside the safe range."""
    top = x.max(axis=1, initial=-np.inf)
    finite_top = np.where(np.isfinite(top), top, 0)
    sums = tile_sums(np.exp(x - finite_top[:, None]))
    return np.where(np.isinf(top), top, finite_top + np.log(sums))


def picked_gaps(
    x: Array, labels: Indices, *, double: bool = False, by: Byproducts | None = None
) -> tuple[Floats, Floats, float | None]:
    """logsumexp of each row, and how far the label's logit lies below it.

    Args:
        x: as for `logsumexp`, with at least one class.
        labels: (rows,) int64, each a class.
        double: as for `logsumexp`.
        by: takes the tops and hits that it wants.

    Returns:
        lse and lse - x[label], (rows,) float64 each, and the greatest size of their numbers, NaN
        aside, if it is known. Unless bounds are wanted, lse is good until this thread asks again;
        the gaps are never below 0, as rounding alone would have them.

    >>> picked_gaps(np.array([[0.0, 0.0]]), np.array([1]))[1] - np.log(2.0)
    array([0.])

    """
    if tier.load() is not None:
        keeps = by is not None and "bounds" in by.wants
        lse = np.empty(len(labels)) if keeps else buffer(labels.shape, np.float64, "lse")
        gaps = np.empty(len(labels))
        return lse, gaps, kernel.picked_gaps(x, labels, (lse, gaps), double=double, by=by)
    lse = logsumexp(x, double=double, by=by)
    if by is not None and "hit" in by.wants:
        find_tops(x, by, labels)
    gaps = gaps_below(lse, x, labels)
    np.maximum(gaps, 0.0, out=gaps)
    _pick_again(x, labels, lse, gaps, double=double)
    return lse, gaps, None


_SURE = 0.75
"""Gaps below it lose digits: their labels have more than 47 %."""


def _pick_again(x: Array, labels: Indices, lse: Floats, gaps: Floats, *, double: bool) -> None:
    """Puts right the gaps that their subtraction does not give.

    Of labels that are sure lse is their own logit and little more; of large numbers a rounding of
    lse is much of the gap. They are log(1 + sum of the others' e^(x - x[label])), shifted by the
    largest of the others.
    """
    wide = double or x.dtype == np.float64
    with np.errstate(invalid="ignore", over="ignore"):
        own = np.abs(lse - gaps)
        again = (gaps < _SURE) | (own > gaps * (4.0 if wide else 2.0**24))
    places = np.flatnonzero(again & np.isfinite(own))
    classes = x.shape[1]
    for part in row_chunks(len(places), classes, 8):
        rows = places[part]
        floats = as_float(x[rows]).astype(np.float64 if wide else as_float(x[:0]).dtype)
        chosen = np.arange(len(rows)), labels[rows]
        own = floats[chosen].astype(np.float64)
        floats[chosen] = -np.inf
        top = floats.max(axis=1, initial=-np.inf)
        alone = top == -np.inf
        shift = np.where(np.isfinite(top), top, 0)
        with np.errstate(all="ignore"):  # of rows that are left as they were
            sums = tile_sums(np.exp(floats - shift[:, None]))
            top = top.astype(np.float64)
            far = top - own
            back = far - top
            rest = (top - (far - back)) - (own + back)  # what rounding took of it (Knuth)
            beyond = far + (np.log(sums) + rest)
            sums += sums * rest
            near = np.log1p(sums * np.exp(np.minimum(far, 600)))
            half = np.exp(far / 2)
            found = np.where(far > 600, beyond, np.where(far < -600, sums * half * half, near))
        found[alone] = 0
        known = np.isfinite(top) | alone
        gaps[rows[known]] = found[known]


def gaps_below(lse: Floats, x: Array, labels: Indices) -> Floats:
    """lse - x[label] of each row, in float64; lse may be any numbers."""
    rows, classes = x.shape
    gaps = np.empty(rows)
    with np.errstate(invalid="ignore"):
        for part in row_chunks(rows, 1, 8):
            count = part.stop - part.start
            places = buffer((count,), np.int64, "places")
            np.multiply(np.arange(count), classes, out=places)
            picked = x[part].reshape(-1).take(np.add(places, labels[part], out=places))
            np.subtract(lse[part], as_float(picked), out=gaps[part])
    return gaps


def cross_mass(x: Array, lse: Floats, mass: Array, *, nan_products: bool = False) -> Floats:
    """sum_c mass[c] * (lse - x[c]) of each row: the cross entropy of `mass` against log-softmax.

    Args:
        x: (rows, classes), C-contiguous, any real dtype.
        lse: (rows,) float64: logsumexp of x, or zeros where x are log-probabilities.
        mass: (rows, classes) or (classes,), any real dtype.
        nan_products: 0 * inf is NaN; otherwise a class without mass adds nothing, even where x is
            -inf (0 log 0 = 0).

    Returns:
        (rows,) float64, calculated in float64.

    """
    if tier.load() is not None:
        return kernel.cross_mass(x, lse, mass, nan_products=nan_products)
    rows, classes = x.shape
    out = np.empty(rows, dtype=np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        for part in row_chunks(rows, classes, 8):
            shape = (part.stop - part.start, classes)
            gaps, factors = (buffer(shape, np.float64, slot) for slot in ("a", "b"))
            np.subtract(lse[part, None], as_float(x[part]), out=gaps)
            np.copyto(factors, as_float(mass if mass.ndim == 1 else mass[part]))
            sums = tile_sums(gaps, factors)
            unusual = ~np.isfinite(sums)
            if unusual.any() and not nan_products:
                again = gaps[unusual]
                again[factors[unusual] == 0] = 0
                sums[unusual] = tile_sums(again, factors[unusual])
            out[part] = sums
    return out


def log_probabilities(p: Array) -> Array:
    """log(p) in float64; log(0) = -inf without a warning."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs: Array = np.log(as_float(p), dtype=np.float64)
    return logs


def exponentials(x: Array, out: Floats | None = None) -> Floats:
    """exp(x) in float64, into `out` if it is given; inf where it overflows, without a warning."""
    with np.errstate(over="ignore", under="ignore"):
        powers: Floats = np.exp(as_float(x), out=out, dtype=np.float64)
    return powers


def misses(losses: Array) -> Floats:
    """1 - exp(-losses) in float64: 1 - p from -log p, without cancellation where p is near 1.

    Never below 0: the loss of a sure class may come out a rounding below it, and powers of what is
    missed must not be NaN.
    """
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        return np.maximum(-np.expm1(-losses), 0.0)


def softcapped(x: Array, cap: float) -> Floats:
    """cap * tanh(x / cap) in float64: logits kept within -cap to cap, the small ones unchanged."""
    return cap * np.tanh(as_float(x).astype(np.float64) / cap)


def softcap_slopes(x: Array, cap: float) -> Floats:
    """The derivative of `softcapped`: 1 - tanh(x / cap)^2, in float64."""
    tangent: Floats = np.tanh(as_float(x).astype(np.float64) / cap)
    return (1 - tangent) * (1 + tangent)


def relative_entropy_slopes(p: Floats, q: Floats) -> Floats:
    """The derivatives of `relative_entropy_terms` by q: log(q / m), m = (p + q) / 2.

    Without cancellation where q is near p; log 2 where p is 0, even at q = 0.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p == 0, np.log(2.0), np.log1p((q - p) / (p + q)))


def relative_entropy_terms(p: Floats, q: Floats) -> Floats:
    """p log(p / m) + q log(q / m) with m = (p + q) / 2, elementwise: twice the terms of JS.

    With d = (p - q) / (p + q) it is m ((log1p(d) - log1p(-d)) d + log1p(-d * d)): for p near q a
    sum of 2 d^2 and -d^2, where the textbook form subtracts numbers of the size of d. For |d| near
    1 it is that form which would lose digits, with log1p of a rounded number near -1.
    """
    whole = p + q
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        d = np.where(whole > 0, (p - q) / whole, whole)
        inner = d * (np.log1p(d) - np.log1p(-d)) + np.log1p(-d * d)
        less, more = np.minimum(p, q), np.maximum(p, q)
        # less / whole, not less / (whole / 2): half of a subnormal number may be 0
        low = np.where(less > 0, less * (np.log(2.0) + np.log(less / whole)), 0.0)
        apart = low + more * np.log1p(np.abs(d))
    terms: Floats = np.where(np.abs(d) < 0.5, whole / 2 * inner, apart)
    return terms


def binary_logs(p: Array) -> tuple[Array, Array]:
    """log(p) and log(1 - p) in float64, -inf at 0."""
    wide = as_float(p).astype(np.float64, copy=False)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(wide), np.log1p(-wide)


def perplexity(mean: float) -> float:
    """Exp of a mean loss in nats; inf where it overflows."""
    with np.errstate(over="ignore"):
        return float(np.exp(mean))


def log_softmax(x: Array, *, double: bool = False) -> Floats:
    """x - logsumexp(x) of each row, (rows, classes) float64.

    Args:
        x: (rows, classes), C-contiguous, any real dtype.
        double: calculate in float64.

    """
    with np.errstate(invalid="ignore"):
        lse = logsumexp(x, double=double)[:, None]
        logs: Floats = np.subtract(as_float(x), lse, dtype=np.float64)
    return logs


def softmax(x: Array, *, double: bool = False) -> Floats:
    """exp(log_softmax(x)), (rows, classes) float64: never overflows, rows sum to 1."""
    with np.errstate(under="ignore"):
        return np.exp(log_softmax(x, double=double))
