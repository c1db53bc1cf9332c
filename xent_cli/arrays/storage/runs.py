"""Boxes of C-order arrays as runs of bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from xent_cli.arrays.base import Array
from xent_cli.dtypes import is_bfloat16
from xent_cli.geometry import Box, is_run


def require_next(shape: tuple[int, ...], box: Box, done: int) -> None:
    """Sees to it that `box` follows the first `done` elements in C order.

    Raises:
        ValueError: it does not; a mistake of the caller.
    """
    first = 0
    for s, length in zip(box, shape, strict=True):
        first = first * length + s.start
    if first != done or not is_run(shape, box):
        raise ValueError(f"box {box} does not follow the {done} elements before it")


def as_bytes(values: Array, dtype: np.dtype[Any]) -> memoryview:
    """`values` in C order as bytes of `dtype`, without a copy where they lie so already."""
    stored = np.dtype("<u2") if is_bfloat16(dtype) else dtype
    if is_bfloat16(values.dtype):
        values = values.view(stored)
    return np.ascontiguousarray(values, stored).reshape(-1).view(np.uint8).data


def nbytes(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """The bytes of an array; exact, however large."""
    size = dtype.itemsize
    for length in shape:
        size *= length
    return size
