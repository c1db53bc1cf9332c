"""Bounds of the focal losses and PolyLoss."""

from __future__ import annotations

from typing import Any

import numpy as np

from xent_cli.losses.base import Block, Options, RowLosses
from xent_cli.losses.bounds.log_space import class_error
from xent_cli.losses.bounds.primitives import (
    MATH64,
    U64,
    Bounds,
    Floats,
    column,
    is_single,
    mean_bounds,
    softplus_error,
    summed_bounds,
)
from xent_cli.losses.bounds.sigmoid import element_bounds
from xent_cli.losses.bounds.softmax import cross_entropy
from xent_cli.losses.focal import focal_elements, focal_parts, focal_terms, poly_terms
from xent_cli.losses.log_space import masked
from xent_cli.losses.softmax import dense_targets, softmax_rows


def softmax_focal(block: Block, options: Options, rows: RowLosses) -> Floats:
    """Of `softmax_focal_rows`: a gap of l is rounded by u l, its term by (1 + gamma) u at most."""
    terms = block.by.once(focal_terms, block, options)
    targets, _ = block.by.once(dense_targets, block, options)
    alpha = 1.0 if options["alpha"] is None else np.abs(options["alpha"])
    error = focal_error(column(class_error(block, options)), options["gamma"])
    with np.errstate(invalid="ignore", over="ignore"):
        bounds = error * np.abs(targets) * alpha
        rounding = (2 + options["gamma"]) * (MATH64 + 3 * U64)
        bounds = np.where(terms == 0, bounds, bounds + rounding * np.abs(terms))
    return summed_bounds(bounds, terms)


def poly(block: Block, options: Options, rows: RowLosses) -> Bounds:
    """Of `poly_rows`.

    1 - exp(-l) moves by no more than l does; rounding l by u l moves it by u / e.
    """
    plain = block.by.once(softmax_rows, block, options)
    terms = block.by.once(poly_terms, block, options)
    targets, _ = block.by.once(dense_targets, block, options)
    error = column(class_error(block, options)) + MATH64 + 4 * U64
    with np.errstate(invalid="ignore", over="ignore"):
        each = np.abs(masked(targets, options)) * error
        missed = np.abs(options["epsilon"]) * summed_bounds(each, terms)
        bounds: Bounds = cross_entropy(block, options, plain) + missed
        return bounds + 2 * U64 * np.abs(plain.values)


def sigmoid_focal(block: Block, options: Options, rows: RowLosses) -> Floats | None:
    """Of the sums of `focal_elements`; None for targets outside [0, 1]."""
    bounds = _element_bounds(block, options)
    values = block.by.once(focal_elements, block, options).values
    return None if bounds is None else summed_bounds(bounds, values)


def mean_sigmoid_focal(block: Block, options: Options, rows: RowLosses) -> Floats | None:
    """Of `mean_focal_rows`; None for targets outside [0, 1]."""
    bounds = _element_bounds(block, options)
    values = block.by.once(focal_elements, block, options).values
    return None if bounds is None else mean_bounds(bounds, values, rows.values)


def _element_bounds(block: Block, options: Options) -> Floats | None:
    plain_bounds = element_bounds(block, options)
    if plain_bounds is None:
        return None
    parts, relative = block.by.once(focal_parts, block, options), 0.0
    if options["input"] == "logits":
        relative = softplus_error(single=is_single(block.logits, double=block.double))
    with np.errstate(invalid="ignore"):
        # p = exp(-below) is off by relative * below of itself, q likewise
        t, missed, values = parts.t, parts.missed, parts.plain
        below, above = np.nan_to_num(parts.p * parts.below), np.nan_to_num(parts.q * parts.above)
        off = relative * ((1 - t) * below + t * above)
        off += 4 * U64 if options["label_smoothing"] else 0.0
        off = np.divide(off, missed, out=np.zeros_like(values), where=missed > 0)
        rounding = (1 + options["gamma"]) * (MATH64 + 8 * U64)
        moved = options["gamma"] * off + rounding
        bounds: Floats = np.abs(parts.factor) * (plain_bounds + moved * np.abs(values))
    return bounds


def focal_error(error: Any, gamma: float) -> Any:
    """Error of (1 - exp(-l))^gamma l where l is off by `error`.

    The derivative is m^gamma (1 + gamma l / (e^l - 1)), m = 1 - exp(-l): at most 1 + gamma.
    """
    return (1 + gamma) * error
