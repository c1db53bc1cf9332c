"""Negative log-likelihoods of counts and of measurements."""

from __future__ import annotations

import math

import numpy as np

from xent_cli.dtypes import as_float, number_text
from xent_cli.errors import DataError
from xent_cli.losses.base import (
    Block,
    ElementLosses,
    Flags,
    Floats,
    Labels,
    Loss,
    Param,
    RowLosses,
)
from xent_cli.losses.stable import exponentials, log_probabilities
from xent_cli.records import record, replace

FULL = Param("full", "boolean", False, "add the terms that do not depend on the prediction")
LOG_INPUT = Param("log_input", "boolean", True, "the first file holds the logarithm of the rate")
POISSON_EPS = Param("eps", "number", 1e-8, "added to the rate before its logarithm")
VAR = Param(
    "var",
    "elements",
    None,
    "the variances: an array over the predictions, or one number a row",
    required=True,
    by_row=True,
)
GAUSSIAN_EPS = Param("eps", "number", 1e-6, "the least variance; smaller ones are raised to it")


@record
class PoissonOptions:
    """What the Poisson likelihood is calculated by.

    Attributes:
        log_input: the first operand holds the logarithms of rates.
        full: t log t - t + log(2 pi t) / 2 is added where t > 1.
        eps: added to a rate before its logarithm.
        stirling_below: with `full`, it is added where t < 0, too: tf.nn leaves out 0 to 1 alone, so
            there it is NaN.
    """

    log_input: bool = True
    full: bool = False
    eps: float = 1e-8
    stirling_below: bool = False


@record
class GaussianOptions:
    """What the Gaussian likelihood is calculated by.

    Attributes:
        var: the variances, broadcast to (rows, classes).
        full: log(2 pi) / 2 is added.
        eps: the least variance; smaller ones are raised to it.
    """

    var: Floats | float = 1.0
    full: bool = False
    eps: float = 1e-6


def poisson_elements(block: Block, options: PoissonOptions) -> ElementLosses:
    """exp(x) - t x of each element, or x - t log(x + eps).

    Args:
        block: log-rates or rates, and counts, of one shape.
        options: see `PoissonOptions`.

    """
    terms = block.by.once(poisson_terms, block, options)
    with np.errstate(invalid="ignore", over="ignore"):
        values = terms.rate + terms.log_rate
        if terms.stirling is not None:
            first, last, left_out = terms.stirling
            values = values + np.where(left_out, 0.0, first - terms.t + last)
    return ElementLosses(values)


@record
class PoissonTerms:
    """What the Poisson losses of elements are made of, (rows, classes) each.

    Attributes:
        t: the counts.
        rate: the rate.
        log_rate: -t times its logarithm.
        stirling: t log t and log(2 pi t) / 2 of the approximation of log t! that the frameworks
            add, t log t - t + log(2 pi t) / 2, and where it is left out; None: everywhere.
    """

    t: Floats
    rate: Floats
    log_rate: Floats
    stirling: tuple[Floats, Floats, Flags] | None = None


def poisson_terms(block: Block, options: PoissonOptions) -> PoissonTerms:
    """The terms of `poisson_elements`."""
    x = as_float(block.logits).astype(np.float64)
    t = as_float(block.labels).astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        if options.log_input:
            terms = PoissonTerms(t, exponentials(x), -t * x)
        else:
            terms = PoissonTerms(t, x, -t * log_probabilities(x + options.eps))
        if not options.full:
            return terms
        first, last = t * log_probabilities(t), 0.5 * log_probabilities(2 * math.pi * t)
        left_out = (t <= 1) & (t >= 0) if options.stirling_below else t <= 1
    return replace(terms, stirling=(first, last, left_out))


def mean_poisson_rows(block: Block, options: PoissonOptions) -> RowLosses:
    """The mean of `poisson_elements` over each row; a row adds 1 to the denominator."""
    return block.by.once(poisson_elements, block, options).averaged()


def poisson_gradient(block: Block, options: PoissonOptions) -> Floats:
    """The derivative of each element of `poisson_elements`: exp(x) - t, or 1 - t / (x + eps).

    `block` and `options` are those of `poisson_elements`.

    """
    x = as_float(block.logits).astype(np.float64)
    t = as_float(block.labels).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return exponentials(x) - t if options.log_input else 1 - t / (x + options.eps)


def mean_poisson_gradient(block: Block, options: PoissonOptions) -> Floats:
    """The derivatives of `mean_poisson_rows`: those of the elements by the number of classes."""
    return poisson_gradient(block, options) / np.float64(block.logits.shape[1])


def gaussian_gradient(block: Block, options: GaussianOptions) -> Floats:
    """The derivative of each element of `gaussian_elements` by its mean: (x - t) / v.

    `block` and `options` are those of `gaussian_elements`.

    """
    gap = as_float(block.logits).astype(np.float64) - as_float(block.labels)
    slopes: Floats = gap / np.maximum(options.var, options.eps)
    return slopes


def gaussian_elements(block: Block, options: GaussianOptions) -> ElementLosses:
    """(log v + (x - t)^2 / v) / 2 of each element, v = max(var, eps).

    Args:
        block: means and measurements of one shape.
        options: see `GaussianOptions`.

    Raises:
        DataError: a variance below 0.

    """
    var: Floats = np.broadcast_to(options.var, block.logits.shape)
    if (var < 0).any():
        row, column = (int(i) for i in np.argwhere(var < 0)[0])
        raise DataError(
            f"var: {block.place.row(row)} has a variance of {number_text(var[row, column])}, "
            "expected 0 or more",
            "it takes variances, not standard deviations or their logarithms",
        )
    logs, squares = block.by.once(gaussian_terms, block, options)
    with np.errstate(over="ignore", invalid="ignore"):
        values = 0.5 * (logs + squares)
    if options.full:
        values = values + 0.5 * log_probabilities(np.array(2 * math.pi))
    return ElementLosses(values, {"raised": int(np.count_nonzero(var < options.eps))})


def gaussian_terms(block: Block, options: GaussianOptions) -> tuple[Floats, Floats]:
    """log v and (x - t)^2 / v of each element."""
    v = np.maximum(np.broadcast_to(options.var, block.logits.shape), options.eps)
    gap = as_float(block.logits).astype(np.float64) - as_float(block.labels)
    with np.errstate(over="ignore", invalid="ignore"):
        return log_probabilities(v), gap * gap / v


POISSON_NLL = Loss(
    name="poisson-nll",
    summary="negative log-likelihood of counts under a Poisson distribution",
    formula="exp(x) - t x; of rates x - t log(x + eps); mean over elements",
    reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.PoissonNLLLoss.html",
    labels=Labels.ELEMENTS,
    elements=poisson_elements,
    gradient=poisson_gradient,
    bounds="likelihood.poisson",
    params=(LOG_INPUT, FULL, POISSON_EPS),
    options=PoissonOptions(),
    differs="log t! is left out unless full, so it may be negative",
    takes="log-rates",
)

GAUSSIAN_NLL = Loss(
    name="gaussian-nll",
    summary="negative log-likelihood of measurements under a normal distribution",
    formula="(log v + (x - t)^2 / v) / 2, v = max(var, eps), mean over elements",
    reference="Nix, Weigend: Estimating the Mean and Variance of the Target Distribution (1994)",
    labels=Labels.ELEMENTS,
    elements=gaussian_elements,
    gradient=gaussian_gradient,
    bounds="likelihood.gaussian",
    params=(VAR, FULL, GAUSSIAN_EPS),
    options=GaussianOptions(),
    differs="log(2 pi) / 2 is left out unless full",
    takes="means",
)
