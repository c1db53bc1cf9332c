"""Golden numbers of sklearn.metrics.log_loss, in float16 too: it clips by the eps of the dtype.

`words.json` holds those of labels that are words, as they would stand in a text.
"""

import json
from itertools import product
from typing import Any

import numpy as np
import sklearn
from golden_cases import HERE, Cases, dist, index, onehot, seeded, unit, write
from sklearn.metrics import log_loss

F = "sklearn.metrics.log_loss"


def build(cases: Cases) -> None:
    """Multiclass, binary, multilabel indicators; normalize, sample_weight, labels."""
    rng = seeded(F)
    for normalize, weighted in product([None, True, False], [False, True]):
        tag = f"normalize-{normalize}-sw{weighted:d}"
        for rows, classes in [(6, 3), (5, 2), (1, 4), (6, 5)]:
            p, y = dist(rng, (rows, classes)), np.arange(rows) % classes
            extra = {"sample_weight": unit(rng, (rows,)) * 2} if weighted else {}
            labels = np.arange(classes)
            cases.add(F, f"{rows}x{classes}-{tag}", p, y, extra=extra, normalize=normalize)
            cases.add(
                F,
                f"labels-{rows}x{classes}-{tag}",
                p,
                index(rng, (rows,), classes),
                extra=extra,
                normalize=normalize,
                labels=labels,
            )
            cases.add(
                F,
                f"onehot-{rows}x{classes}-{tag}",
                p,
                onehot(y, classes).astype(np.int64),
                extra=extra,
                normalize=normalize,
            )
        y = np.array([0, 1, 1, 0, 1])
        extra = {"sample_weight": unit(rng, (5,)) * 2} if weighted else {}
        cases.add(F, f"positive-1d-{tag}", unit(rng, (5,)), y, extra=extra, normalize=normalize)
        cases.add(F, f"positive-Nx1-{tag}", unit(rng, (5, 1)), y, extra=extra, normalize=normalize)
    p, y = dist(rng, (6, 3)), np.array([0, 1, 2, 2, 1, 0])
    cases.add(F, "classes-3-5-9", p, np.array([3, 5, 9, 9, 5, 3]))
    cases.add(F, "classes-unordered", p, np.array([9, 5, 3, 3, 5, 9]), labels=np.array([9, 3, 5]))
    cases.add(F, "minus-one-plus-one", unit(rng, (4,)), np.array([-1, 1, 1, -1]))
    cases.add(F, "bool-labels", unit(rng, (4,)), np.array([False, True, True, False]))
    cases.add(F, "float-labels", p, y * 1.0)
    cases.add(F, "labels-Nx1", p, y[:, None])
    edge = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1], [0.5, 0.5, 0]])
    for normalize in (True, False):
        cases.add(
            F,
            f"p0-{normalize}",
            edge,
            np.array([0, 0, 2, 2]),
            labels=np.arange(3),
            normalize=normalize,
        )
        cases.add(F, f"p1-{normalize}", edge, np.array([1, 0, 2, 1]), normalize=normalize)
    cases.add(F, "binary-p0-p1", np.array([0.0, 1, 0, 1]), np.array([0, 1, 1, 0]))
    cases.add(F, "sums-not-1", p / 2, y)
    cases.add(F, "sums-above-1", np.minimum(p * 2, 1), y)
    cases.add(
        F,
        "doc",
        np.array([[0.125, 0.875], [0.875, 0.125], [0.75, 0.25], [0.375, 0.625]]),
        np.array([1, 0, 0, 1]),
    )
    cases.add(F, "label-out-of-range", p, np.array([0, 1, 2, 3, 1, 0]))
    cases.add(F, "label-minus1", p, np.array([0, 1, 2, -1, 1, 0]))
    cases.add(F, "label-not-in-labels", p, np.array([0, 1, 2, 7, 1, 0]), labels=np.arange(3))
    cases.add(F, "labels-superset", p, np.array([0, 1, 1, 0, 1, 0]), labels=np.arange(3))
    cases.add(F, "class-missing", p, np.array([0, 1, 1, 0, 1, 0]))
    cases.add(F, "one-class", p, np.zeros(6, int))
    cases.add(F, "one-class-labels", p, np.zeros(6, int), labels=np.arange(3))
    cases.add(F, "above-1", np.array([0.5, 1.0625]), np.array([0, 1]))
    cases.add(F, "below-0", np.array([0.5, -0.0625]), np.array([0, 1]))
    cases.add(F, "nan", np.array([0.5, float("nan")]), np.array([0, 1]))
    cases.add(F, "empty", np.zeros((0, 3)), np.zeros(0, int), labels=np.arange(3))
    cases.add(F, "too-few", p, y[:5])
    cases.add(F, "soft", p, dist(rng, (6, 3)))
    cases.add(
        F, "multilabel", unit(rng, (4, 3)), np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]])
    )
    cases.add(F, "weights-zero", p, y, extra={"sample_weight": np.zeros(6)})
    cases.add(F, "weights-negative", p, y, extra={"sample_weight": np.array([1.0, -1, 2, 1, 1, 1])})
    cases.add(F, "weights-Nx1", p, y, extra={"sample_weight": np.ones((6, 1))})
    cases.add(F, "weights-too-few", p, y, extra={"sample_weight": np.ones(5)})
    half = np.array([0.0, 1, 0.25, 2.0**-14, 1 - 2.0**-11])
    cases.add(F, "positive-edge", half, np.array([1, 0, 1, 1, 0]))
    cases.add(F, "positive-edge-Nx1", half[:, None], np.array([1, 0, 1, 1, 0]))
    square = np.array([[0.25, 0.5, 0.25], [0.125, 0.75, 0.125], [1, 0, 0]])
    over = {"sample_weight": np.array([1.0, 0, 3])}
    cases.add(F, "square", square, np.array([0, 2, 1]), extra=over)


PREDICTED = [[0.75, 0.25], [0.875, 0.125], [0.25, 0.75], [0.5, 0.5]]
THREE = [[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.25, 0.25, 0.5], [0.0, 0.5, 0.5]]
WORDS: list[tuple[str, Any, list[str], list[str] | None]] = [
    ("two", PREDICTED, ["dog", "cat", "cat", "dog"], None),
    ("two-in-order", PREDICTED, ["cat", "dog", "dog", "cat"], None),
    ("two-named", PREDICTED, ["dog", "cat", "cat", "dog"], ["dog", "cat"]),
    ("three", THREE, ["pear", "Fig", "apple", "pear"], None),
    ("three-named", THREE, ["pear", "Fig", "pear", "pear"], ["pear", "apple", "Fig"]),
    ("three-upper", THREE, ["b", "a", "B", "a"], None),
    ("one-column", [0.75, 0.125, 0.25, 0.5], ["no", "yes", "yes", "no"], None),
    ("one-column-named", [0.75, 0.125, 0.25, 0.5], ["no", "yes", "yes", "no"], ["yes", "no"]),
    ("too-few", THREE, ["pear", "fig", "fig", "pear"], None),
    ("too-many", PREDICTED, ["pear", "fig", "apple", "pear"], None),
    ("only-one", PREDICTED, ["pear", "pear", "pear", "pear"], None),
    ("not-named", PREDICTED, ["dog", "cat", "cow", "dog"], ["dog", "cat"]),
]
"""Name, probabilities, labels, the names in the order that they were given in."""


def words() -> list[dict[str, Any]]:
    """What scikit-learn gives for each, or its error."""
    found = []
    for name, p, labels, names in WORDS:
        case: dict[str, Any] = {"id": name, "probs": p, "labels": labels, "names": names}
        try:
            case["loss"] = log_loss(labels, np.array(p), labels=names)
        except ValueError as error:
            case["error"] = str(error).partition("\n")[0][:120]
        found.append(case)
    return found


def run(_function: str, args: dict[str, Any], inputs: dict[str, np.ndarray]) -> Any:
    """Call with labels first."""
    weight = inputs.get("sample_weight")
    return log_loss(inputs["labels"], inputs["logits"], sample_weight=weight, **args)


def main() -> None:
    """Write sklearn.json."""
    cases = Cases()
    build(cases)
    lines = [json.dumps(case, separators=(",", ":")) for case in words()]
    (HERE / "words.json").write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="ascii")
    write("sklearn", sklearn.__version__, cases, run, ("float64", "float32", "float16"))
