"""Golden numbers of optax.losses. Everything comes back unreduced along the batch."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import optax
from golden_cases import Cases, dist, index, log_dist, onehot, real, seeded, unit, write

INF, NAN = float("inf"), float("nan")
BAD = [(-INF, "minus-inf"), (INF, "inf"), (NAN, "nan")]
SHAPES = [(5,), (4, 5), (1, 5), (3, 1), (0, 5), (2, 3, 4), (2, 2, 2, 3)]


def name_of(shape: tuple[int, ...]) -> str:
    """'4x5'."""
    return "x".join(map(str, shape))


def target(rng: np.random.Generator, shape: tuple[int, ...], axis: int = -1) -> np.ndarray:
    """A distribution along axis, or zeros where the array is empty."""
    return np.zeros(shape) if 0 in shape else dist(rng, shape, axis)


def dense(cases: Cases) -> None:
    """softmax_cross_entropy, safe_softmax_cross_entropy, poly_loss_cross_entropy."""
    for short in ("softmax_cross_entropy", "safe_softmax_cross_entropy", "poly_loss_cross_entropy"):
        f = f"optax.losses.{short}"
        rng = seeded(f)
        for shape in SHAPES:
            x, t = real(rng, shape), target(rng, shape)
            cases.add(f, name_of(shape), x, t)
            cases.add(f, f"half-{name_of(shape)}", x, t / 2)
            if "safe" not in short and len(shape) > 1:
                cases.add(f, f"axis0-{name_of(shape)}", x, t, axis=0)
                cases.add(
                    f, f"where-{name_of(shape)}", x, t, where=rng.integers(0, 2, size=shape) > 0
                )
        x, t, y = real(rng, (3, 4)), dist(rng, (3, 4)), np.array([0, 3, 1])
        cases.add(f, "onehot", x, onehot(y, 4))
        cases.add(f, "int-labels", x, onehot(y, 4).astype(np.int64))
        cases.add(f, "negative", x, t - 0.5)
        cases.add(f, "zero", x, t * 0)
        cases.add(f, "one-row-for-all", x, t[:1])
        cases.add(f, "Nx1", x, t[:, :1])
        cases.add(f, "wrong-classes", x, t[:, :3])
        for value, word in BAD:
            for place, where in [((1, 1), "other"), ((1, 3), "true")]:
                bad = x.copy()
                bad[place] = value
                cases.add(f, f"{word}-{where}-onehot", bad, onehot(y, 4))
                cases.add(f, f"{word}-{where}-soft", bad, t)
        bad = x.copy()
        bad[1] = -INF
        cases.add(f, "row-of-minus-inf", bad, onehot(y, 4))
        big = np.array([[1e4, -1e4, 0.0], [8e7, 0, -8e7], [-1000, -1000, -1001]])
        cases.add(f, "large", big, np.array([[0.0, 1, 0], [0.5, 0.25, 0.25], [0, 0, 1]]))
        if "poly" in short:
            for epsilon in (-1.0, 0.0, 0.5, 10.0):
                cases.add(f, f"epsilon-{epsilon}", x, t, epsilon=epsilon)
                cases.add(f, f"epsilon-{epsilon}-onehot", x, onehot(y, 4), epsilon=epsilon)
        x, t = real(rng, (3, 3)), dist(rng, (3, 3))
        cases.add(f, "square-vector-for-all", x, t[0])
        cases.add(f, "square-Nx1", x, t[:, :1])
        if short == "softmax_cross_entropy":
            for axis in (None, 0):
                vector = np.array([True, False, True])
                cases.add(f, f"square-where-row-axis{axis}", x, t, where=vector, axis=axis)
            x, t = real(rng, (2, 3, 4)), dist(rng, (2, 3, 4))
            cases.add(f, "axis-pair", x, t, axis=[2, 0])


def integer(cases: Cases) -> None:
    """softmax_cross_entropy_with_integer_labels."""
    f = "optax.losses.softmax_cross_entropy_with_integer_labels"
    rng = seeded(f)
    for shape in SHAPES:
        for _ in range(2):
            cases.add(f, name_of(shape), real(rng, shape), index(rng, shape[:-1], shape[-1]))
        if len(shape) > 1 and 0 not in shape:
            cases.add(
                f,
                f"axis0-{name_of(shape)}",
                real(rng, shape),
                index(rng, shape[1:], shape[0]),
                axis=0,
            )
            row = rng.integers(0, 2, size=shape[:-1]) > 0
            cases.add(
                f,
                f"where-row-{name_of(shape)}",
                real(rng, shape),
                index(rng, shape[:-1], shape[-1]),
                where=row,
            )
            mask = rng.integers(0, 2, size=shape) > 0
            cases.add(
                f,
                f"where-{name_of(shape)}",
                real(rng, shape),
                index(rng, shape[:-1], shape[-1]),
                where=mask,
            )
    cases.add(f, "axis-pair", real(rng, (2, 3, 4)), index(rng, (2,), 12), axis=[1, 2])
    cases.add(f, "axis-pair-swapped", real(rng, (2, 3, 4)), index(rng, (2,), 12), axis=[2, 1])
    x, y = real(rng, (3, 4)), np.array([0, 3, 1])
    cases.add(f, "all-masked", x, y, where=np.zeros(3, dtype=bool))
    for label in (4, 7, -1, -4, -5, -100):
        cases.add(f, f"label-{label}", x, np.array([0, label, 1]))
    for dtype in ("int32", "uint8", "int8"):
        cases.add(f, f"labels-{dtype}", x, y.astype(dtype))
    cases.add(f, "labels-float", x, y * 1.0)
    cases.add(f, "labels-Nx1", x, y[:, None])
    cases.add(f, "labels-too-few", x, y[:2])
    cases.add(f, "label-for-all", x, y[:1])
    for value, word in BAD:
        for place, where in [((1, 1), "other"), ((1, 3), "true")]:
            bad = x.copy()
            bad[place] = value
            cases.add(f, f"{word}-{where}", bad, y)
    big = np.array([[1e4, -1e4, 0.0], [8e7, 0, -8e7], [-1000, -1000, -1001]])
    cases.add(f, "large", big, np.array([1, 0, 2]))
    x, y, vector = real(rng, (3, 3)), y % 3, np.array([True, False, True])
    for axis in (None, 0, 1):
        cases.add(f, f"square-where-row-axis{axis}", x, y, where=vector, axis=axis)
    x = real(rng, (2, 3, 4, 4))
    for axis in ([2, 3], [3, 2], [1, -1], [0], [1, 2, 3]):
        rows = tuple(n for a, n in enumerate(x.shape) if a not in [b % 4 for b in axis])
        labels = index(rng, rows, int(x.size / np.prod(rows)))
        tag = "-".join(map(str, axis))
        cases.add(f, f"axes-{tag}", x, labels, axis=axis)
        mask = rng.integers(0, 2, size=x.shape) > 0
        cases.add(f, f"axes-{tag}-where", x, labels, axis=axis, where=mask)
        mask = rng.integers(0, 2, size=rows) > 0
        cases.add(f, f"axes-{tag}-where-row", x, labels, axis=axis, where=mask)
    cases.add(f, "axes-twice", x, index(rng, (2, 3), 16), axis=[3, -1])
    cases.add(f, "axes-label-out", x, np.full((2, 3), 16), axis=[2, 3])


def binary(cases: Cases) -> None:
    """sigmoid_binary_cross_entropy and sigmoid_focal_loss."""
    for short in ("sigmoid_binary_cross_entropy", "sigmoid_focal_loss"):
        f = f"optax.losses.{short}"
        rng = seeded(f)
        options: list[dict[str, float]] = [{}]
        if "focal" in short:
            options += [
                {"gamma": 0.0},
                {"gamma": 0.5},
                {"gamma": 5.0},
                {"alpha": 0.25},
                {"alpha": 0.75, "gamma": 1.5},
            ]
        for args in options:
            tag = "".join(f"-{k}={v}" for k, v in args.items())
            for shape in [(), (4,), (3, 4), (0, 4), (2, 3, 2)]:
                x = real(rng, shape)
                cases.add(f, f"soft-{name_of(shape)}{tag}", x, unit(rng, shape), **args)
                cases.add(
                    f,
                    f"hard-{name_of(shape)}{tag}",
                    x,
                    rng.integers(0, 2, size=shape) * 1.0,
                    **args,
                )
            big = np.array([1e4, -1e4, 800, -800, 0, 40, -40])
            cases.add(f, f"large{tag}", big, np.array([0.0, 1, 1, 0, 0.5, 1, 1]), **args)
            cases.add(
                f,
                f"inf{tag}",
                np.array([INF, -INF, INF, -INF, NAN]),
                np.array([0.0, 1, 1, 0, 0]),
                **args,
            )
            cases.add(f, f"outside{tag}", real(rng, (2, 3)), real(rng, (2, 3)), **args)
        cases.add(f, "one-row-for-all", real(rng, (3, 4)), unit(rng, (1, 4)))
        cases.add(f, "vector-for-all", real(rng, (3, 4)), unit(rng, (4,)))
        cases.add(f, "Nx1", real(rng, (3, 4)), unit(rng, (3, 1)))
        cases.add(f, "wrong-shape", real(rng, (3, 4)), unit(rng, (3, 3)))
        cases.add(f, "square-vector-for-all", real(rng, (3, 3)), unit(rng, (3,)))
        cases.add(f, "square-Nx1", real(rng, (3, 3)), unit(rng, (3, 1)))
        cases.add(f, "int-labels", real(rng, (3,)), np.array([0, 1, 1]))


def divergence(cases: Cases) -> None:
    """kl_divergence(log_predictions, targets), with log targets, and generalized."""
    for short in (
        "kl_divergence",
        "kl_divergence_with_log_targets",
        "generalized_kl_divergence",
        "convex_kl_divergence",
    ):
        f = f"optax.losses.{short}"
        rng = seeded(f)
        draw = log_target if "log_targets" in short else target
        for shape in SHAPES if "convex" not in short else SHAPES[:2]:
            q = np.zeros(shape) if 0 in shape else log_dist(rng, shape)
            cases.add(f, name_of(shape), q, draw(rng, shape))
            if len(shape) > 1:
                cases.add(f, f"axis0-{name_of(shape)}", q, draw(rng, shape, 0), axis=0)
                cases.add(
                    f,
                    f"where-{name_of(shape)}",
                    q,
                    draw(rng, shape),
                    where=rng.integers(0, 2, size=shape) > 0,
                )
        q, t = log_dist(rng, (2, 4)), np.array([[0.0, 0.5, 0.5, 0], [1, 0, 0, 0]])
        if draw is log_target:
            t = np.array([[-1.0, -2, -INF, 0], [0, -INF, -3, -8]])
        cases.add(f, "zero-target", q, t)
        cases.add(f, "negative-target", q, t - 0.25)
        cases.add(f, "sums-not-1", q * 2, t * 3)
        q = q.copy()
        q[1, 1] = q[0, 1] = -INF
        cases.add(f, "minus-inf", q, t)
        cases.add(f, "one-row-for-all", log_dist(rng, (3, 4)), draw(rng, (1, 4)))
        x, t = log_dist(rng, (3, 3)), draw(rng, (3, 3))
        cases.add(f, "square-vector-for-all", x, t[0])
        cases.add(f, "square-where-vector", x, t, where=np.array([True, False, True]))
        cases.add(f, "where-vector-of-rows", q, np.zeros((2, 4)), where=np.array([True, False]))
        cases.add(f, "axis-pair", log_dist(rng, (2, 3, 4)), draw(rng, (2, 3, 4)), axis=[2, 0])


def log_target(rng: np.random.Generator, shape: tuple[int, ...], axis: int = -1) -> np.ndarray:
    """The logarithms of a distribution, or zeros where the array is empty."""
    return np.zeros(shape) if 0 in shape else log_dist(rng, shape, axis)


def run(function: str, args: dict[str, Any], inputs: dict[str, np.ndarray]) -> Any:
    """Call with predictions first."""
    given = {k: jnp.asarray(v) if isinstance(v, np.ndarray) else v for k, v in args.items()}
    if isinstance(given.get("axis"), list):
        given["axis"] = tuple(given["axis"])
    call = getattr(optax.losses, function.rsplit(".", 1)[1])
    return call(jnp.asarray(inputs["logits"]), jnp.asarray(inputs["labels"]), **given)


def main() -> None:
    """Write optax.json."""
    cases = Cases()
    for part in (dense, integer, binary, divergence):
        part(cases)
    write("optax", optax.__version__, cases, run)
