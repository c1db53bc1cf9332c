"""The signature: everything that decides the number, in one line that travels with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from xent_cli import __version__
from xent_cli.arrays.base import Array, ArrayReader, MemoryArray
from xent_cli.dtypes import as_float, dtype_name
from xent_cli.losses.base import Labels
from xent_cli.passes.binding import Bound
from xent_cli.passes.operands import Operand
from xent_cli.passes.request import LossRequest
from xent_cli.tier import tier_name

_MOST = 2**16
"""Numbers of an array that is read box by box which are hashed: reading so few costs nothing."""


def sign(
    request: LossRequest,
    bound: Bound,
    reduction: str,
    operands: Mapping[str, Operand],
    class_dim: int | tuple[int, ...] | None,
) -> str:
    """`xent|kind:softmax-ce|red:mean|...|v:0.1.0`: two equal signatures mean the same rules.

    Of the parameters those that differ from their defaults, and what is ignored. Of arrays that
    weigh, and of class names, a hash of their content, whatever file it comes from; of more than
    65,536 numbers that lie over the rows their shape. The class dim where it is not the second of
    two. The tier is `c` or `numpy`: all targets of
    the compiled tier give the same bits.
    """
    parts = [("kind", bound.loss.name), ("red", reduction)]
    for param in bound.loss.params:
        ignores = param.name == "ignore_index" and bound.loss.labels is not Labels.ELEMENTS
        if param.spelled not in bound.changed and not ignores:
            continue
        value = bound.values.get(param.name)
        if param.kind == "elements":
            value = _of_reader(operands[param.name].reader)
        parts.append((param.spelled, _text(value)))
    for role in ("sample_weight", "mask", "per"):
        if role in operands:
            parts.append((role, _of_reader(operands[role].reader)))
    if not request.divides_by_array and request.per != "weights":
        parts.append(("per", _text(request.per)))
    if request.read.classes is not None:
        parts.append(("classes", _digest("\0".join(request.read.classes).encode())))
    if class_dim is not None and (class_dim, len(operands["logits"].reader.shape)) != (1, 2):
        parts.append(("class_dim", str(class_dim).strip("()").replace(" ", "")))
    if request.label_base:
        parts.append(("base", str(request.label_base)))
    parts += [
        ("unit", request.unit),
        ("in", dtype_name(operands["logits"].reader.dtype)),
        ("prec", request.precision),
        ("tier", tier_name().partition("-")[0]),
        ("v", __version__),
    ]
    return "xent|" + "|".join(f"{name}:{value}" for name, value in parts)


def to_be_signed(operand: Operand) -> Operand:
    """The operand of an array that weighs; of a small one the content is in the signature.

    So what comes from a pipe is read now, and kept.
    """
    reader = operand.reader
    if reader.seekable or reader.fortran or reader.size > _MOST:
        return operand
    memory = MemoryArray(reader.read_all(), reader.name)
    reader.finish()
    memory.format, memory.diagnoses = reader.format, reader.diagnoses
    return operand.through(memory)


def _text(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return _of_array(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _of_reader(reader: ArrayReader) -> str:
    if reader.seekable and reader.size <= _MOST:
        return _of_array(reader.read_all())
    return "x".join(map(str, reader.shape))


def _of_array(values: Array) -> str:
    """A hash of the shape and the numbers: the same for all dtypes that hold them."""
    shape = [length for length in values.shape if length != 1]  # text has no ranks
    numbers = as_float(values).astype("<f8") + 0.0  # -0.0 and 0.0 weigh the same
    return _digest(repr(shape).encode() + numbers.tobytes())


def _digest(content: bytes) -> str:
    """8 digits."""
    from hashlib import blake2b  # most runs have no array that weighs

    return blake2b(content, digest_size=4).hexdigest()
