"""Bounds of the softmax family."""

from __future__ import annotations

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.losses.base import Array, Block, RowLosses
from xent_cli.losses.bounds.log_space import class_error, log_space_error
from xent_cli.losses.bounds.primitives import (
    SLACK,
    U64,
    Bounds,
    Floats,
    is_single,
    plus_rounding,
    sum_error,
)
from xent_cli.losses.log_space import log_space
from xent_cli.losses.softmax import (
    SoftmaxOptions,
    dense_losses,
    dense_mass,
    picked_rows,
    spread_losses,
)
from xent_cli.losses.stable import tile_sums


def cross_entropy(block: Block, options: SoftmaxOptions, rows: RowLosses) -> Bounds:
    """Of `softmax_rows`."""
    return (_dense if block.labels.ndim == 2 else _index)(block, options)


def _index(block: Block, options: SoftmaxOptions) -> Bounds:
    labels, picked = block.by.once(picked_rows, block, options)
    x, lse = picked.x, picked.lse
    error = log_space_error(block, options, x, lse, picked.largest)
    with np.errstate(invalid="ignore", over="ignore"):
        single = is_single(x, double=block.double)
        bounds = picked_bounds(error, picked.gaps, single=single, largest=picked.largest)
        if options.weight is not None:
            bounds = bounds * np.abs(options.weight[labels.weighed])
        if options.label_smoothing > 0:
            mass, rest = block.by.once(spread_losses, block, options, picked)
            bounds = (1 - options.label_smoothing) * bounds
            bounds = bounds + cross_mass_bounds(x, lse, error, mass, rest)
        if options.z_loss:
            bounds = bounds + options.z_loss * square_bounds(lse, error)
    return np.where(labels.absent, 0.0, bounds) if labels.counts else bounds


def _dense(block: Block, options: SoftmaxOptions) -> Bounds:
    x, lse = block.by.once(log_space, block, options)
    mass = block.by.once(dense_mass, block, options)
    error = class_error(block, options)
    values = block.by.once(dense_losses, block, options)
    bounds: Floats = cross_mass_bounds(x, lse, error, mass, values)
    if options.z_loss:
        bounds = bounds + options.z_loss * square_bounds(lse, error)
    return bounds


def picked_bounds(error: Bounds, values: Floats, *, single: bool, largest: float | None) -> Bounds:
    """Bounds of lse - x[y], of which `error` is that of lse: three more roundings at most."""
    with np.errstate(invalid="ignore"):
        return error + plus_rounding(0.0, values, single, largest)


def cross_mass_bounds(x: Array, lse: Floats, error: Bounds, mass: Array, values: Floats) -> Floats:
    """Bounds of `cross_mass`, which is calculated in float64.

    Args:
        x: its operand, (rows, classes).
        lse: its operand, (rows,).
        error: that of lse - x[c], apart from rounding in proportion to it.
        mass: its operand, (rows, classes) or (classes,).
        values: its result, which is also the sum of its terms' sizes where none is negative; the
            terms of other rows are added anew.

    """
    classes, sizes = x.shape[1], np.abs(values)
    rows = as_float(np.atleast_2d(mass))
    with np.errstate(invalid="ignore", over="ignore"):
        total = np.broadcast_to(tile_sums(rows), sizes.shape).copy()
        unusual = np.zeros(len(values), dtype=bool)
        if rows.size and not rows.min() >= 0:
            unusual |= (rows < 0).any(axis=1)
        if (lse == 0).any() and x.size:
            unusual |= (lse == 0) & (as_float(x) > 0).any(axis=1)
        if unusual.any():
            gaps = np.abs(np.subtract(lse[unusual, None], as_float(x[unusual]), dtype=np.float64))
            masses = np.abs(as_float(mass if mass.ndim == 1 else mass[unusual]).astype(np.float64))
            masses = np.ascontiguousarray(np.broadcast_to(masses, gaps.shape))
            gaps[masses == 0] = 0
            total[unusual], sizes[unusual] = tile_sums(masses), tile_sums(gaps, masses)
        bounds: Floats = (error * total + (sum_error(classes) + 8 * U64) * sizes) * SLACK
    return bounds


def square_bounds(lse: Floats, error: Bounds) -> Floats:
    """Bounds of lse^2 where lse is off by `error`: 2 |lse| error + error^2, and rounding."""
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.abs(lse)
        bounds: Floats = (2 * size + error) * error + 4 * U64 * size * size
    return bounds
