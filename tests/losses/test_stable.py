"""logsumexp and its kin against mpmath, and the promise that a row depends on itself alone."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xent_cli.dtypes import BFLOAT16, narrow_to_bfloat16
from xent_cli.losses import kernel, softplus, stable

LENGTHS = [1, 2, 3, 10, 127, 128, 129, 256, 1000, 32000]


def exact_logsumexp(row: np.ndarray) -> float:
    with mpmath.workdps(50):
        return float(mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(float(v))) for v in row)))


@given(
    hnp.arrays(
        np.float64, st.tuples(st.integers(1, 4), st.integers(1, 9)), elements=st.floats(-800, 800)
    )
)
def test_logsumexp_of_float64(x: np.ndarray) -> None:
    for value, row in zip(stable.logsumexp(x), x, strict=True):
        scale = max(1.0, float(np.abs(row).max()))
        assert abs(value - exact_logsumexp(row)) <= 4 * 2.0**-52 * scale


@pytest.mark.parametrize("classes", [1, 2, 10, 129, 1000])
@pytest.mark.parametrize("scale", [0.01, 1.0, 15.0])
def test_logsumexp_of_float32_is_within_the_promise(classes: int, scale: float) -> None:
    x = np.random.default_rng(classes).standard_normal((20, classes)).astype(np.float32)
    x = np.clip(x * np.float32(scale), -50, 50)
    for value, row in zip(stable.logsumexp(x), x, strict=True):
        loss = np.abs(value - row.astype(np.float64))
        exact = exact_logsumexp(row)
        assert (np.abs(value - exact) <= 5e-7 * np.maximum(1.0, loss)).all()


@pytest.mark.parametrize("value", [-50.0, -3.3, 0.0, 1.7, 50.0])
def test_constant_rows_are_the_worst_case_and_hold(value: float) -> None:
    x = np.full((1, 1 << 17), value, dtype=np.float32)
    exact = float(x[0, 0]) + 17 * np.log(2.0)
    assert abs(stable.logsumexp(x)[0] - exact) <= 5e-7


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, BFLOAT16, np.int64])
@pytest.mark.parametrize("classes", LENGTHS)
def test_a_row_depends_on_itself_alone(classes: int, dtype: np.dtype, double: bool) -> None:
    numbers = np.random.default_rng(3).standard_normal((40, classes)) * 30
    x = narrow_to_bfloat16(numbers) if dtype == BFLOAT16 else numbers.astype(dtype)
    whole = stable.logsumexp(x, double=double)
    for rows in (1, 2, 7):
        cut = [stable.logsumexp(x[i : i + rows], double=double) for i in range(0, 40, rows)]
        assert np.array_equal(np.concatenate(cut), whole)


def test_buffers_of_any_size_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    x = (np.random.default_rng(4).standard_normal((300, 500)) * 20).astype(np.float32)
    mass = np.random.default_rng(5).random((300, 500))
    lse = stable.logsumexp(x)
    crossed = stable.cross_mass(x, lse, mass)
    for size in (1, 5000, 1 << 24):
        monkeypatch.setattr(kernel, "BUFFER", size)
        assert np.array_equal(stable.logsumexp(x), lse)
        assert np.array_equal(stable.cross_mass(x, lse, mass), crossed)


def test_no_overflow_and_the_rules_for_infinities() -> None:
    x = np.array(
        [
            [1000.0, 1000.0],
            [-1000.0, -1000.0],
            [-np.inf, -np.inf],
            [np.inf, 0.0],
            [-np.inf, 3.0],
            [np.nan, 1.0],
            [3.4e38, -3.4e38],
        ],
        dtype=np.float32,
    )
    got = stable.logsumexp(x)
    expected = [1000 + np.log(2), -1000 + np.log(2), -np.inf, np.inf, 3.0, np.nan, float(x[6, 0])]
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_no_classes() -> None:
    assert stable.logsumexp(np.empty((2, 0))).tolist() == [-np.inf, -np.inf]


@pytest.mark.parametrize("classes", LENGTHS[:-1])
def test_tile_sums_equal_the_exact_sum(classes: int) -> None:
    rng = np.random.default_rng(6)
    values, factors = rng.standard_normal((2, 5, classes))
    np.testing.assert_allclose(stable.tile_sums(values), values.sum(1), atol=1e-12)
    np.testing.assert_allclose(
        stable.tile_sums(values, factors), (values * factors).sum(1), atol=1e-12
    )


def test_a_class_without_mass_adds_nothing() -> None:
    x = np.array([[-np.inf, 0.0, 1.0]])
    lse = stable.logsumexp(x)
    inside = stable.cross_mass(x, lse, np.array([[0.0, 0.25, 0.75]]))
    np.testing.assert_allclose(inside, lse - 0.75, rtol=1e-15)
    assert stable.cross_mass(x, lse, np.array([[0.5, 0.0, 0.5]]))[0] == np.inf


@given(st.floats(-1e4, 1e4))
def test_softplus_parts(value: float) -> None:
    _, tail = softplus.softplus_parts(np.array([value]))
    with mpmath.workdps(50):
        exact = mpmath.log1p(mpmath.exp(-abs(mpmath.mpf(value))))
    assert abs(float(tail[0]) - float(exact)) <= 4 * 2.0**-52 * float(exact) + 5e-324
