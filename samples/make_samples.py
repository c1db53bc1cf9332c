"""Make the sample files beside this script: real outputs of small classifiers.

    python samples/make_samples.py        (needs numpy and scikit-learn)

The data are scikit-learn's digits, 1797 scans of handwritten digits of 8 x 8 pixels. A softmax
regression is fitted five times, each time on four fifths of the rows, and every row gets its logits
from the model that has not seen it, so the mistakes and the confidence are those of a real model.
Four logistic regressions do the same for four properties of a digit.

What comes out, each as ``.npy`` and ``.csv``:

==================  ==================  ======================================================
file                shape and dtype     what it is
==================  ==================  ======================================================
logits              (1797, 10) float32  unnormalised scores, multiples of 1/32
labels              (1797,) int64       the digit; the csv has no header
probs               (1797, 10) float32  softmax of the logits, 7 significant digits
log-probs           (1797, 10) float32  log of it, 6 decimals
onehot              (1797, 10) float32  the labels as rows of 0 and 1
tags-logits         (1797, 4) float32   scores of even, prime, high (5-9), loop (0, 6, 8, 9)
tags                (1797, 4) uint8     the truth, 0 or 1
tags-pos-weight     (4,) float32        negatives / positives of a tag; the csv has no header
a, b                (1797, 5) float32   the logits cut along dim 1: zero-four, five-nine
top, bottom         (1000 | 797, 10)    the logits cut along dim 0
tiny-logits         (3, 5) float32      a case to check by hand
tiny-labels         (3,) int64          its labels; the csv has no header
==================  ==================  ======================================================

``class-weights.yaml`` maps the ten class names to weights: the rarer a digit is and the more
often it is mistaken for another or another for it, the more it weighs.

Precision of the text: logits, tags-logits, tags-pos-weight and tiny-logits are rounded to
multiples of a power of two before they are stored, so their decimal text is exact and short: read
as float64, the csv equals the npy. That is not possible for probs and log-probs (the exact text of
a float32 needs up to 30 digits and more): their csv holds the shortest text that gives the npy's
float32 back, and read as float64 it differs from it by at most 2^-24 of the value. A row of probs
sums to 1 within 5e-7.

By hand, tiny: row 0 loses log(e^2 + e + 1 + 1/e + e^0.5) - 2 = 0.5744379, row 1 (a mistake) loses
log(1 + e^3 + e + 1 + e^-2) - 1 = 2.2164390, row 2 has five equal logits and loses
log 5 = 1.6094379.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

HERE = Path(__file__).parent
NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TAGS = {
    "even": (0, 2, 4, 6, 8),
    "prime": (2, 3, 5, 7),
    "high": (5, 6, 7, 8, 9),
    "loop": (0, 6, 8, 9),
}
STEP = 32
CUT_ROW, CUT_CLASS = 1000, 5


def scores(pixels: NDArray[np.float64], target: NDArray[np.int64]) -> NDArray[np.float32]:
    """Out-of-fold decision values of a regularised (softmax) regression, in multiples of 1/STEP."""
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    model = LogisticRegression(C=1.0, max_iter=2000, tol=1e-8)
    raw = cross_val_predict(model, pixels, target, cv=folds, method="decision_function")
    return (np.round(raw * STEP) / STEP).astype(np.float32)


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Log of the softmax of each row, in float64."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def cell(value: np.generic) -> str:
    """Shortest text that gives the value back in its own dtype: 0.5, -3, 2.5e-06."""
    text = str(value)
    return text.removesuffix(".0") if "e" not in text else text


def save(name: str, array: NDArray[np.generic], header: list[str] | None = None) -> None:
    """Write name.npy and name.csv (a vector as one column)."""
    np.save(HERE / f"{name}.npy", array)
    rows = array if array.ndim == 2 else array[:, None]
    lines = [",".join(header)] if header else []
    lines += [",".join(cell(value) for value in row) for row in rows]
    (HERE / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")


def main() -> None:
    """Fit the models, write the files, print how good the models are."""
    digits = load_digits()
    pixels, labels = digits.data / 16.0, digits.target.astype(np.int64)
    logits = scores(pixels, labels)
    log_probs = log_softmax(logits)
    probs = np.array([float(f"{p:.7g}") for p in np.exp(log_probs).flat]).reshape(logits.shape)

    save("logits", logits, NAMES)
    save("labels", labels)
    save("probs", probs.astype(np.float32), NAMES)
    save("log-probs", log_probs.round(6).astype(np.float32), NAMES)
    save("onehot", np.eye(10, dtype=np.float32)[labels], NAMES)
    save("a", logits[:, :CUT_CLASS].copy(), NAMES[:CUT_CLASS])
    save("b", logits[:, CUT_CLASS:].copy(), NAMES[CUT_CLASS:])
    save("top", logits[:CUT_ROW], NAMES)
    save("bottom", logits[CUT_ROW:], NAMES)

    header = ["id", *NAMES, "y"]
    rows = [
        [f"d{number:04}", *map(cell, row), NAMES[label]]
        for number, (row, label) in enumerate(zip(logits, labels, strict=True))
    ]
    lines = ["# handwritten digits: logits and classes", *map(",".join, [header, *rows])]
    (HERE / "all.csv").write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")

    tags = np.stack([np.isin(labels, members) for members in TAGS.values()], axis=1)
    tags_logits = np.stack([scores(pixels, tag.astype(np.int64)) for tag in tags.T], axis=1)
    positives = tags.sum(axis=0)
    balance = np.round((len(tags) - positives) / positives * 64) / 64
    save("tags-logits", tags_logits, list(TAGS))
    save("tags", tags.astype(np.uint8), list(TAGS))
    save("tags-pos-weight", balance.astype(np.float32))

    tiny = [[2, 1, 0, -1, 0.5], [0, 3, 1, 0, -2], [1, 1, 1, 1, 1]]
    save("tiny-logits", np.array(tiny, dtype=np.float32), ["ant", "bee", "cat", "dog", "elk"])
    save("tiny-labels", np.array([0, 2, 4], dtype=np.int64))

    hits = logits.argmax(axis=1) == labels
    right = np.bincount(labels[hits], minlength=10)
    recall, precision = right / np.bincount(labels), right / np.bincount(logits.argmax(axis=1))
    weights = len(labels) / (10 * np.bincount(labels) * recall * precision)
    lines = [f"{name}: {weight:.4f}" for name, weight in zip(NAMES, weights, strict=True)]
    (HERE / "class-weights.yaml").write_text("\n".join(lines) + "\n", encoding="ascii")

    loss = -log_probs[np.arange(len(labels)), labels].mean()
    tag_hits = ((tags_logits > 0) == tags).mean(axis=0)
    print(
        f"digits: accuracy {hits.mean():.4f}, cross entropy {loss:.6f}; tags: {tag_hits.round(4)}"
    )


if __name__ == "__main__":
    main()
