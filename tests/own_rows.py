"""Runs an own kind in memory, and the rows on which the kinds are judged at 50 digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from xent_cli.passes.request import LossRequest
from xent_cli.results.loss import LossResult
from xent_cli.tasks.loss import compute_loss

EPS = 2.0**-52


def result(kind: str, logits: Any, labels: Any = None, **given: Any) -> LossResult:
    """`compute_loss` in double; options of the request by name, all others are parameters."""
    request = {
        name: given.pop(name)
        for name in ("reduction", "class_dim", "sample_weight", "options", "strict", "precision")
        if name in given
    }
    request.setdefault("precision", "double")
    labels = None if labels is None else np.asarray(labels)
    return compute_loss(LossRequest(np.asarray(logits), labels, kind=kind, params=given, **request))


def values(kind: str, logits: Any, labels: Any = None, **given: Any) -> np.ndarray:
    """The losses of the rows, or of the elements."""
    found = result(kind, logits, labels, reduction="none", **given).values
    assert found is not None
    flat = [value for chunk in found.chunks() for value in chunk]
    return np.array(flat).reshape(found.shape)


def rows(least: int = 1) -> list[np.ndarray]:
    """Ordinary, large, tied, tiny and lopsided rows of 1 (or `least`) to 300 classes."""
    rng = np.random.default_rng(20)
    found = [rng.normal(size=n) * s for n in (1, 2, 3, 10, 127, 128, 129, 300) for s in (1, 40)]
    found += [
        np.zeros(5),
        np.array([1e4, -1e4, 0.0]),
        np.array([-1000.0, -1000.0, -1001.0]),
        np.array([5e-324, 0.0, -5e-324]),
        np.array([40.0, 0.0, 0.0]),
        np.array([0.0, 40.0, 3.0]),
        np.array([8e7, 0.0, -8e7]),
    ]
    return [row for row in found if len(row) >= least]


def targets_for(row: np.ndarray) -> np.ndarray:
    """A distribution over the row's classes."""
    rng = np.random.default_rng(len(row))
    raw = rng.integers(0, 5, size=len(row)) + 0.0
    raw[0] += 1
    return raw / raw.sum()


def close(ours: float, exact: Any, *sizes: Any, factor: float = 4.0) -> bool:
    """|ours - exact| <= factor * 2^-52 * max(1, |exact|, sizes)."""
    largest = max(1.0, abs(float(exact)), *(float(np.max(np.abs(size))) for size in sizes))
    return abs(float(ours - exact)) <= factor * EPS * largest
