"""Golden numbers of tf.nn losses (eager, CPU). All of them return unreduced losses."""

from typing import Any

import numpy as np
import tensorflow as tf
from golden_cases import Cases, dist, index, onehot, real, seeded, unit, write

INF, NAN = float("inf"), float("nan")
NAMES = {  # function -> (name of the prediction argument, of the label argument)
    "tf.nn.sigmoid_cross_entropy_with_logits": ("logits", "labels"),
    "tf.nn.softmax_cross_entropy_with_logits": ("logits", "labels"),
    "tf.nn.sparse_softmax_cross_entropy_with_logits": ("logits", "labels"),
    "tf.nn.weighted_cross_entropy_with_logits": ("logits", "labels"),
    "tf.nn.log_poisson_loss": ("log_input", "targets"),
}


def binary(cases: Cases) -> None:
    """sigmoid_ and weighted_cross_entropy_with_logits."""
    for word in ("sigmoid", "weighted"):
        f = f"tf.nn.{word}_cross_entropy_with_logits"
        rng = seeded(f)
        weights = [{}]
        if "weighted" in f:
            weights = [
                {"pos_weight": 2.5}, {"pos_weight": 1.0}, {"pos_weight": 0.0}, {"pos_weight": -1.0},
            ]  # fmt: skip
        for args in weights:
            tag = f"-q{args['pos_weight']}" if args else ""
            for shape in [(), (4,), (3, 4), (1, 4), (3, 1), (0, 4), (2, 3, 2), (2, 3, 2, 1, 2)]:
                name = "x".join(map(str, shape))
                x = real(rng, shape)
                cases.add(f, f"soft-{name}{tag}", x, unit(rng, shape), **args)
                cases.add(f, f"hard-{name}{tag}", x, rng.integers(0, 2, size=shape) * 1.0, **args)
            x = np.array([1e4, -1e4, 800, -800, 0, 40, -40])
            cases.add(f, f"large{tag}", x, np.array([0.0, 1, 1, 0, 0.5, 1, 1]), **args)
            cases.add(f, f"outside{tag}", real(rng, (2, 3)), real(rng, (2, 3)), **args)
            bad = np.array([INF, -INF, INF, -INF, NAN])
            cases.add(f, f"inf{tag}", bad, np.array([0.0, 1, 1, 0, 0]), **args)
            cases.add(f, f"wrong-shape{tag}", real(rng, (3, 4)), unit(rng, (3, 3)), **args)
            cases.add(f, f"Nx1{tag}", real(rng, (3, 4)), unit(rng, (3, 1)), **args)
            cases.add(f, f"int-labels{tag}", real(rng, (3,)), np.array([0, 1, 1]), **args)
    for shape in [(4,), (1,), (3, 1), (3, 4), (3,)]:
        args = {"pos_weight": unit(rng, shape) * 4}
        name = "x".join(map(str, shape))
        cases.add(f, f"pos-weight-{name}", real(rng, (3, 4)), unit(rng, (3, 4)), **args)


def softmax(cases: Cases) -> None:
    """softmax_ and sparse_softmax_cross_entropy_with_logits."""
    f = "tf.nn.softmax_cross_entropy_with_logits"
    rng = seeded(f)
    for shape in [(5,), (4, 5), (1, 5), (3, 1), (0, 5), (2, 3, 4), (2, 3, 2, 4)]:
        for axis in [None, 0, 1, -2] if len(shape) > 1 and 0 not in shape else [None]:
            at = -1 if axis is None else axis
            name = "x".join(map(str, shape))
            t = dist(rng, shape, at) if 0 not in shape else np.zeros(shape)
            cases.add(f, f"{name}-axis-{axis}", real(rng, shape), t, axis=axis)
            cases.add(f, f"half-{name}-axis-{axis}", real(rng, shape), t / 2, axis=axis)
    x, t = real(rng, (3, 4)), dist(rng, (3, 4))
    y = np.array([0, 3, 1])
    cases.add(
        f, "doc", np.array([[4.0, 2, 1], [0, 5, 1]]), np.array([[1.0, 0, 0], [0, 0.75, 0.25]])
    )
    cases.add(f, "onehot", x, onehot(y, 4))
    cases.add(f, "int-onehot", x, onehot(y, 4).astype(np.int64))
    cases.add(f, "int32-onehot", x, onehot(y, 4).astype(np.int32))
    cases.add(f, "negative", x, t - 0.5)
    cases.add(f, "zero", x, t * 0)
    cases.add(f, "one-row-for-all", x, t[:1])
    cases.add(f, "Nx1", x, t[:, :1])
    cases.add(f, "row-without-batch", x, t[0])
    cases.add(f, "wrong-classes", x, t[:, :3])
    cases.add(f, "axis-out-of-range", x, t, axis=2)
    for value, word in [(-INF, "minus-inf"), (INF, "inf"), (NAN, "nan")]:
        bad = x.copy()
        bad[1, 1] = value
        cases.add(f, word, bad, onehot(y, 4))
        cases.add(f, f"{word}-soft", bad, t)
    bad[1] = -INF
    cases.add(f, "row-of-minus-inf", bad, onehot(y, 4))
    big = np.array([[1e4, -1e4, 0.0], [8e7, 0, -8e7], [-1000, -1000, -1001]])
    cases.add(f, "large", big, np.array([[0.0, 1, 0], [0.5, 0.25, 0.25], [0, 0, 1]]))
    square, t = real(rng, (3, 3)), dist(rng, (3, 3))
    cases.add(f, "square-vector", square, t[0])
    cases.add(f, "square-column", square, t[:, :1])

    f = "tf.nn.sparse_softmax_cross_entropy_with_logits"
    rng = seeded(f)
    for shape in [(5,), (4, 5), (1, 5), (3, 1), (0, 5), (2, 3, 4), (2, 3, 2, 4), (2, 1, 2, 1, 3)]:
        name = "x".join(map(str, shape))
        for _ in range(2):
            cases.add(f, name, real(rng, shape), index(rng, shape[:-1], shape[-1]))
    doc = [[2, -5, 0.5, -0.125], [0, 0, 1.875, 1.375], [-100, 100, -100, -100]]
    cases.add(f, "doc", np.array(doc), np.array([0, 3, 1]))
    x = real(rng, (3, 4))
    for dtype in ("int32", "uint8", "int8", "uint64", "float64"):
        cases.add(f, f"labels-{dtype}", x, y.astype(dtype))
    for label in (4, -1, -100, 7):
        cases.add(f, f"label-{label}", x, np.array([0, label, 1]))
    cases.add(f, "Nx1", x, y[:, None])
    cases.add(f, "too-few", x, y[:2])
    cases.add(f, "dense", x, onehot(y, 4))
    cases.add(f, "class-first", real(rng, (2, 3, 4)), np.zeros((2, 4), int))
    for value, word in [(-INF, "minus-inf"), (INF, "inf"), (NAN, "nan")]:
        for place, where in [((1, 1), "other"), ((1, 3), "true")]:
            bad = x.copy()
            bad[place] = value
            cases.add(f, f"{word}-{where}", bad, y)
    cases.add(f, "large", big, np.array([1, 0, 2]))


def poisson(cases: Cases) -> None:
    """log_poisson_loss."""
    f = "tf.nn.log_poisson_loss"
    rng = seeded(f)
    for full in (None, False, True):
        for shape in [(), (5,), (3, 4), (0, 2), (2, 2, 2)]:
            t = rng.integers(0, 6, size=shape) * 1.0
            name = "x".join(map(str, shape))
            cases.add(f, f"{name}-full-{full}", real(rng, shape, 1.0), t, compute_full_loss=full)
        edge = np.array([0.0, 0.5, 1, 1.5, 2, 100])
        cases.add(
            f, f"edge-full-{full}", np.array([0.0, 1, -1, 2, 0, 3]), edge, compute_full_loss=full
        )
        cases.add(
            f,
            f"negative-full-{full}",
            np.array([0.0, 1]),
            np.array([-1.0, -0.5]),
            compute_full_loss=full,
        )
    cases.add(f, "wrong-shape", real(rng, (3, 4)), unit(rng, (3, 3)))


def run(function: str, args: dict[str, Any], inputs: dict[str, np.ndarray]) -> Any:
    """Call by keyword with tensors."""
    prediction, label = NAMES[function]
    operands = {prediction: tf.constant(inputs["logits"]), label: tf.constant(inputs["labels"])}
    return getattr(tf.nn, function.rsplit(".", 1)[1])(**operands, **args).numpy()


def main() -> None:
    """Write tensorflow.json."""
    cases = Cases()
    for part in (binary, softmax, poisson):
        part(cases)
    write("tensorflow", tf.__version__, cases, run)
