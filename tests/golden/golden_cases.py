"""What every golden maker shares: a case, how it is run in each precision, how it is written.

Values are multiples of a power of two, so they are the same numbers in float32 and float64.
"""

import json
import re
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
# run(function, args, inputs) -> the framework's result as an array
Run = Callable[[str, dict[str, Any], dict[str, np.ndarray]], Any]


@dataclass
class Case:
    """One call: inputs hold logits, labels and what is aligned with them; args the named rest."""

    function: str
    id: str
    inputs: dict[str, np.ndarray]
    args: dict[str, Any] = field(default_factory=dict)


class Cases:
    """Collects the cases of one framework; ids stay unique within it."""

    def __init__(self) -> None:
        self.items: list[Case] = []

    def add(
        self,
        function: str,
        name: str,
        logits: Any,
        labels: Any,
        /,
        *,
        extra: dict[str, np.ndarray] | None = None,
        **args: Any,
    ) -> None:
        """Add one case; arguments that are None are left to the framework's default."""
        taken = [c.id for c in self.items if c.function == function]
        unique, count = name, 1
        while unique in taken:
            count += 1
            unique = f"{name}#{count}"
        given = {key: value for key, value in args.items() if value is not None}
        inputs = {"logits": np.asarray(logits), "labels": np.asarray(labels)} | (extra or {})
        self.items.append(Case(function, unique, inputs, given))


def seeded(name: str) -> np.random.Generator:
    """A generator of its own for each function: new cases of one leave the others as they are."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def real(rng: np.random.Generator, shape: Sequence[int], scale: float = 2.0) -> np.ndarray:
    """Normal values in multiples of 1/64."""
    return np.round(rng.normal(size=shape) * scale * 64) / 64


def unit(rng: np.random.Generator, shape: Sequence[int]) -> np.ndarray:
    """Values strictly between 0 and 1 in multiples of 1/128."""
    return rng.integers(1, 128, size=shape) / 128


def dist(rng: np.random.Generator, shape: Sequence[int], axis: int = -1) -> np.ndarray:
    """Positive values in multiples of 1/1024 that sum to exactly 1 along axis."""
    shape = list(shape)
    classes = shape.pop(axis)
    raw = rng.dirichlet(np.ones(classes), size=shape)
    parts = np.maximum(np.round(raw * 1024), 1)
    top = parts.argmax(axis=-1)[..., None]
    rest = 1024 - parts.sum(axis=-1, keepdims=True)
    np.put_along_axis(parts, top, np.take_along_axis(parts, top, -1) + rest, -1)
    return np.moveaxis(parts / 1024, -1, axis)


def log_dist(rng: np.random.Generator, shape: Sequence[int], axis: int = -1) -> np.ndarray:
    """Log-probabilities in multiples of 1/256 (their exponentials sum to nearly 1)."""
    return np.round(np.log(dist(rng, shape, axis)) * 256) / 256


def index(rng: np.random.Generator, shape: Sequence[int], classes: int) -> np.ndarray:
    """Random labels, int64."""
    return rng.integers(0, classes, size=shape)


def onehot(labels: np.ndarray, classes: int, axis: int = -1) -> np.ndarray:
    """Labels as float rows of 0 and 1 along axis."""
    return np.moveaxis(np.eye(classes)[labels], -1, axis)


def encode(array: Any) -> dict[str, Any]:
    """{"dtype", "shape", "data"}: flat, C order, NaN and infinities as strings."""
    array = np.asarray(array)
    flat = array.ravel().tolist()
    if array.dtype.kind == "f":
        flat = [v if np.isfinite(v) else str(v) for v in map(float, flat)]
        flat = [
            int(v) if not isinstance(v, str) and v == round(v) and 0 < abs(v) < 1e15 else v
            for v in flat
        ]
    if array.dtype.kind == "b":
        flat = [int(v) for v in flat]
    return {"dtype": array.dtype.name, "shape": list(array.shape), "data": flat}


def decode(document: dict[str, Any]) -> np.ndarray:
    """An array from its JSON form."""
    data = [float(v) if isinstance(v, str) else v for v in document["data"]]
    return np.array(data, dtype=document.get("dtype", "float64")).reshape(document["shape"])


def _cast(value: Any, dtype: str) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(dtype)
    return value


def record(case: Case, run: Run, dtypes: Sequence[str]) -> dict[str, Any]:
    """The case with its results, one a precision, or the error of the float64 run."""
    out: dict[str, Any] = {
        "function": case.function,
        "id": case.id,
        "args": {
            k: {"array": encode(v)} if isinstance(v, np.ndarray) else v
            for k, v in case.args.items()
        },
        "inputs": {k: encode(v) for k, v in case.inputs.items()},
    }
    for dtype in dtypes:
        args = {k: _cast(v, dtype) for k, v in case.args.items()}
        inputs = {k: _cast(v, dtype) for k, v in case.inputs.items()}
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                result = np.asarray(run(case.function, args, inputs))
        except Exception as error:  # whatever the framework raises is what is recorded
            text = re.sub(r"\{\{.*\}\} ", "", str(error)).strip()  # TensorFlow's graph node
            lines = text.splitlines() or [""]
            out["error"] = f"{type(error).__name__}: {lines[0][:160]}"
            out["float64"] = out["float32"] = None
            break
        encoded = encode(result)
        out[dtype] = {"shape": encoded["shape"], "data": encoded["data"]}
    return out


def write(
    framework: str,
    version: str,
    cases: Cases,
    run: Run,
    dtypes: Sequence[str] = ("float64", "float32"),
    others: Callable[[list[dict[str, Any]]], dict[str, list[dict[str, Any]]]] | None = None,
) -> None:
    """Run every case and write <framework>.json beside this file.

    `others` gives further records by backend, made from those of the cases.
    """
    records = [record(case, run, dtypes) for case in cases.items]
    more = {} if others is None else others(records)
    records += [other for found in more.values() for other in found]
    names = {"backends": list(more)} if more else {}
    head = json.dumps({"framework": framework, "version": version} | names)[:-1]
    lines = [json.dumps(r, separators=(",", ":"), allow_nan=False) for r in records]
    text = head + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n"
    (HERE / f"{framework}.json").write_text(text, encoding="ascii")
    errors = sum("error" in r for r in records)
    print(
        f"{framework} {version}: {len(records)} cases, {errors} of them errors, {len(text)} bytes"
    )
