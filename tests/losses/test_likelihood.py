"""Poisson and Gaussian negative log-likelihoods at 50 digits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import oracle
import pytest
import reference
from oracle import Kind
from oracle_rows import Array, Operands, Options, narrow
from own_rows import close, result, values

from xent_cli.errors import DataError, UsageError


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("log_input", [True, False])
def test_poisson(log_input: bool, full: bool) -> None:
    x = (
        np.array([0.0, 1.5, -3.0, 6.0, 0.25, 20.0])
        if log_input
        else np.array([0.0, 1.5, 3.0, 600.0, 0.25, 1e9])
    )
    t = np.array([0.0, 1.0, 2.0, 400.0, 1.5, 7.0])
    found = values("poisson-nll", x, t, log_input=log_input, full=full)
    for ours, rate, count in zip(found, x, t, strict=True):
        exact = reference.poisson_nll(rate, count, log_input, full)
        terms = float(np.exp(rate)) if log_input else rate
        assert close(ours, exact, terms, rate * count, count * np.log(count + 1))


@pytest.mark.parametrize("full", [False, True])
def test_gaussian(full: bool) -> None:
    x, t = np.array([0.0, 1.0, -2.0, 1e6]), np.array([0.0, 3.0, 5.0, 1e6 + 1])
    var = np.array([1.0, 0.25, 1e-9, 4.0])
    found = values("gaussian-nll", x, t, var=var, full=full)
    for ours, a, b, v in zip(found, x, t, var, strict=True):
        assert close(ours, reference.gaussian_nll(a, b, v, full), factor=8)


def test_a_variance_a_row_or_one_for_all() -> None:
    x, t = np.zeros((2, 3)), np.ones((2, 3))
    by_row = values("gaussian-nll", x, t, var=np.array([1.0, 2.0]))
    assert np.array_equal(by_row[0], values("gaussian-nll", x, t, var="1")[0])
    assert np.array_equal(by_row[1], values("gaussian-nll", x, t, var=2.0)[1])


def test_variances_are_needed_and_not_negative() -> None:
    with pytest.raises(UsageError, match="-p var"):
        result("gaussian-nll", np.zeros(2), np.zeros(2))
    with pytest.raises(DataError, match="variance of -1"):
        result("gaussian-nll", np.zeros(2), np.zeros(2), var=np.array([1.0, -1.0]))
    with pytest.raises(DataError, match="does not lie over"):
        result("gaussian-nll", np.zeros((2, 3)), np.zeros((2, 3)), var=np.ones((2, 2)))
    assert "raised" in result("gaussian-nll", np.zeros(2), np.ones(2), var="0").warnings[0]


def _log(value: float) -> float:
    return abs(math.log(value)) if value else 0.0


@oracle.elements
def exact_poisson(x: float, t: float, c: int, o: Options) -> tuple[Any, float]:
    sizes = [math.exp(x), abs(t * x)] if o["log_input"] else [x, abs(t) * (1 + _log(x + 1e-08))]
    if o["full"]:
        sizes.append(t * _log(t))
    return reference.poisson_nll(x, t, o["log_input"], o["full"]), max(sizes)


@oracle.elements
def exact_gaussian(x: float, t: float, c: int, o: Options) -> tuple[Any, float]:
    var, least = float(o["var"][c]), max(float(o["var"][c]), 1e-6)
    return reference.gaussian_nll(x, t, var, o["full"]), max(_log(least), (x - t) ** 2 / least)


def finite(x: Array, most: float) -> Array:
    return np.clip(np.nan_to_num(x, neginf=-50, posinf=50), -1e30, most)


def poisson_rows(x: Array, dtype: str, rng: np.random.Generator) -> Operands:
    options: Options = {"full": bool(rng.random() < 0.3), "log_input": bool(rng.random() < 0.5)}
    x = finite(x, 60)
    rates = narrow(np.maximum(x if options["log_input"] else np.abs(x), -1e5), dtype)
    return rates, rng.poisson(3, x.shape).astype("f4"), options


def gaussian_rows(x: Array, dtype: str, rng: np.random.Generator) -> Operands:
    x = finite(x, 1e30)
    options: Options = {"full": bool(rng.random() < 0.3)}
    options["var"] = rng.choice([1e-9, 1e-3, 0.3, 1.0, 5.0, 1e6], x.shape)
    near = rng.random(x.shape) < 0.3
    labels = np.where(near, x * (1 + 1e-7), rng.standard_normal(x.shape))
    return narrow(x, dtype), labels.astype("f8" if dtype == "f8" else "f4"), options


KINDS = (
    Kind("poisson-nll", exact_poisson, poisson_rows),
    Kind("gaussian-nll", exact_gaussian, gaussian_rows),
)
TestExact = oracle.tests_of(*KINDS)
