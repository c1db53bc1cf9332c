"""Labels in the logits' file, and labels that are names: the number stays that of the indices."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import reference as ref
import yaml

from xent_cli.arrays.base import ReadOptions
from xent_cli.errors import DataError, StorageError, UsageError
from xent_cli.passes.classes import load_classes
from xent_cli.passes.request import LossRequest
from xent_cli.tasks.grad import GradRequest, compute_gradient
from xent_cli.tasks.loss import compute_loss

NAMES = ("ant", "bee", "cat")
LOGITS = np.array([[0.5, 1.5, -2], [3.5, 1, 0.25], [1e-3, 2, 3], [1, 1, 1]])
LABELS = np.array([1, 0, 2, 2])
EXPECTED = compute_loss(LossRequest(LOGITS, LABELS)).loss


def test_the_loss_of_the_indices() -> None:
    rows = zip(LOGITS.tolist(), LABELS.tolist(), strict=True)
    exact = ref.mp.fsum(ref.softmax_ce_index(x, y) for x, y in rows) / len(LABELS)
    assert pytest.approx(float(exact), rel=1e-15) == EXPECTED


def _rows(cells: list[str], header: str | None = "id,ant,bee,cat,y") -> str:
    lines = [
        f"r{i},{','.join(map(repr, row.tolist()))},{cell}"
        for i, (row, cell) in enumerate(zip(LOGITS, cells, strict=True))
    ]
    return "\n".join([header, *lines] if header else lines) + "\n"


BY_NAME = [NAMES[label] for label in LABELS]


@pytest.mark.parametrize(
    "cells", [BY_NAME, [str(label) for label in LABELS], ["1", "ant", "2", "cat"]]
)
@pytest.mark.parametrize("label_col", ["y", "5"])
def test_one_file_holds_everything(cells: list[str], label_col: str, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text(_rows(cells))
    result = compute_loss(LossRequest(path, read=ReadOptions(cols="2-4", label_col=label_col)))
    assert result.loss == EXPECTED
    assert result.labels_read_as == "index"
    assert result.inputs["labels"].name == f"{path}[{label_col}]"


def test_the_gradient_takes_them_too(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text(_rows(BY_NAME))
    read = ReadOptions(cols="2-4", label_col="y")
    found = compute_gradient(GradRequest(LossRequest(path, read=read)))
    expected = compute_gradient(GradRequest(LossRequest(LOGITS, LABELS)))
    assert found.outputs[0].corner == expected.outputs[0].corner


def test_names_come_from_the_header_or_from_classes(tmp_path: Path) -> None:
    labels, logits = tmp_path / "y.csv", tmp_path / "x.csv"
    labels.write_text("\n".join(BY_NAME))
    logits.write_text("ant,bee,cat\n" + "\n".join(",".join(map(repr, r)) for r in LOGITS.tolist()))
    np.save(tmp_path / "x.npy", LOGITS)
    assert compute_loss(LossRequest(logits, labels)).loss == EXPECTED
    read = ReadOptions(classes=NAMES)
    assert compute_loss(LossRequest(tmp_path / "x.npy", labels, read=read)).loss == EXPECTED
    assert compute_loss(LossRequest(logits, labels, read=read)).loss == EXPECTED
    with pytest.raises(DataError, match="the classes have no names"):
        compute_loss(LossRequest(tmp_path / "x.npy", labels, read=ReadOptions(header=False)))
    with pytest.raises(DataError, match="in another order"):
        compute_loss(LossRequest(logits, labels, read=ReadOptions(classes=("bee", "ant", "cat"))))
    with pytest.raises(DataError, match="names 2 classes"):
        compute_loss(LossRequest(tmp_path / "x.npy", LABELS, read=ReadOptions(classes=NAMES[:2])))


def test_names_have_no_base(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    read = ReadOptions(cols="2-4", label_col="y")
    path.write_text(_rows([str(label + 1) for label in LABELS]))
    assert compute_loss(LossRequest(path, read=read, label_base=1)).loss == EXPECTED
    path.write_text(_rows(["2", "ant", "3", "3"]))
    with pytest.raises(DataError, match="class names"):
        compute_loss(LossRequest(path, read=read, label_base=1))


def test_rows_left_out_stay_paired(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text(_rows(["bee", "ant", "", "cat"]).replace("r3,1.0", "r3,"))
    read = ReadOptions(cols="2-4", label_col="y", na="skip")
    result = compute_loss(LossRequest(path, read=read))
    assert result.loss == compute_loss(LossRequest(LOGITS[:2], LABELS[:2])).loss
    assert any("2 rows with empty cells left out" in note for note in result.notes)
    with pytest.raises(UsageError, match="no longer belong together"):
        compute_loss(LossRequest(path, LABELS, read=ReadOptions(cols="2-4", na="skip")))


def test_labels_are_given_once(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text(_rows(BY_NAME))
    read = ReadOptions(cols="2-4", label_col="y")
    with pytest.raises(UsageError, match="given twice"):
        compute_loss(LossRequest(path, LABELS, read=read))
    with pytest.raises(UsageError, match="is for text"):
        np.save(tmp_path / "x.npy", LOGITS)
        compute_loss(LossRequest(tmp_path / "x.npy", read=ReadOptions(label_col="1")))


@pytest.mark.parametrize(
    "text",
    [
        "[no, cat, 'on']",
        "- no\n- cat\n- on\n",
        "0: no\n1: cat\n2: on\n",
        "2: on\n0: no\n1: cat\n",
        "no: 0\ncat: 1\non: 2\n",
        '{"0": "no", "1": "cat", "2": "on"}',
    ],
)
def test_files_of_class_names(text: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(text)
    assert load_classes(tmp_path / "c.yaml") == ("no", "cat", "on")


def test_classes_that_are_numbers(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("0: 7\n1: 3\n")
    assert load_classes(tmp_path / "c.yaml") == ("7", "3")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cat", "expected a list"),
        ("[cat, [dog]]", "expected a list"),
        ("[cat, cat]", "there twice"),
        ("0: cat\n0: dog", "there twice"),
        ("0: cat\n2: dog", "indices 0 to 1"),
        ("a: b\nc: d", "indices 0 to 1"),
        ("0: [cat]", "map of index to name"),
        ("[&a cat, *a]", "aliases"),
        ("[" * 20_000, "nested more than 16 deep"),
        ("[", "not valid YAML"),
        ("", "expected a list"),
        ("#" * (1 << 20) + "\n", "at most 1 MiB"),
    ],
)
def test_files_that_name_no_classes(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(DataError, match=words):
        load_classes(tmp_path / "c.yaml")
    with pytest.raises(StorageError):
        load_classes(tmp_path / "none.yaml")


def test_many_classes_are_read_at_once(tmp_path: Path) -> None:
    names = [f"class {number}" for number in range(50_000)]
    (tmp_path / "c.yaml").write_text("\n".join(f"- {name}" for name in names))
    start = time.process_time()
    assert load_classes(tmp_path / "c.yaml") == tuple(names)
    assert time.process_time() - start < (3 if yaml.__with_libyaml__ else 30)
