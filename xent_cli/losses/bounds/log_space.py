"""How far the minus-log-probabilities of `losses.log_space` can be from the exact ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from xent_cli.losses.base import Block, Options
from xent_cli.losses.bounds.primitives import (
    MATH64,
    U64,
    Bounds,
    Floats,
    is_single,
    lse_error,
    sum_error,
)
from xent_cli.losses.log_space import log_space

Array = np.ndarray[Any, Any]


def class_error(block: Block, options: Options) -> Bounds:
    """Of the lse - x[c] of `log_space`: of each row, or of all."""
    return log_space_error(block, options, *block.by.once(log_space, block, options))


def log_space_error(
    block: Block, options: Options, x: Array, lse: Floats, largest: float | None = None
) -> Bounds:
    """The same of x and lse; `largest` is the greatest size of an lse, if it is known.

    Apart from rounding in proportion to themselves. A softcap of k moves x by 8 u k at most (the
    quotient, tanh and the product are rounded, and y tanh'(y) < 0.5), and lse by as much.
    """
    takes, classes = options["input"], x.shape[1]
    if takes == "log-probs":
        return 0.0
    if takes == "probs":
        return MATH64 + (sum_error(classes) + 2 * U64 if block.rules.renormalise else 0.0)
    single = is_single(x, double=block.double)
    error = lse_error(lse, classes, single=single, largest=largest)
    cap = options["softcap"]
    return error if cap is None else error + 16 * U64 * cap
