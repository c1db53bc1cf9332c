"""Inputs that are probably not what they are taken for: the mistakes everyone makes once."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.losses.base import Flags, Floats
from xent_cli.tasks.binding import Bound
from xent_cli.tasks.loss_blocks import Inputs

_ROWS = 16
"""Rows that are looked at, the first ones: enough to tell, and the same for any block size."""
_SUM_TOLERANCE = 1e-3


def suspicions(inputs: Inputs, bound: Bound) -> tuple[str, ...]:
    """What the parameters and the first rows of the first operand give away."""
    return (*_odd_weights(bound), *_taken_for_another(inputs, bound))


def _odd_weights(bound: Bound) -> Iterator[str]:
    """Class weights that frameworks take without a word."""
    for param in bound.loss.params:
        values = bound.values.get(param.name)
        if param.kind == "classes" and values is not None:
            if (values < 0).any():
                where = _classes(values < 0)
                yield f"{param.name} is below 0 for {where}: what it weighs is subtracted"
            if np.isinf(values).any():
                yield f"{param.name} is infinite for {_classes(np.isinf(values))}"


def _classes(chosen: Flags) -> str:
    """`class 3`, `class 3 and 2 more`, or `every class`."""
    first, *more = np.flatnonzero(chosen).tolist()
    if chosen.all() and more:
        return "every class"
    return f"class {first} and {len(more)} more" if more else f"class {first}"


def _taken_for_another(inputs: Inputs, bound: Bound) -> tuple[str, ...]:
    """Probabilities taken for logits, or logits for log-probabilities; nothing for a stream."""
    loss, rows = bound.loss, _first_rows(inputs)
    takes = bound.options.get("input", loss.takes)
    if rows is None or not loss.perplexity:
        return ()
    name = inputs.logits.name
    if takes == "logits":
        sums = rows.sum(axis=1)
        if rows.min() >= 0 and rows.max() <= 1 and np.abs(sums - 1).max() <= _SUM_TOLERANCE:
            floor = math.log1p((rows.shape[1] - 1) * math.exp(-1.0))
            return (
                f"{name} looks like probabilities (rows of 0 to 1 that sum to 1), but {loss.name} "
                "takes logits, and softmax twice keeps a row's loss at or above "
                f"{floor:.4f}; probabilities need --input probs",
            )
    if takes == "log-probs" and rows.max() > 0:
        return (
            f"{name} has values above 0, which no log-probability is; for logits use "
            "--kind softmax-ce",
        )
    return ()


def _first_rows(inputs: Inputs) -> Floats | None:
    """The first rows as float64, (rows, classes); None where there is nothing to tell from."""
    reader, geometry = inputs.logits, inputs.geometry
    axes = geometry.class_dims
    if not axes or not reader.seekable or geometry.classes < 2 or 0 in reader.shape:
        return None
    first = next((i for i in range(len(reader.shape)) if i not in axes), None)
    box = tuple(
        slice(0, length if i in axes else min(length, _ROWS) if i == first else 1)
        for i, length in enumerate(reader.shape)
    )
    moved = np.moveaxis(
        as_float(np.ascontiguousarray(reader.read(box))), axes, range(-len(axes), 0)
    )
    return moved.reshape(-1, geometry.classes).astype(np.float64)
