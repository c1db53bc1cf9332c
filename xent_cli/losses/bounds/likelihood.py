"""Bounds of the likelihoods: of sums relative to the sizes of their terms."""

from __future__ import annotations

import numpy as np

from xent_cli.losses.base import Block, Options, RowLosses
from xent_cli.losses.bounds.primitives import MATH64, U64, Floats, mean_bounds, summed_bounds
from xent_cli.losses.likelihood import (
    gaussian_elements,
    gaussian_terms,
    poisson_elements,
    poisson_terms,
)


def poisson(block: Block, options: Options, rows: RowLosses) -> Floats:
    """Of the sums of `poisson_elements`."""
    values = block.by.once(poisson_elements, block, options).values
    return summed_bounds(_poisson_elements(block, options), values)


def mean_poisson(block: Block, options: Options, rows: RowLosses) -> Floats:
    """Of `mean_poisson_rows`."""
    values = block.by.once(poisson_elements, block, options).values
    return mean_bounds(_poisson_elements(block, options), values, rows.values)


def _poisson_elements(block: Block, options: Options) -> Floats:
    terms = block.by.once(poisson_terms, block, options)
    with np.errstate(invalid="ignore", over="ignore"):
        sizes = np.abs(terms.rate) + np.abs(terms.log_rate)
        if not options["log_input"]:  # x + eps is rounded
            sizes = sizes + np.abs(terms.t)
        if terms.stirling is not None:
            first, last, left_out = terms.stirling
            more = np.abs(first) + np.abs(terms.t) + np.abs(last) + 1
            sizes = sizes + np.where(left_out, 0.0, more)
        bounds: Floats = (MATH64 + 6 * U64) * sizes
    return bounds


def gaussian(block: Block, options: Options, rows: RowLosses) -> Floats:
    """Of the sums of `gaussian_elements`."""
    logs, squares = block.by.once(gaussian_terms, block, options)
    with np.errstate(invalid="ignore", over="ignore"):
        bounds = (MATH64 + 8 * U64) * (np.abs(logs) + squares + 2)
    return summed_bounds(bounds, block.by.once(gaussian_elements, block, options).values)
