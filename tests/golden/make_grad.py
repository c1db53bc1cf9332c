"""Golden gradients by the logits, from the frameworks' automatic differentiation in float64.

For a selection of the cases in <framework>.json: the gradient of the loss, or of the sum of the
losses where the function gives several. The cases themselves stay where they are.
"""

import json
from collections.abc import Callable
from typing import Any

import jax
import keras
import numpy as np
import optax
import tensorflow as tf
import torch
from golden_cases import HERE, encode
from jax import numpy as jnp
from make_tensorflow import NAMES

Given = dict[str, Any]
MOST = 20  # cases of one function
LARGEST = 30  # elements of one case


def with_torch(function: str, args: Given, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """torch.nn classes by backward()."""
    tensors = {k: torch.from_numpy(np.array(v)) for k, v in inputs.items()}
    given = {k: torch.from_numpy(v) if isinstance(v, np.ndarray) else v for k, v in args.items()}
    logits = tensors["logits"].requires_grad_()
    operands = [logits, tensors["labels"]] + [tensors[k] for k in tensors if k == "var"]
    getattr(torch.nn, function.rsplit(".", 1)[1])(**given)(*operands).sum().backward()
    return logits.grad.numpy()


def with_tensorflow(function: str, args: Given, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """tf.nn functions by GradientTape."""
    prediction, label = NAMES[function]
    logits = tf.constant(inputs["logits"])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        operands = {prediction: logits, label: tf.constant(inputs["labels"])}
        total = tf.reduce_sum(getattr(tf.nn, function.rsplit(".", 1)[1])(**operands, **args))
    return tape.gradient(total, logits).numpy()


def with_optax(function: str, args: Given, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """optax.losses functions by jax.grad."""
    given = {k: jnp.asarray(v) if isinstance(v, np.ndarray) else v for k, v in args.items()}
    call = getattr(optax.losses, function.rsplit(".", 1)[1])
    labels = jnp.asarray(inputs["labels"])
    return jax.grad(lambda x: call(x, labels, **given).sum())(jnp.asarray(inputs["logits"]))


def with_keras(function: str, args: Given, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """keras.losses classes on the jax backend by jax.grad."""
    loss = getattr(keras.losses, function.rsplit(".", 1)[1])(dtype="float64", **args)
    weight = inputs.get("sample_weight")
    return jax.grad(lambda x: loss(inputs["labels"], x, sample_weight=weight).sum())(
        jnp.asarray(inputs["logits"])
    )


MAKERS: dict[str, Callable[..., Any]] = {
    "torch": with_torch,
    "tensorflow": with_tensorflow,
    "optax": with_optax,
    "keras": with_keras,
}


def decode(document: dict[str, Any]) -> np.ndarray:
    """An array from its JSON form."""
    data = [float(v) if isinstance(v, str) else v for v in document["data"]]
    return np.array(data, dtype=document.get("dtype", "float64")).reshape(document["shape"])


def selected(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each function at most MOST small cases without infinities, spread over all of them."""
    by_function: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        values = [v for array in case["inputs"].values() for v in array["data"]]
        fits = 0 < len(case["inputs"]["logits"]["data"]) <= LARGEST
        finite = not any(isinstance(v, str) for v in values)
        if "error" not in case and fits and finite and ".functional." not in case["function"]:
            by_function.setdefault(case["function"], []).append(case)
    kept = []
    for found in by_function.values():
        step = max(1, len(found) / MOST)
        kept += [found[int(i * step)] for i in range(min(MOST, len(found)))]
    return kept


def main() -> None:
    """Write grad.json."""
    lines = []
    for framework, maker in MAKERS.items():
        cases = json.loads((HERE / f"{framework}.json").read_text())["cases"]
        for case in selected(cases):
            inputs = {k: decode(v) for k, v in case["inputs"].items()}
            args = {
                k: decode(v["array"]) if isinstance(v, dict) else v for k, v in case["args"].items()
            }
            place = next(i for i, other in enumerate(cases) if other is case)
            try:
                gradient = encode(np.asarray(maker(case["function"], args, inputs)))["data"]
            except (TypeError, ValueError) as error:  # no derivative there, says the framework
                print(f"left out: {case['function']}/{case['id']}: {str(error)[:80]}")
                continue
            record = {"framework": framework, "case": place, "id": case["id"], "data": gradient}
            lines.append(json.dumps(record, separators=(",", ":"), allow_nan=False))
    text = '{"cases": [\n' + ",\n".join(lines) + "\n]}\n"
    (HERE / "grad.json").write_text(text, encoding="ascii")
    print(f"grad: {len(lines)} cases, {len(text)} bytes")
