"""Shapes that do not fit: what is meant is said, and works when it is followed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xent_cli.app import main

RNG = np.random.default_rng(2)
TF, KERAS = "tf.nn.softmax_cross_entropy_with_logits", "keras.losses.CategoricalCrossentropy"


def logits(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def indices(classes: int, *shape: int) -> np.ndarray:
    return RNG.integers(0, classes, shape)


CASES: dict[str, tuple[str, np.ndarray, np.ndarray, str | None]] = {
    "a mask with a channel": ("softmax-ce", logits(2, 5, 4, 3), indices(5, 2, 1, 4, 3), "y.squeeze(1)"),
    "for PyTorch": ("torch.nn.CrossEntropyLoss", logits(2, 5, 4, 3), indices(5, 2, 1, 4, 3), "y.squeeze(1)"),
    "a batch of one": ("softmax-ce", logits(1, 6, 5), indices(5, 6), "x.squeeze(0)"),
    "labels of a batch of one": ("softmax-ce", logits(6, 5), indices(5, 1, 6), "y.squeeze(0)"),
    "one channel": ("sigmoid-bce", logits(2, 1, 4, 4), indices(2, 2, 4, 4), "x.squeeze(1)"),
    "one channel of targets": ("sigmoid-bce", logits(2, 4, 4), indices(2, 2, 1, 4, 4), "y.squeeze(1)"),
    "classes last": ("torch.nn.CrossEntropyLoss", logits(2, 4, 7), indices(7, 2, 4), "np.moveaxis(x, 2, 1)"),
    "classes first": ("softmax-ce", logits(5, 9), indices(5, 9), "--class-dim 0"),
    "swapped": ("softmax-ce", indices(5, 6), logits(6, 5), "xent loss LOGITS LABELS"),
    "focal of indices": ("sigmoid-focal", logits(6, 5), indices(5, 6), "softmax-focal"),
    "sigmoid of indices": ("sigmoid-bce", logits(6, 5), indices(5, 6), "np.eye(5)[y]"),
    "sigmoid of a column": ("sigmoid-bce", logits(6, 5), indices(5, 6, 1), "np.eye(5)[y].squeeze(-2)"),
    "a sister of TensorFlow": (TF, logits(6, 5), indices(5, 6), "tf.nn.sparse_softmax_cross_entropy_with_logits"),
    "a sister of Keras": (KERAS, logits(6, 5), indices(5, 6), "keras.losses.SparseCategoricalCrossentropy"),
    "laid over by TensorFlow": (TF, logits(6, 5), indices(5, 6, 1), "tf.nn.sparse_softmax_cross_entropy_with_logits"),
    "in colour": ("softmax-ce", logits(2, 5, 4, 4), indices(5, 2, 4, 4, 3), "np.save('y.npy', y[..., 0])"),
    "in colour, channels first": ("softmax-ce", logits(2, 5, 4, 4), indices(5, 2, 3, 4, 4), "np.save('y.npy', y[:, 0])"),
    "one column": ("softmax-ce", logits(6, 1), indices(2, 6), "--kind sigmoid-bce"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_fix_is_followed(case: str, xent: Any, tmp_path: Path, monkeypatch: Any) -> None:
    kind, x, y, word = CASES[case]
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    params = ["-p", "from_logits=true"] if kind == KERAS else []
    run = xent("check", tmp_path / "x.npy", tmp_path / "y.npy", "-k", kind, *params, "-f", "json")
    first = run.json["diagnoses"][0]
    assert word in f"{first['message']} {first['hint']}"
    assert run.status == (0 if first["level"] == "warning" else 3)
    if first["fix"] is None:
        assert case.startswith("in colour")
        return
    monkeypatch.chdir(tmp_path)
    *before, loss = first["fix"].split(" && ")
    for line in before:
        subprocess.run(line.replace("python3", sys.executable, 1), shell=True, check=True)
    words = [word.strip("'") for word in loss.split(" ")[1:]]
    assert main([*words, "--strict"]) == 0


def test_weights_of_rows_and_of_classes(xent: Any, tmp_path: Path) -> None:
    for name, array in (
        ("x", logits(6, 5)),
        ("y", indices(5, 6)),
        ("r", np.ones(6)),
        ("c", np.ones(5)),
    ):
        np.save(tmp_path / f"{name}.npy", array)
    x, y, rows, classes = (tmp_path / f"{name}.npy" for name in "xyrc")
    for flag, wrong, other in (
        ("--weight", rows, "--sample-weight"),
        ("--sample-weight", classes, "--weight"),
    ):
        found = xent("check", x, y, flag, wrong, "-f", "json").json["diagnoses"][0]
        assert other in found["hint"]
        assert found["fix"] == f"xent loss {x} {y} {other} {wrong}"
        assert xent(*found["fix"].split(" ")[1:]).status == 0
