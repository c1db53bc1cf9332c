"""Gradients of generated calls against the installed frameworks: `pytest -m frameworks`.

Of calls with finite logits and a finite loss: at infinities and clipping each framework has the
derivative of its own form.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from golden_explained import explanation
from golden_runner import GOLDEN
from live_cases import call
from promises.test_frameworks_live import CALLS, FUNCTIONS, NAMES

from xent_cli.errors import XentError
from xent_cli.passes.request import Destination, LossRequest
from xent_cli.tasks.grad import GradRequest, compute_gradient

DIFFERENTIABLE = [f for f in FUNCTIONS if f.partition(".")[0] in ("torch", "tf", "optax", "keras")]
BACKEND = os.environ["KERAS_BACKEND"]

pytestmark = [pytest.mark.frameworks, pytest.mark.filterwarnings("ignore")]


def _theirs(function: str, inputs: dict[str, np.ndarray], args: dict) -> np.ndarray | None:
    """The framework's gradient, or None where it refuses the call."""
    for name in ("torch", "jax", "optax", "tensorflow", "keras"):
        pytest.importorskip(name)
    if str(GOLDEN) not in sys.path:
        sys.path.insert(0, str(GOLDEN))
    maker = importlib.import_module("make_grad")
    name = function.partition(".")[0]
    try:
        found = maker.MAKERS[NAMES.get(name, name)](function, args, inputs)
    except Exception:  # whatever the framework raises
        return None
    return np.asarray(found, dtype=np.float64)


def _ours(function: str, inputs: dict[str, np.ndarray], args: dict, folder: Path):
    """xent's gradient, or None where it refuses the call."""
    given = dict(inputs)
    logits, labels = given.pop("logits"), given.pop("labels")
    operands = {k: given.pop(k) for k in ("sample_weight",) if k in given}
    request = LossRequest(logits, labels, kind=function, params={**args, **given}, **operands)
    target = folder / "gradient.npy"
    try:
        result = compute_gradient(GradRequest(request, Destination(str(target))))
    except XentError:
        return None
    return np.load(target) if np.isfinite(result.details["loss"]) else None


@pytest.mark.parametrize("function", DIFFERENTIABLE)
def test_generated_gradients(function: str, tmp_path: Path) -> None:
    problems, compared = [], 0
    for seed in range(CALLS):
        logits, labels, args, extra = call(function, seed)
        inputs = {
            k: np.asarray(v) for k, v in {"logits": logits, "labels": labels, **extra}.items()
        }
        if not logits.size or not np.isfinite(logits).all():
            continue
        if function.startswith("tf.nn.weighted") and not np.all(logits):
            continue  # TensorFlow's relu and abs have the derivative 0 at a logit of 0
        if function.startswith("keras"):
            args["backend"] = BACKEND
        ours = _ours(function, inputs, args, tmp_path)
        theirs = None if ours is None else _theirs(function, inputs, args)
        if ours is None or theirs is None:
            continue
        compared += 1
        single = explanation(f"{function}/live-on-{BACKEND}", "float32") is not None
        rtol, atol = (2e-6, 1e-6) if single else (1e-11, 1e-12)
        if not np.allclose(ours, theirs, rtol=rtol, atol=atol, equal_nan=True):
            shapes = {name: value.shape for name, value in inputs.items()}
            problems.append(
                f"{seed}: xent {ours}, {function} {theirs} for {shapes} {args} {inputs}"
            )
    assert compared > CALLS // 10
    assert not problems, f"{len(problems)} of {compared}\n" + "\n".join(problems[:4])
