"""The options that say how text and raw numbers are read, on every command that reads arrays."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from xent_cli.app import COMMANDS
from xent_cli.commands.groups import parameters

X = np.array([[2.5, -1.0, 0.25], [0.0, 3.5, 1.0]], np.float32)
Y = np.array([0, 2])

READING = {"header", "delimiter", "raw", "shape", "decimal", "na", "cols"}
READERS = {
    "loss": ["loss", "{x}", "y.npy", "-o", "out.npy", "--reduction", "none", "-q"],
    "check": ["check", "{x}", "y.npy", "-f", "json"],
    "grad": ["grad", "{x}", "y.npy", "-o", "out.npy", "-q"],
    "cat": ["cat", "{x}", "-o", "out.npy", "-q"],
    "stack": ["stack", "{x}", "-o", "out.npy", "-q"],
    "split": ["split", "{x}", "--size", "2", "-o", "out.npy", "-q"],
    "chunk": ["chunk", "{x}", "--chunks", "1", "-o", "out.npy", "-q"],
    "activate": ["activate", "softmax", "{x}", "-o", "out.npy", "-q"],
    "convert": ["convert", "{x}", "out.npy", "-q"],
    "show": ["show", "{x}", "-q", "-f", "json"],
}
SPELLINGS = {
    "header": ("1,2,3\n2.5,-1,0.25\n0,3.5,1\n", ["--header"]),
    "delimiter": ("2.5:-1:0.25\n0:3.5:1\n", ["--delimiter", ":"]),
    "raw": (X, ["--raw", "f4", "--shape", "2,3"]),
    "raw, other byte order": (X.astype(">f8"), ["--raw", ">f8", "--shape", "2,3"]),
    "decimal": ("2,5;-1,0;0,25\n0;3,5;1\n", ["--decimal", ","]),
    "na": ("2.5,-1,0.25\n0,3.5,1\n,1,2\n", ["--na", "skip"]),
    "cols": ("id,a,b,c\nr1,2.5,-1,0.25\nr2,0,3.5,1\n", ["--cols", "2-4"]),
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    return tmp_path


def test_every_command_that_reads_arrays_has_them_all() -> None:
    for command, (module, _) in COMMANDS.items():
        function = getattr(import_module(f"xent_cli.commands.{module}"), command)
        found = READING & {parameter.name for parameter in parameters(function)}
        assert found == (READING if command in READERS else set()), command


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_each_says_the_same_array(
    command: str, spelling: str, xent, place: Path, monkeypatch
) -> None:
    content, options = SPELLINGS[spelling]
    if isinstance(content, str):
        (place / "x.csv").write_text(content)
    else:
        (place / "x.csv").write_bytes(content.tobytes())
    if spelling == "na" and command in ("loss", "grad", "check"):
        options = [*options, "--label-col", "4"]
        (place / "x.csv").write_text("2.5,-1,0.25,0\n0,3.5,1,2\n,1,2,1\n")
    found = []
    for name, more in (("x.npy", []), ("x.csv", options)):
        argv = [word.format(x=place / name) for word in READERS[command]]
        if "--label-col" in more:
            argv.remove("y.npy")
        argv = [str(place / word) if word in ("y.npy", "out.npy") else word for word in argv]
        run = xent(*argv, *more, *(["--precision", "double"] if "loss" in argv else []))
        assert run.status == 0, run.stderr
        assert run.stderr == ""
        if command == "show":
            facts = run.json["arrays"][0]
            found.append((facts["minimum"], facts["maximum"], facts["shape"]))
        elif command == "check":
            found.append((run.json["inputs"]["logits"]["shape"], len(run.json["kinds"])))
        else:
            found.append(np.load(place / "out.npy").astype(np.float64))
    if command in ("show", "check"):
        assert found[0] == found[1]
    else:
        np.testing.assert_allclose(found[1], found[0], rtol=1e-6)


@pytest.mark.parametrize("command", ["cat", "stack", "show"])
def test_raw_is_the_first_array_and_what_tells_nothing_else(
    command: str, xent, place: Path
) -> None:
    for name in ("a.dat", "b.bin", "c.raw"):
        (place / name).write_bytes(X.tobytes())
    files = [place / name for name in ("a.dat", "b.bin", "x.npy", "c.raw")]
    raw = ["--raw", "f4", "--shape", "2,3"]
    if command == "show":
        shown = xent("show", *files, *raw, "-f", "json").json["arrays"]
        assert [array["format"] for array in shown] == ["raw", "raw", "npy", "raw"]
        return
    run = xent(command, *files, *raw, "-o", place / "out.npy")
    assert run.status == 0, run.stderr
    join = np.concatenate if command == "cat" else np.stack
    np.testing.assert_array_equal(np.load(place / "out.npy"), join([X] * 4))


def test_decimal_commas_become_points_in_text(xent, place: Path) -> None:
    (place / "a.csv").write_text("p;q\n1,50;2\n")
    (place / "b.csv").write_text("r\n0,1\n")
    run = xent("cat", place / "a.csv", place / "b.csv", "--dim", "1", "--decimal", ",", "-q")
    assert run.text == "p,q,r\n1.50,2,0.1\n"


def test_rows_are_left_out_where_rows_stand_alone(xent, place: Path) -> None:
    (place / "a.csv").write_text("1,7\n,3\n")
    (place / "b.csv").write_text("4,5\n6,7\n")
    files = (place / "a.csv", place / "b.csv")
    assert xent("cat", *files, "--na", "skip", "-q").text == "1,7\n4,5\n6,7\n"
    assert xent("cat", *files, "--na", "nan", "--dim", "1", "-q").text == "1,7,4,5\nnan,3,6,7\n"
    for argv in (["cat", *files, "--dim", "1"], ["cat", *files, "--dim", "-1"], ["stack", *files]):
        run = xent(*argv, "--na", "skip")
        assert run.status == 2
        assert "no longer belong together" in run.stderr
    assert "2 rows with empty cells left out" not in xent("show", *files, "--na", "skip").stderr


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["show", "x.npy", "--shape", "2,3"], "--shape is the shape of a --raw array"),
        (["show", "x.bin", "--raw", "f4"], "--raw needs --shape"),
        (["show", "x.bin", "--raw", "f4", "--shape", "2;3"], "--shape takes lengths"),
        (["show", "x.bin"], "do not tell their dtype"),
        (["loss", "x.bin", "x.bin", "--raw", "f4", "--shape", "2,3"], "tell it of the first array"),
        (["cat", "x.npy", "--decimal", ";"], "--decimal takes"),
        (["stack", "x.npy", "--na", "zero"], "--na takes"),
        (["split", "x.npy", "--size", "1", "--cols", "2"], "--cols is for text"),
        (["activate", "softmax", "x.csv", "--cols", "9"], "there are 3"),
        (["chunk", "x.csv", "--chunks", "1", "--delimiter", "::"], "--delimiter takes"),
        (["losses", "--raw", "f4"], "No such option"),
    ],
)
def test_misuse(argv: list[str], words: str, xent, place: Path) -> None:
    (place / "x.bin").write_bytes(X.tobytes())
    (place / "x.csv").write_text("1,2,3\n")
    run = xent(*[str(place / word) if word.startswith("x.") else word for word in argv])
    assert run.status == 2, run.stderr
    assert words in run.stderr
    assert len(run.stderr.splitlines()) <= 2
