"""Divergences between two distributions over the classes, and the entropy of one."""

from __future__ import annotations

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.losses.base import (
    Block,
    ElementLosses,
    Floats,
    Labels,
    Loss,
    Options,
    Param,
    RowLosses,
)
from xent_cli.losses.bounds import MATH64, U64, column, entropy_bounds, summed_bounds
from xent_cli.losses.checks import check_unit_interval
from xent_cli.losses.log_space import (
    by_operand,
    by_probabilities,
    class_losses,
    log_space,
    log_space_error,
    masked,
    probabilities,
    working_dtype,
)
from xent_cli.losses.softmax import DEFAULTS, INPUT
from xent_cli.losses.stable import (
    cross_mass,
    exponentials,
    log_probabilities,
    relative_entropy_slopes,
    relative_entropy_terms,
    tile_sums,
)
from xent_cli.records import replace

LOG_TARGET = Param(
    "log_target", "boolean", False, "the second file holds log-probabilities instead"
)


def kl_elements(block: Block, options: Options) -> ElementLosses:
    """t (log t - log q) of each element; exp(t) (t - log q) where the targets are in logs.

    Args:
        block: log q (rows, classes), or what `input` says; targets of the same shape.
        options: input, softcap, log_target, generalized (adds q - t, which sums to 0 over
            distributions).

    A target of 0 adds nothing, even where log q is -inf, unless the rules have NaN there.

    """
    losses, error = class_losses(block, options)
    targets = _clipped(block, as_float(block.labels).astype(np.float64))
    with np.errstate(invalid="ignore", over="ignore"):
        if options["log_target"]:
            mass, log_mass = exponentials(targets), targets
        else:
            mass = targets
            log_mass = np.where(mass == 0, 0.0, log_probabilities(mass))
        values = mass * (log_mass + losses)
        sizes = np.abs(log_mass) + np.abs(losses)
        bounds = np.abs(mass) * (column(error) + (2 * MATH64 + 3 * U64) * sizes)
    idle = mass == 0
    if not block.rules.nan_products:
        values = np.where(idle, 0.0, values)
    bounds = np.where(idle, 0.0, bounds)
    if options["generalized"]:
        q = exponentials(-losses)
        values = values + (q - mass)
        bounds = bounds + (column(error) + MATH64 + 4 * U64) * (q + np.abs(mass) + np.abs(values))
    return ElementLosses(values, bounds=bounds)


def _clipped(block: Block, targets: Floats) -> Floats:
    """The targets in the range that the rules force probabilities into (Keras clips both)."""
    if block.rules.clip is None:
        return targets
    return np.clip(targets, *block.rules.clip.bounds(working_dtype(block)))


def kl_rows(block: Block, options: Options) -> RowLosses:
    """The divergence of each row: the sum of `kl_elements`; a row adds 1 to the denominator."""
    found = kl_elements(block, options)
    assert found.bounds is not None
    values = masked(found.values, options)
    return RowLosses(tile_sums(values), bounds=summed_bounds(found.bounds, values))


def js_rows(block: Block, options: Options) -> RowLosses:
    """(KL(p | m) + KL(q | m)) / 2 with m = (p + q) / 2, of two rows of probabilities.

    Args:
        block: probabilities and targets of one shape, in [0, 1].
        options: none.

    """
    check_unit_interval(block.labels, block.place.labels, block, "a target")
    p = as_float(block.labels).astype(np.float64)
    q = probabilities(block).astype(np.float64)
    terms = relative_entropy_terms(p, q) / 2
    bounds = (8 * MATH64 + 16 * U64) * np.maximum(np.abs(terms), np.minimum(p, q))
    return RowLosses(tile_sums(terms), bounds=summed_bounds(bounds, terms))


def entropy_rows(block: Block, options: Options) -> RowLosses:
    """-sum_c p[c] log p[c] of each row, 0 log 0 = 0.

    Args:
        block: logits (rows, classes), or what `input` says.
        options: input, softcap.

    """
    x, lse = log_space(block, options)
    with np.errstate(invalid="ignore"):
        mass = exponentials(np.subtract(as_float(x), lse[:, None], dtype=np.float64))
    values = cross_mass(x, lse, mass)
    error = log_space_error(block, options, x, lse)
    of_logits = options["input"] == "logits"
    bounds = entropy_bounds(error, values, x.shape[1]) if of_logits else None
    return RowLosses(values, bounds=bounds)


def kl_gradient(block: Block, options: Options) -> Floats:
    """The derivatives of `kl_rows` (and of each of `kl_elements`): by -log q[c].

    That is t[c], and t[c] - q[c] of the generalized divergence.

    `block` and `options` are those of `kl_elements`.

    """
    targets = _clipped(block, as_float(block.labels).astype(np.float64))
    mass = exponentials(targets) if options["log_target"] else targets
    if options["generalized"]:
        mass = mass - exponentials(-class_losses(block, options)[0])
    return by_operand(np.asarray(masked(mass, options)), block, options)


def js_gradient(block: Block, options: Options) -> Floats:
    """The derivatives of `js_rows` by its first operand q: log(q / m) / 2, m = (p + q) / 2.

    `block` and `options` are those of `js_rows`.

    """
    check_unit_interval(block.labels, block.place.labels, block, "a target")
    p = as_float(block.labels).astype(np.float64)
    q = probabilities(block).astype(np.float64)
    return by_probabilities(relative_entropy_slopes(p, q) / 2, block)


def entropy_gradient(block: Block, options: Options) -> Floats:
    """The derivatives of `entropy_rows`: by L[c] = -log p[c] it is p (1 - L).

    `block` and `options` are those of `entropy_rows`.

    """
    losses, _ = class_losses(block, options)
    if options["input"] == "probs":
        return losses - 1
    with np.errstate(invalid="ignore"):
        p = exponentials(-losses)
        slopes = np.where(p == 0, 0.0, p * (1 - losses))
    return by_operand(slopes, block, options)


KL_DIV = Loss(
    name="kl-div",
    summary="Kullback-Leibler divergence of targets from log-probabilities",
    formula="sum_c t[c] (log t[c] - log q[c])",
    reference="Kullback, Leibler: On Information and Sufficiency (1951)",
    labels=Labels.DENSE,
    rows=kl_rows,
    gradient=kl_gradient,
    params=(
        replace(INPUT, default="log-probs", choices=("log-probs", "logits", "probs")),
        LOG_TARGET,
    ),
    fixed={**DEFAULTS, "generalized": False},
    differs="the mean is over rows (torch.nn.KLDivLoss calls that batchmean)",
    takes="log-probs",
)

JS_DIV = Loss(
    name="js-div",
    summary="Jensen-Shannon divergence of two rows of probabilities",
    formula="(KL(p | m) + KL(q | m)) / 2, m = (p + q) / 2",
    reference="Lin: Divergence Measures Based on the Shannon Entropy (1991)",
    labels=Labels.DENSE,
    rows=js_rows,
    gradient=js_gradient,
    differs="symmetric, and never above log 2",
    takes="probs",
)

ENTROPY = Loss(
    name="entropy",
    summary="entropy of the predicted distribution; takes no labels",
    formula="-sum_c p[c] log p[c], p = softmax(x)",
    reference="Shannon: A Mathematical Theory of Communication (1948)",
    labels=Labels.NONE,
    rows=entropy_rows,
    gradient=entropy_gradient,
    params=(INPUT,),
    fixed=DEFAULTS,
    differs="what softmax-ce gives where the targets are the predictions themselves",
)
