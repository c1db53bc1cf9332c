"""Shared by all tests: the `xent` command as a function, and the samples."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hints
import pytest

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n 2`, a file's tests stay together: the README's examples go on with each other."""
    from xdist.scheduler import LoadFileScheduling

    return LoadFileScheduling(config, log)


@dataclass
class Run:
    """What one run of the program left behind."""

    stdout: bytes
    stderr: str
    status: int

    @property
    def text(self) -> str:
        return self.stdout.decode()

    @property
    def json(self) -> Any:
        def refuse(constant: str) -> None:
            raise AssertionError(f"not strict JSON: {constant}")

        return json.loads(self.stdout, parse_constant=refuse)

    @property
    def number(self) -> float:
        return float(self.stdout)


def run_program(*argv: str | Path, cwd: Path = ROOT, **options: Any) -> Run:
    """Runs the real program in a process of its own: the installed one (-P), not the tree's."""
    environment = {**os.environ, "NO_COLOR": "1", **options.pop("env", {})}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "xent_cli", *map(str, argv)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
        **options,
    )
    return Run(done.stdout, done.stderr.decode(), done.returncode)


@pytest.fixture
def program() -> Callable[..., Run]:
    """The real program: slow to start, but nothing is skipped."""
    return run_program


@pytest.fixture
def xent(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Run]]:
    """main(argv) in this process, in the project's root; hints are followed afterwards."""
    from xent_cli.app import main

    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("NO_COLOR", "1")
    told: list[tuple[list[str], Run]] = []

    def silent(*argv: str | Path) -> Run:
        capfdbinary.readouterr()
        status = main([str(arg) for arg in argv])
        out, err = capfdbinary.readouterr()
        return Run(out, err.decode(), int(status))

    def run(*argv: str | Path) -> Run:
        done = silent(*argv)
        told.append(([str(arg) for arg in argv], done))
        return done

    yield run
    problems = [problem for line in told for problem in hints.follow(silent, *line)]
    assert not problems, "\n".join(problems)


@pytest.fixture
def piped(xent: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """`xent`, with some bytes (at most a MiB, which the pipe holds) to be read from stdin."""

    def run(data: bytes, *argv: str | Path) -> Run:
        reading, writing = os.pipe()
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 1 << 20)
        with os.fdopen(writing, "wb") as sink:
            sink.write(data)
        with os.fdopen(reading) as source:
            monkeypatch.setattr(sys, "stdin", source)
            return xent(*argv)

    return run


@pytest.fixture
def samples() -> Path:
    return SAMPLES


def run_in_terminal(
    command: str, *, cwd: Path = ROOT, columns: int = 80, env: dict[str, str] | None = None
) -> tuple[str, int]:
    """Runs a shell command in a terminal of that width; returns what a person would see.

    `xent` is the program of this environment. Colours are off, so that the text can be compared.
    """
    import pty
    import struct
    import termios

    shims = Path(sys.prefix, "bin")
    environment = {
        "PATH": f"{shims}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "NO_COLOR": "1",
        **{name: os.environ[name] for name in ("PYTHONPATH", "XENT_KERNEL") if name in os.environ},
        **(env or {}),
    }
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execve("/bin/bash", ["bash", "-c", command], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    pieces = []
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    text = b"".join(pieces).decode().replace("\r\n", "\n")
    return text, os.waitstatus_to_exitcode(status)


@pytest.fixture
def terminal() -> Callable[..., tuple[str, int]]:
    """A command as a person types it: (what the screen shows, exit code)."""
    return run_in_terminal
