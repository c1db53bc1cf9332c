"""The softmax family at 50 digits: index and dense labels, z-loss, soft-capping, probabilities."""

from __future__ import annotations

import numpy as np
import pytest
import reference
from own_rows import close, result, rows, targets_for, values

from xent_cli.errors import DataError, UsageError


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{len(row)}-{row[0]:g}")
def test_index_and_dense_labels(row: np.ndarray) -> None:
    label, target = len(row) // 2, targets_for(row)
    index = values("softmax-ce", row[None], [label], label_smoothing=0.125)[0]
    dense = values("softmax-ce", row[None], target[None])[0]
    assert close(index, reference.softmax_ce_index(row, label, smoothing=0.125), row)
    assert close(dense, reference.softmax_ce_dense(row, target), row, factor=8)


@pytest.mark.parametrize("row", rows()[:12], ids=len)
def test_z_loss_and_softcap(row: np.ndarray) -> None:
    plain = values("softmax-ce", row[None], [0])[0]
    z = values("softmax-ce", row[None], [0], z_loss=1e-4)[0]
    exact = reference.mp.mpf(1) * reference.softmax_ce_index(row, 0) + reference.z_loss(row, 1e-4)
    assert close(z, exact, row)
    assert z >= plain
    capped = [float(reference.softcap(x, 30.0)) for x in row]
    found = values("softmax-ce", row[None], [0], softcap=30.0)[0]
    assert close(found, reference.softmax_ce_index(capped, 0), capped)


def test_z_loss_leaves_ignored_rows_alone() -> None:
    found = values("sparse", np.ones((2, 3)), [-100, 1], z_loss=1.0)
    assert found[0] == 0
    assert found[1] > 0


def test_categorical_ce_takes_probabilities_as_they_are() -> None:
    p = np.array([[0.5, 0.25, 0.25], [0.0, 0.5, 0.25]])
    assert values("categorical-ce", p, [1, 1]) == pytest.approx(-np.log([0.25, 0.5]))
    target = np.array([0.5, 0.25, 0.25])
    exact = reference.categorical_ce(p[0], target)
    assert close(values("categorical-ce", p[:1], target[None])[0], exact)
    assert values("categorical-ce", p, [0, 0])[1] == np.inf
    with pytest.raises(DataError, match=r"has 1\.5"):
        values("categorical-ce", np.array([[1.5, 0.5]]), [0])


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    block = np.vstack([np.full(5, -np.inf), np.linspace(-3, 900, 5), np.linspace(0, 1, 5)])
    together = values("softmax-ce", block.astype(np.float32), [0, 1, 2], precision="native")
    for i, row in enumerate(block.astype(np.float32)):
        alone = values("softmax-ce", row[None], [i], precision="native")
        assert np.array_equal(alone, together[i : i + 1], equal_nan=True)


def test_softcap_must_be_positive() -> None:
    with pytest.raises(UsageError, match="softcap must be at least"):
        result("softmax-ce", np.zeros((1, 2)), [0], softcap=0)
