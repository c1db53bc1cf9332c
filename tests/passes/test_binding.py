"""Parameters by a framework's names, the general flags of the same role, and what is told."""

from __future__ import annotations

import numpy as np
import pytest
from own_rows import result, values

from xent_cli.errors import DataError, UsageError
from xent_cli.losses import LOSSES, aliases, get_loss

X = np.array([[1.0, 2.0, 0.5], [0.25, 0.0, 4.0], [3.0, -1.0, 0.0], [0.0, 0.0, 0.0]])
Y = np.array([2, 0, 1, 1])
CE = "torch.nn.CrossEntropyLoss"


def test_a_flag_is_the_framework_s_argument_of_that_role() -> None:
    by_flag = result("onnx.SoftmaxCrossEntropyLoss", X, Y, options={"weight": "1,2,3"}).loss
    assert by_flag == result("onnx.SoftmaxCrossEntropyLoss", X, Y, weights="1,2,3").loss
    keras = "keras.losses.SparseCategoricalCrossentropy"
    by_flag = result(keras, X, Y, from_logits=True, options={"ignore_index": 1}).loss
    assert by_flag == result(keras, X, Y, from_logits="true", ignore_class="1").loss


def test_a_flag_has_the_words_of_the_house() -> None:
    keras = "keras.losses.SparseCategoricalCrossentropy"
    by_flag = result(keras, X, Y, options={"input": "logits"})
    assert by_flag.loss == result(keras, X, Y, from_logits=True).loss
    assert by_flag.options["from_logits"] is True
    with pytest.raises(UsageError, match="input takes logits, probs here \\(as from_logits\\)"):
        result(keras, X, Y, options={"input": "log-probs"})
    with pytest.raises(UsageError, match="from_logits is given twice"):
        result(keras, X, Y, from_logits=True, options={"input": "logits"})


@pytest.mark.parametrize(
    "given",
    [
        {"reduction": "sum", "options": {"weight": "1,2,3"}, "weight": "1,2,3"},
        {"options": {"label_smoothing": 0.1}, "label_smoothing": 0.1},
    ],
)
def test_both_is_a_usage_error(given: dict) -> None:
    with pytest.raises(UsageError, match="given twice"):
        result(CE, X, Y, **given)


def test_what_a_framework_lacks_is_refused() -> None:
    with pytest.raises(UsageError, match="does not take --weight"):
        result("optax.softmax_cross_entropy_with_integer_labels", X, Y, options={"weight": "1,2,3"})
    with pytest.raises(UsageError, match="no parameter 'gamma'"):
        result(CE, X, Y, gamma=2)
    with pytest.raises(UsageError, match="takes mean, sum, none"):
        result(CE, X, Y, reduction="batchmean")
    with pytest.raises(UsageError, match="along axis 1"):
        result(CE, X, Y, class_dim=0)


def test_the_default_reduction_is_the_framework_s() -> None:
    assert result("tf.nn.sparse_softmax_cross_entropy_with_logits", X, Y).loss is None
    assert result("t5x.compute_weighted_cross_entropy", X, Y).reduction == "sum"
    assert result("keras.losses.Poisson", X + 2, X + 2).reduction == "sum_over_batch_size"
    assert result(
        "sklearn.metrics.log_loss", np.full((2, 2), 0.5), [0, 1], normalize="false"
    ).loss == (pytest.approx(2 * np.log(2.0)))


def test_sample_weights_by_either_name() -> None:
    w = np.array([1.0, 2.0, 0.0, 4.0])
    by_flag = result("t5x.compute_weighted_cross_entropy", X, Y, sample_weight=w).loss
    assert by_flag == result("t5x.compute_weighted_cross_entropy", X, Y, weights=w).loss


@pytest.mark.parametrize(
    ("kind", "label", "loss", "words"),
    [
        ("optax.losses.softmax_cross_entropy_with_integer_labels", 3, "nan", "no class"),
        ("optax.losses.softmax_cross_entropy_with_integer_labels", -1, "last", "below 0"),
        ("onnx.SoftmaxCrossEntropyLoss", -1, "last", "below 0"),
        ("keras.losses.SparseCategoricalCrossentropy", 3, "zero", "loss of 0"),
    ],
)
def test_bad_labels_give_the_framework_s_value_and_are_told(kind, label, loss, words) -> None:
    given = {"from_logits": True, "backend": "jax"} if "keras" in kind else {}
    labels = np.array([2, label, 1, 1])
    found = values(kind, X, labels, **given)[1]
    last = values(kind, X, [2, 2, 1, 1], **given)[1]
    assert np.array_equal(found, {"last": last, "zero": 0.0, "nan": np.nan}[loss], equal_nan=True)
    assert any(words in warning for warning in result(kind, X, labels, **given).warnings)
    with pytest.raises(DataError, match=words):
        result(kind, X, labels, strict=True, **given)


def test_a_note_where_the_framework_wants_other_labels() -> None:
    notes = result(CE, X, Y.astype(np.int16)).notes
    assert any("int64 or uint8" in note for note in notes)
    assert not result(CE, X, Y).notes


def test_an_alias_is_shown_as_it_was_given() -> None:
    assert result("torch.nn.functional.cross_entropy", X, Y).kind == (
        "torch.nn.functional.cross_entropy"
    )
    assert not aliases().keys() & LOSSES.keys()
    with pytest.raises(UsageError) as caught:
        get_loss("torch.nn.CrossEntropy")
    assert "torch.nn.CrossEntropyLoss" in str(caught.value.hint)


def test_an_elementwise_array_is_read_box_by_box() -> None:
    rng = np.random.default_rng(8)
    x, t, w = rng.normal(size=(6, 5, 4)), rng.random((6, 5, 4)), rng.random((5, 1))
    kind = "torch.nn.BCEWithLogitsLoss"
    whole = values(kind, x, t, weight=np.broadcast_to(w, x.shape), pos_weight=w)
    assert np.array_equal(values(kind, x, t, weight=w, pos_weight=w), whole)
