"""Runs a golden case through xent: used by the golden tests and by the table's command."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from xent_cli.errors import XentError
from xent_cli.passes.request import LossRequest
from xent_cli.tasks.loss import compute_loss

GOLDEN = Path(__file__).parent / "golden"
FRAMEWORKS = (
    "keras",
    "onnx",
    "optax",
    "sklearn",
    "t5x",
    "tensorflow",
    "torch",
    "torchmetrics",
    "transformers",
)
REQUEST = {"sample_weight"}
"""Operands that the request has a place for; others beside logits and labels are parameters."""


@dataclass(frozen=True)
class Answer:
    """What xent gave: values, or the error."""

    values: np.ndarray | None
    error: XentError | None
    warnings: tuple[str, ...] = ()


def functions(framework: str) -> list[str]:
    """The functions of one framework, in the file's order, without decoding it."""
    text = (GOLDEN / f"{framework}.json").read_text()
    return list(dict.fromkeys(re.findall(r'^\{"function":"([^"]+)"', text, flags=re.M)))


@lru_cache(maxsize=1)
def cases(framework: str) -> list[dict[str, Any]]:
    """The cases of one framework."""
    return json.loads((GOLDEN / f"{framework}.json").read_text())["cases"]


def on_backends(framework: str) -> list[dict[str, Any]]:
    """The cases, and once more on every backend that gives the numbers of the first."""
    document = json.loads((GOLDEN / f"{framework}.json").read_text())
    every = document["cases"]
    known = {name_of(case) for case in every}
    return every + [
        {**case, "id": f"{case['id']}-on-{backend}", "args": {**case["args"], "backend": backend}}
        for backend in document.get("backends", ())
        for case in every
        if "backend" not in case["args"] and f"{name_of(case)}-on-{backend}" not in known
    ]


def decode(document: dict[str, Any], dtype: str | None = None) -> np.ndarray:
    """An array from its JSON form; `dtype` replaces that of floats."""
    kind = np.dtype(document.get("dtype", "float64"))
    data = [float(v) if isinstance(v, str) else v for v in document["data"]]
    array = np.array(data, dtype=kind).reshape(document["shape"])
    return array.astype(dtype) if dtype and kind.kind == "f" else array


def request_of(case: dict[str, Any], dtype: str) -> LossRequest:
    """The case as a request, its floats in `dtype`."""
    inputs = {name: decode(value, dtype) for name, value in case["inputs"].items()}
    arguments = {
        name: decode(value["array"], dtype) if isinstance(value, dict) else value
        for name, value in case["args"].items()
    }
    operands = {name: inputs.pop(name) for name in REQUEST & inputs.keys()}
    logits, labels = inputs.pop("logits"), inputs.pop("labels")
    return LossRequest(
        logits, labels, kind=case["function"], params={**arguments, **inputs}, **operands
    )


def answer(case: dict[str, Any], dtype: str) -> Answer:
    """The case through `compute_loss`, its floats in `dtype`."""
    request = request_of(case, dtype)
    try:
        result = compute_loss(request)
    except XentError as error:
        return Answer(None, error)
    if result.loss is not None:
        return Answer(np.asarray(result.loss), None, result.warnings)
    assert result.values is not None
    flat = [value for chunk in result.values.chunks() for value in chunk]
    return Answer(np.array(flat).reshape(result.values.shape), None, result.warnings)


def scale(case: dict[str, Any]) -> float:
    """max(1, the largest finite |logit|)."""
    logits = np.abs(decode(case["inputs"]["logits"]))
    return float(np.max(logits, initial=1.0, where=np.isfinite(logits)))


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest difference; inf where one is finite and the other not, or the shapes differ."""
    if ours.shape != theirs.shape:
        return float("inf")
    with np.errstate(invalid="ignore"):
        gaps = np.abs(ours - theirs)
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    gaps = np.where(same, 0.0, np.where(np.isnan(gaps), np.inf, gaps))
    return float(np.max(gaps, initial=0.0))


def name_of(case: dict[str, Any]) -> str:
    """`function/id`."""
    return f"{case['function']}/{case['id']}"


def agrees(case: dict[str, Any], ours: np.ndarray, dtype: str, *, rough: bool = False) -> bool:
    """Whether xent's values are the framework's, at the tolerance of its precision.

    `rough`: at the tolerance of float32, whatever the dtype.
    """
    theirs = decode(case[dtype])
    if ours.shape != theirs.shape:
        return False
    rtol, atol = (1e-12, 1e-13) if dtype == "float64" and not rough else (1e-6, 1e-6)
    return bool(np.allclose(ours, theirs, rtol=rtol, atol=atol * scale(case), equal_nan=True))
