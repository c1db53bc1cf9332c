"""The own kinds give PyTorch's numbers, too, wherever both have the same rule."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from golden_runner import agrees, cases, decode

from xent_cli.passes.request import LossRequest
from xent_cli.tasks.loss import compute_loss

KINDS = {
    "torch.nn.CrossEntropyLoss": ("softmax-ce", {"weight", "ignore_index", "label_smoothing"}),
    "torch.nn.NLLLoss": ("nll", {"weight", "ignore_index"}),
    "torch.nn.BCELoss": ("bce", set()),
    "torch.nn.BCEWithLogitsLoss": ("sigmoid-bce", {"pos_weight"}),
}


def _fits(case) -> bool:
    """Finite numbers, options that the own kind has too, targets that it takes."""
    _, options = KINDS[case["function"]]
    logits, labels = (decode(case["inputs"][role]) for role in ("logits", "labels"))
    arguments = case["args"]
    vectors = [value for value in arguments.values() if isinstance(value, dict)]
    dense = logits.shape == labels.shape
    return (
        "error" not in case
        and set(case["inputs"]) == {"logits", "labels"}
        and set(arguments) <= options | {"reduction"}
        and all(value["array"]["shape"] in ([logits.shape[-1]], [1]) for value in vectors)
        and bool(np.isfinite(logits).all())
        and logits.ndim > 0
        and logits.size > 0
        and not (dense and "ignore_index" in arguments)
        # Ours refuses one class, and what is no distribution; PyTorch's has a number for it.
        and not ("CrossEntropy" in case["function"] and logits.shape[min(1, logits.ndim - 1)] == 1)
        and not (dense and labels.dtype.kind == "f" and bool((labels < 0).any()))
        and (
            not case["function"].startswith("torch.nn.BCE")
            or bool((abs(labels - 0.5) <= 0.5).all())
        )
        and (logits.ndim > 1 or "pos_weight" not in arguments)
        and arguments.get("label_smoothing", 0) >= 0
    )


CASES = [case for case in cases("torch") if case["function"] in KINDS and _fits(case)]


@pytest.mark.parametrize("function", KINDS)
def test_the_own_kind_gives_torchs_number(function: str) -> None:
    kind, _ = KINDS[function]
    count: Counter[str] = Counter()
    for case in CASES:
        if case["function"] != function:
            continue
        logits, labels = (decode(case["inputs"][role]) for role in ("logits", "labels"))
        options = {
            name: decode(value["array"]) if isinstance(value, dict) else value
            for name, value in case["args"].items()
        }
        reduction = options.pop("reduction", "mean")
        class_dim = None if kind in ("bce", "sigmoid-bce") else min(1, logits.ndim - 1)
        result = compute_loss(
            LossRequest(
                logits, labels, kind=kind, options=options, reduction=reduction, class_dim=class_dim
            )
        )
        if result.loss is None:
            flat = [value for chunk in result.values.chunks() for value in chunk]
            ours = np.array(flat).reshape(result.values.shape)
        else:
            ours = np.asarray(result.loss)
        assert agrees(case, ours, "float64"), f"{case['id']}: {ours}, torch {case['float64']}"
        count[reduction] += 1
    assert min(count[name] for name in ("mean", "sum", "none")) >= 5
