"""What is told of arrays that are joined."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays.base import MemoryArray
from xent_cli.arrays.views.joined import JoinedArray
from xent_cli.dtypes import BFLOAT16, as_float, convert


@pytest.mark.parametrize("stored", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", BFLOAT16])
def test_whole_numbers_that_a_float_does_not_hold(stored: str, dtype) -> None:
    rng, info = np.random.default_rng(0), np.iinfo(stored)
    ends = np.array([info.min, info.min + 1, info.max - 1, info.max, 0, 1], stored)
    any_size = (
        rng.integers(0, info.bits, 500) if info.kind == "u" else rng.integers(1, info.bits, 500)
    )
    random = rng.integers(info.min, info.max, 500, dtype=stored, endpoint=True) >> any_size.astype(
        stored
    )
    values = np.concatenate([ends, random])
    with np.errstate(all="ignore"):
        floats = as_float(convert(values, np.dtype(dtype))).astype(np.float64)
        joined = JoinedArray([MemoryArray(values, "x")], 0, np.dtype(dtype), "y", as_written=True)
        joined.read_all()
    pairs = zip(values.tolist(), floats.tolist(), strict=True)
    lost = [n for n, f in pairs if not np.isfinite(f) or Fraction(f) != n]
    told = [diagnosis.message for diagnosis in joined.lost()]
    if not lost:
        assert told == []
    else:
        assert f"does not hold {len(lost)} of its whole numbers" in told[0]
        assert str(max(map(abs, lost))) in told[0]


def test_a_warning_where_a_promotion_loses_values(tmp_path: Path, xent) -> None:
    np.save(tmp_path / "x.npy", np.zeros((1, 2), np.float16))
    np.save(tmp_path / "small.npy", np.array([[2048, -2048]]))
    np.save(tmp_path / "big.npy", np.array([[70_000, 1]]))
    for command in (("cat",), ("stack", "--dim", "1")):
        argv = (*command, tmp_path / "x.npy")
        out = ("-o", tmp_path / "out.npy")
        assert xent(*argv, tmp_path / "small.npy", *out).stderr == ""
        told = xent(*argv, tmp_path / "big.npy", *out)
        assert (told.status, "float16 does not hold 1 of" in told.stderr) == (0, True)
        for named in (("--dtype", "float64"), ("--dtype", "float16"), ("--promote", "numpy")):
            assert xent(*argv, tmp_path / "big.npy", *named, *out).stderr == ""


def test_a_table_says_nothing_of_numpy(tmp_path: Path, xent) -> None:
    np.save(tmp_path / "x.npy", np.zeros((1, 2), np.float16))
    np.save(tmp_path / "big.npy", np.array([[70_000, 1]]))
    run = xent("cat", tmp_path / "x.npy", tmp_path / "big.npy", "-f", "table")
    assert "RuntimeWarning" not in run.stderr
    assert "float16 does not hold 1 of its whole numbers" in run.stderr


def test_the_same_of_many_is_told_once(tmp_path: Path, xent) -> None:
    paths = [tmp_path / f"x{part}.csv" for part in range(5)]
    for path in paths:
        path.write_text("a,b\n1.5,2.5\n")
    told = xent("cat", *paths).stderr
    assert told.count("the first row is read as column names") == 1
    assert f"{paths[0]} and 4 others: the first row" in told
    assert xent("cat", *paths[:3]).stderr.count("the first row is read") == 3
