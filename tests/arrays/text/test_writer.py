"""Numbers as text: read back, they are the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays.text.writer import as_text, quoted
from xent_cli.dtypes import BFLOAT16, as_float


@pytest.mark.parametrize("dtype", ["f2", BFLOAT16])
def test_all_numbers_of_16_bits_keep_their_value(dtype) -> None:
    values = np.arange(1 << 16, dtype=np.uint16).view(np.dtype(dtype))
    with np.errstate(invalid="ignore"):
        exact = as_float(values).astype(np.float64)
    read = np.array([float(cell) for cell in as_text(values).tolist()])
    np.testing.assert_array_equal(read, exact)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "u8"])
def test_wider_ones_read_back_in_their_dtype(dtype: str) -> None:
    bits = np.random.default_rng(0).integers(0, 256, 4000, dtype=np.uint8)
    values = bits.view(dtype)
    np.testing.assert_array_equal(as_text(values).astype(dtype), values)


def test_the_loss_of_a_text_is_that_of_the_array(tmp_path: Path, xent) -> None:
    rng = np.random.default_rng(1)
    np.save(tmp_path / "x.npy", rng.normal(size=(50, 4)).astype(np.float16))
    np.save(tmp_path / "y.npy", rng.integers(0, 4, 50))
    assert xent("convert", tmp_path / "x.npy", tmp_path / "x.csv").status == 0
    argv = (tmp_path / "y.npy", "--precision", "double")
    losses = [xent("loss", tmp_path / name, *argv).stdout for name in ("x.npy", "x.csv")]
    assert losses[0] == losses[1]


def test_quotes_where_a_cell_needs_them() -> None:
    assert [quoted(cell, ",") for cell in ("a", "a,b", 'a"b', "a\nb")] == [
        "a",
        '"a,b"',
        '"a""b"',
        '"a\nb"',
    ]
