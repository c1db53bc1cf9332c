"""Golden numbers of torchmetrics.text.Perplexity: predictions (B, T, V), targets (B, T)."""

from typing import Any

import numpy as np
import torch
import torchmetrics
from golden_cases import Cases, dist, index, real, seeded, write
from torchmetrics.text import Perplexity

F = "torchmetrics.Perplexity"
INF = float("inf")


def build(cases: Cases) -> None:
    """Shapes x ignore_index, and the edges."""
    rng = seeded(F)
    for shape in [(2, 3, 4), (1, 5, 3), (3, 1, 6), (1, 1, 2), (2, 2, 1), (0, 3, 4)]:
        for ignore in (None, -100, 0, -1, 99):
            y = index(rng, shape[:2], shape[2])
            if ignore is not None and y.size:
                y.flat[0] = ignore
            name = "x".join(map(str, shape))
            cases.add(F, f"{name}-ignore-{ignore}", real(rng, shape), y, ignore_index=ignore)
    x, y = real(rng, (2, 3, 4)), index(rng, (2, 3), 4)
    cases.add(F, "all-ignored", x, np.full((2, 3), -100), ignore_index=-100)
    for label in (4, -1, -100):
        cases.add(F, f"label{label}", x, np.array([[0, label, 1], [2, 3, 0]]))
    cases.add(F, "int32", x, y.astype(np.int32))
    cases.add(F, "two-dims", x[0], y[0])
    cases.add(F, "dense", x, dist(rng, (2, 3, 4)))
    cases.add(F, "too-few", x, y[:, :2])
    bad = x.copy()
    bad[0, 1, 1] = -INF
    cases.add(F, "minus-inf-other", bad, np.array([[0, 3, 1], [2, 3, 0]]))
    cases.add(F, "minus-inf-true", bad, np.array([[0, 1, 1], [2, 3, 0]]))
    cases.add(F, "underflow", np.array([[[0.0, 200], [0, 1]]]), np.array([[0, 1]]))
    cases.add(F, "underflow-64", np.array([[[0.0, 1000], [0, 1]]]), np.array([[0, 1]]))


def run(_function: str, args: dict[str, Any], inputs: dict[str, np.ndarray]) -> Any:
    """One update, one compute, in double where the inputs are."""
    metric = Perplexity(**args).set_dtype(torch.from_numpy(inputs["logits"]).dtype)
    metric.update(torch.from_numpy(inputs["logits"]), torch.from_numpy(inputs["labels"]))
    return metric.compute().numpy()


def main() -> None:
    """Write torchmetrics.json."""
    cases = Cases()
    build(cases)
    write("torchmetrics", torchmetrics.__version__, cases, run)
