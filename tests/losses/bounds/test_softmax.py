"""Bounds of cross entropy: what the lemmas say, at 50 digits, and targets of either sign."""

from __future__ import annotations

import numpy as np
import pytest
import reference as ref

from xent_cli.losses.bounds.primitives import U64
from xent_cli.losses.bounds.softmax import cross_mass_bounds, square_bounds
from xent_cli.losses.stable import cross_mass


@pytest.mark.parametrize("lse", [0.0, 1e-3, 7.0, -300.0])
@pytest.mark.parametrize("error", [0.0, 1e-12, 1e-3, 2.0])
def test_a_square_moves_within_its_bound(lse: float, error: float) -> None:
    (bound,) = square_bounds(np.array([lse]), error)
    exact = ref.mp.mpf(lse)
    for moved in (exact + error, exact - error):
        assert abs(moved**2 - exact**2) <= bound * (1 + 4 * U64)


@pytest.mark.parametrize("sign", ["positive", "either"])
def test_the_rounding_of_masses_is_within_its_bound(sign: str) -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(40, 300)) * 10
    mass = rng.random(x.shape) if sign == "positive" else rng.normal(size=x.shape)
    lse = rng.normal(size=40) + 30
    values = cross_mass(x, lse, mass)
    bounds = cross_mass_bounds(x, lse, 0.0, mass, values)
    for row, given in enumerate(values.tolist()):
        pairs = zip(mass[row].tolist(), x[row].tolist(), strict=True)
        exact = ref.mp.fsum(
            ref.mp.mpf(m) * (ref.mp.mpf(lse[row]) - ref.mp.mpf(v)) for m, v in pairs
        )
        assert abs(given - exact) <= bounds[row]
        assert bounds[row] < 1e-9


def test_an_error_of_lse_counts_once_for_each_mass() -> None:
    x, mass = np.zeros((2, 3)), np.array([[1.0, 2.0, 0.0], [-1.0, 2.0, 4.0]])
    lse = np.zeros(2)
    bounds = cross_mass_bounds(x, lse, 1e-3, mass, cross_mass(x, lse, mass))
    assert bounds == pytest.approx([3e-3, 7e-3], rel=0.02)
