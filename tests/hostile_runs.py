"""Runs `xent` on files made to break it, and tells of each run what it said, cost and took.

    python tests/hostile_runs.py        prints the table in tests/benchmarks/README.md

One process serves many files, and forgets its peak of memory before each: what is measured is the
whole resident memory at its highest, so nothing that an earlier file left behind makes it smaller.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import hostile_files

Attack = tuple[str, bytes, str]
LOSS = ("loss", "two.npy", "labels.npy")
ONE = ("convert", "{file}", "out.npy")


class Outcome(NamedTuple):
    """What one run of `main` left behind: memory in KiB, at its highest; seconds of a processor."""

    name: str
    words: str
    status: int
    stderr: str
    memory: int
    seconds: float


class Group(NamedTuple):
    """Attacks, the command line each is given to, and whether through a pipe."""

    attacks: Callable[[], Iterable[Attack]]
    file: str
    argv: tuple[str, ...] = ("show", "{file}")
    pipe: bool = False


def _without_gaps() -> Iterator[Attack]:
    return (attack for attack in hostile_files.texts() if attack[0] != "a comma too many")


def _packed(attacks: Callable[[], Iterable[Attack]]) -> Iterator[Attack]:
    import gzip

    for name, data, words in attacks():
        yield name, gzip.compress(data, 1), words


GROUPS = {
    "headers of .npy": Group(hostile_files.headers, "x.npy"),
    "headers of .npy, from a pipe": Group(hostile_files.headers, "x.npy", ("show", "-"), True),
    "headers of .npy, in .gz": Group(lambda: _packed(hostile_files.headers), "x.npy.gz"),
    "text": Group(hostile_files.texts, "x.csv"),
    "text, from a pipe": Group(hostile_files.texts, "x.csv", ("show", "-"), True),
    "text, cell by cell": Group(_without_gaps, "x.csv", ("show", "{file}", "--na", "nan")),
    ".gz, .bz2, .xz, .zst": Group(hostile_files.compressed, "x.npy.{suffix}"),
    ".npz": Group(hostile_files.archives, "x.npz", ONE),
    ".safetensors": Group(hostile_files.tensors, "x.safetensors", ONE),
    "YAML weights": Group(hostile_files.documents, "x.yaml", (*LOSS, "--weight", "{file}")),
    "YAML class names": Group(hostile_files.documents, "x.yaml", (*LOSS, "--classes", "{file}")),
}


def run(group: Group, place: Path) -> tuple[Outcome, list[Outcome]]:
    """An idle run (a file of four numbers), and one run for each attack of the group."""
    (place / "two.npy").write_bytes(hostile_files.FLOATS)
    (place / "labels.npy").write_bytes(hostile_files.npy("(2,)", bytes(16), "'<i8'"))
    worker = subprocess.Popen(
        [sys.executable, "-P", "-c", _WORKER, Path(__file__).parent],
        cwd=place,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )

    def one(attack: tuple[str, str], argv: Iterable[str], pipe: str | None = None) -> Outcome:
        assert worker.stdin and worker.stdout
        worker.stdin.write(json.dumps([list(argv), pipe]) + "\n")
        line = worker.stdout.readline()
        assert line, f"{attack[0]}: ended the process"
        return Outcome(*attack, *json.loads(line))

    with worker:
        idle = one(("idle", ""), ["show", "two.npy"])
        outcomes = []
        for name, data, words in group.attacks():
            file = group.file.format(suffix=name.rpartition(".")[2])
            (place / file).write_bytes(data)
            argv = [word.format(file=file) for word in group.argv]
            outcomes.append(one((name, words), argv, file if group.pipe else None))
            (place / file).unlink()
    return idle, outcomes


_WORKER = "import sys; sys.path.insert(0, sys.argv[1]); import hostile_runs; hostile_runs.serve()"


def serve() -> None:
    """The other process: runs `main` for each line of stdin."""
    from xent_cli.app import main

    tasks, answers = sys.stdin, os.fdopen(os.dup(1), "w", buffering=1)
    for line in tasks:
        argv, pipe = json.loads(line)
        with contextlib.suppress(AttributeError, OSError):  # glibc alone has it
            ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
        start = time.process_time()
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            if pipe is None:
                status = int(main(argv))
            else:
                status = _through_a_pipe(main, argv, pipe)
        seconds = time.process_time() - start
        peak = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
        assert peak
        answers.write(json.dumps([status, said.getvalue(), int(peak[1]), seconds]) + "\n")


def _through_a_pipe(main: Callable[[list[str]], int], argv: list[str], file: str) -> int:
    before = sys.stdin
    with subprocess.Popen(["cat", file], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as cat:
        assert cat.stdout
        try:
            with io.TextIOWrapper(cat.stdout) as sys.stdin:
                return int(main(argv))
        finally:
            sys.stdin = before


def table() -> Iterator[str]:
    """The groups with their slowest and their largest run, as Markdown."""
    yield "| files | attacks | slowest | most memory above an idle run |"
    yield "|---|---:|---|---|"
    for name, group in GROUPS.items():
        with tempfile.TemporaryDirectory() as folder:
            idle, outcomes = run(group, Path(folder))
        slow = max(outcomes, key=lambda outcome: outcome.seconds)
        large = max(outcomes, key=lambda outcome: outcome.memory)
        over = (large.memory - idle.memory) >> 10
        yield (
            f"| {name} | {len(outcomes)} | {slow.seconds * 1e3:.0f} ms ({slow.name}) "
            f"| {over} MiB ({large.name}) |"
        )


if __name__ == "__main__":
    for row in table():
        print(row, flush=True)
