"""Every format keeps every bit."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays import create_array, open_array
from xent_cli.arrays.base import ReadOptions
from xent_cli.dtypes import BFLOAT16
from xent_cli.reduction.blocks import plan_boxes

BINARY = [
    "x.npy",
    "x.npz",
    "x.npz:logits",
    "x.safetensors",
    "x.safetensors:w",
    "x.npy.gz",
    "x.npy.bz2",
    "x.npy.xz",
]
DTYPES = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "bf16"]
SHAPES = [(), (0,), (0, 3), (1, 4), (5,), (3, 4), (2, 1, 3, 1, 2, 2)]


def _array(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    count = int(np.prod(shape))
    if dtype == "bf16":
        return np.arange(count, dtype=np.uint16).view(BFLOAT16).reshape(shape)
    return (np.arange(count) % (2 if dtype == "?" else 120)).astype(dtype).reshape(shape)


@pytest.mark.parametrize("name", BINARY)
def test_round_trip(name: str, tmp_path: Path) -> None:
    for dtype, shape, limit in itertools.product(DTYPES, SHAPES, (3, 1000)):
        x = _array(dtype, shape)
        if limit == 1000 and x.size <= 3:  # one box, as with the other limit
            continue
        with create_array(tmp_path / name, shape, x.dtype) as writer:
            for box in plan_boxes(shape, limit=limit):
                writer.write(box, np.ascontiguousarray(x[box]))
        with open_array(str(tmp_path / name)) as reader:
            found = reader.read(tuple(slice(0, n) for n in shape))
            assert (reader.shape, reader.dtype) == (shape, x.dtype)
            assert np.ascontiguousarray(found).tobytes() == x.tobytes()


@pytest.mark.parametrize("suffix", ["csv", "tsv", "csv.gz", "tsv.xz", "csv.bz2"])
def test_text_round_trip(suffix: str, tmp_path: Path) -> None:
    x = np.array([[0.1, -2.5e-8], [3.0, np.inf]])
    with create_array(tmp_path / f"x.{suffix}", x.shape, x.dtype) as writer:
        writer.write((slice(0, 2), slice(0, 2)), x)
    with open_array(tmp_path / f"x.{suffix}", ReadOptions(header=False)) as reader:
        np.testing.assert_array_equal(reader.read_all(), x)
