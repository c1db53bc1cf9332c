"""Logits, log-probabilities and probabilities as minus-log-probabilities, and the way back.

Every loss over classes is a function of the minus-log-probabilities L[c] = lse - x[c]; its
derivatives by L become those by the operand here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from xent_cli.dtypes import as_float, is_bfloat16
from xent_cli.losses.base import Array, Block, Flags, Floats
from xent_cli.losses.byproducts import find_tops
from xent_cli.losses.checks import check_unit_interval
from xent_cli.losses.rules import Clip
from xent_cli.losses.stable import (
    Indices,
    exponentials,
    gaps_below,
    log_probabilities,
    logsumexp,
    picked_gaps,
    softcap_slopes,
    softcapped,
    tile_sums,
)
from xent_cli.records import record


@record
class ClassOptions:
    """How a loss over classes takes its first operand.

    Attributes:
        input: what it holds: `logits`, `log-probs` or `probs`.
        softcap: logits become softcap * tanh(x / softcap) first; None: they do not.
        where: (rows, classes), 0 where a class takes no part; None: all do.
        z_loss: z_loss * lse^2 comes to the loss of every row of logits.
    """

    input: str = "logits"
    softcap: float | None = None
    where: Array | None = None
    z_loss: float = 0.0


def log_space(block: Block, options: ClassOptions) -> tuple[Array, Floats]:
    """X and lse such that lse - x[c] is minus the log-probability of class c.

    Args:
        block: logits (rows, classes), or what `input` says.
        options: input, softcap.

    Returns:
        (rows, classes), any dtype; (rows,) float64.

    """
    x, takes = block.logits, options.input
    if takes == "logits":
        if options.softcap is not None:
            x = softcapped(x, options.softcap)
        part = None if options.where is None else options.where != 0
        if part is not None:
            x = np.where(part, as_float(x), -np.inf)
        lse = logsumexp(x, double=block.double, by=block.by)
        if part is not None:  # what takes no part must not meet 0 * inf
            x, lse = np.where(part, x, 0), np.where(part.any(axis=1), lse, 0.0)
        return x, np.where(lse == np.inf, np.nan, lse) if block.rules.infinity.nan_rows else lse
    if takes == "probs":
        p = probabilities(block)
        x = log_probabilities(p)
    if block.by.missing():
        find_tops(x, block.by)
    if takes == "probs" and block.rules.probabilities.renormalise == "after":
        return x, log_probabilities(tile_sums(p))
    return x, np.zeros(len(x))


@record
class Picked:
    """Rows of which one class each is picked.

    Attributes:
        x, lse: as of `log_space`.
        gaps: lse - x[label], (rows,) float64, at least 0 where x are logits.
        largest: the greatest size of an lse or a gap, NaN aside; None: not known.
    """

    x: Array
    lse: Floats
    gaps: Floats
    largest: float | None = None


def picked_log_space(block: Block, options: ClassOptions, labels: Indices) -> Picked:
    """`log_space`, and the label's class of each row.

    Args:
        block: as for `log_space`.
        options: the same.
        labels: (rows,) int64, each a class; of a table without classes they do not matter.

    """
    x = block.logits
    if x.shape[1] == 0:
        return Picked(*log_space(block, options), np.zeros(len(x)))
    if options.input == "logits" and options.softcap is None and options.where is None:
        lse, gaps, largest = picked_gaps(x, labels, double=block.double, by=block.by)
        if block.rules.infinity.nan_rows:
            lse[lse == np.inf] = np.nan
            gaps[np.isnan(lse)] = np.nan
        return Picked(x, lse, gaps, largest)
    used, lse = log_space(block, options)
    if "hit" in block.by.wants:
        find_tops(x, block.by, labels)
    gaps = gaps_below(lse, used if options.where is None else x, labels)
    if options.input == "logits" and options.where is None:
        np.maximum(gaps, 0.0, out=gaps)
    return Picked(used, lse, gaps)


def masked(mass: Array, options: ClassOptions) -> Array:
    """`mass` where the class takes part, 0 elsewhere."""
    if options.where is None:
        return mass
    return np.where(options.where != 0, as_float(mass).astype(np.float64), 0.0)


def probabilities(block: Block) -> Array:
    """The block's probabilities, divided by their sum and clipped if the loss's rules say so.

    Raises:
        DataError: one outside [0, 1], where the rules do not allow it.

    """
    p, _ = _whole_probabilities(block)
    clip = block.rules.probabilities.clip
    if clip is not None:
        p = np.clip(p.astype(np.float64), *clip.bounds(working_dtype(block)))
    return p


def _whole_probabilities(block: Block) -> tuple[Array, Floats | None]:
    """The probabilities before they are clipped, and the sums they were divided by, if any."""
    inputs, rules = block.logits, block.rules.probabilities
    if rules.unit:
        check_unit_interval(inputs, block.place.logits, block, "a probability")
    p = as_float(inputs)
    if rules.renormalise != "before":
        return p, None
    wide = p.astype(np.float64)
    sums = tile_sums(wide)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return wide / sums, sums


def working_dtype(block: Block) -> np.dtype[Any]:
    """The dtype in which a framework that keeps its input's precision would work."""
    dtype = block.logits.dtype
    if block.double or dtype.kind in "iu":
        return np.dtype(np.float64)
    return np.dtype(np.float32) if is_bfloat16(dtype) else dtype


def class_losses(block: Block, options: ClassOptions) -> Floats:
    """Minus the log-probability of every class, (rows, classes) float64.

    Args:
        block: logits (rows, classes), or what `input` says.
        options: input, softcap.

    """
    x, lse = block.by.once(log_space, block, options)
    with np.errstate(invalid="ignore"):
        losses: Floats = np.subtract(lse[:, None], as_float(x), dtype=np.float64)
    return losses


def by_operand(
    slopes: Floats, block: Block, options: ClassOptions, by_lse: Floats | Flags | float = 0.0
) -> Floats:
    """Derivatives by the minus-log-probabilities as derivatives by what the file holds.

    With u[c] the derivative by L[c] = lse - x[c]: by logits p[c] sum(u) - u[c], p = softmax(x); by
    log-probabilities -u[c]; by probabilities -u[c] / p[c], through the clipping and the division
    by the sum that the rules may ask for.

    Args:
        slopes: u, (rows, classes); 0 stays 0 even where p is 0.
        block: as for `log_space`.
        options: as for `log_space`, and z_loss.
        by_lse: (rows,) derivatives by lse alone, z_loss aside.

    """
    if options.input == "log-probs":
        return np.subtract(0.0, slopes)
    if options.input == "probs":
        with np.errstate(divide="ignore", invalid="ignore"):
            p = probabilities(block)
            quotients = np.where(slopes == 0, 0.0, -slopes / p)
            if block.rules.probabilities.renormalise == "after":
                quotients += (tile_sums(np.ascontiguousarray(slopes)) / tile_sums(p))[:, None]
        return by_probabilities(quotients, block)
    result = scaled_softmax(block, options, tile_sums(np.ascontiguousarray(slopes)) + by_lse)
    with np.errstate(invalid="ignore"):
        result -= slopes
        if options.softcap is not None:
            result *= softcap_slopes(block.logits, options.softcap)
    return result


def scaled_softmax(block: Block, options: ClassOptions, totals: Floats) -> Floats:
    """totals p[c], p = softmax(x): the derivative by the logits of what grows with lse alone.

    Args:
        block: logits (rows, classes).
        options: as for `log_space`, and z_loss, whose derivative is added.
        totals: (rows,).

    """
    x, lse = log_space(block, options)
    if options.z_loss:
        totals = totals + 2 * options.z_loss * lse
    with np.errstate(invalid="ignore", over="ignore"):
        gaps: Floats = np.subtract(as_float(x), lse[:, None], dtype=np.float64)
        p = exponentials(gaps, out=gaps)
        if options.where is not None:
            p[options.where == 0] = 0
        if not (totals == 1).all():
            p *= totals[:, None]
    return p


def by_probabilities(slopes: Floats, block: Block) -> Floats:
    """Derivatives by the probabilities as used, as derivatives by those in the file."""
    (p, sums), clip = _whole_probabilities(block), block.rules.probabilities.clip
    with np.errstate(divide="ignore", invalid="ignore"):
        if clip is not None:
            slopes = slopes * within(p, clip, working_dtype(block))
        if sums is None:
            return slopes
        return (slopes - tile_sums(slopes * p)[:, None]) / sums


def within(values: Array, clip: Clip, dtype: np.dtype[Any]) -> Floats:
    """The derivative of clipping: 1 inside the limits, 0 outside, `clip.slope` at a limit.

    >>> within(np.array([0.0, 0.25, 0.5, 1.0]), Clip(0.25, 1.0, slope=0.5), np.dtype("f8")).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    low, high = clip.bounds(dtype)
    inside = (values > low) & (values < high)
    at_limit = (values == low) | (values == high)
    return np.where(inside, 1.0, np.where(at_limit, clip.slope, 0.0))
