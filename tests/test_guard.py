"""Files that are cut while the program has them mapped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from xent_cli import guard

if not hasattr(os, "mkfifo"):
    pytest.skip("no named pipes here", allow_module_level=True)

ROWS = 1 << 17
PROGRAM = [sys.executable, "-P", "-m", "xent_cli", "loss", "x.npy", "y.npy"]


@pytest.fixture(autouse=True)
def built() -> None:
    pytest.importorskip("xent_cli._guard", reason="no compiled part here")


def cut_and_read(folder: Path, after_the_cut: str) -> str:
    """What a process prints that has a box of a file mapped when the file is cut."""
    np.save(folder / "x.npy", np.ones(1 << 20, dtype=np.float32))
    code = f"""
import os
from xent_cli import guard
from xent_cli.arrays import open_array
from xent_cli.errors import DataError
guard.install()
reader = open_array("x.npy")
size = os.path.getsize("x.npy")
box = reader.read((slice(0, 1 << 20),))
print(box[::4096].sum(), guard.pages_lost())
os.truncate("x.npy", 8192)
print(box[::4096].sum(), guard.pages_lost())
{after_the_cut}
try:
    reader.finish()
except DataError as error:
    print(error.message)
"""
    return subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def test_pages_that_are_gone_are_zeros_and_an_error_at_the_end(tmp_path: Path) -> None:
    before, after, error = cut_and_read(tmp_path, "").splitlines()
    assert before == "256.0 False"
    assert after == "1.0 True"
    assert error == (
        "x.npy: the file shrank while it was read: expected at least 4194432 bytes, got 8192"
    )


def test_a_file_that_is_whole_again_is_not_trusted(tmp_path: Path) -> None:
    shown = cut_and_read(tmp_path, 'os.truncate("x.npy", size)')
    assert shown.splitlines()[2:] == ["x.npy: a file shrank while it was read, and grew again"]


def test_a_loss_whose_logits_are_cut_under_it(tmp_path: Path) -> None:
    """The labels come through a pipe, and their last byte after the logits were cut."""
    np.save(tmp_path / "x.npy", np.zeros((ROWS, 2), dtype=np.float32))
    np.save(tmp_path / "all.npy", np.zeros(ROWS, dtype=np.int64))
    labels = (tmp_path / "all.npy").read_bytes()
    os.mkfifo(tmp_path / "y.npy")
    with subprocess.Popen(
        PROGRAM, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        with (tmp_path / "y.npy").open("wb", buffering=0) as pipe:
            pipe.write(labels[:-8])  # more than a pipe holds: the box of the logits is mapped
            os.truncate(tmp_path / "x.npy", 4096)
            pipe.write(labels[-8:])
        shown, error = running.communicate(timeout=60)
    assert (running.returncode, shown) == (3, "")
    assert error.startswith("xent: error: x.npy: the file shrank while it was read: expected")


def test_the_library_leaves_signals_alone() -> None:
    code = "import xent_cli.arrays, signal; print(signal.getsignal(signal.SIGBUS))"
    shown = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == str(signal.SIG_DFL)
    assert not guard.pages_lost()
