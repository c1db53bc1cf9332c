"""What reports show of an array: its facts, and the values at its corners."""

from __future__ import annotations

from itertools import product

import numpy as np

from xent_cli.array_facts import ArrayFacts, Corner
from xent_cli.arrays import target_format
from xent_cli.arrays.base import ArrayReader
from xent_cli.dtypes import as_float, dtype_name, is_bfloat16
from xent_cli.passes.request import Destination
from xent_cli.records import replace


def facts_of(reader: ArrayReader, *, corners: bool, name: str | None = None) -> ArrayFacts:
    """The facts of an array; with its corner values if asked for and if it can be read anywhere.

    `name` is what it is called where that is not the reader's own name.
    """
    return ArrayFacts(
        name=name or reader.name,
        format=reader.format,
        shape=reader.shape,
        dtype=dtype_name(reader.dtype),
        order="F" if reader.fortran else "C",
        columns=reader.columns,
        is_text=reader.is_text,
        corner=read_corner(reader) if corners and reader.seekable else None,
    )


def output_facts(reader: ArrayReader, to: Destination | None) -> ArrayFacts:
    """The facts of an array as it is written; with its corner values where it is not."""
    if to is None:
        return facts_of(reader, corners=True)
    return replace(
        facts_of(reader, corners=False, name=to.path),
        format=target_format(to.path, to.format),
        order="C",
    )


def read_corner(reader: ArrayReader) -> Corner:
    """The first and last few values along every axis; nothing else is read."""
    axes = Corner.axes_of(reader.shape)
    runs = [_runs(indices) for indices in axes]
    values = np.empty([len(indices) for indices in axes], dtype=object)
    for box in product(*runs):
        block = reader.read(tuple(slice(s.start, s.stop) for s, _ in box))
        if is_bfloat16(block.dtype):
            block = as_float(block)
        values[tuple(target for _, target in box)] = block if block.ndim else block.item()
    return Corner(axes, tuple(values.reshape(-1).tolist()))


def _runs(indices: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """The runs of consecutive ones, each with its place among them."""
    runs: list[tuple[slice, slice]] = []
    start = 0
    for position in range(1, len(indices) + 1):
        if position == len(indices) or indices[position] != indices[position - 1] + 1:
            runs.append((slice(indices[start], indices[position - 1] + 1), slice(start, position)))
            start = position
    return runs
