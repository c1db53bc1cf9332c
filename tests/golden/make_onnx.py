"""Golden numbers of the ONNX operators by onnx.reference, opsets 13 and 22."""

from itertools import product
from typing import Any

import numpy as np
import onnx
from golden_cases import Cases, dist, index, log_dist, real, seeded, unit, write
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

INF, NAN = float("inf"), float("nan")
OPSETS = {"SoftmaxCrossEntropyLoss": 13, "NegativeLogLikelihoodLoss": 22}
SHAPES = [(4, 5), (1, 5), (3, 1), (3, 4, 2), (2, 3, 2, 1, 2), (2, 3, 1, 2, 1, 2, 2)]


def build(cases: Cases) -> None:
    """Reduction x weights x ignore_index x shapes, and the edges, of both operators."""
    for short in OPSETS:
        f = f"onnx.{short}"
        rng = seeded(f)

        def make(
            rng: np.random.Generator, shape: tuple[int, ...], short: str = short
        ) -> np.ndarray:
            return real(rng, shape) if "Softmax" in short else log_dist(rng, shape, 1)

        for reduction, weighted, ignore in product(
            [None, "mean", "sum", "none"], [False, True], [None, 1, -1, -100, 99]
        ):
            x, y = make(rng, (4, 5)), index(rng, (4,), 5)
            if ignore is not None:
                y[rng.integers(4)] = ignore
            weights = unit(rng, (5,)) * 2 if weighted else None
            cases.add(
                f,
                f"{reduction}-w{weighted:d}-ignore-{ignore}",
                x,
                y,
                reduction=reduction,
                weights=weights,
                ignore_index=ignore,
            )
        for shape, reduction, full in product(SHAPES, ["mean", "sum", "none"], [False, True]):
            name = "x".join(map(str, shape))
            x, y = make(rng, shape), index(rng, shape[:1] + shape[2:], shape[1])
            args = {"weights": unit(rng, shape[1:2]) * 2, "ignore_index": -7} if full else {}
            if full:
                y.flat[-1] = -7
            cases.add(f, f"{name}-{reduction}-full{full:d}", x, y, reduction=reduction, **args)
        x, y = make(rng, (4, 5)), np.array([0, 3, 4, 3])
        w = unit(rng, (5,)) * 2
        for reduction in ("mean", "sum", "none"):
            for weights, tag in [(None, ""), (w, "-weighted")]:
                args = {"reduction": reduction, "weights": weights}
                cases.add(
                    f, f"all-ignored-{reduction}{tag}", x, np.full(4, 3), ignore_index=3, **args
                )
                cases.add(f, f"empty-{reduction}{tag}", x[:0], y[:0], **args)
                for label in (-1, -5, -6, -100, 5):
                    cases.add(
                        f, f"label{label}-{reduction}{tag}", x, np.array([0, label, 4, 3]), **args
                    )
            negative = np.array([1.5, -0.5, 0.0, 2.0, -1.0])
            cases.add(
                f, f"negative-weights-{reduction}", x, y, reduction=reduction, weights=negative
            )
            cases.add(
                f, f"zero-weights-{reduction}", x, y, reduction=reduction, weights=np.zeros(5)
            )
        cases.add(f, "labels-int32", x, y.astype(np.int32))
        cases.add(f, "labels-Nx1", x, y[:, None])
        cases.add(f, "labels-too-few", x, y[:3])
        cases.add(f, "dense", x, dist(rng, (4, 5)))
        cases.add(f, "single-row", x[0], np.array(2))
        for value, word in [(-INF, "minus-inf"), (NAN, "nan")]:
            for place, where in [((1, 1), "other"), ((1, 3), "true")]:
                bad = x.copy()
                bad[place] = value
                cases.add(f, f"{word}-{where}", bad, y, reduction="none")
        cases.add(
            f,
            "underflow",
            np.array([[0.0, 200], [0, -1000], [800, 0]]),
            np.array([0, 1, 1]),
            reduction="none",
        )


def run(function: str, args: dict[str, Any], inputs: dict[str, np.ndarray]) -> Any:
    """Evaluate a model of one node."""
    short = function.rsplit(".", 1)[1]
    attributes = {k: v for k, v in args.items() if k != "weights"}
    feeds = dict(inputs)
    if "weights" in args:
        feeds["weights"] = args["weights"]
    node = helper.make_node(short, list(feeds), ["loss"], **attributes)
    kinds = {k: helper.np_dtype_to_tensor_dtype(v.dtype) for k, v in feeds.items()}
    sources = [helper.make_tensor_value_info(k, kind, None) for k, kind in kinds.items()]
    sink = helper.make_tensor_value_info("loss", TensorProto.UNDEFINED, None)
    graph = helper.make_graph([node], "one_loss", sources, [sink])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSETS[short])])
    return ReferenceEvaluator(model).run(None, feeds)[0]


def main() -> None:
    """Write onnx.json."""
    cases = Cases()
    build(cases)
    write("onnx", onnx.__version__, cases, run)
