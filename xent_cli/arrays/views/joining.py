"""What may be joined, into which shape and which dtype: torch.cat's rules, without any reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from xent_cli.dtypes import BFLOAT16, dtype_name, is_bfloat16
from xent_cli.errors import DataError, UsageError, did_you_mean
from xent_cli.geometry import resolve_dim
from xent_cli.records import record

DType = np.dtype[Any]


@record
class Operand:
    """An array to be joined, by what its header says."""

    name: str
    shape: tuple[int, ...]
    dtype: DType


@record
class JoinRules:
    """What joining comes to.

    Attributes:
        dim: the dimension, not negative.
        takes_part: for each operand whether it does (those of shape (0,) may not).
        dtype: of the result.
        promotion: how the dtype came about, in words.
    """

    dim: int
    takes_part: tuple[bool, ...]
    dtype: DType
    promotion: str


def join_rules(
    operands: Sequence[Operand], dim: int, promote: str = "torch", dtype: str | None = None
) -> JoinRules:
    """Checks that the operands can be joined along `dim`, and decides the result's dtype.

    As in torch.cat an operand of shape (0,) is left out whatever the others' shapes, and `dim` is
    counted against the first that is not; if all are of shape (0,), any `dim` will do.

    Raises:
        UsageError: no operands, no such dim, no such rule or dtype.
        DataError: shapes or dtypes that do not go together; the file, the dimension and both sizes
            are named.

    >>> rules = join_rules(
    ...     [Operand("a", (2, 3), np.dtype("i4")), Operand("b", (2, 4), np.dtype("f4"))], -1)
    >>> rules.dim, rules.dtype.name
    (1, 'float32')
    """
    if not operands:
        raise UsageError("there is nothing to join", "name at least one array")
    for operand in operands:
        if not operand.shape:
            raise DataError(
                f"{operand.name}: a single number (shape ()) cannot be joined",
                "xent stack joins arrays along a new dimension",
            )
    result = _result_dtype(operands, promote, dtype)
    takes_part = tuple(operand.shape != (0,) for operand in operands)
    if not any(takes_part):
        return JoinRules(0, (True, *takes_part[1:]), *result)
    joined = [operand for operand, part in zip(operands, takes_part, strict=True) if part]
    first = joined[0]
    axis = resolve_dim(dim, len(first.shape), f"{first.name} has shape {first.shape}")
    for operand in joined[1:]:
        _check_shape(first, operand, axis)
    return JoinRules(axis, takes_part, *result)


def _check_shape(first: Operand, operand: Operand, dim: int) -> None:
    if len(operand.shape) != len(first.shape):
        raise DataError(
            f"{operand.name} has shape {operand.shape}, {len(operand.shape)}-dimensional, "
            f"but {first.name} has shape {first.shape}, {len(first.shape)}-dimensional",
            "arrays that are joined have the same number of dimensions",
        )
    for axis, (have, want) in enumerate(zip(operand.shape, first.shape, strict=True)):
        if axis != dim and have != want:
            raise DataError(
                f"{operand.name} has size {have} in dimension {axis} {operand.shape}, "
                f"but {first.name} has {want} {first.shape}",
                f"joined along dimension {dim}, all others must match",
            )


def _result_dtype(operands: Sequence[Operand], promote: str, name: str | None) -> tuple[DType, str]:
    if promote not in PROMOTIONS:
        raise UsageError(
            f"--promote takes {', '.join(PROMOTIONS)}; got {promote!r}",
            did_you_mean(promote, PROMOTIONS),
        )
    if name is not None:
        return named_dtype(name), "as --dtype says"
    distinct = list(dict.fromkeys(operand.dtype for operand in operands))
    if len(distinct) == 1:
        return distinct[0], "all inputs"
    names = " + ".join(dtype_name(dtype) for dtype in distinct)
    if promote == "strict":
        other = next(operand for operand in operands if operand.dtype != operands[0].dtype)
        raise DataError(
            f"{other.name} has dtype {dtype_name(other.dtype)}, "
            f"but {operands[0].name} has {dtype_name(operands[0].dtype)}",
            "--promote strict wants one dtype; --dtype NAME converts",
        )
    result = reduce(PROMOTIONS[promote], distinct)
    return result, f"{names} by {promote}'s rule"


def torch_promotion(one: DType, other: DType) -> DType:
    """torch.promote_types: the kind decides first (bool, integer, float), then the size.

    An integer never widens a float. Two floats give the wider; float16 and bfloat16 give float32.
    An unsigned and a signed integer give the signed type of more bits than the unsigned (uint8
    with int8 gives int16).

    Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
    """
    if one == other:
        return one
    ranks = [_kind_rank(dtype) for dtype in (one, other)]
    if ranks[0] != ranks[1]:
        return one if ranks[0] > ranks[1] else other
    if is_bfloat16(one) or is_bfloat16(other):
        rest = other if is_bfloat16(one) else one
        return np.dtype(np.float32) if rest == np.float16 else rest
    promoted = np.promote_types(one, other)
    if promoted.kind == "f" and one.kind != "f":
        raise DataError(
            f"no integer dtype holds both {one.name} and {other.name}",
            "name the result's: --dtype int64, --dtype float64",
        )
    return promoted


def _kind_rank(dtype: DType) -> int:
    return 3 if is_bfloat16(dtype) else {"b": 0, "u": 1, "i": 1, "f": 3}[dtype.kind]


def numpy_promotion(one: DType, other: DType) -> DType:
    """numpy.promote_types; bfloat16, which NumPy does not have, stands where float16 does.

    With float16 it gives float32, as ml_dtypes does.
    """
    if is_bfloat16(one) == is_bfloat16(other):
        return one if is_bfloat16(one) else np.promote_types(one, other)
    rest = other if is_bfloat16(one) else one
    if rest == np.float16:
        return np.dtype(np.float32)
    promoted = np.promote_types(np.float16, rest)
    return BFLOAT16 if promoted == np.float16 else promoted


PROMOTIONS: dict[str, Callable[[DType, DType], DType]] = {
    "torch": torch_promotion,
    "numpy": numpy_promotion,
    "strict": torch_promotion,
}

_DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_FLOATS = ("float16", "float32", "float64")


def named_dtype(name: str) -> DType:
    """A dtype by the name that reports show; a UsageError lists them."""
    if name in ("bfloat16", "bf16"):
        return BFLOAT16
    if name in _DTYPES or name in _FLOATS:
        return np.dtype(name)
    known = (*_DTYPES, *_FLOATS, "bfloat16")
    hint = did_you_mean(name, known) or f"dtypes: {', '.join(known)}"
    raise UsageError(f"there is no dtype {name!r}", hint)
