"""Bounds of divergences and of the entropy."""

from __future__ import annotations

import numpy as np

from xent_cli.losses.base import Block, Options, RowLosses
from xent_cli.losses.bounds.log_space import class_error
from xent_cli.losses.bounds.primitives import (
    MATH64,
    SLACK,
    U64,
    Bounds,
    Floats,
    column,
    sum_error,
    summed_bounds,
)
from xent_cli.losses.divergence import js_terms, kl_elements, target_masses
from xent_cli.losses.log_space import class_losses, masked
from xent_cli.losses.stable import exponentials


def kl(block: Block, options: Options, rows: RowLosses) -> Floats:
    """Of `kl_rows`, and of the sums of `kl_elements`."""
    losses = block.by.once(class_losses, block, options)
    mass, log_mass = block.by.once(target_masses, block, options)
    values = block.by.once(kl_elements, block, options).values
    error = column(class_error(block, options))
    with np.errstate(invalid="ignore", over="ignore"):
        sizes = np.abs(log_mass) + np.abs(losses)
        bounds = np.abs(mass) * (error + (2 * MATH64 + 3 * U64) * sizes)
        bounds = np.where(mass == 0, 0.0, bounds)
        if options["generalized"]:
            sizes = exponentials(-losses) + np.abs(mass) + np.abs(values)
            bounds = bounds + (error + MATH64 + 4 * U64) * sizes
    return summed_bounds(bounds, masked(values, options))


def js(block: Block, options: Options, rows: RowLosses) -> Floats:
    """Of `js_rows`."""
    p, q, terms = block.by.once(js_terms, block)
    bounds = (8 * MATH64 + 16 * U64) * np.maximum(np.abs(terms), np.minimum(p, q))
    return summed_bounds(bounds, terms)


def entropy(block: Block, options: Options, rows: RowLosses) -> Floats | None:
    """Of `entropy_rows` of logits."""
    if options["input"] != "logits":
        return None
    return entropy_bounds(class_error(block, options), rows.values, block.logits.shape[1])


def entropy_bounds(error: Bounds, values: Floats, classes: int) -> Floats:
    """Bounds of -sum p log p with p = exp(x - lse), in float64.

    An error d of lse moves it by d (1 + entropy) at most; exp(-g) with the gap g rounded adds
    u sum p g^2, and sum p log^2 p <= log^2 C for C >= 3 (below 0.57 for C = 2).
    """
    with np.errstate(invalid="ignore"):
        second = (0.7 * classes.bit_length()) ** 2 + 1  # log C < 0.7 (bits of C)
        rounding = (sum_error(classes) + MATH64 + 4 * U64) * np.abs(values) + 2 * U64 * second
        return ((1 + np.abs(values)) * error + rounding) * SLACK
