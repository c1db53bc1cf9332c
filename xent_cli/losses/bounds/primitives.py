"""How far a calculated loss can be from the exact one: bounds of rounding, row by row.

They hold for the formulas of this package on the inputs as stored (a label or weight of a file is
taken as exact; so are integers up to 2**53). To first order, with 1 % added for what is of higher
order: each product (1 + d1)(1 + d2)... with |d| <= u is within n u of 1 (Higham: Accuracy and
Stability of Numerical Algorithms, 2nd ed., lemma 3.1), and a sum of n numbers of one sign is within
(depth of the additions) u of itself (the same, section 4.2).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from xent_cli import tier
from xent_cli.dtypes import as_float
from xent_cli.losses.stable import TILE, tile_sums

Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bounds = Floats | float
"""A bound for each row, or one that holds for every row of the block."""

U32, U64 = 2.0**-24, 2.0**-53
"""Unit roundoffs of float32 and float64."""

SLACK = 1.01
"""Covers the terms of second order: n u is below 1e-4 throughout."""

EXP_COMPILED = 1.37 * U32
"""Relative error of the compiled float32 exp: 1.3627 u at -27.3774776, the worst of all floats from
-87 to 88 (each was tried; the function is the same on every machine)."""

EXP_NUMPY = 5.04 * U32
"""2.52 units in the last place, the figure in NumPy's source for its own float32 exp
(loops_exponent_log.dispatch.c.src), which the C libraries it falls back on do not exceed. On a
machine with AVX-512 the worst of all floats is 3.57 u."""

EXP_FLOOR = 2.0**-125
"""Absolute error of a float32 exp below exp(-87): NumPy's may be flushed to 0 where it is not
normal, and the compiled one is never less than exp(-87) = 1.4 * 2**-126."""

LOG1P_NUMPY = 8 * U32
"""4 units in the last place, the accuracy of the vector library that serves NumPy's log1p."""

ADDS_COMPILED = 4
"""Additions that a float32 passes in a tile: 3 in its lane, 1 where lanes are folded."""

ADDS_NUMPY = 16
"""The same in np.einsum: of 4 vectors of 4 at a time, then vectors left over, then lanes. Probing
the order of summation (Xie et al.: FPRev, 2024) gives at most 14 for any length; a test does it."""

MATH64 = 4 * U64
"""Relative error of float64 exp, log, log1p, expm1, tanh, power: 2 units in the last place at most.
NumPy's own vector loops state 0.52 to 1; the vector library and the compiled tier stay below 2."""

SAFE_LOW = 1e-20
"""The least sum that is not taken again with a shift (stable.py): what EXP_FLOOR is set against."""

REDUCED = 8 * U64
"""Relative rounding of what is reported: the quotient, the unit, products of weights below it."""

CALM = 1024.0
"""Up to this size of lse and loss, the float64 rounding of a float32 row is one constant, far below
the rest: then a block without extreme rows has one bound, and no row needs its own."""


def is_single(x: Array, *, double: bool) -> bool:
    """Whether `x` is calculated with in float32."""
    return not double and as_float(x[:0]).dtype == np.float32


def column(error: Bounds) -> Bounds:
    """The rows' errors, to be broadcast over their classes."""
    return error[:, None] if isinstance(error, np.ndarray) else error


def sum_error(classes: int, *, single: bool = False) -> float:
    """Relative error of `tile_sums` of numbers of one sign; of any, relative to their sizes' sum.

    >>> sum_error(1000) < 140 * U64
    True

    """
    if not single:  # any order within a tile; of the tiles' sum only the last rounding is left
        return (min(classes, TILE) + 2) * U64
    adds = ADDS_NUMPY if tier.load() is None else ADDS_COMPILED
    return min(adds, max(classes - 1, 0)) * U32 + (-(-classes // TILE) + 16) * U64


def exp_error(*, single: bool) -> float:
    """Relative error of exp where it is neither 0 nor infinite."""
    if not single:
        return MATH64
    return EXP_NUMPY if tier.load() is None else EXP_COMPILED


def lse_error(lse: Floats, classes: int, *, single: bool, largest: float | None = None) -> Bounds:
    """Absolute error of `logsumexp`, and of one subtraction from it.

    Args:
        lse: its result.
        classes: the number of terms.
        single: whether it was calculated in float32.
        largest: the greatest size of an `lse`, if it is known.

    The sum of exp is off by e = (exp) + (additions) relative to itself, so its logarithm by
    -log(1 - e); float64 rounding of the logarithm, and of what follows, adds 8 u |lse|. A shift by
    the maximum adds nothing: only rows with a maximum below -46 or above 57 are shifted, and where
    exp(x - max) counts, x and max are within a factor of two, so x - max is exact (Sterbenz).
    """
    e = exp_error(single=single) + sum_error(classes, single=single)
    e += classes * (EXP_FLOOR / SAFE_LOW if single else 0.0)
    fixed = (e + (2 * classes.bit_length() + 2) * U64) * SLACK
    return plus_rounding(fixed, lse, single, largest)


def plus_rounding(fixed: float, size: Floats, single: bool, largest: float | None) -> Bounds:
    """`fixed` + 8 u |size|, the latter as a constant for float32 rows of usual size."""
    with np.errstate(invalid="ignore"):
        if not single:
            return fixed + 8 * U64 * np.abs(size)
        if largest is None:
            largest = max(size.max(), -size.min()) if len(size) else 0.0
        calm = 8 * U64 * CALM
        if largest <= CALM:
            return fixed + calm
        return fixed + np.maximum(calm, 8 * U64 * np.abs(size))


def summed_bounds(bounds: Array, values: Array) -> Floats:
    """Bounds of the sums of rows of float64 `values` that are within `bounds` of the exact ones.

    Args:
        bounds: (rows, classes).
        values: the same shape.

    """
    with np.errstate(invalid="ignore", over="ignore"):
        sizes = tile_sums(np.abs(values))
        return (tile_sums(bounds) + (sum_error(values.shape[1]) + U64) * sizes) * SLACK


def mean_bounds(bounds: Array, values: Array, means: Floats) -> Floats:
    """Bounds of the means of rows, which are `means`; as `summed_bounds` of their sums."""
    with np.errstate(invalid="ignore"):
        summed = summed_bounds(bounds, values)
        return summed / np.float64(values.shape[1]) + U64 * np.abs(means)


def weighted_bounds(bounds: Bounds | None, factors: Floats, values: Floats) -> Floats | None:
    """Bounds of rows times sample weights; not known where a weight is negative.

    Args:
        bounds: of the rows without weights; None: not known.
        factors: (rows,), or (rows, classes) where each element has one.
        values: what is weighted, of the same shape, times the factors.

    """
    if bounds is None or (factors.size and not factors.min() >= 0):
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        if factors.ndim == 2:  # a row's bound is the sum of its elements' bounds
            sizes = tile_sums(np.abs(values)) * (sum_error(factors.shape[1]) + U64)
            factors = factors.max(axis=1, initial=0)
        else:
            sizes = U64 * np.abs(values)
        return np.where(factors == 0, 0.0, (bounds * factors + sizes) * SLACK)


def softplus_error(*, single: bool) -> float:
    """Relative error of max(x, 0) + log1p(exp(-|x|)), and of its product with a target.

    exp in float32, log1p in float32, their sum; in float64 the same, and four more roundings.
    """
    if not single:
        return 2 * MATH64 + 6 * U64
    return EXP_NUMPY + LOG1P_NUMPY + U32 + 6 * U64
