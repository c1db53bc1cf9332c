"""Labels that are read as something else, and labels that are no class, are told by number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from xent_cli import LossRequest, compute_loss

X = np.array([[1.0, 2.0, 0.5], [0.25, 0.0, 4.0], [3.0, -1.0, 0.0]])
OPTAX = "optax.losses.softmax_cross_entropy_with_integer_labels"
KERAS = "keras.losses.SparseCategoricalCrossentropy"


def told(labels, **request) -> list[tuple[str, str, str]]:
    """Id, level and message of what is told."""
    found = compute_loss(LossRequest(X, labels, **request)).to_dict()["diagnoses"]
    return [(one["id"], one["level"], one["message"]) for one in found]


@pytest.mark.parametrize("form", ["npy", "csv"])
def test_a_column_of_labels_is_told_unless_text_has_nothing_else(form, tmp_path: Path) -> None:
    path = tmp_path / f"y.{form}"
    column = np.array([[0], [1], [2]])
    np.save(path, column) if form == "npy" else np.savetxt(path, column, fmt="%d")
    squeezed = ("label-column-squeezed", "note", f"{path}: shape (3, 1) is read as (3,)")
    assert told(str(path)) == ([squeezed] if form == "npy" else [])


@pytest.mark.parametrize(
    ("dtype", "told_of"), [("int64", False), ("uint8", False), ("int16", True), ("float32", True)]
)
def test_a_dtype_that_pytorch_refuses(dtype: str, told_of: bool) -> None:
    found = told(np.array([0, 1, 2], dtype), kind="torch.nn.CrossEntropyLoss")
    message = (
        "labels: torch.nn.CrossEntropyLoss itself takes labels of int64 or uint8 only, not "
        f"{dtype}; the number is that of the same labels converted"
    )
    assert found == ([("label-dtype-converted", "note", message)] if told_of else [])


@pytest.mark.parametrize(
    ("kind", "labels", "id", "message"),
    [
        (OPTAX, [-1, 0, -2], "label-wrapped", "2 rows with a label below 0, counted from the last class"),
        (OPTAX, [3, 0, 1], "label-absent-nan", "1 row with a label that is no class, where this kind gives NaN"),
        (KERAS, [3, 7, 1], "label-absent-zero", "2 rows with a label that is no class, where this kind gives a loss of 0"),
    ],
)  # fmt: skip
def test_labels_that_are_no_class(kind: str, labels: list[int], id: str, message: str) -> None:
    params = {"from_logits": True, "backend": "jax"} if kind == KERAS else {}
    found = told(np.array(labels), kind=kind, params=params, block_elements=3)
    assert (id, "warning", message) in found


def test_an_ignore_index_that_no_row_has() -> None:
    given = {"options": {"ignore_index": 7}}
    (found,) = told(np.array([0, 1, 2]), **given)
    assert found[:2] == ("ignore-index-unmatched", "note")
    assert "no row has the label 7" in found[2]
    assert told(np.array([0, 7, 2]), **given) == []
    assert told(np.array([0, 1, 2])) == []
