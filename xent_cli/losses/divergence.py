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
from xent_cli.losses.checks import check_unit_interval
from xent_cli.losses.log_space import (
    by_operand,
    by_probabilities,
    class_losses,
    log_space,
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
    losses = block.by.once(class_losses, block, options)
    mass, log_mass = block.by.once(target_masses, block, options)
    with np.errstate(invalid="ignore", over="ignore"):
        values = mass * (log_mass + losses)
    if not block.rules.nan_products:
        values = np.where(mass == 0, 0.0, values)
    if options["generalized"]:
        values = values + (exponentials(-losses) - mass)
    return ElementLosses(values)


def target_masses(block: Block, options: Options) -> tuple[Floats, Floats]:
    """The targets t and log t, (rows, classes) each; 0 for the logarithm of 0."""
    targets = _clipped(block, as_float(block.labels).astype(np.float64))
    if options["log_target"]:
        return exponentials(targets), targets
    return targets, np.where(targets == 0, 0.0, log_probabilities(targets))


def _clipped(block: Block, targets: Floats) -> Floats:
    """The targets in the range that the rules force probabilities into (Keras clips both)."""
    if block.rules.clip is None:
        return targets
    return np.clip(targets, *block.rules.clip.bounds(working_dtype(block)))


def kl_rows(block: Block, options: Options) -> RowLosses:
    """The divergence of each row: the sum of `kl_elements`; a row adds 1 to the denominator."""
    values = block.by.once(kl_elements, block, options).values
    return RowLosses(tile_sums(masked(values, options)))


def js_rows(block: Block, options: Options) -> RowLosses:
    """(KL(p | m) + KL(q | m)) / 2 with m = (p + q) / 2, of two rows of probabilities.

    Args:
        block: probabilities and targets of one shape, in [0, 1].
        options: none.

    """
    _, _, terms = block.by.once(js_terms, block)
    return RowLosses(tile_sums(terms))


def js_terms(block: Block) -> tuple[Floats, Floats, Floats]:
    """The targets, the probabilities, and what each class adds to `js_rows`."""
    check_unit_interval(block.labels, block.place.labels, block, "a target")
    p = as_float(block.labels).astype(np.float64)
    q = probabilities(block).astype(np.float64)
    return p, q, relative_entropy_terms(p, q) / 2


def entropy_rows(block: Block, options: Options) -> RowLosses:
    """-sum_c p[c] log p[c] of each row, 0 log 0 = 0.

    Args:
        block: logits (rows, classes), or what `input` says.
        options: input, softcap.

    """
    x, lse = block.by.once(log_space, block, options)
    with np.errstate(invalid="ignore"):
        mass = exponentials(np.subtract(as_float(x), lse[:, None], dtype=np.float64))
    return RowLosses(cross_mass(x, lse, mass))


def kl_gradient(block: Block, options: Options) -> Floats:
    """The derivatives of `kl_rows` (and of each of `kl_elements`): by -log q[c].

    That is t[c], and t[c] - q[c] of the generalized divergence.

    `block` and `options` are those of `kl_elements`.

    """
    targets = _clipped(block, as_float(block.labels).astype(np.float64))
    mass = exponentials(targets) if options["log_target"] else targets
    if options["generalized"]:
        mass = mass - exponentials(-class_losses(block, options))
    return by_operand(np.asarray(masked(mass, options)), block, options)


def js_gradient(block: Block, options: Options) -> Floats:
    """The derivatives of `js_rows` by its first operand q: log(q / m) / 2, m = (p + q) / 2.

    `block` and `options` are those of `js_rows`.

    """
    p, q, _ = js_terms(block)
    return by_probabilities(relative_entropy_slopes(p, q) / 2, block)


def entropy_gradient(block: Block, options: Options) -> Floats:
    """The derivatives of `entropy_rows`: by L[c] = -log p[c] it is p (1 - L).

    `block` and `options` are those of `entropy_rows`.

    """
    losses = class_losses(block, options)
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
    bounds="divergence.kl",
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
    bounds="divergence.js",
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
    bounds="divergence.entropy",
    params=(INPUT,),
    fixed=DEFAULTS,
    differs="what softmax-ce gives where the targets are the predictions themselves",
)
