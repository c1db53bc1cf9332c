"""Random calls of every framework function: shapes, arguments, edges. In the form of golden cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Rng = np.random.Generator
Call = tuple[np.ndarray, np.ndarray, dict[str, Any], dict[str, np.ndarray]]
"""logits, labels, arguments, further operands."""
INF, NAN = np.inf, np.nan


def pick(rng: Rng, *choices: Any) -> Any:
    """One of the choices."""
    return choices[int(rng.integers(len(choices)))]


def numbers(rng: Rng, shape: tuple[int, ...], scale: float = 3.0) -> np.ndarray:
    """Normal values in multiples of 1/64, the same in float32 and float64."""
    return np.asarray(np.round(rng.normal(size=shape) * scale * 64) / 64)


def logits(rng: Rng, shape: tuple[int, ...]) -> np.ndarray:
    """Mostly ordinary, sometimes large, with ties, or with infinities and NaN."""
    x = numbers(rng, shape, pick(rng, 1.0, 3.0, 3.0, 30.0, 1000.0))
    if rng.random() < 0.15 and x.size:
        x.flat[rng.integers(x.size)] = pick(rng, -INF, -INF, INF, NAN)
    if rng.random() < 0.05:
        x[...] = pick(rng, 0.0, -5.0, -INF)
    return x


def shares(rng: Rng, shape: tuple[int, ...]) -> np.ndarray:
    """Values in [0, 1], multiples of 1/64, the ends among them."""
    return np.asarray(rng.integers(0, 65, size=shape) / 64)


def mix(rng: Rng, shape: tuple[int, ...], axis: int) -> np.ndarray:
    """Targets: a distribution along axis, one-hot rows, or whatever."""
    raw = rng.integers(0, 9, size=shape) / 8
    kind = rng.random()
    if kind < 0.3 and raw.size:
        raw = (raw == raw.max(axis=axis, keepdims=True)).astype(float)
    elif kind < 0.5:
        raw = raw - 0.25
    return raw


def shape_of(rng: Rng, least: int = 1, most: int = 5, empty: bool = True) -> tuple[int, ...]:
    """Axes of length 1 to 4; now and then the first has length 0."""
    shape = [int(n) for n in rng.integers(1, 5, size=rng.integers(least, most + 1))]
    if empty and len(shape) > 1 and rng.random() < 0.06:
        shape[0] = 0
    return tuple(shape)


def without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """The shape without an axis."""
    axis %= len(shape)
    return shape[:axis] + shape[axis + 1 :]


def indices(rng: Rng, shape: tuple[int, ...], classes: int, ignore: int | None) -> np.ndarray:
    """Labels, some ignored, all ignored, or one out of range."""
    y = rng.integers(0, classes, size=shape)
    if ignore is not None:
        y = np.where(rng.random(size=shape) < pick(rng, 0.0, 0.4, 1.0), ignore, y)
    if rng.random() < 0.08 and y.size:
        y = np.array(y)
        y.flat[rng.integers(y.size)] = pick(rng, -1, classes, -classes, classes + 7, -100)
    return np.asarray(y)


def torch_classes(rng: Rng, function: str) -> Call:
    """CrossEntropyLoss and NLLLoss."""
    shape = shape_of(rng, 1, 7)
    axis = min(1, len(shape) - 1)
    args: dict[str, Any] = {"reduction": pick(rng, "mean", "sum", "none")}
    if rng.random() < 0.5:
        args["weight"] = numbers(rng, (shape[axis],), 1.0)
    if "ross" in function and rng.random() < 0.4:
        args["label_smoothing"] = pick(rng, 0.125, 0.5, 1.0)
    if "ross" in function and rng.random() < 0.3:
        return logits(rng, shape), mix(rng, shape, axis), args, {}
    ignore = pick(rng, None, None, 0, 1, -1, 99, -7)
    if ignore is not None:
        args["ignore_index"] = ignore
    y = indices(rng, without(shape, axis), shape[axis], -100 if ignore is None else ignore)
    return logits(rng, shape), y, args, {}


def lying_over(rng: Rng, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers whose shape broadcasts to `shape`."""
    own = [n if rng.random() < 0.7 else 1 for n in shape][int(rng.integers(len(shape) + 1)) :]
    return numbers(rng, tuple(own), 1.0)


def torch_elements(rng: Rng, function: str) -> Call:
    """The losses with one value an element, and MultiLabelSoftMarginLoss."""
    shape = shape_of(rng, 0 if "Multi" not in function else 1)
    x, t = logits(rng, shape), shares(rng, shape)
    args: dict[str, Any] = {"reduction": pick(rng, "mean", "sum", "none")}
    extra = {}
    if "BCE" in function or "Multi" in function:
        if rng.random() < 0.4:
            args["weight"] = lying_over(rng, shape)
        if "Logits" in function and rng.random() < 0.4:
            args["pos_weight"] = lying_over(rng, shape)
        if "Logits" in function and rng.random() < 0.2:
            t = numbers(rng, shape)
        if function.endswith("BCELoss"):
            x = shares(rng, shape)
    elif "SoftMargin" in function:
        x, t = numbers(rng, shape, 20.0), pick(rng, np.sign(t - 0.5), t, numbers(rng, shape))
    elif "KLDiv" in function:
        args["reduction"] = pick(rng, "mean", "sum", "none", "batchmean") if shape else "sum"
        args["log_target"] = bool(rng.random() < 0.4)
        x = -np.abs(x)
        t = -np.abs(numbers(rng, shape)) if args["log_target"] else t
    elif "Poisson" in function:
        args |= {"log_input": bool(rng.random() < 0.5), "full": bool(rng.random() < 0.5)}
        x = numbers(rng, shape) if args["log_input"] else np.abs(numbers(rng, shape))
        t = rng.integers(0, 7, size=shape) / pick(rng, 1, 2)
    else:
        args["full"] = bool(rng.random() < 0.5)
        x, t = numbers(rng, shape), numbers(rng, shape)
        extra["var"] = np.abs(numbers(rng, shape, 1.0))
    return x, t, args, extra


def tensorflow(rng: Rng, function: str) -> Call:
    """tf.nn."""
    if "sparse" in function:
        shape = shape_of(rng)
        return logits(rng, shape), indices(rng, shape[:-1], shape[-1], None), {}, {}
    if "softmax" in function:
        shape = shape_of(rng)
        axis = pick(rng, None, *range(len(shape))) if 0 not in shape else None
        t = mix(rng, shape, -1 if axis is None else axis)
        return logits(rng, shape), t, {} if axis is None else {"axis": axis}, {}
    shape = shape_of(rng, 0)
    if "poisson" in function:
        args = {"compute_full_loss": bool(rng.random() < 0.5)}
        return numbers(rng, shape), rng.integers(-1, 7, size=shape) / 2, args, {}
    t = shares(rng, shape) if rng.random() < 0.8 else numbers(rng, shape)
    args = {"pos_weight": pick(rng, 0.5, -1.0, lying_over(rng, shape))}
    return logits(rng, shape), t, args if "weighted" in function else {}, {}


def keras(rng: Rng, function: str) -> Call:
    """keras.losses."""
    shape = shape_of(rng, 1, 4, empty=False)
    args: dict[str, Any] = {
        "reduction": pick(rng, "sum_over_batch_size", "sum", "none", "mean_with_sample_weight")
    }
    rows = shape[:-1]
    x = numbers(rng, shape)
    if "KL" in function or function.endswith("Poisson"):
        x, t = shares(rng, shape), shares(rng, shape)
    else:
        args["from_logits"] = bool(rng.random() < 0.5)
        x = numbers(rng, shape, pick(rng, 1, 30)) if args["from_logits"] else shares(rng, shape)
        if "Sparse" in function:
            if shape[-1] == 1:  # Keras takes an axis of length 1 for one to be squeezed
                return keras(rng, function)
            ignore = pick(rng, None, 0, -1, 255)
            args |= {} if ignore is None else {"ignore_class": ignore}
            t = indices(rng, rows, shape[-1], ignore)
        else:
            t = mix(rng, shape, -1) if "Categorical" in function else shares(rng, shape)
            if rng.random() < 0.4:
                args["label_smoothing"] = 0.125
            if rng.random() < 0.3:
                args["axis"] = int(rng.integers(len(shape)))
                rows = without(shape, args["axis"])
            if "Focal" in function and rng.random() < 0.5:
                args |= {"gamma": pick(rng, 0.0, 0.5, 2.0, 3.0), "alpha": 0.75}
            if "BinaryFocal" in function:
                args["apply_class_balancing"] = bool(rng.random() < 0.5)
    if rng.random() < 0.4:
        return x, t, args, {"sample_weight": shares(rng, rows) * 2}
    return x, t, args, {}


def optax(rng: Rng, function: str) -> Call:
    """optax.losses."""
    if "sigmoid" in function:
        shape = shape_of(rng, 0)
        focal = {"gamma": pick(rng, 0.0, 0.5, 2.0), "alpha": pick(rng, 0.25, 0.5)}
        args = focal if "focal" in function and rng.random() < 0.7 else {}
        return logits(rng, shape), shares(rng, shape), args, {}
    shape = shape_of(rng)
    axis = (
        pick(rng, None, *range(len(shape))) if 0 not in shape and "safe" not in function else None
    )
    args = {} if axis is None else {"axis": axis}
    at = -1 if axis is None else axis
    if "safe" not in function and rng.random() < 0.3:
        args["where"] = rng.random(size=shape) < 0.7
    if "integer" in function:
        return logits(rng, shape), indices(rng, without(shape, at), shape[at], None), args, {}
    if "kl" in function:
        return -np.abs(logits(rng, shape)), shares(rng, shape), args, {}
    if "poly" in function and rng.random() < 0.5:
        args["epsilon"] = pick(rng, -1.0, 0.0, 0.5)
    return logits(rng, shape), mix(rng, shape, at), args, {}


def sklearn(rng: Rng, function: str) -> Call:
    """log_loss."""
    rows, classes = int(rng.integers(1, 9)), int(rng.integers(2, 5))
    raw = shares(rng, (rows, classes)) + 1 / 64
    p = np.round(raw / raw.sum(axis=1, keepdims=True) * 4096) / 4096
    values = np.sort(rng.choice(np.arange(-3, 12), classes, replace=False))
    y = values[rng.integers(0, classes, size=rows)]
    args: dict[str, Any] = {"normalize": bool(rng.random() < 0.7)}
    if rng.random() < 0.6:
        args["labels"] = values
    if rng.random() < 0.2:
        p, y = shares(rng, (rows,)), rng.integers(0, 2, size=rows)
        args.pop("labels", None)
    extra = {"sample_weight": shares(rng, (rows,))} if rng.random() < 0.4 else {}
    return p, y, args, extra


def onnx(rng: Rng, function: str) -> Call:
    """The ONNX operators."""
    shape = shape_of(rng, 2, 6, empty=False)
    args: dict[str, Any] = {"reduction": pick(rng, "mean", "sum", "none")}
    if rng.random() < 0.5:
        args["weights"] = numbers(rng, (shape[1],), 1.0)
    ignore = pick(rng, None, 0, 1, -7, 99)
    args |= {} if ignore is None else {"ignore_index": ignore}
    x = numbers(rng, shape)
    return x, indices(rng, without(shape, 1), shape[1], ignore), args, {}


def perplexity(rng: Rng, function: str) -> Call:
    """torchmetrics.Perplexity."""
    shape = shape_of(rng, 3, 3)
    ignore = pick(rng, None, -100, 0)
    y = indices(rng, shape[:-1], shape[-1], ignore)
    return numbers(rng, shape), y, {} if ignore is None else {"ignore_index": ignore}, {}


def causal(rng: Rng, function: str) -> Call:
    """transformers.ForCausalLMLoss."""
    shape = shape_of(rng, 2, 4, empty=False)
    items = pick(rng, None, None, 3, 17)
    args = {} if items is None else {"num_items_in_batch": items}
    return numbers(rng, shape), indices(rng, shape[:-1], shape[-1], -100), args, {}


MAKERS: dict[str, Callable[[Rng, str], Call]] = {
    "torch.nn.CrossEntropyLoss": torch_classes,
    "torch.nn.NLLLoss": torch_classes,
    "torch.nn.": torch_elements,
    "tf.nn.": tensorflow,
    "keras.losses.": keras,
    "optax.losses.": optax,
    "sklearn.metrics.": sklearn,
    "onnx.": onnx,
    "torchmetrics.": perplexity,
    "transformers.": causal,
}
"""By the beginning of the function's name; the first that fits."""


def call(function: str, seed: int) -> Call:
    """The call number `seed` of a function."""
    make = next(make for start, make in MAKERS.items() if function.startswith(start))
    return make(np.random.default_rng([seed, *function.encode()]), function)
