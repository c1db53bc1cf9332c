"""Generated rows for every own kind: random ones, and such as were made to go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from xent_cli.dtypes import narrow_to_bfloat16

Array = np.ndarray[Any, Any]
INDEX = {"softmax-ce", "sparse", "nll", "categorical-ce", "softmax-focal", "poly"}
PROBS = {"categorical-ce", "bce", "js-div"}
SMOOTHED = {"softmax-ce", "sparse", "nll", "categorical-ce", "sigmoid-bce", "weighted", "bce"}
ELEMENTS = {
    "sigmoid-bce",
    "bce",
    "weighted",
    "multilabel-soft-margin",
    "soft-margin",
    "sigmoid-focal",
}


@dataclass(frozen=True)
class Group:
    """Rows of one kind, dtype, length and choice of options."""

    kind: str
    logits: Array
    labels: Array
    options: dict[str, Any]


def random_groups(kind: str, rows: int, seed: int) -> Iterator[Group]:
    """Groups of random rows of 1 to 40 classes, `rows` in all."""
    rng = np.random.default_rng([seed, *kind.encode()])
    while rows > 0:
        count, classes = min(rows, 100), int(min(40, rng.geometric(0.2)))
        scale = rng.choice([0.01, 1.0, 5.0, 20.0])
        x = np.clip(
            rng.standard_normal((count, classes)) * scale + rng.choice([0, 0, -20, 20]), -50, 50
        )
        dtype = rng.choice(["f4", "f4", "f4", "f8", "f2", "bf"])
        yield _group(kind, x, dtype, rng)
        rows -= count


def adversarial_groups(kind: str, rows: int) -> Iterator[Group]:
    """Groups of rows with ties, extremes, infinities, subnormals, and single classes."""
    rng = np.random.default_rng([7, *kind.encode()])
    shapes = _shapes(rng)
    while rows > 0:
        for x in shapes:
            for dtype in ("f4", "f8", "f2", "bf"):
                yield _group(kind, x, dtype, rng)
                rows -= len(x)


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


def _narrow(x: Array, dtype: str) -> Array:
    if dtype == "bf":
        return narrow_to_bfloat16(np.clip(x, -3e38, 3e38) if np.isfinite(x).all() else x)
    with np.errstate(over="ignore", under="ignore"):
        if dtype == "f2":
            x = np.where(np.isfinite(x), np.clip(x, -65504, 65504), x)
        return x.astype(dtype)


def _unit(x: Array, rng: np.random.Generator) -> Array:
    """Numbers in [0, 1] that depend on x: the ends, and what is close to them, among them."""
    with np.errstate(over="ignore", under="ignore"):
        p = 1 / (1 + np.exp(-np.nan_to_num(x, neginf=-800)))
    pick = rng.random(x.shape)
    p = np.where(pick < 0.05, 0.0, np.where(pick > 0.95, 1.0, p))
    return np.where(
        (pick > 0.5) & (pick < 0.53), 1e-40, np.where((pick > 0.47) & (pick < 0.5), 1e-310, p)
    )


def _simplex(shape: tuple[int, int], rng: np.random.Generator) -> Array:
    p = rng.dirichlet(np.full(shape[1], 0.5), shape[0])
    p[rng.random(shape) < 0.2] = 0
    return p


def _group(kind: str, x: Array, dtype: str, rng: np.random.Generator) -> Group:
    rows, classes = x.shape
    if kind in ELEMENTS:  # there 0 * inf is NaN, a rule and no rounding
        x = np.nan_to_num(x, neginf=-800)
    target_dtype = "f8" if dtype == "f8" or rng.random() < 0.2 else "f4"
    options = _options(kind, classes, rng)
    takes = options.get(
        "input",
        "probs" if kind in PROBS else "log-probs" if kind in ("nll", "kl-div") else "logits",
    )
    if takes == "probs":
        x = (
            _unit(x, rng)
            if kind in ELEMENTS or kind == "js-div"
            else np.maximum(_unit(x, rng), 1e-30)
        )
    elif takes == "log-probs":
        x = -np.abs(x)
    if kind in ("poisson-nll", "gaussian-nll"):
        return _likelihood(kind, (x, dtype), options, rng)
    logits = _narrow(x, dtype)
    if kind == "categorical-ce" or takes == "probs":
        logits = logits if dtype in ("f4", "f8", "bf") else np.maximum(logits, np.float16(1e-7))
    if kind in ELEMENTS:
        labels = _element_targets(kind, x.shape, rng).astype(target_dtype)
    elif kind == "entropy":
        labels = np.empty((rows, 0))
    elif kind in INDEX and (kind in ("sparse", "nll") or rng.random() < 0.5):
        labels = rng.integers(0, classes, rows)
        labels = np.where(np.isneginf(x[np.arange(rows), labels]), 0, labels)
    else:
        labels = _simplex(x.shape, rng)
        labels = np.where(np.isneginf(x), 0.0, labels).astype(target_dtype)
        if options.get("label_smoothing") and np.isinf(x).any():
            options.pop("label_smoothing")
        if options.get("log_target"):
            with np.errstate(divide="ignore"):
                labels = np.log(labels)
    if np.isinf(x).any():
        options.pop("label_smoothing", None)
    return Group(kind, logits, labels, options)


def _element_targets(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    if kind == "soft-margin":
        return rng.choice([-1.0, 1.0], shape)
    if rng.random() < 0.5:
        return rng.integers(0, 2, shape).astype(float)
    return (
        rng.choice([1e-8, 1 - 1e-8, 1 - 2.0**-24, 1e-40, 0.5], shape)
        if rng.random() < 0.4
        else rng.random(shape)
    )


def _likelihood(
    kind: str, given: tuple[Array, str], options: dict[str, Any], rng: np.random.Generator
) -> Group:
    x, dtype = given
    x = np.clip(
        np.nan_to_num(x, neginf=-50, posinf=50), -1e30, 60 if kind == "poisson-nll" else 1e30
    )
    if kind == "poisson-nll":
        if not options["log_input"]:
            x = np.abs(x)
        x = _narrow(np.maximum(x, -1e5), dtype)
        return Group(kind, x, rng.poisson(3, x.shape).astype("f4"), options)
    options["var"] = rng.choice([1e-9, 1e-3, 0.3, 1.0, 5.0, 1e6], x.shape)
    labels = np.where(rng.random(x.shape) < 0.3, x * (1 + 1e-7), rng.standard_normal(x.shape))
    return Group(kind, _narrow(x, dtype), labels.astype("f8" if dtype == "f8" else "f4"), options)


def _options(kind: str, classes: int, rng: np.random.Generator) -> dict[str, Any]:
    some = rng.random(4) < 0.3
    options: dict[str, Any] = {}
    if kind in ("softmax-ce", "sparse"):
        options |= _softmax_options(some, rng)
    if kind in ("softmax-ce", "sparse", "nll", "categorical-ce"):
        options |= {"weight": rng.random(classes) * 3} if some[2] else {}
    if kind in SMOOTHED:
        options |= {"label_smoothing": float(rng.choice([0.1, 1e-6]))} if some[3] else {}
    if kind == "multilabel-soft-margin" and some[0]:
        options["weight"] = rng.random(classes) * 3
    if kind == "weighted" or (kind == "sigmoid-bce" and some[0]):
        options["pos_weight"] = rng.random(classes) * 5
    if kind.endswith("focal"):
        options["gamma"] = float(rng.choice([0.0, 0.5, 1.0, 2.0, 5.0]))
    if kind.endswith("focal") and some[0]:
        options["alpha"] = rng.random(classes) if kind == "softmax-focal" else 0.25
    if kind == "poly":
        options["epsilon"] = float(rng.choice([-1.0, 0.5, 2.0]))
    if kind == "kl-div":
        options["input"] = str(rng.choice(["log-probs", "logits"]))
        options["log_target"] = bool(some[0])
    if kind in ("poisson-nll", "gaussian-nll"):
        options["full"] = bool(some[0])
    if kind == "poisson-nll":
        options["log_input"] = bool(rng.random() < 0.5)
    return options


def _softmax_options(some: Array, rng: np.random.Generator) -> dict[str, Any]:
    takes = str(rng.choice(["logits", "logits", "logits", "log-probs", "probs"]))
    options: dict[str, Any] = {"input": takes}
    if some[0] and takes == "logits":
        options["z_loss"] = 1e-3
    if some[1] and takes == "logits":
        options["softcap"] = float(rng.choice([1.0, 30.0]))
    return options
