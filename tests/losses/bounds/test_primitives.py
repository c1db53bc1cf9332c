"""The constants behind the error bounds."""

from __future__ import annotations

import numpy as np
import pytest
import reference as ref

from xent_cli import tier
from xent_cli.losses import kernel, stable
from xent_cli.losses.bounds import primitives as bounds
from xent_cli.losses.bounds.primitives import U32, U64


def additions(length: int) -> int:
    """The most additions that an element passes in np.einsum's sum of `length` float32.

    With 2**60 at i, -2**60 at j and ones elsewhere, the ones that met either before the two met are
    lost: their number is the size of the smallest subtree with i and j (Xie et al., FPRev, 2024).
    """
    if length == 1:
        return 0
    first, second = np.triu_indices(length, 1)
    tiles, each = np.ones((len(first), 1, length), np.float32), np.arange(len(first))
    tiles[each, 0, first], tiles[each, 0, second] = 2.0**60, -(2.0**60)
    sizes = np.zeros((length, length))
    sizes[first, second] = sizes[second, first] = length - stable._sum(tiles)[:, 0]
    return max(len(set(np.delete(sizes[i], i))) for i in range(length))


@pytest.mark.parametrize("length", [1, 2, 3, 15, 16, 17, 63, 113, 126, 127, 128])
def test_additions_of_a_tile(length: int) -> None:
    assert additions(length) <= bounds.ADDS_NUMPY


def _floats() -> np.ndarray:
    bits = np.arange(0x2F800000, 0x42AE0000, 1009, dtype=np.uint32)
    return np.concatenate([bits.view(np.float32), (bits | np.uint32(1 << 31)).view(np.float32)])


def test_numpys_float32_exp_and_log1p() -> None:
    x = _floats()
    exact = np.exp(x.astype(np.float64))
    assert (np.abs(np.exp(x) - exact) <= bounds.EXP_NUMPY * exact).all()
    e = np.exp(-np.abs(x))
    exact = np.log1p(e.astype(np.float64))
    assert (np.abs(np.log1p(e) - exact) <= bounds.LOG1P_NUMPY * exact).all()


@pytest.mark.parametrize("name", ["exp", "log", "log1p", "expm1", "tanh"])
def test_float64_functions(name: str) -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate(
        [rng.uniform(-700, 700, 1500), rng.uniform(-1, 1, 1500) * 10.0 ** rng.integers(-9, 1, 1500)]
    )
    x = np.abs(x) if name in ("log", "log1p") else x
    for value, given in zip(x.tolist(), getattr(np, name)(x).tolist(), strict=True):
        exact = getattr(ref.mp, name)(ref.mp.mpf(value))
        assert abs(given - exact) <= bounds.MATH64 * abs(exact)


def test_the_compiled_exp_and_log_within_their_bounds() -> None:
    """One class: log(exp(x)) is x, so nothing is added, and the exp alone shows."""
    if tier.load() is None:
        assert bounds.exp_error(single=True) == bounds.EXP_NUMPY
        return
    x = _floats()
    worst = np.float32(float.fromhex("-0x1.b60a26p+4"))
    x = np.append(x[np.abs(x) < 45], worst)[:, None]
    assert bounds.exp_error(single=True) == bounds.EXP_COMPILED
    error = np.abs(kernel.logsumexp(x, double=False) - x[:, 0])
    assert error.max() <= bounds.EXP_COMPILED * 1.01 + 90 * U64
    assert error[-1] >= bounds.EXP_COMPILED * 0.99
    wide = np.random.default_rng(1).uniform(-45, 45, (100_000, 1))
    error = np.abs(kernel.logsumexp(wide, double=True) - wide[:, 0])
    assert (error <= bounds.MATH64 + 4 * U64 * np.abs(wide[:, 0])).all()


def test_units_are_those_of_the_dtypes() -> None:
    assert np.finfo(np.float32).eps / 2 == U32
    assert np.finfo(np.float64).eps / 2 == U64
