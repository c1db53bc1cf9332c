"""The cases of torch's elementwise losses: binary, margin, divergence, likelihood."""

from itertools import product
from typing import Any

import numpy as np
from golden_cases import Cases, dist, log_dist, real, seeded, unit

INF, NAN = float("inf"), float("nan")
REDUCTIONS = ["mean", "sum", "none"]


def name_of(shape: tuple[int, ...]) -> str:
    """'4x5'."""
    return "x".join(map(str, shape))


def elementwise(
    cases: Cases, f: str, logits: Any, labels: Any, weight_name: str = "weight"
) -> None:
    """Shapes x reductions, then weights that broadcast."""
    rng = seeded(f + "elementwise")
    for shape, reduction in product(
        [(), (4,), (1,), (3, 4), (2, 3, 2), (0, 4), (1, 1)], REDUCTIONS
    ):
        cases.add(
            f,
            f"shape-{name_of(shape)}-{reduction}",
            logits(rng, shape),
            labels(rng, shape),
            reduction=reduction,
        )
        if len(shape) == 2:
            for kind, wshape in [
                ("class", (shape[1],)),
                ("full", shape),
                ("row", (shape[0], 1)),
                ("one", (1,)),
            ]:
                weight = real(rng, wshape, 1.0)
                cases.add(
                    f,
                    f"{weight_name}-{kind}-{name_of(shape)}-{reduction}",
                    logits(rng, shape),
                    labels(rng, shape),
                    reduction=reduction,
                    **{weight_name: weight},
                )
    x, t = logits(rng, (3, 4)), labels(rng, (3, 4))
    cases.add(f, "labels-wrong-shape", x, t[:, :3])
    cases.add(f, "labels-Nx1", x, t[:, :1])
    cases.add(f, "labels-int", x, (t > 0.5).astype(np.int64))
    cases.add(f, "weight-wrong", x, t, **{weight_name: np.ones(3)})
    x, t = logits(rng, (3, 3)), labels(rng, (3, 3))
    for kind, wshape in [("class", (3,)), ("row", (3, 1))]:
        weight = {weight_name: real(rng, wshape, 1.0)}
        cases.add(f, f"square-{weight_name}-{kind}", x, t, reduction="none", **weight)
    cases.add(f, "square-labels-vector", x, t[0], reduction="none")
    cases.add(f, "square-labels-column", x, t[:, :1], reduction="none")


def binary(cases: Cases) -> None:
    """BCELoss, BCEWithLogitsLoss, MultiLabelSoftMarginLoss, SoftMarginLoss."""

    def bits(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return rng.integers(0, 2, size=shape).astype(float)

    f = "torch.nn.BCELoss"
    elementwise(cases, f, unit, unit)
    p = np.array([[0.0, 1.0, 0.0, 1.0], [2.0**-140, 1 - 2.0**-24, 0.5, 2.0**-30]])
    t = np.array([[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.25, 1.0]])
    for reduction in REDUCTIONS:
        cases.add(f, f"clamped-{reduction}", p, t, reduction=reduction)
        cases.add(
            f,
            f"target-outside-{reduction}",
            np.array([0.25, 0.5]),
            np.array([1.5, -0.5]),
            reduction=reduction,
        )
    for value, word in [(1.0625, "above"), (-0.0625, "below"), (NAN, "nan"), (INF, "inf")]:
        cases.add(f, f"p-{word}", np.array([0.5, value]), np.array([0.0, 1.0]))
    f = "torch.nn.BCEWithLogitsLoss"
    elementwise(cases, f, real, unit)
    rng = seeded(f)
    for reduction in REDUCTIONS:
        big = np.array([1e4, -1e4, 800, -800, 0, 40, -40]), np.array([0.0, 1, 1, 0, 0.5, 1, 1])
        cases.add(f, f"large-{reduction}", *big, reduction=reduction)
        cases.add(
            f,
            f"inf-{reduction}",
            np.array([INF, -INF, INF, -INF, NAN]),
            np.array([0.0, 1, 1, 0, 0]),
            reduction=reduction,
        )
        cases.add(
            f,
            f"target-outside-{reduction}",
            real(rng, (2, 3)),
            real(rng, (2, 3)),
            reduction=reduction,
        )
        for kind, shape, pshape in [
            ("class", (3, 4), (4,)), ("one", (3, 4), (1,)), ("full", (3, 4), (3, 4)), ("maps", (2, 3, 2), (3, 1)), ("vector", (4,), (4,)), ("scalar", (4,), ()),
        ]:  # fmt: skip
            args = {"reduction": reduction, "pos_weight": np.asarray(unit(rng, pshape) * 4)}
            cases.add(f, f"pos-{kind}-{reduction}", real(rng, shape), bits(rng, shape), **args)
            both = args | {"weight": unit(rng, shape[-1:])}
            cases.add(
                f, f"pos-{kind}-weight-{reduction}", real(rng, shape), unit(rng, shape), **both
            )
        cases.add(
            f,
            f"pos-negative-{reduction}",
            real(rng, (2, 3)),
            bits(rng, (2, 3)),
            reduction=reduction,
            pos_weight=np.array([-1.0, 0, 2]),
        )
    cases.add(f, "pos-wrong", real(rng, (2, 3)), bits(rng, (2, 3)), pos_weight=np.ones(2))
    f = "torch.nn.MultiLabelSoftMarginLoss"
    rng = seeded(f)
    for reduction in REDUCTIONS:
        for shape in [(4,), (3, 4), (1, 4), (2, 3, 2), (0, 4), (3, 1)]:
            x, y = real(rng, shape), bits(rng, shape)
            cases.add(f, f"shape-{name_of(shape)}-{reduction}", x, y, reduction=reduction)
            w = unit(rng, shape[-1:]) * 2
            cases.add(
                f, f"weight-{name_of(shape)}-{reduction}", x, y, reduction=reduction, weight=w
            )
        cases.add(f, f"soft-{reduction}", real(rng, (3, 4)), unit(rng, (3, 4)), reduction=reduction)
        cases.add(
            f,
            f"large-{reduction}",
            np.array([[1e4, -1e4, 0]]),
            np.array([[0.0, 1, 1]]),
            reduction=reduction,
        )
    cases.add(f, "labels-wrong-shape", real(rng, (3, 4)), bits(rng, (3, 3)))
    f = "torch.nn.SoftMarginLoss"
    rng = seeded(f)
    for reduction in REDUCTIONS:
        for shape in [(), (4,), (3, 4), (0, 4), (1, 1)]:
            x, y = real(rng, shape), bits(rng, shape) * 2 - 1
            cases.add(f, f"shape-{name_of(shape)}-{reduction}", x, y, reduction=reduction)
        cases.add(
            f, f"zero-one-{reduction}", real(rng, (3, 4)), bits(rng, (3, 4)), reduction=reduction
        )
        cases.add(
            f,
            f"large-{reduction}",
            np.array([60.0, -60, 500, -80]),
            np.array([-1.0, 1, 1, 1]),
            reduction=reduction,
        )
    cases.add(f, "overflow", np.array([-1000.0]), np.array([1.0]))
    cases.add(f, "labels-wrong-shape", real(rng, (3, 4)), bits(rng, (3, 3)))


def others(cases: Cases) -> None:
    """KLDivLoss, PoissonNLLLoss, GaussianNLLLoss."""
    f = "torch.nn.KLDivLoss"
    rng = seeded(f)
    for reduction in [*REDUCTIONS, "batchmean"]:
        for shape in [(4,), (3, 4), (1, 4), (2, 3, 2), (0, 4)]:
            t = dist(rng, shape) if 0 not in shape else np.zeros(shape)
            q = log_dist(rng, shape) if 0 not in shape else np.zeros(shape)
            cases.add(f, f"shape-{name_of(shape)}-{reduction}", q, t, reduction=reduction)
            log_t = log_dist(rng, shape) if 0 not in shape else np.zeros(shape)
            cases.add(
                f,
                f"log-{name_of(shape)}-{reduction}",
                q,
                log_t,
                reduction=reduction,
                log_target=True,
            )
        q, t = log_dist(rng, (2, 4)), np.array([[0.0, 0.5, 0.5, 0], [1, 0, 0, 0]])
        cases.add(f, f"zero-target-{reduction}", q, t, reduction=reduction)
        cases.add(f, f"negative-target-{reduction}", q, t - 0.25, reduction=reduction)
        q = q.copy()
        q[1, 1] = q[0, 1] = -INF
        cases.add(f, f"minus-inf-{reduction}", q, t, reduction=reduction)
    cases.add(
        f, "log-minus-inf", np.array([[-1.0, -2.0]]), np.array([[0.0, -INF]]), log_target=True
    )
    cases.add(f, "broadcast", log_dist(rng, (3, 4)), dist(rng, (1, 4)))
    cases.add(f, "default", log_dist(rng, (3, 4)), dist(rng, (3, 4)))
    f = "torch.nn.PoissonNLLLoss"
    rng = seeded(f)
    for reduction, log_input, full in product(REDUCTIONS, [True, False], [False, True]):
        args = {"reduction": reduction, "log_input": log_input, "full": full}
        tag = f"{reduction}-log{log_input:d}-full{full:d}"
        for shape in [(5,), (3, 4), (0, 2)]:
            x = real(rng, shape, 1.0) if log_input else unit(rng, shape) * 8
            cases.add(
                f,
                f"{name_of(shape)}-{tag}",
                x,
                rng.integers(0, 6, size=shape).astype(float),
                **args,
            )
        x = np.array([0.0, 0.5, 1, 2, 0, 3])
        cases.add(f, f"edge-{tag}", x, np.array([0.0, 1, 1, 1.5, 2, 100]), **args)
        cases.add(f, f"eps-{tag}", x, np.array([0.0, 1, 1, 1.5, 2, 100]), eps=0.5, **args)
    cases.add(f, "negative-rate", np.array([-1.0, 2.0]), np.array([1.0, 1.0]), log_input=False)
    cases.add(f, "default", real(rng, (3, 2), 1.0), rng.integers(0, 6, size=(3, 2)).astype(float))
    f = "torch.nn.GaussianNLLLoss"
    rng = seeded(f)
    for reduction, full in product(REDUCTIONS, [False, True]):
        args = {"reduction": reduction, "full": full}
        tag = f"{reduction}-full{full:d}"
        for shape, vshape in [
            ((4,), (4,)),
            ((3, 4), (3, 4)),
            ((3, 4), (3, 1)),
            ((3, 4), (3,)),
            ((3, 4), (1, 4)),
            ((0, 2), (0, 2)),
        ]:
            extra = {"var": unit(rng, vshape) * 4}
            cases.add(
                f,
                f"{name_of(shape)}-var{name_of(vshape)}-{tag}",
                real(rng, shape),
                real(rng, shape),
                extra=extra,
                **args,
            )
        tiny = {"var": np.array([0.0, 2.0**-30, 1.0])}
        cases.add(
            f, f"clamped-{tag}", np.array([1.0, 1, 1]), np.array([1.0, 1.5, 3]), extra=tiny, **args
        )
        cases.add(
            f,
            f"eps-{tag}",
            np.array([1.0, 1, 1]),
            np.array([1.0, 1.5, 3]),
            extra=tiny,
            eps=0.5,
            **args,
        )
    cases.add(
        f,
        "negative-var",
        np.array([1.0, 2]),
        np.array([1.0, 2]),
        extra={"var": np.array([1.0, -1])},
    )
    cases.add(f, "var-wrong", real(rng, (3, 4)), real(rng, (3, 4)), extra={"var": np.ones((3, 2))})
    cases.add(f, "broadcast", real(rng, (3, 4)), real(rng, (1, 4)), extra={"var": np.ones((3, 4))})
    var = np.array([0.5, 1, 2])
    for function in (f, "torch.nn.functional.gaussian_nll_loss"):
        for word, target, own in [
            ("vector", (3,), (3, 3)),
            ("column", (3, 1), (3, 3)),
            ("var", (3, 3), (3,)),
            ("var-column", (3, 3), (3, 1)),
            ("var-row", (3, 3), (1, 3)),
        ]:
            extra = {
                "var": np.broadcast_to(
                    var if own == (3,) else var.reshape(own) if 1 in own else var[:, None] + var,
                    own,
                )
            }
            x, t = real(rng, (3, 3)), real(rng, target)
            cases.add(function, f"square-{word}", x, t, extra=extra, reduction="none")
    for function, x in [
        ("torch.nn.KLDivLoss", log_dist(rng, (3, 3))),
        ("torch.nn.PoissonNLLLoss", real(rng, (3, 3), 1.0)),
    ]:
        cases.add(function, "square-vector", x, dist(rng, (3,)), reduction="none")
        cases.add(function, "square-column", x, dist(rng, (3, 3))[:, :1], reduction="none")
