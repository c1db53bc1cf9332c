"""Generated calls against whichever frameworks are installed: `pytest -m frameworks`."""

from __future__ import annotations

import importlib
import os
import sys

import pytest
from golden_explained import explanation
from golden_runner import GOLDEN, agrees, answer, decode
from live_cases import call

from xent_cli.losses import LOSSES

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
CALLS = int(os.environ.get("XENT_LIVE_CALLS", "150"))
"""Calls of each function."""

NAMES = {"tf": "tensorflow"}
FUNCTIONS = [name for name in LOSSES if "." in name and not name.startswith("t5x")]

pytestmark = [
    pytest.mark.frameworks,
    pytest.mark.filterwarnings("ignore"),  # the frameworks warn of themselves on import
]


def _framework(function: str):
    """The module that makes this function's golden numbers; it knows how to call it."""
    name = function.split(".", maxsplit=1)[0]
    pytest.importorskip(NAMES.get(name, name))
    if str(GOLDEN) not in sys.path:
        sys.path.insert(0, str(GOLDEN))
    return importlib.import_module(f"make_{NAMES.get(name, name)}")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_generated_calls(function: str) -> None:
    maker, golden = _framework(function), importlib.import_module("golden_cases")
    problems, backend = [], os.environ["KERAS_BACKEND"]
    for seed in range(CALLS):
        logits, labels, args, extra = call(function, seed)
        if function.startswith("keras"):
            args["backend"] = backend
        inputs = {"logits": logits, "labels": labels, **extra}
        made = golden.Case(function, f"live-{seed}", inputs, args)
        record = golden.record(made, maker.run, ["float64"])
        ours = answer(record, "float64")
        if "error" in record:
            if ours.error is None:
                problems.append(f"{seed}: refused ({record['error']}), xent gave {ours.values}")
            continue
        if ours.error is not None:
            problems.append(f"{seed}: {decode(record['float64'])}, xent refused: {ours.error}")
            continue
        rough = explanation(f"{function}/live-on-{backend}", "float32") is not None
        if not agrees(record, ours.values, "float64", rough=rough):
            shapes = {name: value.shape for name, value in inputs.items()}
            problems.append(
                f"{seed}: xent {ours.values}, {function} {decode(record['float64'])} "
                f"for {shapes} {args}"
            )
    assert not problems, f"{len(problems)} of {CALLS}\n" + "\n".join(problems[:12])
