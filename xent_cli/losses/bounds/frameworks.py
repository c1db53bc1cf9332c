"""Bounds of the frameworks' functions with a formula of their own."""

from __future__ import annotations

import numpy as np

from xent_cli.losses.base import Block, Options, RowLosses
from xent_cli.losses.bounds.primitives import MATH64, U64, Bounds
from xent_cli.losses.bounds.softmax import cross_entropy
from xent_cli.losses.frameworks.language import t5x_parts
from xent_cli.losses.frameworks.sklearn import over_classes


def t5x(block: Block, options: Options, rows: RowLosses) -> Bounds:
    """Of `t5x_rows`: what the entropy's logarithms and the difference round comes to the rest."""
    parts = block.by.once(t5x_parts, block, options)
    bounds = cross_entropy(parts.block, parts.options, parts.rows)
    return bounds + (MATH64 + 8 * U64) * (np.abs(parts.entropy) + np.abs(parts.rows.values))


def log_loss(block: Block, options: Options, rows: RowLosses) -> Bounds:
    """Of `log_loss_rows`."""
    return cross_entropy(block.by.once(over_classes, block, options), options, rows)
