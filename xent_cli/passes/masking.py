"""What of a block is left out: by a mask, or by the ignore index of one target for each logit."""

from __future__ import annotations

import numpy as np

from xent_cli.dtypes import as_float, number_text
from xent_cli.errors import DataError
from xent_cli.losses.base import Array, Block, Flags
from xent_cli.records import replace
from xent_cli.tallies.rows import Kept


def kept(block: Block, mask: Array | None, ignore_index: int | None, name: str) -> Kept | None:
    """What of a block counts; None: all of it.

    Args:
        block: targets (rows, classes) where there is an ignore index.
        mask: (rows, 1) or (rows, classes): 0 is left out, 1 counts; None: no mask.
        ignore_index: targets that are left out; None: no such.
        name: that of the mask, for messages.

    Raises:
        DataError: the mask has another number.
    """
    if mask is None and ignore_index is None:
        return None
    flags = np.ones((len(block.logits), 1), np.bool_) if mask is None else _flags(block, mask, name)
    ignored = 0
    if ignore_index is not None:
        others = as_float(block.labels) != ignore_index
        ignored = int(np.count_nonzero(flags & ~others))
        flags = flags & others
    return Kept(flags, ignored)


def _flags(block: Block, mask: Array, name: str) -> Flags:
    numbers = as_float(mask) if mask.dtype.kind != "b" else mask
    wrong = (numbers != 0) & (numbers != 1)
    if wrong.any():
        row, column = map(int, np.argwhere(wrong)[0])
        raise DataError(
            f"{name}: {block.place.row(row)} has {number_text(numbers[row, column])}, expected 1 "
            "for what counts and 0 for what is left out",
            "a weight for each row is --sample-weight",
        )
    flags: Flags = numbers != 0
    return flags


def harmless(block: Block, flags: Flags) -> Block:
    """The block with numbers that any loss takes where nothing counts.

    A mask hides what its owner never meant to be read: NaN, labels of 255, padding.
    """
    labels = block.labels
    if labels.ndim == 1:
        labels = _filled(labels, flags[:, 0], block.label_base)
    elif labels.shape[1]:
        labels = _filled(labels, flags, 1)
    return replace(block, logits=_filled(block.logits, flags, 0.5), labels=labels)


def _filled(values: Array, flags: Flags, number: float) -> Array:
    plain = values if values.dtype.names is None else as_float(values)
    return np.where(flags, plain, plain.dtype.type(number))
