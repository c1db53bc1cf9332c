"""Golden numbers of keras.losses on each backend; a loss computes in the dtype of the run.

TensorFlow's are those of the cases. Every case is run on the other backends too, each in a process of
its own, and stands once more, with `backend` among its arguments, where the number is another one.
"""

import json
import os
import subprocess
import sys
from itertools import product
from typing import Any

import keras
import numpy as np
from golden_cases import Cases, decode, dist, index, onehot, real, record, seeded, unit, write

INF, NAN = float("inf"), float("nan")
OTHERS = ("jax", "torch")
SINGLE = {"jax": ("Binary", "Poisson"), "torch": ("",)}
"""The functions that a backend calculates (in part: means and powers) in float32 whatever the dtype."""
REDUCTIONS = [None, "sum", "none", "mean", "mean_with_sample_weight"]


def weights(rng: np.random.Generator, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """One sample_weight."""
    return {"sample_weight": unit(rng, shape) * 2}


def words_of(args: dict[str, Any]) -> str:
    """'gamma=2.0-alpha=0.5'."""
    return "-".join(f"{k}={v}" for k, v in args.items() if not isinstance(v, np.ndarray))


def reduced(cases: Cases, f: str, make: Any, shape: tuple[int, ...], **args: Any) -> None:
    """Every reduction with and without sample weights; make(rng) gives prediction and labels."""
    rng = seeded(f + str(sorted(args)))
    tag = words_of(args)
    for reduction in REDUCTIONS:
        x, y = make(rng)
        cases.add(f, f"{tag}-{reduction}", x, y, reduction=reduction, **args)
        cases.add(
            f, f"{tag}-{reduction}-sw", x, y, extra=weights(rng, shape), reduction=reduction, **args
        )
    x, y = make(rng)
    cases.add(f, f"{tag}-sw-Nx1", x, y, extra=weights(rng, (shape[0], 1)), **args)
    zero = {"sample_weight": np.zeros(shape)}
    for reduction in (None, "mean_with_sample_weight"):
        cases.add(f, f"{tag}-sw-zero-{reduction}", x, y, extra=zero, reduction=reduction, **args)


def categorical(cases: Cases) -> None:
    """CategoricalCrossentropy and CategoricalFocalCrossentropy."""
    for name in ("CategoricalCrossentropy", "CategoricalFocalCrossentropy"):
        f = f"keras.losses.{name}"
        focal = (
            [{"alpha": 0.5, "gamma": 1.0}, {"gamma": 0.0}, {"gamma": 0.5}]
            if "Focal" in name
            else []
        )
        for logits, smoothing in product([False, True], [0.0, 0.125]):
            args = {"from_logits": logits, "label_smoothing": smoothing}

            def make(rng: np.random.Generator, logits: bool = logits) -> tuple[Any, Any]:
                return (real if logits else dist)(rng, (4, 5)), dist(rng, (4, 5))

            reduced(cases, f, make, (4,), **args)
            rng = seeded(f + str(args))
            tag = f"L{logits:d}-s{smoothing}"
            for shape, axis in [
                ((5,), -1),
                ((1, 5), -1),
                ((3, 1), -1),
                ((0, 5), -1),
                ((2, 3, 4), -1),
                ((2, 3, 4), 1),
                ((4, 5), 0),
                ((2, 2, 2, 3), -1),
            ]:
                words = "x".join(map(str, shape))
                if 0 in shape:
                    x = t = np.zeros(shape)
                else:
                    x = real(rng, shape) if logits else dist(rng, shape, axis)
                    t = dist(rng, shape, axis)
                for reduction in (None, "none"):
                    cases.add(
                        f,
                        f"{tag}-{words}-axis{axis}-{reduction}",
                        x,
                        t,
                        axis=axis,
                        reduction=reduction,
                        **args,
                    )
            x, y = (real if logits else dist)(rng, (4, 5)), np.array([0, 3, 1, 4])
            for extra in focal:
                cases.add(f, f"{tag}-{words_of(extra)}", x, onehot(y, 5), **extra, **args)
            if focal:
                cases.add(
                    f, f"{tag}-alpha-array", x, dist(rng, (4, 5)), alpha=unit(rng, (5,)), **args
                )
            cases.add(f, f"{tag}-onehot", x, onehot(y, 5), reduction="none", **args)
            cases.add(
                f, f"{tag}-onehot-int", x, onehot(y, 5).astype(np.int64), reduction="none", **args
            )
            cases.add(f, f"{tag}-labels-index", x, y, **args)
            cases.add(f, f"{tag}-labels-wrong", x, onehot(y, 5)[:, :4], **args)
            cases.add(
                f,
                f"{tag}-sums-not-1",
                np.abs(x) + 0.25,
                dist(rng, (4, 5)) / 2,
                reduction="none",
                **args,
            )
            cases.add(f, f"{tag}-negative-p", x - 0.25, onehot(y, 5), reduction="none", **args)
            if logits:
                big = np.array([[1e4, -1e4, 0.0], [800, 0, -800], [0, 200, 0]])
                cases.add(f, f"{tag}-large", big, np.eye(3)[[1, 2, 0]], reduction="none", **args)
                for value, word in [(-INF, "minus-inf"), (INF, "inf"), (NAN, "nan")]:
                    bad = x.copy()
                    bad[1, 1] = value
                    cases.add(f, f"{tag}-{word}", bad, onehot(y, 5), reduction="none", **args)
            else:
                edge = np.array([[0.0, 1, 0], [0, 0.5, 0.5], [0, 0, 0], [2.0**-30, 1, 0]])
                cases.add(f, f"{tag}-p0", edge, np.eye(3)[[0, 1, 2, 0]], reduction="none", **args)


def sparse(cases: Cases) -> None:
    """SparseCategoricalCrossentropy."""
    f = "keras.losses.SparseCategoricalCrossentropy"
    for logits, ignore in product([False, True], [None, 1, -1, 255]):
        args = {"from_logits": logits, "ignore_class": ignore}

        def make(
            rng: np.random.Generator, logits: bool = logits, ignore: Any = ignore
        ) -> tuple[Any, Any]:
            y = index(rng, (4,), 5)
            if ignore is not None:
                y[rng.integers(4)] = ignore
            return (real if logits else dist)(rng, (4, 5)), y

        reduced(cases, f, make, (4,), **args)
        rng = seeded(f + str(args))
        tag = f"L{logits:d}-i{ignore}"
        for shape in [(5,), (1, 5), (3, 1), (0, 5), (2, 3, 4), (2, 2, 2, 3)]:
            words = "x".join(map(str, shape))
            x = np.zeros(shape) if 0 in shape else (real if logits else dist)(rng, shape)
            y = index(rng, shape[:-1], shape[-1])
            for reduction in (None, "none"):
                cases.add(f, f"{tag}-{words}-{reduction}", x, y, reduction=reduction, **args)
        x, y = (real if logits else dist)(rng, (4, 5)), np.array([0, 3, 1, 4])
        for reduction in (None, "none", "mean_with_sample_weight"):
            cases.add(f, f"{tag}-Nx1-{reduction}", x, y[:, None], reduction=reduction, **args)
            for label in (-1, 5, -100):
                cases.add(
                    f,
                    f"{tag}-label{label}-{reduction}",
                    x,
                    np.array([0, label, 1, 4]),
                    reduction=reduction,
                    **args,
                )
            if ignore is not None:
                cases.add(
                    f,
                    f"{tag}-all-ignored-{reduction}",
                    x,
                    np.full(4, ignore),
                    reduction=reduction,
                    **args,
                )
                cases.add(
                    f,
                    f"{tag}-all-ignored-sw-{reduction}",
                    x,
                    np.full(4, ignore),
                    extra=weights(rng, (4,)),
                    reduction=reduction,
                    **args,
                )
        cases.add(f, f"{tag}-float-labels", x, np.array([0.0, 3, 1, 4]), **args)
        cases.add(f, f"{tag}-labels-wrong", x, y[:3], **args)
        cases.add(
            f,
            f"{tag}-axis1",
            np.moveaxis((real if logits else dist)(rng, (2, 3, 4)), -1, 1),
            index(rng, (2, 3), 4),
            axis=1,
            **args,
        )
        edge = np.array([[0.0, 1, 0], [0, 0.5, 0.5], [0, 0, 0], [800, -800, 3]])
        cases.add(f, f"{tag}-edge", edge, np.array([0, 2, 2, 0]), reduction="none", **args)
        for value in (-INF, INF, NAN):
            bad = np.array([[0.25, 0.5, value], [value, 0.5, 0.25], [0.25, 0.25, 0.5]])
            cases.add(f, f"{tag}-{value}", bad, np.array([0, 0, 2]), reduction="none", **args)
        square = np.array([[0.25, 0.5, 0.25], [0.125, 0.75, 0.125], [1, 0, 0]])
        over = {"sample_weight": np.array([1.0, 0, 3])}
        cases.add(f, f"{tag}-square", square, np.array([0, 2, 2]), extra=over, **args)
        cases.add(f, f"{tag}-sums-2", 2 * square, np.array([0, 2, 2]), reduction="none", **args)


def binary(cases: Cases) -> None:
    """BinaryCrossentropy and BinaryFocalCrossentropy."""
    for name in ("BinaryCrossentropy", "BinaryFocalCrossentropy"):
        f = f"keras.losses.{name}"
        for logits, smoothing in product([False, True], [0.0, 0.125]):
            args = {"from_logits": logits, "label_smoothing": smoothing}

            def make(rng: np.random.Generator, logits: bool = logits) -> tuple[Any, Any]:
                return (real if logits else unit)(rng, (3, 4)), unit(rng, (3, 4))

            reduced(cases, f, make, (3,), **args)
            rng = seeded(f + str(args))
            tag = f"L{logits:d}-s{smoothing}"
            for shape in [(4,), (1, 4), (3, 1), (0, 4), (2, 3, 2)]:
                x, t = (real if logits else unit)(rng, shape), unit(rng, shape)
                for reduction in (None, "none"):
                    words = "x".join(map(str, shape))
                    cases.add(f, f"{tag}-{words}-{reduction}", x, t, reduction=reduction, **args)
            x, y = (real if logits else unit)(rng, (3, 4)), rng.integers(0, 2, size=(3, 4))
            if "Focal" in name:
                for extra in [
                    {"apply_class_balancing": True},
                    {"apply_class_balancing": True, "alpha": 0.75},
                    {"gamma": 0.0},
                    {"gamma": 0.5},
                    {"gamma": 3.0},
                ]:
                    cases.add(
                        f, f"{tag}-{words_of(extra)}", x, y * 1.0, reduction="none", **extra, **args
                    )
                    cases.add(
                        f, f"{tag}-soft-{words_of(extra)}", x, unit(rng, (3, 4)), **extra, **args
                    )
            cases.add(f, f"{tag}-hard", x, y * 1.0, reduction="none", **args)
            cases.add(f, f"{tag}-int", x, y, reduction="none", **args)
            cases.add(f, f"{tag}-rank-N-vs-Nx1", x[:, 0], y[:, :1] * 1.0, **args)
            cases.add(f, f"{tag}-axis0", x, y * 1.0, axis=0, reduction="none", **args)
            cases.add(f, f"{tag}-labels-wrong", x, y[:, :3] * 1.0, **args)
            cases.add(f, f"{tag}-outside", x, real(rng, (3, 4)), **args)
            edge = np.array([[0.0, 1, 0, 1]]) if not logits else np.array([[1e4, -1e4, 40, -40]])
            for labels in ([[0.0, 1, 1, 0]], [[1.0, 0, 0, 1]]):
                cases.add(f, f"{tag}-edge", edge, np.array(labels), reduction="none", **args)
                cases.add(f, f"{tag}-edge-mean", edge, np.array(labels), **args)
            if logits:
                bad, hard = np.array([[INF, -INF, INF, -INF, NAN]]), np.array([[0.0, 1, 1, 0, 0]])
                cases.add(f, f"{tag}-infinite", bad.T, hard.T, reduction="none", **args)
            square, over = np.eye(3) / 2 + 0.25, {"sample_weight": np.array([1.0, 0, 3])}
            cases.add(f, f"{tag}-square", square, np.eye(3)[::-1], extra=over, **args)


def others(cases: Cases) -> None:
    """KLDivergence and Poisson."""
    f = "keras.losses.KLDivergence"
    reduced(cases, f, lambda rng: (dist(rng, (3, 4)), dist(rng, (3, 4))), (3,))
    rng = seeded(f)
    for shape in [(4,), (1, 4), (2, 3, 4), (3, 1)]:
        for reduction in (None, "none"):
            cases.add(
                f,
                f"{'x'.join(map(str, shape))}-{reduction}",
                dist(rng, shape),
                dist(rng, shape),
                reduction=reduction,
            )
    zero = np.array([[0.0, 0.5, 0.5], [1, 0, 0]])
    cases.add(f, "zeros", zero, zero[:, ::-1], reduction="none")
    cases.add(f, "sums-not-1", zero * 2, zero / 2, reduction="none")
    cases.add(f, "negative", zero - 0.25, zero, reduction="none")
    f = "keras.losses.Poisson"
    reduced(
        cases, f, lambda rng: (unit(rng, (3, 4)) * 8, rng.integers(0, 6, size=(3, 4)) * 1.0), (3,)
    )
    rng = seeded(f)
    for shape in [(4,), (1, 4), (2, 3, 4), (0, 4)]:
        for reduction in (None, "none"):
            cases.add(
                f,
                f"{'x'.join(map(str, shape))}-{reduction}",
                unit(rng, shape) * 8,
                rng.integers(0, 6, size=shape) * 1.0,
                reduction=reduction,
            )
    cases.add(f, "zero", np.array([[0.0, 0, 1]]), np.array([[0.0, 2, 3]]), reduction="none")
    cases.add(f, "negative", np.array([[-1.0, 2]]), np.array([[1.0, 2]]), reduction="none")


def run(function: str, args: dict[str, Any], inputs: dict[str, np.ndarray]) -> Any:
    """Build the loss with the run's dtype, call it with labels first."""
    args = {name: value for name, value in args.items() if name != "backend"}
    dtype = inputs["logits"].dtype.name
    loss = getattr(keras.losses, function.rsplit(".", 1)[1])(dtype=dtype, **args)
    return loss(inputs["labels"], inputs["logits"], sample_weight=inputs.get("sample_weight"))


def differs(case: dict[str, Any], other: dict[str, Any], backend: str) -> bool:
    """Whether another backend's record has another number than TensorFlow's."""
    if "error" in case or "error" in other:
        return ("error" in case) != ("error" in other)
    single = case["function"].rsplit(".", 1)[1].startswith(SINGLE[backend])
    for dtype, strict in (("float64", not single), ("float32", False)):
        ours, theirs = decode(case[dtype]), decode(other[dtype])
        size = np.abs(decode(case["inputs"]["logits"]))
        scale = np.max(size, initial=1.0, where=np.isfinite(size))
        rtol, atol = (1e-12, 1e-13) if strict else (2e-6, 2e-6)
        if ours.shape != theirs.shape or not np.allclose(
            ours, theirs, rtol=rtol, atol=atol * scale, equal_nan=True
        ):
            return True
    return False


def elsewhere(cases: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The records of the other backends that are not TensorFlow's, a process for each backend."""
    found: dict[str, list[dict[str, Any]]] = {}
    for backend in OTHERS:
        environment = os.environ | {"KERAS_BACKEND": backend}
        done = subprocess.run(
            [sys.executable, __file__], env=environment, stdout=subprocess.PIPE, check=True
        )
        pairs = zip(cases, json.loads(done.stdout), strict=True)
        found[backend] = [
            {
                **other,
                "id": f"{other['id']}-on-{backend}",
                "args": {**other["args"], "backend": backend},
            }
            for case, other in pairs
            if differs(case, other, backend)
        ]
    return found


def main() -> None:
    """Write keras.json; on another backend than TensorFlow the records, to stdout."""
    cases = Cases()
    for part in (categorical, sparse, binary, others):
        part(cases)
    if keras.backend.backend() == "tensorflow":
        write("keras", keras.__version__, cases, run, others=elsewhere)
    else:
        print(json.dumps([record(case, run, ("float64", "float32")) for case in cases.items]))


if __name__ == "__main__":
    main()
