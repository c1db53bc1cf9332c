"""Golden numbers of torch.nn losses and their torch.nn.functional names."""

from itertools import product
from typing import Any

import numpy as np
import torch
from golden_cases import Cases, dist, index, log_dist, onehot, real, seeded, unit, write
from golden_torch_elementwise import REDUCTIONS, binary, name_of, others

INF, NAN = float("inf"), float("nan")
FUNCTIONAL = {
    "CrossEntropyLoss": "cross_entropy",
    "NLLLoss": "nll_loss",
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "MultiLabelSoftMarginLoss": "multilabel_soft_margin_loss",
    "SoftMarginLoss": "soft_margin_loss",
    "KLDivLoss": "kl_div",
    "PoissonNLLLoss": "poisson_nll_loss",
    "GaussianNLLLoss": "gaussian_nll_loss",
}
# class dim 1, or 0 of a single row: (C,), (N, C), (N, C, d1), (N, C, d1, d2, d3), one row, one class
SHAPES = [(5,), (4, 5), (3, 4, 2), (2, 3, 2, 1, 2), (1, 5), (3, 1), (2, 3, 1, 2, 1, 2, 2)]


def class_axis(shape: tuple[int, ...]) -> int:
    """torch's rule."""
    return 0 if len(shape) == 1 else 1


def label_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without its class axis."""
    axis = class_axis(shape)
    return shape[:axis] + shape[axis + 1 :]


def index_grid(cases: Cases, function: str, make: Any, smoothings: list[float | None]) -> None:
    """Reduction x weight x smoothing x ignore_index on (4, 5), then the shapes."""
    rng = seeded(function + "grid")
    for reduction, weighted, smoothing in product(REDUCTIONS, [False, True], smoothings):
        for ignore, present in [(None, None), (None, -100), (1, None), (-1, -1), (99, 99)]:
            x, y = make(rng, (4, 5)), index(rng, (4,), 5)
            if present is not None:
                y[rng.integers(4)] = present
            elif ignore is not None:
                y[rng.integers(4)] = ignore
            name = f"{reduction}-w{weighted:d}-s{smoothing or 0}-ignore-{ignore}-has-{present}"
            args = {"label_smoothing": smoothing} if smoothing else {}
            weight = unit(rng, (5,)) * 2 if weighted else None
            cases.add(
                function,
                name,
                x,
                y,
                reduction=reduction,
                weight=weight,
                ignore_index=ignore,
                **args,
            )
    for shape, reduction, full in product(SHAPES, REDUCTIONS, [False, True]):
        classes = shape[class_axis(shape)]
        x, y = make(rng, shape), index(rng, label_shape(shape), classes)
        args = {"reduction": reduction}
        if full:
            args |= {"weight": unit(rng, (classes,)) * 2, "ignore_index": -7}
            if len(smoothings) > 1:
                args["label_smoothing"] = 0.25
            if y.ndim:
                y.flat[-1] = -7
        cases.add(function, f"shape-{name_of(shape)}-{reduction}-full{full:d}", x, y, **args)


def index_edges(cases: Cases, function: str, make: Any) -> None:
    """What cross_entropy and nll_loss share at the edges, index targets."""
    rng = seeded(function + "edges")
    x, w = make(rng, (4, 5)), unit(rng, (5,)) * 2
    y = np.array([0, 3, 4, 3])
    for reduction in REDUCTIONS:
        for weight, tag in [(None, ""), (w, "-weighted")]:
            every = {"reduction": reduction, "weight": weight}
            cases.add(function, f"all-ignored-{reduction}{tag}", x, np.full(4, -100), **every)
            cases.add(
                function,
                f"all-ignored-3-{reduction}{tag}",
                x,
                np.full(4, 3),
                ignore_index=3,
                **every,
            )
            empty = x[:0], y[:0]
            cases.add(function, f"empty-{reduction}{tag}", *empty, **every)
            cases.add(function, f"single-row-{reduction}{tag}", x[:1], y[:1], **every)
            cases.add(
                function,
                f"no-d1-{reduction}{tag}",
                np.zeros((2, 5, 0)),
                np.zeros((2, 0), int),
                **every,
            )
        mixed = np.array([1.5, -0.5, 0.0, 2.0, -1.0])
        cases.add(function, f"negative-weight-{reduction}", x, y, reduction=reduction, weight=mixed)
        cases.add(
            function, f"zero-weight-{reduction}", x, y, reduction=reduction, weight=np.zeros(5)
        )
        cancel = np.array([1.0, 0, 0, -1.0, 1.0])
        cases.add(function, f"weights-cancel-{reduction}", x, y, reduction=reduction, weight=cancel)
        cases.add(
            function, f"ignored-single-{reduction}", x[0], np.array(-100), reduction=reduction
        )
        bad = x.copy()
        bad[1] = [NAN, INF, -INF, 0, 0]
        ignored = np.array([0, -100, 4, 3])
        cases.add(function, f"ignored-row-bad-{reduction}", bad, ignored, reduction=reduction)
    for label in (5, -1, 12, -5):
        cases.add(function, f"label-{label}", x, np.array([0, label, 4, 3]))
    cases.add(function, "label-minus100-not-ignored", x, np.array([0, -100, 4, 3]), ignore_index=-1)
    cases.add(function, "labels-Nx1", x, y[:, None])
    cases.add(function, "labels-too-few", x, y[:3])
    cases.add(function, "labels-wrong-d1", make(rng, (2, 3, 4)), np.zeros((2, 3), int))
    cases.add(function, "weight-too-long", x, y, weight=np.ones(6))
    cases.add(function, "weight-2d", x, y, weight=np.ones((1, 5)))
    cases.add(function, "labels-float", x, y.astype(float))
    cases.add(function, "labels-uint8", x, y.astype(np.uint8))
    cases.add(function, "labels-int32", x, y.astype(np.int32))
    cases.add(function, "reduction-unknown", x, y, reduction="avg")


def cross_entropy(cases: Cases) -> None:
    """Index and probability targets."""
    f = "torch.nn.CrossEntropyLoss"
    index_grid(cases, f, real, [None, 0.125])
    index_edges(cases, f, real)
    rng = seeded(f)
    x, y = real(rng, (4, 5)), np.array([0, 3, 4, 3])
    for e in (1.0, 0.5, -0.25, 1.5):
        cases.add(f, f"smoothing-{e}", x, y, label_smoothing=e)
    for reduction, e in product(REDUCTIONS, [None, 0.1]):
        tag = f"{reduction}-s{e or 0}"
        cases.add(
            f,
            f"smoothed-all-ignored-{tag}",
            x,
            np.full(4, -100),
            reduction=reduction,
            label_smoothing=e,
        )
        cases.add(f, f"smoothed-empty-{tag}", x[:0], y[:0], reduction=reduction, label_smoothing=e)
        for masked, where in [((1, 1), "other"), ((1, 3), "true")]:
            bad = x.copy()
            bad[masked] = -INF
            cases.add(f, f"minus-inf-{where}-{tag}", bad, y, reduction=reduction, label_smoothing=e)
            cases.add(
                f,
                f"minus-inf-{where}-onehot-{tag}",
                bad,
                onehot(y, 5),
                reduction=reduction,
                label_smoothing=e,
            )
        for value, word in [(INF, "inf"), (NAN, "nan")]:
            bad = x.copy()
            bad[2, 0] = value
            cases.add(f, f"{word}-{tag}", bad, y, reduction=reduction, label_smoothing=e)
    bad = x.copy()
    bad[0] = -INF
    cases.add(f, "row-of-minus-inf", bad, y, reduction="none")
    big = np.array([[1e4, -1e4, 0.0], [8e7, 0, -8e7], [-1000, -1000, -1001], [0, 200, 0]])
    for reduction in REDUCTIONS:
        cases.add(f, f"large-{reduction}", big, np.array([1, 0, 2, 0]), reduction=reduction)
        cases.add(
            f,
            f"large-smoothed-{reduction}",
            big,
            np.array([0, 0, 2, 1]),
            reduction=reduction,
            label_smoothing=0.1,
        )
    ties = np.zeros((3, 4))
    cases.add(f, "ties", ties, np.array([0, 1, 3]))
    for shape, reduction, full in product([*SHAPES, (0, 5), (2, 3, 0)], REDUCTIONS, [False, True]):
        axis = class_axis(shape)
        classes = shape[axis]
        args = {"weight": unit(rng, (classes,)) * 2, "label_smoothing": 0.1} if full else {}
        target = dist(rng, shape, axis) if 0 not in shape else np.zeros(shape)
        cases.add(
            f,
            f"probs-{name_of(shape)}-{reduction}-full{full:d}",
            real(rng, shape),
            target,
            reduction=reduction,
            **args,
        )
    t = dist(rng, (4, 5))
    for reduction in REDUCTIONS:
        for word, target in [
            ("half", t / 2),
            ("negative", t - 0.25),
            ("zero", t * 0),
            ("onehot", onehot(y, 5)),
        ]:
            weight = np.array([1.5, -0.5, 0.0, 2.0, 1.0])
            cases.add(f, f"probs-{word}-{reduction}", x, target, reduction=reduction)
            cases.add(
                f,
                f"probs-{word}-weighted-{reduction}",
                x,
                target,
                reduction=reduction,
                weight=weight,
            )
    cases.add(f, "probs-int-onehot", x, onehot(y, 5).astype(np.int64))
    cases.add(f, "probs-ignore-0", x, t, ignore_index=0)
    cases.add(f, "probs-ignore-minus1", x, t, ignore_index=-1)
    cases.add(f, "probs-weight-too-long", x, t, weight=np.ones(6))
    cases.add(f, "probs-wrong-classes", x, t[:, :4])
    square = real(rng, (3, 3))
    cases.add(f, "square-index", square, np.array([0, 1, 2]))
    cases.add(f, "index-single-row-label-shape", x[0], np.array([2]))
    cases.add(
        f,
        "issue-25571-like",
        np.array([[0.5, -2, 1], [1, 2, 3]]),
        np.array([1, 0]),
        weight=np.array([1.0, 8, 2]),
    )


def nll(cases: Cases) -> None:
    """Log-probabilities, index targets."""
    f = "torch.nn.NLLLoss"

    def make(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return log_dist(rng, shape, class_axis(shape))

    index_grid(cases, f, make, [None])
    index_edges(cases, f, make)
    rng = seeded(f)
    q = make(rng, (3, 4))
    cases.add(f, "not-log-probs", real(rng, (3, 4)), np.array([0, 1, 3]))
    q[1, 2] = -INF
    cases.add(f, "minus-inf-true", q, np.array([0, 2, 3]), reduction="none")
    cases.add(f, "minus-inf-other", q, np.array([0, 1, 3]))
    cases.add(f, "dense", q, dist(rng, (3, 4)))


def run(function: str, args: dict[str, Any], inputs: dict[str, np.ndarray]) -> Any:
    """Call the class or the functional with tensors."""
    tensors = {k: torch.from_numpy(np.array(v)) for k, v in inputs.items()}
    given = {k: torch.from_numpy(v) if isinstance(v, np.ndarray) else v for k, v in args.items()}
    operands = [tensors["logits"], tensors["labels"]] + [tensors[k] for k in tensors if k == "var"]
    short = function.rsplit(".", 1)[1]
    if function.startswith("torch.nn.functional."):
        return getattr(torch.nn.functional, short)(*operands, **given).numpy()
    return getattr(torch.nn, short)(**given)(*operands).numpy()


def main() -> None:
    """Write torch.json: the classes, and every seventh case again by the functional's name."""
    cases = Cases()
    for part in (cross_entropy, nll, binary, others):
        part(cases)
    for case in list(cases.items)[::7]:
        short = FUNCTIONAL[case.function.rsplit(".", 1)[1]]
        inputs = dict(case.inputs)
        x, y = inputs.pop("logits"), inputs.pop("labels")
        cases.add(f"torch.nn.functional.{short}", case.id, x, y, extra=inputs, **case.args)
    torch.set_num_threads(1)
    write("torch", torch.__version__, cases, run)
