"""Input that another program changes while it is read: an error that names the file, no output."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays.storage.files import InputFile, read_small
from xent_cli.errors import DataError

X = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)
Y = np.array([0, 1, 2, 3, 0, 1])
LONG_AGO = (10**9, 10**9)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    np.save(tmp_path / "w.npy", np.arange(1.0, 5.0))
    np.save(tmp_path / "rows.npy", np.arange(1.0, 7.0))
    np.save(tmp_path / "p-1.npy", X)
    np.save(tmp_path / "p-2.npy", X)
    np.savetxt(tmp_path / "x.csv", X, delimiter=",")
    np.savetxt(tmp_path / "x.tsv", X, delimiter="\t")
    np.savetxt(tmp_path / "y.csv", Y, fmt="%d")
    np.savez(tmp_path / "x.npz", a=X)
    np.savez_compressed(tmp_path / "packed.npz", a=X)
    (tmp_path / "x.bin").write_bytes(X.tobytes())
    for name in ("x.npy", "x.csv"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    (tmp_path / "w.yaml").write_text("[1, 2, 3, 4]")
    (tmp_path / "names.yaml").write_text("[a, b, c, d]")
    (tmp_path / "list.txt").write_text("p-1.npy\np-2.npy\n")
    for path in tmp_path.iterdir():
        os.utime(path, LONG_AGO)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def overwrite(path: str) -> None:
    with Path(path).open("r+b") as file:
        first = file.read(1)
        file.seek(0)
        file.write(first)


def replace(path: str) -> None:
    shutil.copy2(path, "other")
    Path("other").replace(path)


def append(path: str) -> None:
    with Path(path).open("ab") as file:
        file.write(b"\n")


CHANGES: dict[str, Callable[[str], None]] = {
    "was written to": overwrite,
    "was replaced": replace,
    "was removed": os.unlink,
    "changed from": append,
}


@pytest.fixture
def meddle(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[str], None]], None]:
    """Has a file changed right after it is opened for the first time, before it is read."""

    def arm(name: str, change: Callable[[str], None]) -> None:
        opened, left = InputFile.__init__, [change]

        def init(self: InputFile, place: str | int, label: str | None = None) -> None:
            opened(self, place, label)
            if place == name and left:
                left.pop()(name)

        monkeypatch.setattr(InputFile, "__init__", init)

    return arm


LINES = [
    ("x.npy", "loss x.npy y.npy"),
    ("y.npy", "loss x.npy y.npy"),
    ("x.csv", "loss x.csv y.csv"),
    ("y.csv", "loss x.npy y.csv"),
    ("x.tsv", "loss x.tsv y.npy"),
    ("x.npz", "loss x.npz:a y.npy"),
    ("packed.npz", "loss packed.npz y.npy"),
    ("x.bin", "loss x.bin y.npy --raw f4 --shape 6,4"),
    ("x.npy.gz", "loss x.npy.gz y.npy"),
    ("x.csv.gz", "loss x.csv.gz y.npy"),
    ("w.npy", "loss x.npy y.npy --weight w.npy"),
    ("w.yaml", "loss x.npy y.npy --weight w.yaml"),
    ("rows.npy", "loss x.npy y.npy --sample-weight rows.npy"),
    ("names.yaml", "loss x.npy y.npy --classes names.yaml"),
    ("w.npy", "loss x.npy y.npy -k torch.nn.CrossEntropyLoss -p weight=w.npy"),
    ("x.npy", "loss x.npy y.npy -o out.npy"),
    ("p-2.npy", "show p-*.npy"),
    ("p-1.npy", "show @list.txt"),
    ("list.txt", "show @list.txt"),
    ("x.npy", "show x.npy"),
    ("x.npy", "cat p-1.npy x.npy -o out.npy"),
    ("p-1.npy", "cat p-1.npy x.npy --dim 1 -o out.npy"),
    ("x.csv", "cat x.csv x.tsv -o out.csv"),
    ("x.csv", "cat x.csv x.npy -o out.csv"),
    ("x.npy", "cat p-1.npy x.npy -f json"),
    ("x.npy", "stack p-1.npy x.npy -o out.npy"),
    ("x.npy", "stack p-1.npy x.npy -f json"),
    ("x.npy", "convert x.npy out.csv"),
    ("x.npy", "convert x.npy out.safetensors --dtype float64"),
    ("x.npy.gz", "convert x.npy.gz out.npy.gz"),
    ("x.npy", "activate softmax x.npy -o out.npy"),
    ("x.npy.gz", "activate softmax x.npy.gz -f json"),
    ("y.npy", "grad x.npy y.npy -o out.npy"),
    ("y.npy", "grad x.npy y.npy -f json"),
    ("x.npy", "split x.npy --size 6 -o out.npy"),
    ("x.csv", "chunk x.csv --chunks 1 -o out.csv"),
]


@pytest.mark.parametrize(("name", "line"), LINES, ids=[line for _, line in LINES])
def test_every_command_and_every_input(
    name: str, line: str, xent, place: Path, meddle, monkeypatch
) -> None:
    before = {path.name for path in place.iterdir()}
    meddle(name, overwrite)
    run = _in(place, xent, line, monkeypatch)
    assert run.status == 3, run.stderr
    assert f"xent: error: {name}: was written to while it was read" in run.stderr
    assert {path.name for path in place.iterdir()} == before


def _in(place: Path, xent, line: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(place)
    return xent(*line.split())


@pytest.mark.parametrize("said", CHANGES)
@pytest.mark.parametrize("name", ["x.npy", "x.csv", "packed.npz"])
def test_every_change(said: str, name: str, xent, place: Path, meddle, monkeypatch) -> None:
    meddle(name, CHANGES[said])
    run = _in(place, xent, f"convert {name} out.npy", monkeypatch)
    assert run.status == 3
    assert not Path("out.npy").exists()
    assert f"xent: error: {name}: {said}" in run.stderr


def test_what_changes_no_byte_is_no_change(xent, place: Path, meddle, monkeypatch) -> None:
    """A backup by hard links, a new mode, and a reader of the file."""

    def link(path: str) -> None:
        os.link(path, "backup")
        Path(path).chmod(0o600)
        Path(path).read_bytes()

    meddle("x.npy", link)
    run = _in(place, xent, "convert x.npy out.npy", monkeypatch)
    assert (run.status, run.stderr) == (0, "")


@pytest.mark.parametrize("name", ["x.npy", "x.csv"])
def test_redirected_stdin(name: str, place: Path) -> None:
    """Changed by the program itself, whose output is its input."""
    code = (
        "import sys\nfrom xent_cli.app import main\nfrom xent_cli.arrays.storage.files import InputFile\n"
        "opened = InputFile.__init__\n"
        "def init(self, place, label=None):\n"
        "    opened(self, place, label)\n"
        f"    open({name!r}, 'r+b').write(open({name!r}, 'rb').read(1))\n"
        "InputFile.__init__ = init\n"
        "sys.exit(main(['cat', '-', '-o', 'out.npy']))"
    )
    with Path(name).open("rb") as stdin:
        done = subprocess.run(
            [sys.executable, "-P", "-c", code],
            stdin=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 3
    assert done.stderr.startswith("xent: error: stdin: was written to while it was read\n")
    assert not Path("out.npy").exists()


def test_a_cut_that_is_undone(place: Path) -> None:
    """Cut and regrown to the same size, with the same time: the system's own clock still tells."""
    with InputFile("x.npy") as file:
        content = Path("x.npy").read_bytes()
        os.truncate("x.npy", 10)
        Path("x.npy").write_bytes(content)
        with pytest.raises(DataError, match=r"x\.npy: was written to"):
            file.check()


def test_pipes_and_devices_have_nothing_to_compare(tmp_path: Path) -> None:
    with InputFile("/dev/null") as file:
        assert file.take(10) == b""
        file.check()
    with pytest.raises(DataError, match=r"/dev/zero: expected at most 1 MiB, found more"):
        read_small("/dev/zero", 1 << 20)
