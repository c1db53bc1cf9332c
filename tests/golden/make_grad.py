"""Golden gradients by the logits, from the frameworks' automatic differentiation in float64.

For a selection of the cases in <framework>.json: the gradient of the loss, or of the sum of the
losses where the function gives several. The cases themselves stay where they are. Keras is run on each
of its backends, a process each; another gradient than TensorFlow's stands with the backend's name.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import jax
import keras
import numpy as np
import optax
import tensorflow as tf
import torch
from golden_cases import HERE, decode, encode
from jax import numpy as jnp
from make_keras import OTHERS
from make_tensorflow import NAMES

Given = dict[str, Any]
MOST = 20  # cases of one function
EDGES = ("-edge", "-p0", "sums-", "zeros", "-square")  # ids that are taken beside these
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
    args = {k: tuple(v) if isinstance(v, list) else v for k, v in args.items()}
    given = {k: jnp.asarray(v) if isinstance(v, np.ndarray) else v for k, v in args.items()}
    call = getattr(optax.losses, function.rsplit(".", 1)[1])
    labels = jnp.asarray(inputs["labels"])
    return jax.grad(lambda x: call(x, labels, **given).sum())(jnp.asarray(inputs["logits"]))


def with_keras(function: str, args: Given, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """keras.losses classes by the differentiation of the backend that runs."""
    given = {k: v for k, v in args.items() if k != "backend"}
    loss = getattr(keras.losses, function.rsplit(".", 1)[1])(dtype="float64", **given)
    labels, weight, logits = inputs["labels"], inputs.get("sample_weight"), inputs["logits"]
    if keras.backend.backend() == "jax":
        return jax.grad(lambda x: loss(labels, x, sample_weight=weight).sum())(jnp.asarray(logits))
    if keras.backend.backend() == "torch":
        x = torch.from_numpy(np.array(logits)).requires_grad_()
        loss(labels, x, sample_weight=weight).sum().backward()
        return x.grad.numpy()
    x = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(loss(labels, x, sample_weight=weight))
    return tape.gradient(total, x).numpy()


MAKERS: dict[str, Callable[..., Any]] = {
    "torch": with_torch,
    "tensorflow": with_tensorflow,
    "optax": with_optax,
    "keras": with_keras,
}


def selected(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each function at most MOST small cases without infinities, spread over all of them."""
    by_function: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        values = [v for array in case["inputs"].values() for v in array["data"]]
        fits = 0 < len(case["inputs"]["logits"]["data"]) <= LARGEST
        finite = not any(isinstance(v, str) for v in values)
        if (
            "error" not in case
            and "backend" not in case["args"]
            and fits
            and finite
            and ".functional." not in case["function"]
        ):
            by_function.setdefault(case["function"], []).append(case)
    kept = []
    for found in by_function.values():
        step = max(1, len(found) / MOST)
        chosen = {int(i * step) for i in range(min(MOST, len(found)))}
        kept += [
            case
            for i, case in enumerate(found)
            if i in chosen
            or (case["function"].startswith("keras") and any(e in case["id"] for e in EDGES))
        ]
    return kept


def gradients(framework: str, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records of the selected cases."""
    records = []
    for case in selected(cases):
        inputs = {k: decode(v) for k, v in case["inputs"].items()}
        args = {
            k: decode(v["array"]) if isinstance(v, dict) else v for k, v in case["args"].items()
        }
        place = next(i for i, other in enumerate(cases) if other is case)
        try:
            gradient = encode(np.asarray(MAKERS[framework](case["function"], args, inputs)))["data"]
        except (TypeError, ValueError, RuntimeError, tf.errors.OpError) as error:
            text = f"left out: {case['function']}/{case['id']}: {str(error)[:80]}"
            print(text, file=sys.stderr)  # no derivative there, says the framework
            continue
        records.append({"framework": framework, "case": place, "id": case["id"], "data": gradient})
    return records


def elsewhere(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What Keras has on the other backends, where it is not what it has on TensorFlow."""
    base = {record["case"]: record["data"] for record in records if record["framework"] == "keras"}
    found = []
    for backend in OTHERS:
        environment = os.environ | {"KERAS_BACKEND": backend}
        done = subprocess.run(
            [sys.executable, __file__], env=environment, stdout=subprocess.PIPE, check=True
        )
        for record in json.loads(done.stdout):
            ours, theirs = (np.array(d, float) for d in (record["data"], base[record["case"]]))
            if not np.allclose(ours, theirs, rtol=2e-6, atol=1e-7, equal_nan=True):
                found.append({**record, "backend": backend})
    return found


def main() -> None:
    """Write grad.json; where Keras runs on another backend its records, to stdout."""
    every = {name: json.loads((HERE / f"{name}.json").read_text())["cases"] for name in MAKERS}
    if keras.backend.backend() != "tensorflow":
        print(json.dumps(gradients("keras", every["keras"])))
        return
    records = [record for name, cases in every.items() for record in gradients(name, cases)]
    records += elsewhere(records)
    lines = [json.dumps(record, separators=(",", ":"), allow_nan=False) for record in records]
    text = '{"cases": [\n' + ",\n".join(lines) + "\n]}\n"
    (HERE / "grad.json").write_text(text, encoding="ascii")
    print(f"grad: {len(lines)} cases, {len(text)} bytes")


if __name__ == "__main__":
    main()
