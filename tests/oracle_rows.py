"""Raw numbers of which each kind's test makes its rows: random ones, and such as go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from xent_cli.dtypes import narrow_to_bfloat16

Array = np.ndarray[Any, Any]
Options = dict[str, Any]
Operands = tuple[Array, Array, Options]
"""Logits, labels, and the options under which they meet."""

MANY = 1 << 17


def random_numbers(name: str, rows: int, seed: int) -> Iterator[tuple[Array, str, Any]]:
    """Rows of 1 to 40 classes, `rows` in all, each with a dtype and a generator for the rest."""
    rng = np.random.default_rng([seed, *name.encode()])
    while rows > 0:
        count, classes = min(rows, 100), int(min(40, rng.geometric(0.2)))
        scale = rng.choice([0.01, 1.0, 5.0, 20.0])
        x = np.clip(
            rng.standard_normal((count, classes)) * scale + rng.choice([0, 0, -20, 20]), -50, 50
        )
        yield x, str(rng.choice(["f4", "f4", "f4", "f8", "f2", "bf"])), rng
        rows -= count


def adversarial_numbers(name: str, rows: int) -> Iterator[tuple[Array, str, Any]]:
    """Rows with ties, extremes, infinities, subnormals, and single classes."""
    rng = np.random.default_rng([7, *name.encode()])
    shapes = _shapes(rng)
    while rows > 0:
        for x in shapes:
            for dtype in ("f4", "f8", "f2", "bf"):
                yield x, dtype, rng
                rows -= len(x)


def wide_rows() -> Array:
    """Rows of 131072 classes."""
    rng = np.random.default_rng(0)
    scaled = [np.clip(rng.standard_normal(MANY) * scale, -50, 50) for scale in (0.01, 1, 5, 20)]
    constant = [np.full(MANY, value) for value in (-50.0, -3.3, 0.0, 1.7, 50.0)]
    return np.array([*scaled, *constant], dtype=np.float32)


def _shapes(rng: np.random.Generator) -> list[Array]:
    edges = np.array([-88.5, -87.7, -50, -46.1, -46, 45, 50, 57, 69, 69.1, 88, 88.8, 103, 710, 745])
    tied = [np.repeat(v[:, None], c, axis=1) for c in (1, 2, 3, 31, 40) for v in [edges]]
    near = edges[:, None] + rng.choice([0, 1e-6, -1e-6, 1e-3, -36, -700], (len(edges), 6))
    extreme = rng.choice([1e4, -1e4, 6e4, -6e4, 3e38, -3e38, 0, 1, -1], (12, 4))
    small = rng.choice(
        [5e-324, 1e-45, -1e-45, 1e-40, 0.0, -0.0, 1e-310, 6e-8, 1e-8, -1e-8], (12, 5)
    )
    holes = rng.standard_normal((12, 7)) * 5
    holes[:, 1:][rng.random((12, 6)) < 0.4] = -np.inf
    steep = np.sort(rng.standard_normal((12, 9)) * 30, axis=1)[:, ::-1].copy()
    return [*tied, near, extreme, small, holes, steep]


def narrow(x: Array, dtype: str) -> Array:
    """x in `f4`, `f8`, `f2` or `bf`, as far as it goes."""
    if dtype == "bf":
        return narrow_to_bfloat16(np.clip(x, -3e38, 3e38) if np.isfinite(x).all() else x)
    with np.errstate(over="ignore", under="ignore"):
        if dtype == "f2":
            x = np.where(np.isfinite(x), np.clip(x, -65504, 65504), x)
        return x.astype(dtype)


def unit(x: Array, rng: np.random.Generator) -> Array:
    """Numbers in [0, 1] that depend on x: the ends, and what is close to them, among them."""
    with np.errstate(over="ignore", under="ignore"):
        p = 1 / (1 + np.exp(-np.nan_to_num(x, neginf=-800)))
    pick = rng.random(x.shape)
    p = np.where(pick < 0.05, 0.0, np.where(pick > 0.95, 1.0, p))
    return np.where(
        (pick > 0.5) & (pick < 0.53), 1e-40, np.where((pick > 0.47) & (pick < 0.5), 1e-310, p)
    )


def simplex(shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Rows of probabilities, some of them 0."""
    p = rng.dirichlet(np.full(shape[1], 0.5), shape[0])
    p[rng.random(shape) < 0.2] = 0
    return p


def target_dtype(dtype: str, rng: np.random.Generator) -> str:
    """That of dense targets beside logits of `dtype`."""
    return "f8" if dtype == "f8" or rng.random() < 0.2 else "f4"


def class_operand(
    x: Array, dtype: str, takes: str, rng: np.random.Generator
) -> tuple[Array, Array]:
    """The rows as what a loss over classes takes: as float64, and as stored."""
    if takes == "probs":
        x = np.maximum(unit(x, rng), 1e-30)
    elif takes == "log-probs":
        x = -np.abs(x)
    stored = narrow(x, dtype)
    return x, np.maximum(stored, np.float16(1e-7)) if takes == "probs" and dtype == "f2" else stored


def index_targets(x: Array, rng: np.random.Generator) -> Array:
    """A class for each row, whose loss is finite."""
    labels = rng.integers(0, x.shape[1], len(x))
    return np.where(np.isneginf(x[np.arange(len(x)), labels]), 0, labels)


def dense_targets(x: Array, dtype: str, rng: np.random.Generator) -> Array:
    """A distribution for each row, with nothing on classes whose loss is infinite."""
    wide = target_dtype(dtype, rng)
    return np.where(np.isneginf(x), 0.0, simplex(x.shape, rng)).astype(wide)


def element_targets(shape: tuple[int, ...], dtype: str, rng: np.random.Generator) -> Array:
    """Targets in [0, 1]: 0 and 1, any, or such as are close to the ends."""
    wide = target_dtype(dtype, rng)
    if rng.random() < 0.5:
        return rng.integers(0, 2, shape).astype(wide)
    if rng.random() < 0.4:
        return rng.choice([1e-8, 1 - 1e-8, 1 - 2.0**-24, 1e-40, 0.5], shape).astype(wide)
    return rng.random(shape).astype(wide)
