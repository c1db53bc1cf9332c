"""A range of rows gives what the same rows give by themselves."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest

LOGITS = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
LABELS = np.random.default_rng(1).integers(0, 3, 40)
ROWS = slice(12, 30)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    np.save(tmp_path / "x.npy", LOGITS)
    np.save(tmp_path / "f.npy", np.asfortranarray(LOGITS))
    np.save(tmp_path / "y.npy", LABELS)
    np.save(tmp_path / "x-part.npy", LOGITS[ROWS])
    np.save(tmp_path / "y-part.npy", LABELS[ROWS])
    for part in range(4):
        np.save(tmp_path / f"shard-{part}.npy", LOGITS[part * 10 : part * 10 + 10])
    rows = [",".join(map(str, row)) for row in LOGITS.tolist()]
    (tmp_path / "x.csv").write_text("\n".join(["a,b,c", *rows, ""]))
    both = [f"{row},{label}" for row, label in zip(rows, LABELS, strict=True)]
    (tmp_path / "both.csv").write_text("\n".join(["a,b,c,y", *both, ""]))
    ids = [f"r{number}z,{row}" for number, row in enumerate(rows)]
    (tmp_path / "ids.csv").write_text("\n".join(["id,a,b,c", *ids, ""]))
    turned = [f"r{number}z,{LABELS[number]}" for number in range(39, -1, -1)]
    (tmp_path / "y-ids.csv").write_text("\n".join(["id,y", *turned, ""]))
    return tmp_path


LINES = [
    "x.npy y.npy",
    "f.npy y.npy",
    "shard-*.npy y.npy",
    "x.csv y.npy",
    "both.csv:1-3 both.csv:y",
    "both.csv --cols 1-3 --label-col y",
    "ids.csv y-ids.csv",
]


@pytest.mark.parametrize("line", LINES)
def test_the_loss_of_some_rows(line: str, place: Path, xent) -> None:
    argv = [place / word if "." in word else word for word in line.split()]
    expected = xent("loss", place / "x-part.npy", place / "y-part.npy").number
    run = xent("loss", *argv, "--rows", "12:30")
    assert run.status == 0
    assert run.number == pytest.approx(expected, rel=1e-6)
    if ".csv" not in line:
        assert run.number == expected


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("block", [7, 1 << 20])
def test_of_a_pipe(order: str, block: int, place: Path, piped, xent, monkeypatch) -> None:
    monkeypatch.setattr("xent_cli.arrays.views.rows._AT_ONCE", block)
    file = io.BytesIO()
    np.save(file, np.asarray(LOGITS, order=order))
    run = piped(file.getvalue(), "loss", "-", place / "y.npy", "--rows", "12:30")
    assert run.number == xent("loss", place / "x-part.npy", place / "y-part.npy").number
    cut = file.getvalue()[:-4]
    assert piped(cut, "loss", "-", place / "y.npy", "--rows", "12:30").status == 3


@pytest.mark.parametrize(
    ("rows", "expected"), [("12:30", ROWS), (":9", slice(0, 9)), ("35:", slice(35, 40))]
)
@pytest.mark.parametrize("name", ["x.npy", "f.npy", "x.csv"])
def test_of_other_commands(rows: str, expected: slice, name: str, place: Path, xent) -> None:
    out = place / "out.npy"
    for command in (("convert",), ("cat", "-o"), ("split", "--size", "40", "-o")):
        argv = (command[0], place / name, *command[1:], out, "--rows", rows)
        assert xent(*argv).status == 0
        np.testing.assert_allclose(np.load(out), LOGITS[expected], rtol=1e-6)
    shown = xent("show", place / name, "--rows", rows, "-f", "json").json["arrays"][0]
    assert shown["shape"] == [expected.stop - expected.start, 3]
    assert shown["corner"]["values"][0] == pytest.approx(float(LOGITS[expected][0, 0]), rel=1e-6)


def test_texts_stay_as_they_are_written(place: Path, xent) -> None:
    lines = (place / "x.csv").read_text().splitlines()
    assert xent("cat", place / "x.csv", "--rows", "12:30").text.splitlines() == [
        lines[0],
        *lines[13:31],
    ]


def test_rows_keep_their_numbers(place: Path, xent) -> None:
    labels = LABELS.copy()
    labels[20] = 7
    np.save(place / "y.npy", labels)
    run = xent("loss", place / "x.npy", place / "y.npy", "--rows", "12:30")
    assert "row 20 has label 7" in run.stderr
    np.save(place / "y.npy", LABELS)
    whole = xent("loss", place / "x.npy", place / "y.npy", "--reduction", "none").text.split()
    losses = np.array(whole, dtype=float)[ROWS]
    top = xent("loss", place / "x.npy", place / "y.npy", "--rows", "12:30", "-f", "json").json
    assert top["maximum"]["row"] == 12 + losses.argmax()
    assert top["maximum"]["index"] == [12 + losses.argmax()]


@pytest.mark.parametrize(
    ("rows", "status", "words"),
    [
        ("30:12", 2, "--rows 30:12 holds no row"),
        ("5:5", 2, "holds no row"),
        ("5:0", 2, "holds no row"),
        (":0", 2, "holds no row"),
        ("40:", 3, "has 40 rows"),
        ("5", 2, "--rows takes A:B"),
        (":", 2, "--rows takes A:B"),
        ("a:b", 2, "got 'a'"),
        ("30:41", 3, "x.npy: has 40 rows, fewer than --rows 30:41"),
        ("41:", 3, "has 40 rows"),
    ],
)
def test_ranges_that_are_none(rows: str, status: int, words: str, place: Path, xent) -> None:
    run = xent("loss", place / "x.npy", place / "y.npy", "--rows", rows)
    assert run.status == status
    assert words in " ".join(run.stderr.split())
    way = re.search(r"--rows (\d+:) goes", run.stderr)
    if way:
        assert xent("loss", place / "x.npy", place / "y.npy", "--rows", way[1]).status == 0


def test_classes_are_no_rows(place: Path, xent) -> None:
    np.save(place / "one.npy", LOGITS[0])
    run = xent("loss", place / "one.npy", "1", "--rows", "0:2")
    assert run.status in (2, 3)
    np.save(place / "t.npy", LOGITS.T.copy())
    run = xent("loss", place / "t.npy", place / "y.npy", "--class-dim", "0", "--rows", "0:2")
    assert run.status in (2, 3)
    np.save(place / "n.npy", np.array(1.5))
    run = xent("show", place / "n.npy", "--rows", "0:1")
    assert (run.status, "a single number has no rows" in run.stderr) == (3, True)


def test_arrays_over_the_logits(place: Path, xent) -> None:
    weights = np.random.default_rng(3).random((40, 3))
    np.save(place / "t.npy", (LOGITS > 0).astype(np.float32))
    np.save(place / "w.npy", weights)
    np.save(place / "w-part.npy", weights[ROWS])
    argv = ("loss", place / "x.npy", place / "t.npy", "-k", "torch.nn.BCEWithLogitsLoss", "-p")
    runs = [xent(*argv, f"weight={place / w}", "--rows", "12:30") for w in ("w.npy", "w-part.npy")]
    assert runs[0].status == 0
    assert runs[0].stdout == runs[1].stdout
    run = xent("loss", place / "x.npy", place / "y.npy", "--sample-weight", "2", "--rows", "12:30")
    assert "expected one weight for each row: (18,)" in " ".join(run.stderr.split())
