"""The rows that are looked at are the same however the input is cut."""

from __future__ import annotations

import numpy as np
import pytest

from xent_cli.dtypes import BFLOAT16, narrow_to_bfloat16
from xent_cli.tallies.sample import NUMBERS, look_at


def test_the_first_rows_and_ever_fewer() -> None:
    assert NUMBERS[:20] == (*range(16), 16, 24, 32, 48)
    assert list(NUMBERS) == sorted(set(NUMBERS))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i8", "?", "bf16"])
def test_looks_against_plain_python(dtype: str) -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(-3, 4, (40, 6)) / 4
    rows[::5] = np.abs(rows[::5])
    rows[1::5] = -np.abs(rows[1::5])
    rows = narrow_to_bfloat16(rows) if dtype == "bf16" else rows.astype(dtype)
    for row, look in zip(rows, look_at(rows), strict=True):
        numbers = (
            [float(v) for v in (row.view("<u2").astype("u4") << 16).view("f4")]
            if (row.dtype == BFLOAT16)
            else [float(v) for v in row]
        )
        assert (look.count, look.low, look.high) == (6, min(numbers), max(numbers))
        assert look.total == (sum(numbers) if min(numbers) >= 0 else None)
        if max(numbers) <= 0:
            assert look.mass == pytest.approx(np.log(sum(np.exp(numbers))))
        else:
            assert look.mass is None
        if min(numbers) >= 0:
            wanted = max(len(f"{v:g}".partition(".")[2]) for v in numbers)
            assert look.decimals == wanted


def test_rows_with_nan() -> None:
    rows = np.array([[np.nan, 0.5, 2.0], [np.nan] * 3, [0.25, 0.75, 0.0]])
    one, none, plain = look_at(rows)
    assert (one.low, one.high, one.nan, one.total) == (0.5, 2.0, 1, None)
    assert (none.low, none.high, none.nan) == (np.inf, -np.inf, 3)
    assert (plain.total, plain.decimals) == (1.0, 2)
