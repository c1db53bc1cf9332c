"""What goes to stdout arrives whole, or the exit code says that it does not.

Under a buffered stdout and a raw one (`python -u`), whose `write` may take a part of what it gets.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from xent_cli.app import COMMANDS, main
from xent_cli.passes.request import Destination
from xent_cli.tasks.concatenate import CatRequest, concatenate

X = np.arange(40_000, dtype=np.float32).reshape(-1, 4)


@pytest.fixture(params=["", "1"], ids=["buffered", "raw"])
def environment(request: pytest.FixtureRequest) -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": request.param}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", np.zeros(len(X), np.int64))
    return tmp_path


class Pipe:
    """`xent cat x.npy` into a pipe of one page, of which nothing was read yet."""

    def __init__(self, place: Path, environment: dict[str, str], *, blocks: bool) -> None:
        self.reader, self._writer = os.pipe()
        fcntl.fcntl(self._writer, fcntl.F_SETPIPE_SZ, 4096)
        os.set_blocking(self._writer, blocks)
        argv = [sys.executable, "-P", "-m", "xent_cli", "cat", "x.npy"]
        self.process = subprocess.Popen(
            argv, cwd=place, env=environment, stdout=self._writer, stderr=subprocess.PIPE
        )

    def wait_until_full(self) -> None:
        self._wait(lambda: not select.select([], [self._writer], [], 0)[1])
        os.close(self._writer)
        self.wait_for_state("S")

    def wait_for_state(self, letter: str) -> None:
        stat = Path(f"/proc/{self.process.pid}/stat")
        self._wait(lambda: stat.read_text().rpartition(")")[2].split()[0] == letter)

    def _wait(self, until: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not until():
            assert self.process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.002)

    def read(self) -> bytes:
        pieces = []
        while piece := os.read(self.reader, 3000):
            pieces.append(piece)
        return b"".join(pieces)

    def end(self) -> tuple[int, bytes]:
        _, error = self.process.communicate(timeout=60)
        return self.process.returncode, error

    def __enter__(self) -> Pipe:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self.reader)


def test_a_disk_that_fills_up(place: Path, environment: dict[str, str]) -> None:
    """A limit on the size of files stands for it: both take a part of a write, and then nothing."""
    lines = ["cat x.npy", "cat x.npy -f csv", "loss x.npy y.npy --reduction none -f json"]
    script = "ulimit -f 20\n" + "\n".join(f"$XENT {line} >out; echo $? >&2" for line in lines)
    environment = {**environment, "XENT": f"{sys.executable} -P -m xent_cli"}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=place,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    expected = "xent: error: stdout: cannot be written: File too large\n4\n"
    assert done.stderr == len(lines) * expected


def test_version_and_help_to_a_full_device(environment: dict[str, str]) -> None:
    code = (
        "import os, sys\n"
        "from xent_cli.app import COMMANDS, main\n"
        "os.dup2(os.open('/dev/full', os.O_WRONLY), 1)\n"
        "lines = [], ['--version'], ['--help'], ['help'], ['help', 'text']\n"
        "for argv in *lines, *([name, '--help'] for name in COMMANDS):\n"
        "    print(main(argv), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    expected = "xent: error: stdout: cannot be written: No space left on device\n4\n"
    assert done.stderr == (5 + len(COMMANDS)) * expected


@pytest.mark.parametrize("argv", ["--version", "--help", "losses", "cat x.npy", "loss x.npy y.npy"])
def test_a_closed_stdout(argv: str, place: Path) -> None:
    script = f"exec {sys.executable} -P -m xent_cli {argv} >&-"
    done = subprocess.run(["bash", "-c", script], cwd=place, capture_output=True, check=False)
    assert done.stderr.splitlines()[0] == b"xent: error: stdout is closed"
    assert done.returncode == 4


def test_a_pipe_that_does_not_block(place: Path, environment: dict[str, str]) -> None:
    with Pipe(place, environment, blocks=False) as pipe:
        pipe.wait_until_full()
        data = pipe.read()
        assert pipe.end() == (0, b"")
    assert data == (place / "x.npy").read_bytes()


def test_stopped_and_continued_in_the_middle_of_a_write(
    place: Path, environment: dict[str, str]
) -> None:
    with Pipe(place, environment, blocks=True) as pipe:
        pipe.wait_until_full()
        pipe.process.send_signal(signal.SIGSTOP)
        pipe.wait_for_state("T")
        pipe.process.send_signal(signal.SIGCONT)
        data = pipe.read()
        assert pipe.end() == (0, b"")
    assert data == (place / "x.npy").read_bytes()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_write_that_waits_can_be_ended(
    number: int, status: int, place: Path, environment: dict[str, str]
) -> None:
    with Pipe(place, environment, blocks=True) as pipe:
        pipe.wait_until_full()
        pipe.process.send_signal(number)
        code, error = pipe.end()
    assert (code, error) == (status, b"xent: interrupted\n" * (number == signal.SIGINT))


class Grudging(io.RawIOBase):
    """Takes nothing, then 7 bytes, and so on; fails once it has `room` bytes."""

    def __init__(self, room: int = 1 << 30) -> None:
        self.taken, self._room, self._willing = b"", room, True

    def writable(self) -> bool:
        return True

    def write(self, data) -> int | None:
        self._willing = not self._willing
        if not self._willing:
            return None
        part = bytes(data[: min(7, self._room - len(self.taken))])
        self.taken += part
        return len(part)

    def fileno(self) -> int:
        return Nowhere.descriptor


class Nowhere:
    descriptor = os.open(os.devnull, os.O_WRONLY)  # always ready to be written


@contextlib.contextmanager
def stdout(raw: io.RawIOBase, buffered: bool) -> Iterator[None]:
    stream = io.BufferedWriter(raw) if buffered else raw
    text = io.TextIOWrapper(stream, "utf-8", write_through=not buffered)
    with contextlib.redirect_stdout(text):
        yield


LINES = [
    ["--version"],
    ["loss", "--help"],
    ["losses"],
    ["cat", "x.npy", "-f", "csv"],
    ["cat", "x.npy"],
    ["loss", "x.npy", "y.npy", "-f", "json"],
    ["show", "x.npy", "-f", "table"],
]


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("argv", LINES, ids=" ".join)
def test_short_writes(argv, buffered, tmp_path, monkeypatch, capsysbinary) -> None:
    np.save(tmp_path / "x.npy", X[:30])
    np.save(tmp_path / "y.npy", np.zeros(30, np.int64))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "dumb")
    assert main(argv) == 0
    expected = capsysbinary.readouterr().out
    assert len(expected) > 7
    raw = Grudging()
    with stdout(raw, buffered):
        assert main(argv) == 0
    assert raw.taken == expected
    raw = Grudging(len(expected) - 1)
    with stdout(raw, buffered):
        assert main(argv) == 4
    assert raw.taken == expected[:-1]


@pytest.mark.parametrize("buffered", [True, False])
def test_the_library_writes_all_too(buffered: bool, place: Path) -> None:
    raw = Grudging()
    with stdout(raw, buffered):
        concatenate(CatRequest((str(place / "x.npy"),), to=Destination("-")))
    assert raw.taken == (place / "x.npy").read_bytes()


def test_what_was_printed_before_comes_first(place: Path, capfdbinary) -> None:
    sys.stdout.write("array:")
    assert main(["cat", str(place / "x.npy")]) == 0
    assert capfdbinary.readouterr().out == b"array:" + (place / "x.npy").read_bytes()
