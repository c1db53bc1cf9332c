"""What stands behind a colon: an existing path wins, then the longest one before a colon."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays.places import split_place, split_target

X = "id,a,b,y\n7,0.5,1.5,1\n8,2.5,0.25,0\n"
ANSWER = float(np.mean(np.log1p(np.exp([0.5 - 1.5, 0.25 - 2.5]))))


@pytest.mark.parametrize(
    ("source", "path", "choice"),
    [
        ("x.csv", "x.csv", None),
        ("x.csv:2-3", "x.csv", "2-3"),
        ("x.csv:a,b", "x.csv", "a,b"),
        ('x.csv:"a:b",c', "x.csv", '"a:b",c'),
        ("odd:name.csv", "odd:name.csv", None),
        ("odd:name.csv:2", "odd:name.csv", "2"),
        ("odd:name.csv:2:3", "odd:name.csv", "2:3"),
        ("x-*.csv:y", "x-*.csv", "y"),
        ("@list:y", "@list", "y"),
        ("-:label", "-", "label"),
        ("folder:a", "folder", "a"),
        ("gone.npz:a", "gone.npz", "a"),
        ("gone.csv.gz:a", "gone.csv.gz", "a"),
        ("gone:a", "gone:a", None),
        ("https://host:80/x", "https://host:80/x", None),
        (":a", ":a", None),
    ],
)
def test_places(tmp_path: Path, monkeypatch, source: str, path: str, choice: str | None) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("x.csv", "odd:name.csv", "x-1.csv", "list"):
        Path(name).write_text("x-1.csv\n")
    Path("folder").mkdir()
    place = split_place(source)
    assert (place.path, place.choice) == (path, choice)
    assert place.name == source


def test_targets_have_members_alone() -> None:
    assert split_target("new.npz:a").choice == "a"
    assert split_target("new.csv:a").choice is None
    assert split_target("a:b.safetensors").path == "a:b.safetensors"


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x-*.csv", "@list", "my x:y.csv"])
@pytest.mark.parametrize("columns", ["2-3", "a,b", '"a",3'])
def test_columns_of_any_file(xent, tmp_path: Path, monkeypatch, name: str, columns: str) -> None:
    for written in ("x.csv", "x-1.csv", "my x:y.csv"):
        (tmp_path / written).write_text(X)
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(X.encode()))
    (tmp_path / "list").write_text("x-1.csv\n")
    monkeypatch.chdir(tmp_path)
    run = xent_in(monkeypatch, tmp_path, xent, "loss", f"{name}:{columns}", f"{name}:y")
    assert run.number == pytest.approx(ANSWER, rel=1e-6)


def xent_in(monkeypatch, folder: Path, xent, *argv: str):
    """`xent` in a folder: a list names its files from there."""
    monkeypatch.chdir(folder)
    return xent(*argv)


def test_columns_of_stdin_and_of_every_argument(piped, xent, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(X)
    assert piped(X.encode(), "loss", "-:2-3", f"{path}:y").number == pytest.approx(ANSWER, rel=1e-6)
    assert piped(X.encode(), "loss", f"{path}:2-3", "-:y").number == pytest.approx(ANSWER, rel=1e-6)
    weighed = xent("loss", f"{path}:2-3", f"{path}:y", "--sample-weight", f"{path}:id")
    losses = np.log1p(np.exp([0.5 - 1.5, 0.25 - 2.5]))
    assert weighed.number == pytest.approx(np.average(losses, weights=[7, 8]), rel=1e-6)
    run = xent("cat", f"{path}:a", f"{path}:b", "--dim", "1", "-f", "csv")
    assert run.text == "a,b\n0.5,1.5\n2.5,0.25\n"
    run = xent("loss", f"{path}:2-3", f"{path}:y", "--weight", f"{path}:b,a")
    assert run.status == 3  # two rows of weights are no weights


def test_what_cannot_be_chosen(xent, tmp_path: Path) -> None:
    np.zeros((2, 2)).tofile(tmp_path / "x.bin")
    run = xent("show", f"{tmp_path / 'x.bin'}:1", "--raw", "f8", "--shape", "2,2")
    assert (run.status, run.text) == (2, "")
    assert "nothing can be chosen of a raw array" in run.stderr
    (tmp_path / "x.csv").write_text(X)
    run = xent("show", f"{tmp_path / 'x.csv'}:1", "--cols", "2")
    assert run.status == 2
    assert "chosen twice" in run.stderr
    run = xent("show", f"{tmp_path / 'gone.csv'}:1")
    assert run.status == 4
    assert "gone.csv: no such file" in run.stderr
