"""Killing the program while it writes leaves the old file or none, and nothing beside it."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import signal
import subprocess
import sys
import termios
import time
from array import array
from pathlib import Path

import numpy as np
import pytest
from stalled import Stalled

ROWS, CLASSES = 60_000, 25
X = np.random.default_rng(0).integers(0, 100, (ROWS, CLASSES), np.uint8)
HALF = X.nbytes * 9 // 10
"""More than a block of elements: one is written when the input stops."""

TARGETS = [
    "x.npy",
    "x.csv",
    "x.tsv",
    "x.npz",
    "x.safetensors",
    "x.bin",
    *(f"x.npy.{suffix}" for suffix in ("gz", "bz2", "xz")),
    "x.csv.gz",
]
if importlib.util.find_spec("zstandard"):
    TARGETS += ["x.npy.zst"]


def _header(dtype: str, shape: tuple[int, ...]) -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def _killed(argv: list[str], feed: bytes, place: Path) -> None:
    with Stalled(argv, place, feed) as stalled:
        status, stderr = stalled.end(signal.SIGKILL)
    assert status == -signal.SIGKILL
    assert "Traceback" not in stderr


@pytest.mark.parametrize(
    ("target", "before"),
    [*((target, b"old") for target in TARGETS), ("x.npy", None), ("x.csv.gz", None)],
)
def test_every_format(target: str, before: bytes | None, tmp_path: Path) -> None:
    if before is not None:
        (tmp_path / target).write_bytes(before)
    _killed(["convert", "pipe", target], _header("|u1", X.shape) + X.tobytes()[:HALF], tmp_path)
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != "pipe"}
    assert found == ({} if before is None else {target: before})


@pytest.mark.parametrize(
    "argv",
    [
        ["cat", "pipe", "more.npy", "-o", "x.npy"],
        ["stack", "pipe", "-o", "x.npy"],
        ["activate", "softmax", "pipe", "-o", "x.npy"],
    ],
    ids=lambda argv: argv[0],
)
def test_every_command(argv: list[str], tmp_path: Path) -> None:
    np.save(tmp_path / "more.npy", X[:5].astype(np.float32))
    (tmp_path / "x.npy").write_bytes(b"old")
    feed = _header("<f4", X.shape) + X.astype("<f4").tobytes()[: 4 * HALF]
    _killed(argv, feed, tmp_path)
    assert (tmp_path / "x.npy").read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir()} == {"more.npy", "pipe", "x.npy"}


def _waiting(pipe: int) -> int:
    """The bytes that can be read of a pipe."""
    count = array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "terminated"])
def test_pieces_are_whole_or_old(number: signal.Signals, tmp_path: Path) -> None:
    """The second piece goes to a pipe that takes a part of it: the signal comes in between."""
    np.save(tmp_path / "x.npy", np.zeros((3, 1 << 20), np.uint8))
    for piece in (0, 2):
        (tmp_path / f"p-{piece}.npy").write_bytes(b"old")
    os.mkfifo(tmp_path / "p-1.npy")
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "xent_cli", "split", "x.npy", "--size", "1", "-o", "p-{}.npy"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    pipe = os.open(tmp_path / "p-1.npy", os.O_RDONLY)
    assert os.read(pipe, 6) == b"\x93NUMPY"
    while _waiting(pipe) < 4096:  # more than a header: it writes numbers, and the pipe fills up
        time.sleep(0.01)
    child.send_signal(number)
    _, stderr = child.communicate(timeout=60)
    os.close(pipe)
    assert np.load(tmp_path / "p-0.npy").shape == (1, 1 << 20)
    assert (tmp_path / "p-2.npy").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 4
    told = "xent: note: 1 of 3 pieces new: p-0.npy; from before: p-2.npy\n"
    assert stderr == ("" if number == signal.SIGKILL else told)


def test_a_kill_at_any_time(tmp_path: Path) -> None:
    """As the clock has it: whenever the kill comes, each file is the old one or the new one."""
    size = 8 << 20
    with (tmp_path / "x.npy").open("wb") as file:
        file.write(_header("|u1", (4, size)))
        file.truncate(file.tell() + 4 * size)
    for pause in (0.1, 0.15, 0.2, 0.25, 0.3):
        for number in range(4):
            (tmp_path / f"p-{number}.npy").write_bytes(b"old")
        argv = ["split", "x.npy", "--size", "1", "-o", "p-{}.npy"]
        child = subprocess.Popen([sys.executable, "-P", "-m", "xent_cli", *argv], cwd=tmp_path)
        time.sleep(pause)
        child.kill()
        child.wait(timeout=60)
        sizes = [(tmp_path / f"p-{number}.npy").stat().st_size for number in range(4)]
        assert set(sizes) <= {3, size + 128}, sizes
        assert sizes == sorted(sizes, reverse=True)


def test_what_a_kill_may_leave_is_nobodys_input(xent, tmp_path: Path) -> None:
    """Where files without names do not exist, the temporary file of a killed run stays."""
    for number in range(2):
        np.save(tmp_path / f"x-{number}.npy", X[:2])
    (tmp_path / ".xent-0123456789abcdef.tmp").write_bytes(b"half of an array")
    for spec in (tmp_path, tmp_path / "*", tmp_path / "x*"):
        run = xent("show", spec, "-f", "json")
        assert run.status == 0, run.stderr
        assert run.json["arrays"][0]["shape"] == [4, CLASSES]
