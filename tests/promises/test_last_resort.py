"""No exception escapes: one line, an exit code of the table, and how to report it."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import xent_cli

OPENED = "xent_cli.tasks.show.open_array"


def raiser(error: BaseException):
    def fail(*args, **options):
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (TypeError("two\nlines"), 4, "xent itself failed: TypeError: two\\nlines"),
        (RecursionError("too deep"), 4, "xent itself failed: RecursionError: too deep"),
        (EOFError("cut"), 4, "xent itself failed: EOFError: cut"),
        (OSError("of a library"), 4, "xent itself failed: OSError: of a library"),
        (OSError(errno.EIO, os.strerror(errno.EIO)), 4, "Input/output error"),
        (OSError(errno.EIO, os.strerror(errno.EIO), "x.npy"), 4, "x.npy: Input/output error"),
        (OSError(errno.EIO, os.strerror(errno.EIO), 3), 4, "Input/output error"),
        (MemoryError(), 4, "not enough memory"),
        (BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)), 141, None),
        (KeyboardInterrupt(), 130, None),
        (SystemExit(), 0, None),
    ],
)
def test_what_nobody_foresaw(error, status, line, xent, monkeypatch) -> None:
    monkeypatch.setattr(OPENED, raiser(error))
    run = xent("show", "x.npy")
    assert run.status == status
    assert run.stdout == b""
    if line is None:
        assert "error" not in run.stderr
    else:
        message, hint = run.stderr.splitlines()
        assert message == f"xent: error: {line}"
        assert hint.startswith("hint: ")


def test_the_hint_is_a_command_that_shows_the_traceback(xent, monkeypatch) -> None:
    monkeypatch.setattr(OPENED, raiser(ZeroDivisionError("x / 0")))
    argv = ("show", "a file's name.npy")
    run = xent(*argv)
    assert f"xent {xent_cli.__version__}" in run.stderr
    setting, *line = shlex.split(run.stderr.partition("what this shows: ")[2])
    assert line == ["xent", *argv]
    monkeypatch.setenv(*setting.split("="))
    debug = xent(*argv)
    assert debug.status == run.status == 4
    assert debug.stderr.startswith("Traceback (most recent call last):")
    assert debug.stderr.endswith(f"ZeroDivisionError: x / 0\n{run.stderr}")


@pytest.mark.parametrize("name", ["x.npy", "x.npy.gz"])
def test_a_thread_that_fails(name: str, xent, tmp_path, monkeypatch) -> None:
    np.save(tmp_path / "x.npy", np.zeros((1000, 4), np.float32))
    np.save(tmp_path / "y.npy", np.zeros(1000, np.int64))
    assert xent("convert", tmp_path / "x.npy", tmp_path / "x.npy.gz").status == 0
    monkeypatch.setattr("xent_cli.passes.recipe.Recipe.run", raiser(ZeroDivisionError("x / 0")))
    files = (tmp_path / name, tmp_path / "y.npy")
    run = xent("loss", *files, "--jobs", "2", "--block-elements", "400")
    assert run.status == 4
    assert run.stderr.startswith("xent: error: xent itself failed: ZeroDivisionError: x / 0\n")


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("0>file", "stdin: cannot be read: it is open for writing only"),
        ("0<&-", "stdin is closed"),
    ],
)
def test_a_stdin_that_cannot_be_read(script: str, line: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"exec {sys.executable} -P -m xent_cli show - {script}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[0] == f"xent: error: {line}"
    assert done.returncode == 4
