"""Bounds of the sigmoid family."""

from __future__ import annotations

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.losses.base import Array, Block, NoOptions, RowLosses
from xent_cli.losses.bounds.primitives import (
    EXP_FLOOR,
    MATH64,
    SLACK,
    U32,
    U64,
    Floats,
    exp_error,
    is_single,
    mean_bounds,
    softplus_error,
    sum_error,
    summed_bounds,
)
from xent_cli.losses.sigmoid import (
    SigmoidOptions,
    bce_elements,
    is_lean,
    soft_margin_elements,
    sums_in_double,
    unweighted_elements,
)


def bce(block: Block, options: SigmoidOptions, rows: RowLosses) -> Floats | None:
    """Of `bce_rows`, and of the sums of `bce_elements`; None for targets outside [0, 1]."""
    if not is_lean(options, dense=True):
        bounds = element_bounds(block, options)
        values = block.by.once(bce_elements, block, options).values
        return None if bounds is None else summed_bounds(bounds, values)
    if not _in_unit(block):
        return None
    single = is_single(block.logits, double=sums_in_double(block))
    return bce_sum_bounds(rows.values, block.logits.shape[1], single=single)


def mean_bce(block: Block, options: SigmoidOptions, rows: RowLosses) -> Floats | None:
    """Of `mean_bce_rows`; None for targets outside [0, 1]."""
    bounds = element_bounds(block, options)
    values = block.by.once(bce_elements, block, options).values
    return None if bounds is None else mean_bounds(bounds, values, rows.values)


def soft_margin(block: Block, options: NoOptions, rows: RowLosses) -> Floats:
    """Of the sums of `soft_margin_elements`.

    -y x is rounded once, which moves the logarithm by u z / (1 + e^z) < 0.3 u.
    """
    values = block.by.once(soft_margin_elements, block, options).values
    with np.errstate(invalid="ignore"):
        bounds = (softplus_error(single=False) + 2 * U64) * values + U64
    return summed_bounds(bounds, values)


def element_bounds(block: Block, options: SigmoidOptions) -> Floats | None:
    """Of `bce_elements`, (rows, classes); None for targets outside [0, 1]."""
    pos_weight = 1.0 if options.pos_weight is None else options.pos_weight
    if not _in_unit(block) or np.min(pos_weight, initial=0.0) < 0:
        return None
    if options.input == "probs":
        relative, floor = 2 * MATH64 + 4 * U64, 0.0
        largest = np.minimum(745.0, -options.floor)  # no float64 above 0 has a lower logarithm
    else:
        single = is_single(block.logits, double=block.double)
        relative, floor = softplus_error(single=single), EXP_FLOOR if single else 0.0
        largest = np.abs(as_float(block.logits).astype(np.float64)) + 1
    if options.label_smoothing:  # a smoothed target is rounded, and 1 - t is off by as much
        floor = floor + 4 * U64 * largest
    values = block.by.once(unweighted_elements, block, options).values
    with np.errstate(invalid="ignore", over="ignore"):
        bounds: Floats = relative * np.abs(values) + floor * np.maximum(1.0, pos_weight)
        return bounds if options.weight is None else bounds * np.abs(options.weight)


def _in_unit(block: Block) -> bool:
    return block.rules.targets.unit or in_unit(block.labels)  # the former were checked


def in_unit(targets: Array) -> bool:
    """Whether all targets lie in [0, 1]: then no term is negative, and nothing cancels.

    >>> in_unit(np.array([0.5, 1.5]))
    False

    """
    t = as_float(targets)
    return not t.size or bool(t.min() >= 0 and t.max() <= 1)


def bce_sum_bounds(values: Floats, classes: int, *, single: bool) -> Floats:
    """Bounds of `binary_cross_entropy_sums` with targets in [0, 1]: every term is positive.

    (1 - t) max(x, 0) + t max(-x, 0): two roundings, then the sum. log prod (1 + exp(-|x|)):
    d log(1 + e) <= log(1 + e) d e / e; p + e (1 + p) rounds twice, of numbers that are no larger
    than the next p, at most 512 times in a lane, and the lanes are joined in four steps of three
    roundings (NumPy's in seven). An exp that is kept above 1e-38 shows by as much in sums that are
    above 1e-25; the others are done again, in float64.
    """
    unit = U32 if single else U64
    relative = max(2 * unit + sum_error(classes, single=single), exp_error(single=single))
    steps = 2 * min(512, -(-classes // 16)) + 21
    floor = classes * EXP_FLOOR / 1e-25 if single else 0.0
    return (relative + MATH64 + (4 + steps) * U64 + floor) * SLACK * np.abs(values)
