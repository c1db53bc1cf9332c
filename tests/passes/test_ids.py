"""Rows of LOGITS, LABELS and sample weights belong together by their ids, and columns by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Run

Xent = Callable[..., Run]

P = {"7": 0.9, "8": 0.2, "9": 0.6}
Y = {"7": 1, "8": 0, "9": 1}
W = {"7": 1.0, "8": 2.0, "9": 4.0}


def loss_of(ids: str, weights: dict[str, float] = W) -> float:
    """Binary cross-entropy over the rows of these ids, by hand."""
    losses = [-np.log(P[i] if Y[i] else 1 - P[i]) for i in ids]
    return float(np.average(losses, weights=[weights[i] for i in ids]))


def write(folder: Path, name: str, header: str, rows: dict, order: str) -> Path:
    path = folder / name
    path.write_text(header + "\n" + "".join(f"{i},{rows[i]}\n" for i in order))
    return path


@pytest.mark.parametrize("weights", ["789", "987", "897"])
@pytest.mark.parametrize("labels", ["789", "879"])
def test_weights_are_joined_as_labels_are(
    xent: Xent, tmp_path: Path, labels: str, weights: str
) -> None:
    p = write(tmp_path, "p.csv", "id,p", P, "789")
    y = write(tmp_path, "y.csv", "id,label", Y, labels)
    w = write(tmp_path, "w.csv", "id,weight", W, weights)
    run = xent("loss", p, y, "-k", "bce", "--sample-weight", w)
    assert run.number == pytest.approx(loss_of("789"), rel=1e-12)
    assert ("w.csv: its rows are joined by id" in run.stderr) == (weights != "789")
    assert ("y.csv: its rows are joined by id" in run.stderr) == (labels != "789")


def test_weights_beside_labels_that_are_no_text(xent: Xent, tmp_path: Path) -> None:
    p = write(tmp_path, "p.csv", "id,p", P, "789")
    np.save(tmp_path / "y.npy", [Y[i] for i in "789"])
    w = write(tmp_path, "w.csv", "id,weight", W, "978")
    run = xent("loss", p, tmp_path / "y.npy", "-k", "bce", "--sample-weight", w)
    assert run.number == pytest.approx(loss_of("789"), rel=1e-12)


def test_rows_that_not_all_have_are_left_out_of_all(xent: Xent, tmp_path: Path) -> None:
    p = write(tmp_path, "p.csv", "id,p", P, "789")
    y = write(tmp_path, "y.csv", "id,label", Y, "98")
    w = write(tmp_path, "w.csv", "id,weight", W, "79")
    files = ("loss", p, y, "-k", "bce", "--sample-weight", w, "--index", "id")
    run = xent(*files)
    assert run.status == 3
    assert "hint: --ids inner" in run.stderr
    run = xent(*files, "--ids", "inner")
    assert run.number == pytest.approx(loss_of("9"), rel=1e-12)
    # ... also of those that are joined by their place
    np.save(tmp_path / "y.npy", [Y[i] for i in "789"])
    run = xent(*files[:2], tmp_path / "y.npy", *files[3:], "--ids", "inner")
    assert run.number == pytest.approx(loss_of("79"), rel=1e-12)


X = "cat,dog,cow\n2,0,1\n0,3,1\n"
LOSS = float(np.mean([np.log(np.exp(row).sum()) - row[k] for row, k in
                      ((np.array([2.0, 0, 1]), 0), (np.array([0.0, 3, 1]), 1))]))  # fmt: skip


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        ("cat,dog,cow\n1,0,0\n0,1,0\n", ""),
        ("cow,cat,dog\n0,1,0\n0,0,1\n", "note: {}: its columns are put in the order of those of"),
        ("t_cow,t_cat,t_dog\n0,1,0\n0,0,1\n", "note: {}: its columns are put in the order of"),
        ("id,Cow,Cat,Dog\nr1,0,1,0\nr2,0,0,1\n", "note: {}: its columns are put in the order"),
        ("cat,dog,cot\n1,0,0\n0,1,0\n", "warning: {}: its columns are taken in their order, but"),
        ("0,1,2\n1,0,0\n0,1,0\n", ""),
    ],
)
@pytest.mark.parametrize("kind", ["softmax-ce", "torch.nn.CrossEntropyLoss"])
def test_dense_targets_are_put_in_the_order_of_the_names(
    xent: Xent, tmp_path: Path, targets: str, told: str, kind: str
) -> None:
    (tmp_path / "x.csv").write_text(X)
    path = tmp_path / "t.csv"
    path.write_text(targets)
    run = xent("loss", tmp_path / "x.csv", path, "-k", kind, "--index", "auto")
    assert run.number == pytest.approx(LOSS, rel=1e-6)
    assert told.format(path) in run.stderr
    assert ("put in" in run.stderr or "but" in run.stderr) == bool(told)


@pytest.mark.parametrize("sharded", ["x", "y"])
def test_ids_of_many_files_are_not_compared(sharded: str, tmp_path: Path, xent) -> None:
    x = [f"u{row}z,{row / 2 + 0.25},{row / 4 + 0.5}" for row in range(8)]
    y = [f"u{row}z,{row % 2}" for row in range(8)]
    texts = {"x": ("id,a,b", x), "y": ("id,y", y)}
    for name, (header, rows) in texts.items():
        (tmp_path / f"{name}.csv").write_text("\n".join([header, *rows, ""]))
        for part in range(2):
            some = rows[part * 4 : part * 4 + 4]
            (tmp_path / f"{name}-{part}.csv").write_text("\n".join([header, *some, ""]))
    argv = [tmp_path / (f"{name}-*.csv" if name == sharded else f"{name}.csv") for name in "xy"]
    run = xent("loss", *argv)
    assert run.status == 3
    assert "have ids (id), and the ids of many files are not compared" in " ".join(
        run.stderr.split()
    )
    chosen = (f"{argv[0]}:a,b", f"{argv[1]}:y")  # as the hint says
    whole = xent("loss", tmp_path / "x.csv", tmp_path / "y.csv")
    assert xent("loss", *chosen).stdout == whole.stdout
