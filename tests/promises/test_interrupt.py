"""Signals at chosen places: the exit code and one line, no traceback, and no other noise.

Before Python has loaded `xent_cli.signals` nothing of ours can catch one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SIGNAL = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
def send(number=signal.SIGINT): os.kill(os.getpid(), number)
"""
AT_AN_IMPORT = """
import sys
class Finder:
    @staticmethod
    def find_spec(name, *rest):
        if name == {name!r}: send()
sys.meta_path.insert(0, Finder)
"""
IN_A_CALLBACK = """
import sys, weakref
class Lock: pass
def send_to_import(*rest):
    send()
class Finder:
    @staticmethod
    def find_spec(name, *rest):
        if name == "numpy":
            lock = Lock()
            Finder.callback = weakref.ref(lock, send_to_import)
sys.meta_path.insert(0, Finder)
"""
IN_A_DESTRUCTOR = """
import zipfile
zipfile.ZipFile.__del__ = lambda self: send()
"""
IN_A_WRITE_TO_AN_ARCHIVE = """
import zipfile
write = zipfile._ZipWriteFile.write
def interrupted(self, data):
    send()
    return write(self, data)
zipfile._ZipWriteFile.write = interrupted
"""
TWICE = """
import threading
for name in ("wait", "notify_all"):
    def change(old):
        def new(self, *args):
            if threading.get_ident() == threading.main_thread().ident: send()
            return old(self, *args)
        return new
    setattr(threading.Condition, name, change(getattr(threading.Condition, name)))
"""
A_THREAD_THAT_NEVER_ENDS = """
import threading
threading.Thread(target=threading.Event().wait).start()
"""
LOSS = ["loss", "x.npy", "y.npy", "--jobs", "2", "--block-elements", "400"]
ARCHIVE = ["convert", "x.npy", "out.npz"]


def run(trick: str, argv: list[str], place: Path) -> subprocess.CompletedProcess[str]:
    np.save(place / "x.npy", np.zeros((1000, 4), np.float32))
    np.save(place / "y.npy", np.zeros(1000, np.int64))
    (place / "sitecustomize.py").write_text(SIGNAL + trick)
    return subprocess.run(
        [sys.executable, "-P", "-m", "xent_cli", *argv],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("trick", "argv"),
    [
        *(
            (AT_AN_IMPORT.format(name=name), LOSS)
            for name in ("xent_cli.app", "typer", "numpy", "numpy.exceptions", "xent_cli.losses")
        ),
        (IN_A_CALLBACK, LOSS),
        (IN_A_DESTRUCTOR, ARCHIVE),
        (IN_A_WRITE_TO_AN_ARCHIVE, ARCHIVE),
        (TWICE, LOSS),
    ],
)
def test_an_interrupt(trick: str, argv: list[str], tmp_path: Path) -> None:
    done = run(trick, argv, tmp_path)
    assert (done.returncode, done.stderr) == (130, "xent: interrupted\n")
    assert not list(tmp_path.glob(".xent-*"))


def test_a_termination(tmp_path: Path) -> None:
    trick = IN_A_WRITE_TO_AN_ARCHIVE.replace("send()", "send(signal.SIGTERM)")
    done = run(trick, ARCHIVE, tmp_path)
    assert (done.returncode, done.stderr) == (143, "")
    assert not (tmp_path / "out.npz").exists()


def test_a_full_disk_under_an_archive(tmp_path: Path) -> None:
    trick = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
    done = run(trick, ARCHIVE, tmp_path)
    assert done.returncode == 4
    assert done.stderr == "xent: error: out.npz: cannot be written: File too large\n"


def test_no_thread_is_waited_for_at_the_end(tmp_path: Path) -> None:
    """Those of an engine wait for ever where an interrupt came before they were told to stop."""
    done = run(A_THREAD_THAT_NEVER_ENDS, LOSS, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_ignored_interrupt_stays_ignored(tmp_path: Path) -> None:
    trick = "signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + AT_AN_IMPORT.format(name="numpy")
    done = run(trick, LOSS, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
