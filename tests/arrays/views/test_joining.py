"""torch.cat's rules on shapes and dtypes, against what torch answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays.base import MemoryArray
from xent_cli.arrays.views.joined import JoinedArray
from xent_cli.arrays.views.joining import Operand, join_rules, named_dtype
from xent_cli.dtypes import dtype_name
from xent_cli.errors import DataError, UsageError

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "promote.json").read_text())


def _rules(*shapes, dim=0, dtypes=None, **more):
    dtypes = dtypes or ["float32"] * len(shapes)
    operands = [
        Operand(f"{'abc'[i]}.npy", shape, named_dtype(dtype))
        for i, (shape, dtype) in enumerate(zip(shapes, dtypes, strict=True))
    ]
    return join_rules(operands, dim, **more)


@pytest.mark.parametrize("case", GOLDEN["torch"], ids=lambda case: f"{case[0]}+{case[1]}")
def test_torch_promotion(case) -> None:
    one, other, expected = case
    assert dtype_name(_rules((1,), (1,), dtypes=[one, other]).dtype) == expected


@pytest.mark.parametrize("case", GOLDEN["numpy"], ids=lambda case: f"{case[0]}+{case[1]}")
def test_numpy_promotion(case) -> None:
    one, other, expected = case
    assert dtype_name(_rules((1,), (1,), dtypes=[one, other], promote="numpy").dtype) == expected


def test_strict_and_named() -> None:
    with pytest.raises(DataError, match=r"b\.npy has dtype float64, but a\.npy has float32"):
        _rules((1,), (1,), dtypes=["float32", "float64"], promote="strict")
    assert _rules((1,), (1,), dtypes=["float32", "int8"], dtype="float16").dtype == np.float16
    with pytest.raises(UsageError, match="no dtype"):
        _rules((1,), dtype="text")
    with pytest.raises(UsageError, match="torch, numpy, strict"):
        _rules((1,), promote="jax")


def test_unsigned_64_with_signed_has_no_integer_home() -> None:
    with pytest.raises(DataError, match="no integer dtype holds both"):
        _rules((1,), (1,), dtypes=["uint64", "int8"])


@pytest.mark.parametrize(
    ("shapes", "dim", "kept", "axis"),
    [
        ([(2, 3), (4, 3)], 0, (True, True), 0),
        ([(2, 3), (2, 4)], -1, (True, True), 1),
        ([(0,), (2, 3)], 1, (False, True), 1),
        ([(2, 3), (0,), (2, 1)], 1, (True, False, True), 1),
        ([(0,), (0,)], 999, (True, False), 0),
        ([(0, 3), (2, 3)], 0, (True, True), 0),
        ([(3,)], 0, (True,), 0),
    ],
)
def test_shapes(shapes, dim, kept, axis) -> None:
    rules = _rules(*shapes, dim=dim)
    assert (rules.takes_part, rules.dim) == (kept, axis)


@pytest.mark.parametrize(
    ("shapes", "dim", "error", "words"),
    [
        ([(2, 3), (2, 4)], 0, DataError, "b.npy has size 4 in dimension 1 (2, 4), but a.npy has 3"),
        ([(2, 3), (3, 3)], 1, DataError, "b.npy has size 3 in dimension 0"),
        (
            [(2, 3), (2,)],
            0,
            DataError,
            "b.npy has shape (2,), 1-dimensional, but a.npy has shape (2, 3)",
        ),
        ([(), (2,)], 0, DataError, "a.npy: a single number"),
        ([(2, 3), (2, 3)], 2, UsageError, "dims go from -2 to 1"),
        ([(2, 3), (2, 3)], -3, UsageError, "dims go from -2 to 1"),
        ([], 0, UsageError, "nothing to join"),
    ],
)
def test_misfits(shapes, dim, error, words) -> None:
    with pytest.raises(error) as caught:
        _rules(*shapes, dim=dim)
    assert words in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("dim", [0, 1, 2])
def test_a_joined_array_reads_as_numpy_joins(dim: int) -> None:
    rng = np.random.default_rng(0)
    shapes = [[2, 3, 4] for _ in range(3)]
    for i, shape in enumerate(shapes):
        shape[dim] = i + 1
    parts = [rng.integers(0, 99, shape).astype(np.int16) for shape in shapes]
    whole = np.concatenate(parts, axis=dim).astype(np.float32)
    joined = JoinedArray([MemoryArray(p) for p in parts], dim, np.dtype(np.float32), "joined")
    assert joined.shape == whole.shape
    for _ in range(50):
        box = tuple(slice(*sorted(rng.integers(0, n + 1, 2))) for n in whole.shape)
        found = joined.read(box)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, whole[box])
