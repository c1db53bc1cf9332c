"""The range of an array, and what of it is no number, against plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xent_cli.reduction.span import Span

ANY = st.lists(st.floats(), max_size=40)


@given(ANY, st.integers(0, 40), st.booleans())
def test_any_cut_in_any_order(values: list[float], cut: int, swapped: bool) -> None:
    parts = [Span.of(np.array(part)) for part in (values[:cut], values[cut:])]
    first, second = reversed(parts) if swapped else parts
    first.merge(second)
    finite = [value for value in values if math.isfinite(value)]
    assert (first.minimum, first.maximum) == (min(finite, default=None), max(finite, default=None))
    found = (first.nan, first.posinf, first.neginf)
    assert found == (sum(map(math.isnan, values)), values.count(math.inf), values.count(-math.inf))


@pytest.mark.parametrize(
    ("values", "low", "high", "kind"),
    [
        (np.array([2**63 - 1, -(2**63)]), -(2**63), 2**63 - 1, int),
        (np.array([2**64 - 1, 1], "u8"), 1, 2**64 - 1, int),
        (np.array([True, False]), False, True, bool),
        (np.array([[0.5], [-1.5]], "f2"), -1.5, 0.5, float),
        (np.float32(3.5), 3.5, 3.5, float),
    ],
)
def test_the_ends_are_pythons_own_numbers(values, low, high, kind) -> None:
    span = Span.of(values)
    assert (span.minimum, span.maximum) == (low, high)
    assert type(span.minimum) is type(span.maximum) is kind
