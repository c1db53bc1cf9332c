"""Exact sums against fractions, which know no rounding."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xent_cli.reduction.exact import ExactSum

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def _sum(values: list[float]) -> ExactSum:
    total = ExactSum()
    total.add(np.array(values, dtype=np.float64))
    return total


@given(st.lists(FINITE, max_size=200))
def test_equals_the_fraction(values: list[float]) -> None:
    exact = sum(map(Fraction, values), Fraction(0))
    assert Fraction(_sum(values).units, 1 << 1074) == exact
    try:
        rounded = float(exact)
    except OverflowError:
        rounded = math.inf if exact > 0 else -math.inf
    assert _sum(values).value() == rounded


@given(st.lists(FINITE, max_size=60), st.randoms())
def test_order_and_merging_do_not_matter(values: list[float], random: object) -> None:
    whole = _sum(values)
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    merged = ExactSum()
    for cut in range(0, len(shuffled), 7):
        merged.merge(_sum(shuffled[cut : cut + 7]))
    assert merged == whole


def test_many_values_over_all_exponents() -> None:
    rng = np.random.default_rng(5)
    values = rng.standard_normal(100_000) * 2.0 ** rng.integers(-1070, 1000, 100_000)
    total = ExactSum()
    total.add(values)
    assert Fraction(total.units, 1 << 1074) == sum(map(Fraction, values.tolist()), Fraction(0))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], 0.0),
        ([1e16, 1.0, -1e16], 1.0),
        ([5e-324] * 3, 1.5e-323),
        ([1.7e308, 1.7e308], math.inf),
        ([1.7e308, 1.7e308, -1.7e308], 1.7e308),
        ([math.inf, 1.0], math.inf),
        ([-math.inf, 1.0], -math.inf),
        ([0.1] * 10, 1.0),
    ],
)
def test_values(values: list[float], expected: float) -> None:
    assert _sum(values).value() == expected


@pytest.mark.parametrize("values", [[math.nan], [math.inf, -math.inf], [math.nan, math.inf]])
def test_nan(values: list[float]) -> None:
    assert math.isnan(_sum(values).value())


@given(st.lists(FINITE, max_size=20), st.lists(FINITE, min_size=1, max_size=20))
def test_ratio_is_rounded_once(above: list[float], below: list[float]) -> None:
    exact = sum(map(Fraction, below), Fraction(0))
    ratio = _sum(above).ratio(_sum(below))
    if exact == 0:
        assert math.isnan(ratio) or math.isinf(ratio)
        return
    quotient = sum(map(Fraction, above), Fraction(0)) / exact
    try:
        expected = float(quotient)
    except OverflowError:
        expected = math.inf if quotient > 0 else -math.inf
    assert ratio == expected


def test_ratio_of_what_is_not_finite() -> None:
    assert math.isnan(_sum([]).ratio(_sum([])))
    assert _sum([-1.0]).ratio(_sum([])) == -math.inf
    assert _sum([math.inf]).ratio(_sum([2.0])) == math.inf
    assert math.isnan(_sum([math.nan]).ratio(_sum([2.0])))


def test_integers_are_added_exactly() -> None:
    total = _sum([0.5])
    total.add_integer(10**30)
    assert Fraction(total.units, 1 << 1074) == Fraction(10**30) + Fraction(1, 2)


@given(st.lists(st.floats(), max_size=20))
def test_json_round_trip(values: list[float]) -> None:
    total = _sum(values)
    assert ExactSum.from_json(total.to_json()) == total
