"""What is kept of a stream: the same values from memory and from a temporary file."""

from __future__ import annotations

import numpy as np
import pytest

from xent_cli.arrays.storage import spool as module
from xent_cli.arrays.storage.spool import GrowingSpool, Spool, TextSpool


@pytest.fixture(params=["in memory", "in a file"])
def place(request, monkeypatch) -> None:
    if request.param == "in a file":
        monkeypatch.setattr(module, "IN_MEMORY", 64)


@pytest.mark.parametrize("fortran", [False, True])
@pytest.mark.parametrize("dtype", ["f4", "i8", "?", "U3"])
def test_boxes_in_any_order(place, dtype: str, fortran: bool) -> None:
    values = np.random.default_rng(0).integers(0, 2, (6, 5, 4)).astype(dtype)
    with Spool(values.shape, values.dtype, "x", fortran=fortran) as spool:
        for start in (4, 0, 2):
            box = (slice(start, start + 2), slice(0, 5), slice(0, 4))
            spool.write(box, values[box])
        np.testing.assert_array_equal(spool.read_all(), values)
        box = (slice(1, 5), slice(2, 3), slice(1, 4))
        np.testing.assert_array_equal(spool.read(box), values[box])


@pytest.mark.parametrize("first_float", [0, 3, 9, None])
def test_whole_numbers_until_there_is_a_fraction(place, first_float: int | None) -> None:
    rng = np.random.default_rng(1)
    blocks = [rng.integers(-9, 9, (int(rng.integers(1, 30)), 3)) for _ in range(10)]
    if first_float is not None:
        blocks[first_float] = blocks[first_float] + 0.5
    spool = GrowingSpool("x", 3)
    for block in blocks:
        spool.append(block)
    kept = spool.finish()
    assert kept.dtype == (np.int64 if first_float is None else np.float64)
    np.testing.assert_array_equal(kept.read_all(), np.concatenate(blocks))
    kept.close()


def test_whole_numbers_beyond_float64_stay_until_a_fraction_comes(place) -> None:
    spool = GrowingSpool("x", 1)
    spool.append(np.array([[2**53 + 1]]))
    kept = spool.finish()
    assert kept.read_all().tolist() == [[2**53 + 1]]
    kept.close()


def test_lines(place) -> None:
    spool = TextSpool("x")
    lines = [f"row {number}" for number in range(50)]
    for line in lines:
        spool.write(f"{line}\n".encode())
    assert list(spool.lines()) == lines
    assert b"".join(spool.blocks()).decode().splitlines() == lines
    spool.close()
