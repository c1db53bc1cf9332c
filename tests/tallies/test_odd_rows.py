"""The first rows that are no numbers, and what makes them so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xent_cli.arrays.base import ReadOptions
from xent_cli.passes.request import LossRequest
from xent_cli.tasks.loss import compute_loss

X = np.random.default_rng(0).normal(size=(40, 3))
Y = np.random.default_rng(1).integers(0, 3, 40)
T = np.random.default_rng(2).random((40, 3))


def told(block: int, *arrays: np.ndarray, **request: Any) -> dict[str, tuple[str, Any]]:
    result = compute_loss(LossRequest(*arrays, block_elements=block, **request))
    return {d.id: (d.message, d.place) for d in result.diagnoses}


@pytest.mark.parametrize("block", [1, 10, 10**6])
def test_the_first_row_and_its_input(block: int) -> None:
    x = X.copy()
    x[[30, 17], 1] = np.nan
    message, place = told(block, x, Y)["loss-nan"]
    assert message == "2 rows with a loss of NaN (NaN or infinity in logits): the first is row 17"
    assert place == {"row": 17}
    targets = T.copy()
    targets[23] = np.nan
    message, _ = told(block, X, targets, kind="sigmoid-bce")["loss-nan"]
    assert message == "1 row with a loss of NaN (NaN or infinity in targets): row 23"
    weights = np.ones(40)
    weights[35] = np.nan
    message, _ = told(block, X, Y, sample_weight=weights)["loss-nan"]
    assert "in weights): row 35" in message
    masked = X.copy()
    masked[[9, 11], Y[[9, 11]]] = -np.inf
    message, _ = told(block, masked, Y)["loss-infinite"]
    assert message.endswith(": the first is row 9")


def test_smoothing_over_a_masked_class() -> None:
    x = X.copy()
    x[5, (Y[5] + 1) % 3] = -np.inf
    smooth = {"options": {"label_smoothing": 0.1}}
    message, _ = told(10, x, Y, **smooth)["loss-infinite"]
    assert message == (
        "1 row with an infinite loss (label smoothing gives a class of -inf a share): row 5"
    )
    x[5, Y[5]] = -np.inf
    assert "the label's probability is 0" in told(10, x, Y, **smooth)["loss-infinite"][0]


def test_rows_of_several_axes_and_of_a_range() -> None:
    x = np.zeros((4, 5, 3))
    x[2, 3, 0] = np.nan
    message, place = told(7, x, np.zeros((4, 5), int))["loss-nan"]
    assert (message[-10:], place) == ("row (2, 3)", {"row": 13})
    message, place = told(7, x, np.zeros((4, 5), int), read=ReadOptions(rows=(1, None)))["loss-nan"]
    assert (message[-10:], place) == ("row (2, 3)", {"row": 13})
    alone = told(7, np.array([np.nan, 1.0]), np.array(0))["loss-nan"]
    assert alone == ("1 row with a loss of NaN (NaN or infinity in logits)", None)


def test_ignored_rows_do_not_count() -> None:
    x, labels = X.copy(), Y.copy()
    x[[3, 8]] = np.nan
    labels[3] = -100
    assert told(5, x, labels)["loss-nan"][0].endswith(": row 8")
