"""Arrays of strings as labels: the numbers that the same words in a text give."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays import open_array
from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.views import words as view
from xent_cli.errors import DataError

WORDS = ["dog", "cat", "eel", "dog"]
LOGITS = [[0.5, 1.5, -2.0], [3.5, 1.0, 0.25], [0.125, 2.0, 3.0], [0.0, 0.5, 0.25]]
CLASSES = ReadOptions(classes=("cat", "dog", "eel"), is_labels=True)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    labels = np.array(WORDS)
    np.save(tmp_path / "y.npy", labels)
    np.save(tmp_path / "bytes.npy", labels.astype("S"))
    np.save(tmp_path / "wide.npy", labels.astype(">U9"))
    np.save(tmp_path / "column.npy", labels[:, None])
    np.savez(tmp_path / "y.npz", ids=np.arange(4), y=labels)
    np.savez_compressed(tmp_path / "packed.npz", y=labels)
    (tmp_path / "y.npy.gz").write_bytes(gzip.compress((tmp_path / "y.npy").read_bytes()))
    np.save(tmp_path / "part-1.npy", labels[:1])
    np.save(tmp_path / "part-2.npy", labels[1:])
    (tmp_path / "y.csv").write_text("".join(f"{word}\n" for word in WORDS))
    rows = [",".join(map(str, row)) for row in LOGITS]
    (tmp_path / "x.csv").write_text("\n".join(["cat,dog,eel", *rows, ""]))
    np.save(tmp_path / "x.npy", np.array(LOGITS))
    probs = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    np.save(tmp_path / "p.npy", probs)
    (tmp_path / "names.yaml").write_text("[cat, dog, eel]")
    return tmp_path


FILES = [
    "y.npy",
    "bytes.npy",
    "wide.npy",
    "column.npy",
    "y.npz:y",
    "packed.npz",
    "y.npy.gz",
    "part-*.npy",
]


@pytest.mark.parametrize("labels", FILES)
@pytest.mark.parametrize("logits", [("x.csv",), ("x.npy", "--classes", "names.yaml")])
def test_as_the_same_words_in_a_text(labels: str, logits, place: Path, xent) -> None:
    argv = [place / arg if "." in arg else arg for arg in logits]
    expected = xent("loss", argv[0], place / "y.csv", *argv[1:])
    run = xent("loss", argv[0], place / labels, *argv[1:])
    assert (run.status, run.stdout) == (0, expected.stdout)


def test_from_a_pipe(place: Path, piped, xent) -> None:
    run = piped((place / "y.npy").read_bytes(), "loss", place / "x.csv", "-")
    assert run.stdout == xent("loss", place / "x.csv", place / "y.csv").stdout


@pytest.mark.parametrize("labels", [*FILES, "y.csv"])
def test_scikit_learn_sorts_them(labels: str, place: Path, xent) -> None:
    run = xent("loss", place / "p.npy", place / labels, "-k", "sklearn.metrics.log_loss")
    chosen = [1, 0, 2, 1]
    logs = np.log(np.load(place / "p.npy"))[np.arange(4), chosen]
    assert run.number == pytest.approx(-logs.mean())
    assert "sorted labels cat, dog, eel" in run.stderr


def test_words_that_are_numbers(place: Path, xent) -> None:
    np.save(place / "n.npy", np.array(["1", "0", "2", "-100"]))
    np.save(place / "i.npy", np.array([1, 0, 2, -100]))
    runs = [xent("loss", place / "x.npy", place / name) for name in ("n.npy", "i.npy")]
    assert runs[0].stdout == runs[1].stdout
    # To scikit-learn they are words, and "10" comes before "2".
    np.save(place / "n.npy", np.array(["10", "2", "1", "10"]))
    run = xent("loss", place / "p.npy", place / "n.npy", "-k", "sklearn.metrics.log_loss")
    assert "sorted labels 1, 10, 2" in run.stderr


def test_numbers_that_count_from_1(place: Path, xent) -> None:
    np.save(place / "n.npy", np.array(["1", "2.0", "3", "1"]))
    np.save(place / "i.npy", np.array([1, 2, 3, 1]))
    runs = [
        xent("loss", place / "x.npy", place / f, "--label-base", "1") for f in ("n.npy", "i.npy")
    ]
    assert runs[0].stdout == runs[1].stdout != b""


def test_many_words(tmp_path: Path) -> None:
    words = np.array([f"w{number}" for number in range(70_000)])
    np.save(tmp_path / "y.npy", np.asfortranarray(words.reshape(700, 100)))
    names = tuple(words.tolist())
    with open_array(tmp_path / "y.npy", ReadOptions(classes=names, is_labels=True)) as reader:
        np.testing.assert_array_equal(reader.read_all(), np.arange(70_000).reshape(700, 100))


def test_truths(place: Path, xent) -> None:
    np.save(place / "z.npy", np.array([0.5, -1.5, 0.5, -1.5]))
    np.save(place / "t.npy", np.array(["True", "no", "yes", "False"]))
    run = xent("loss", place / "z.npy", place / "t.npy", "-k", "sigmoid-bce")
    assert run.number == pytest.approx(np.mean(np.log1p(np.exp([-0.5, -1.5]))))
    refused = xent("loss", place / "x.csv", place / "t.npy")
    assert (refused.status, "the label 'True' is none of" in refused.stderr) == (3, True)


def test_what_is_no_class(place: Path, xent) -> None:
    np.save(place / "y.npy", np.array(["dog", "cat", "cow", "eel"]))
    run = xent("loss", place / "x.csv", place / "y.npy")
    assert run.status == 3
    assert "y.npy: row 2: the label 'cow' is none of the classes" in run.stderr
    run = xent("loss", place / "x.npy", place / "y.npy")
    assert "--classes FILE.yaml names them" in run.stderr
    run = xent("loss", place / "x.csv", place / "y.csv", "--label-base", "1")
    assert run.status == 3
    assert xent("loss", place / "x.csv", place / "wide.npy", "--label-base", "1").status == 3
    np.save(place / "y.npy", np.array([b"\xff"] * 4))
    assert "is no UTF-8 text" in xent("loss", place / "x.csv", place / "y.npy").stderr
    np.save(place / "y.npy", np.array(["x" * 300] * 4))
    assert "1 to 1024" in xent("loss", place / "x.csv", place / "y.npy").stderr


@pytest.mark.parametrize("command", ["show", "cat", "activate softmax"])
def test_elsewhere_they_are_no_numbers(command: str, place: Path, xent) -> None:
    run = xent(*command.split(), place / "y.npy")
    assert run.status == 3
    assert "words name the classes of LABELS alone" in run.stderr
    shown = xent("show", place / "y.npz", "-f", "json").json["arrays"]
    assert [one["dtype"] for one in shown] == ["int64", "text"]


def test_boxes_and_other_processes(place: Path, monkeypatch) -> None:
    monkeypatch.setattr(view, "_AT_ONCE", 2)
    with open_array(place / "y.npy", CLASSES) as reader:
        assert reader.read((slice(1, 4),)).tolist() == [0, 2, 1]
        assert reader.read((slice(0, 1),)).tolist() == [1]
        there = pickle.loads(pickle.dumps(reader))
        assert there.read_all().tolist() == [1, 0, 2, 1]
        there.close()
    with open_array(place / "y.npy", ReadOptions(is_labels=True)) as reader:
        with pytest.raises(DataError):
            reader.read_all()
        reader.name_classes(("eel", "dog", "cat"))
        assert reader.read_all().tolist() == [1, 2, 0, 1]
        assert pickle.loads(pickle.dumps(reader)).read_all().tolist() == [1, 2, 0, 1]
