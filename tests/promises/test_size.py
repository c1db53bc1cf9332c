"""Memory does not grow with the input: sparse files of 256 MiB and more."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

SAMPLES = Path(__file__).parent.parent.parent / "samples"
MOST = 169
"""MiB above a run of three rows, which takes 31 with Typer 0.28, and 44 with 0.29 and pydantic."""

# VmHWM, not ru_maxrss: the latter starts at the size of the process that forked.
MEMORY = """
import re, sys
from pathlib import Path
from xent_cli.app import main
status = main(sys.argv[1:])
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(status, int(peak[1]) >> 10, file=sys.stderr)
"""


def sparse(path: Path, shape: tuple[int, ...], *, fortran: bool = False) -> Path:
    """A .npy of float32 zeros that takes no room on the disk."""
    header = f"{{'descr': '<f4', 'fortran_order': {fortran}, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
    os.truncate(path, path.stat().st_size + 4 * int(np.prod(shape)))
    return path


@cache
def idle() -> int:
    """MiB at the peak of a run of three rows."""
    return _measured("loss", SAMPLES / "tiny-logits.npy", SAMPLES / "tiny-labels.npy")[2]


def run(*argv: object, **options: object) -> tuple[str, int, int]:
    """stdout, exit code and peak memory in MiB above an idle run of one command line."""
    stdout, status, memory = _measured(*argv, **options)
    return stdout, status, memory - idle()


def _measured(*argv: object, **options: object) -> tuple[str, int, int]:
    done = subprocess.run(
        [sys.executable, "-P", "-c", MEMORY, *map(str, argv)],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
        **options,  # type: ignore[call-overload]
    )
    status, memory = done.stderr.split()[-2:]
    return done.stdout, int(status), int(memory)


@pytest.mark.parametrize(
    ("shape", "fortran"),
    [((1 << 14, 1 << 13), False), ((1 << 23, 1 << 4), False), ((1 << 18, 1 << 9), True)],
    ids=["wide", "long", "Fortran order"],
)
def test_a_loss_of_a_large_file(shape: tuple[int, int], fortran: bool, tmp_path: Path) -> None:
    logits = sparse(tmp_path / "x.npy", shape, fortran=fortran)
    np.save(tmp_path / "y.npy", np.zeros(shape[0], np.int64))
    stdout, status, memory = run("loss", logits, tmp_path / "y.npy")
    assert status == 0
    assert float(stdout) == pytest.approx(np.log(shape[1]), rel=1e-6)
    assert memory < MOST


def test_a_loss_of_a_long_pipe(tmp_path: Path) -> None:
    logits = sparse(tmp_path / "x.npy", (1 << 18, 1 << 9))
    np.save(tmp_path / "y.npy", np.zeros(1 << 18, np.int64))
    with subprocess.Popen(["cat", logits], stdout=subprocess.PIPE) as feed:
        stdout, status, memory = run("loss", "-", tmp_path / "y.npy", stdin=feed.stdout)
    assert status == 0
    assert float(stdout) == pytest.approx(np.log(1 << 9), rel=1e-6)
    assert memory < MOST


@pytest.mark.parametrize("dim", [0, 1])
def test_joining_large_files(dim: int, tmp_path: Path) -> None:
    part = sparse(tmp_path / "x.npy", (1 << 13, 1 << 13))
    _, status, memory = run("cat", part, part, "--dim", dim, "-o", tmp_path / "out.npy")
    assert status == 0
    assert memory < MOST
    shape = (1 << 14, 1 << 13) if dim == 0 else (1 << 13, 1 << 14)
    assert np.load(tmp_path / "out.npy", mmap_mode="r").shape == shape
    (tmp_path / "out.npy").unlink()


@pytest.mark.parametrize("command", ["grad", "activate"])
def test_a_large_array_calculated(command: str, tmp_path: Path) -> None:
    shape = (1 << 15, 1 << 11)
    logits = sparse(tmp_path / "x.npy", shape)
    np.save(tmp_path / "y.npy", np.zeros(shape[0], np.int64))
    words = (
        ("grad", logits, tmp_path / "y.npy") if command == "grad" else (command, "softmax", logits)
    )
    _, status, memory = run(*words, "-o", tmp_path / "out.npy")
    assert status == 0
    assert memory < MOST
    last = np.load(tmp_path / "out.npy", mmap_mode="r")[-1, -1]
    assert last == pytest.approx(1 / shape[1] / (shape[0] if command == "grad" else 1))
    (tmp_path / "out.npy").unlink()
