"""What `xent check` alone notes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xent_cli import LossRequest, compute_loss
from xent_cli.tasks.check import check_inputs

RNG = np.random.default_rng(1)
X = RNG.normal(size=(40, 5))
Y = np.arange(40) % 5


def notes(x: np.ndarray, y: np.ndarray, **given: Any) -> dict[str, str]:
    request = LossRequest(x, y, **given)
    assert compute_loss(request).notes == ()
    return {each.id: each.message for each in check_inputs(request).diagnoses}


@pytest.mark.parametrize("block", [5, 35, None])
def test_each_by_itself(block: int | None) -> None:
    assert notes(X, Y, block_elements=block) == {}
    assert notes(X, Y % 3, block_elements=block) == {
        "classes-unseen": "labels: classes 3 and 4 of 5 are no row's label"
    }
    fixed = X.copy()
    fixed[:, 2] = 0.25
    assert notes(fixed, Y, block_elements=block) == {
        "columns-constant": "logits: column 2 is the same in the 19 rows looked at"
    }
    again = X.copy()
    again[12] = again[24] = again[3]
    assert notes(again, Y, block_elements=block) == {
        "rows-repeated": "logits: 2 rows of 19 looked at repeat another: row 3 and row 12"
    }
    same = X.copy()
    same[:, 1] += 20
    assert notes(same, Y, block_elements=block) == {
        "one-answer": "logits: class 1 is on top of all 19 rows looked at"
    }


def test_padded_columns_nan_and_few_rows_are_nothing() -> None:
    padded = X.copy()
    padded[:, 4] = -np.inf
    assert notes(padded, Y % 4).keys() == {"classes-unseen"}
    assert "columns-constant" not in notes(X[:5] * 0 + 1, Y[:5])


def test_evidence_names_the_rows() -> None:
    again = X.copy()
    again[12] = again[3]
    (found,) = check_inputs(LossRequest(again, Y)).diagnoses
    assert found.evidence == ({"row": 12, "same_as": 3},)


def test_many_classes_are_cut_short() -> None:
    wide = RNG.normal(size=(40, 30))
    assert notes(wide, Y)["classes-unseen"] == (
        "labels: classes 5, 6, 7, 8, 9 and 20 more of 30 are no row's label"
    )
