"""Every golden case of every framework through xent, at the tolerance of its precision."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from golden_explained import EXPLAINED, explanation
from golden_runner import (
    FRAMEWORKS,
    agrees,
    answer,
    cases,
    decode,
    functions,
    name_of,
    on_backends,
)

from xent_cli.losses import LOSSES, aliases

# Decoded only when a test asks: tests of memory measure children of this process.
ALIASES = aliases()
FRAMEWORK = {name: framework for framework in FRAMEWORKS for name in functions(framework)}
FUNCTIONS = tuple(FRAMEWORK)


def _problem(case, dtype: str) -> str | None:
    """What is wrong with xent's answer, or None."""
    name, ours = name_of(case), answer(case, dtype)
    if "error" in case:
        if ours.error is not None or explanation(name, "error"):
            return None
        return f"{name}: the framework refuses it ({case['error']}), xent gave {ours.values}"
    if ours.error is not None:
        return None if explanation(name, "refused") else f"{name} {dtype}: {ours.error}"
    if agrees(case, ours.values, dtype):
        return None
    theirs = decode(case[dtype])
    line = explanation(name, "value") or explanation(name, "shape")
    if line is not None:
        known = not line.values or np.allclose(ours.values, line.values, rtol=1e-12)
        return None if known else f"{name} {dtype}: {ours.values}, not {line.values}"
    if explanation(name, "float32") and agrees(case, ours.values, dtype, rough=True):
        return None
    return f"{name} {dtype}: xent {ours.values}, framework {theirs}"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_frameworks_numbers(function: str) -> None:
    problems = [
        problem
        for case in on_backends(FRAMEWORK[function])
        if case["function"] == function
        for dtype in (["float64"] if "error" in case else ["float64", "float32"])
        if (problem := _problem(case, dtype))
    ]
    assert not problems, "\n".join(problems)


def test_scikit_learn_clips_by_the_eps_of_half_precision() -> None:
    problems = []
    for case in cases("sklearn"):
        if "error" not in case:
            ours, theirs = answer(case, "float16").values, decode(case["float16"])
            if ours is None or not np.allclose(ours, theirs, rtol=4e-3, atol=4e-3, equal_nan=True):
                problems.append(f"{name_of(case)}: xent {ours}, scikit-learn {theirs}")
    assert not problems, "\n".join(problems)


def test_every_function_of_a_framework_has_golden_numbers() -> None:
    names = {name for name in LOSSES if "." in name}
    covered = {ALIASES.get(function, function) for function in FUNCTIONS}
    assert names == covered


def test_no_explanation_is_idle() -> None:
    """Each line covers a case on which xent and the framework really part."""
    used: Counter[str] = Counter()
    for framework in FRAMEWORKS:
        for case in cases(framework):
            lines = [line.pattern for line in EXPLAINED if re.match(line.pattern, name_of(case))]
            if not lines:
                continue
            ours = answer(case, "float64")
            same = (
                ours.error is not None
                if "error" in case
                else ours.values is not None and agrees(case, ours.values, "float64")
            )
            if not same:
                used.update(lines)
    assert not {line.pattern for line in EXPLAINED} - used.keys()


def test_perplexity_is_right_where_torchmetrics_underflows() -> None:
    (case,) = (c for c in cases("torchmetrics") if c["id"] == "underflow-64")
    found = answer(case, "float64").values
    assert found == pytest.approx(np.exp((1000 + np.log1p(np.exp(-1.0))) / 2), rel=1e-12)
