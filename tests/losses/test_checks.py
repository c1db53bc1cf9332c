"""Which axis holds the classes, how labels are read, and what is said when they do not fit."""

from __future__ import annotations

import numpy as np
import pytest

from xent_cli.errors import DataError, UsageError, XentError
from xent_cli.losses import LOSSES, get_loss
from xent_cli.losses.base import Block
from xent_cli.losses.checks import index_labels
from xent_cli.losses.geometry import find_geometry
from xent_cli.losses.misfits import ShapePair

CE, SPARSE, SIGMOID = LOSSES["softmax-ce"], LOSSES["sparse"], LOSSES["sigmoid-bce"]


def _geometry(logits, labels, class_dim=None, loss=CE):
    return find_geometry(loss, ShapePair(logits, labels, "logits.npy", "labels.npy"), class_dim)


@pytest.mark.parametrize(
    ("logits", "labels", "class_dim", "expected"),
    [
        ((8, 3), (8,), None, (1, (8,), False)),
        ((8, 3), (8, 1), None, (1, (8,), False)),
        ((8, 3), (8, 3), None, (1, (8,), True)),
        ((3,), (), None, (0, (), False)),
        ((3,), (1,), None, (0, (), False)),
        ((3,), (3,), None, (0, (), True)),
        ((8, 3, 5), (8, 5), None, (1, (8, 5), False)),
        ((8, 5, 3), (8, 5), None, (2, (8, 5), False)),
        ((3, 8, 5), (8, 5), None, (0, (8, 5), False)),
        ((8, 5, 3), (8, 5), -1, (2, (8, 5), False)),
        ((3, 8), (8,), 0, (0, (8,), False)),
        ((8, 3, 5), (8, 3, 5), 1, (1, (8, 5), True)),
        ((0, 3), (0,), None, (1, (0,), False)),
        ((1, 3), (1,), None, (1, (1,), False)),
    ],
)
def test_geometry(logits, labels, class_dim, expected) -> None:
    found = _geometry(logits, labels, class_dim)
    assert (found.class_dim, found.rows_shape, found.dense) == expected
    assert found.classes == logits[found.class_dim]


@pytest.mark.parametrize(
    ("logits", "labels", "class_dim", "loss", "error", "words"),
    [
        ((8, 3), (7,), None, CE, DataError, "8 rows of logits but 7 labels"),
        ((3, 8), (3,), None, SPARSE, None, ""),
        ((3, 8), (8,), None, CE, DataError, "--class-dim 0"),
        ((8,), (8, 3), None, CE, DataError, "did you swap"),
        ((8, 3), (8, 4), None, CE, DataError, "one column for each of the 3 classes"),
        ((8, 3), (8, 3), None, SPARSE, DataError, "--kind softmax-ce"),
        ((8, 5, 5), (8, 5), None, CE, UsageError, "--class-dim 1 or --class-dim 2"),
        ((8, 3, 5), (8, 3, 5), None, CE, UsageError, "--class-dim"),
        ((8, 3), (8,), 2, CE, UsageError, "go from -2 to 1"),
        ((), (), None, CE, DataError, "class axis"),
        ((8, 3), (8,), None, SIGMOID, DataError, "equal shapes"),
    ],
)
def test_misfits_name_both_shapes_and_the_way_out(
    logits, labels, class_dim, loss, error, words
) -> None:
    if error is None:
        assert _geometry(logits, labels, class_dim, loss).classes == logits[1]
        return
    with pytest.raises(error) as caught:
        _geometry(logits, labels, class_dim, loss)
    assert words in f"{caught.value.message} {caught.value.hint}"
    assert "logits.npy" in caught.value.message or "labels" in caught.value.message


@pytest.mark.parametrize(
    ("logits", "labels", "expected"),
    [
        ((8, 3), (8, 3), (1, 3, (8,))),
        ((8,), (8,), (None, 1, (8,))),
        ((8,), (8, 1), (None, 1, (8,))),
        ((8, 1), (8,), (1, 1, (8,))),
        ((2, 3, 4), (2, 3, 4), (2, 4, (2, 3))),
    ],
)
def test_elements(logits, labels, expected) -> None:
    found = _geometry(logits, labels, None, SIGMOID)
    assert (found.class_dim, found.classes, found.rows_shape) == expected


class _Place:
    logits, labels = "logits.npy", "labels.npy"

    def row(self, index: int) -> str:
        return f"row {index}"


def _read(labels, *, classes=10, ignore=-100, base=0):
    block = Block(np.zeros((len(labels), classes)), np.asarray(labels), False, base, _Place())
    found = index_labels(block, classes, ignore)
    return found.labels, found.counted


@pytest.mark.parametrize(
    "dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]
)
def test_every_integer_and_integral_float_dtype(dtype) -> None:
    labels, counted = _read(np.array([0, 9, 3], dtype=dtype))
    assert labels.tolist() == [0, 9, 3]
    assert counted is None


def test_ignored_rows() -> None:
    labels, counted = _read([1, -100, 2])
    assert labels.tolist() == [1, 0, 2]
    assert counted.tolist() == [True, False, True]


def test_ignore_index_is_compared_before_the_base_is_taken_off() -> None:
    labels, counted = _read([1, 10, 5], ignore=10, base=1)
    assert labels.tolist() == [0, 0, 4]
    assert counted.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("labels", "base", "words"),
    [
        ([0, 12], 0, "row 1 has label 12, but logits.npy has 10 classes (0-9)"),
        ([1, 10], 0, "--label-base 1"),
        ([-100, 2, 10], 0, "--label-base 1"),
        ([0, 10], 0, "the labels 0 to 10 are 11 classes"),
        ([0, 99, 3, 99], 0, "--ignore-index 99"),
        ([0, 99, 3, 98], 0, "labels from 0 to 99 need as many columns"),
        ([-1, 1], 0, "torch.nn.SoftMarginLoss"),
        ([-1], 0, "--ignore-index -1"),
        ([0], 1, "10 classes (1-10)"),
        ([0.5], 0, "row 0 has label 0.5, expected a class index"),
        ([np.nan], 0, "label nan"),
        ([True, False], 0, "dtype bool"),
        (np.array([2**64 - 100], dtype=np.uint64), 0, "label 18446744073709551516"),
        ([1e300], 0, "label 1e+300"),
    ],
)
def test_bad_labels_are_named(labels, base, words) -> None:
    with pytest.raises(DataError) as caught:
        _read(labels, base=base)
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_a_misspelt_kind_gets_the_closest_names() -> None:
    with pytest.raises(XentError) as caught:
        get_loss("softmax_ce")
    assert "did you mean softmax-ce" in str(caught.value.hint)
