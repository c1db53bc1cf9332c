"""Numbers in the place of a file, and stdin, which is read once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from xent_cli.errors import UsageError
from xent_cli.passes.sources import inline, single_stdin

X = np.array([[1.5, 0.2, -0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 2.4]])
LOSSES = np.log(np.exp(X).sum(axis=1)) - X[[0, 1, 2], [0, 1, 2]]


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ("3,0,1", [3, 0, 1]),
        ("-100, 2", [-100, 2]),
        ("7", [7]),
        ("0.5,1e-1", [0.5, 0.1]),
        ("99999999999999999999", [1e20]),
    ],
)
def test_numbers_in_the_place_of_a_file(source: str, numbers: list) -> None:
    array = inline(source)
    assert isinstance(array, np.ndarray)
    assert array.tolist() == numbers


@pytest.mark.parametrize("source", ["y.npy", "1,x", "-", "", "1,,2", "e,e", "nan", "1-2"])
def test_anything_else_is_a_file(source: str) -> None:
    assert inline(source) == source


def test_a_file_that_exists_wins(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("3,0,1").write_text("1\n")
    assert inline("3,0,1") == "3,0,1"


def test_labels_and_weights_in_a_command(xent, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    run = xent("loss", tmp_path / "x.npy", "0,1,2")
    assert run.number == pytest.approx(LOSSES.mean(), rel=1e-12)
    run = xent("loss", tmp_path / "x.npy", "0,1,2", "--sample-weight", "1,2,0.5")
    assert run.number == pytest.approx(np.average(LOSSES, weights=[1, 2, 0.5]), rel=1e-12)
    run = xent("loss", tmp_path / "x.npy", "0,1")
    assert run.status == 3
    assert "3 rows of logits but 2 labels" in run.stderr


def test_stdin_is_read_once() -> None:
    single_stdin(["-", "y.npy"])
    with pytest.raises(UsageError, match="only once"):
        single_stdin(["-:1", "/dev/stdin"])
