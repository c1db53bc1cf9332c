"""How far calculated losses can be from the exact ones: a file a family, loaded where one asks.

A loss names its function as `softmax.cross_entropy`. The function takes a block, the options of
the loss and what its `rows` gave of them, and gives (rows,) float64, one number for all rows, or
None where nothing is known. What it needs of the way to the losses it asks of the block's
byproducts, which have it kept.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from xent_cli.losses.bounds.primitives import Bounds

if TYPE_CHECKING:
    from xent_cli.losses.base import Block, Loss, Options, RowLosses


def row_bounds(loss: Loss, block: Block, options: Options, rows: RowLosses) -> Bounds | None:
    """How far each of the losses of `rows` can be from the exact one; None: not known."""
    if not loss.bounds:
        return None
    module, _, name = loss.bounds.partition(".")
    bounds: Bounds | None = getattr(import_module(f"{__name__}.{module}"), name)(
        block, options, rows
    )
    return bounds
