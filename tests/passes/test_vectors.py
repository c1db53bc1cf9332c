"""Vectors of one number a class, from lists, files and YAML."""

from __future__ import annotations

import numpy as np
import pytest

from xent_cli.arrays.base import ReadOptions
from xent_cli.errors import DataError, StorageError, UsageError
from xent_cli.passes.request import LossRequest
from xent_cli.passes.vectors import VectorShape, load_vector
from xent_cli.tasks.loss import compute_loss

SHAPE = VectorShape(3, ("ant", "bee", "cat"), "x.csv", ReadOptions())


@pytest.mark.parametrize(
    "source",
    [
        "1,2,3",
        [1, 2, 3],
        {0: 1, 1: 2, 2: 3},
        {"ant": 1, "bee": 2, "cat": 3},
        np.array([[1], [2], [3]]),
    ],
)
def test_sources(source) -> None:
    assert load_vector(source, SHAPE, "weight").values.tolist() == [1.0, 2.0, 3.0]


def test_one_number_is_for_all() -> None:
    assert load_vector("2", SHAPE, "weight").values.tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ant: 1\nant: 2\nbee: 1\ncat: 1\n", "twice"),
        ("a: &x 1\nb: *x\n", "aliases"),
        ("ant: 1\n", "class 'bee' has no number (2 of 3 missing)"),
        ("ant: one\nbee: 1\ncat: 1\n", "expected a number"),
        ("dog: 1\n", "no class 'dog'"),
        ("[1, 2]\n", "expected 3 numbers"),
        ("text\n", "expected a list of numbers or a map"),
        ("{\n", "not valid YAML"),
        ("[" * 500, "nested more than 16 deep"),
        ("!!python/object/apply:os.getcwd []\n", "os.getcwd is not read"),
        ("!!python/name:os.getcwd\n", "not valid YAML"),
        ("[1, 2, 3]\n---\n1\n", "another behind it"),
        ("? [1]\n: 2\n", "a YAML key must be"),
        ("[" + "9" * 2000 + "]", "a value of 2000 characters"),
    ],
)
def test_yaml_that_is_wrong(text: str, words: str, tmp_path) -> None:
    (tmp_path / "w.yaml").write_text(text)
    with pytest.raises(DataError) as caught:
        load_vector(str(tmp_path / "w.yaml"), SHAPE, "weight")
    assert words in caught.value.message
    assert "\n" not in caught.value.message


def test_other_errors(tmp_path) -> None:
    with pytest.raises(StorageError):
        load_vector(str(tmp_path / "no.yaml"), SHAPE, "weight")
    with pytest.raises(UsageError, match="expected 3 numbers"):
        load_vector("1,2", SHAPE, "weight")
    with pytest.raises(DataError, match="NaN"):
        load_vector("1,nan,2", SHAPE, "weight")


def test_weights_that_sum_to_nothing_are_told() -> None:
    result = compute_loss(
        LossRequest(np.zeros((2, 3)), np.array([0, 1]), options={"weight": "0,0,1"})
    )
    assert np.isnan(result.loss)
    assert "sum to 0" in result.warnings[0]


@pytest.mark.parametrize("name", ["w.npy", "w.csv", "w.yaml"])
def test_a_file_of_weights_is_an_input(tmp_path, name) -> None:
    path = tmp_path / name
    np.save(tmp_path / "w.npy", np.array([1, 2, 3], dtype=np.int16))
    (tmp_path / "w.csv").write_text("weight\n1\n2\n3\n")
    (tmp_path / "w.yaml").write_text("[1, 2, 3]\n")
    result = compute_loss(
        LossRequest(np.zeros((2, 3)), np.array([0, 1]), options={"weight": str(path)}, corners=True)
    )
    facts = result.inputs["weight"]
    assert (facts.name, facts.format) == (str(path), path.suffix[1:])
    assert facts.shape == ((3, 1) if name == "w.csv" else (3,))
    assert facts.dtype == {"w.npy": "int16", "w.csv": "int64", "w.yaml": "float64"}[name]
    assert facts.corner is not None
    assert facts.corner.values == (1, 2, 3)
    assert any("column names" in note for note in result.notes) == (name == "w.csv")


def test_weights_without_a_file_are_an_option_alone() -> None:
    request = LossRequest(np.zeros((2, 3)), np.array([0, 1]), options={"weight": "1,2,3"})
    assert set(compute_loss(request).inputs) == {"logits", "labels"}


@pytest.mark.parametrize(
    "text",
    [
        "1\n2\n3\n",
        "1,2,3\n",
        "ant,bee,cat\n1,2,3\n",
        "cat,ant,bee\n3,1,2\n",
        "w_cat,w_ant,w_bee\n3,1,2\n",
        ",count\n2,3\n0,1\n1,2\n",  # value_counts().to_csv()
        "label,count\ncat,3\nant,1\nbee,2\n",
        "class,weight\n1,2\n0,1\n2,3\n",
        "cat 3\nant 1\nbee 2\n",
        '"","w"\n"1",1\n"2",2\n"3",3\n',  # R's row names
        "class,weight\nant,1\nbee,2\ncat,3\n",
    ],
)
def test_texts_of_weights(tmp_path, text: str) -> None:
    """The class that stands beside or above a weight says whose it is."""
    (tmp_path / "w.csv").write_text(text)
    vector = load_vector(str(tmp_path / "w.csv"), SHAPE, "weight")
    assert vector.values.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("class,weight\nant,1\nbee,2\ncow,3\n", "there is no class 'cow' in x.csv"),
        ("class,weight\nant,1\nbee,2\n", "class 'cat' has no number (1 of 3 missing)"),
        (",w\n0,1\n1,2\n3,3\n", "there is no class 3 in x.csv"),
        ("a,b\n1,2\n3,4\n5,6\n", "expected 3 numbers, one for each class of x.csv"),
    ],
)
def test_texts_of_weights_that_are_wrong(tmp_path, text: str, words: str) -> None:
    (tmp_path / "w.csv").write_text(text)
    with pytest.raises(DataError) as caught:
        load_vector(str(tmp_path / "w.csv"), SHAPE, "weight")
    assert words in caught.value.message


def test_weights_with_other_names_are_told(tmp_path) -> None:
    (tmp_path / "w.csv").write_text("ant,bee,cow\n1,2,3\n")
    vector = load_vector(str(tmp_path / "w.csv"), SHAPE, "weight")
    assert vector.values.tolist() == [1, 2, 3]
    assert vector.file is not None
    assert any("'cow' stands where x.csv has 'cat'" in told for told in vector.file.warnings)


KINDS = ("-k", "torch.nn.BCEWithLogitsLoss", "-p")


@pytest.mark.parametrize(
    ("name", "text", "same"),
    [
        ("pos_weight", "dog,cat\n2,3\n", "pos_weight=3,2"),
        ("pos_weight", "class,w\ndog,2\ncat,3\n", "pos_weight=3,2"),
        ("weight", "dog,cat\n2,3\n4,5\n", "cat,dog\n3,2\n5,4\n"),
        # Indices stand nowhere: these are the weights of four elements.
        ("weight", "1,0.5\n0,0.75\n", "cat,dog\n1,0.5\n0,0.75\n"),
    ],
)
def test_arrays_over_the_logits_by_the_names_of_columns(name, text, same, tmp_path, xent) -> None:
    (tmp_path / "x.csv").write_text("cat,dog\n0.5,1.5\n2,-1\n")
    (tmp_path / "y.csv").write_text("cat,dog\n1,0\n0,1\n")
    (tmp_path / "w.csv").write_text(text)
    if "\n" in same:
        (tmp_path / "same.csv").write_text(same)
        same = f"{name}={tmp_path / 'same.csv'}"
    loss = ("loss", tmp_path / "x.csv", tmp_path / "y.csv", *KINDS)
    run = xent(*loss, f"{name}={tmp_path / 'w.csv'}")
    assert (run.status, run.stdout) == (0, xent(*loss, same).stdout)
