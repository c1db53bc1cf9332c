"""Times xent on files against cat(1) and numpy.loadtxt, in one run, taking turns.

    pip install .
    python tests/benchmarks/files.py [--rounds 5] [--scale 1.0] [--only WORDS]

Prints medians and, behind each contender, the speed of xent in multiples of its speed; machines are
shared and noisy, so only ratios of one run mean anything. The arrays are four sparse .npy files of
2 GiB, the result of joining them takes 8 GiB in the temporary directory; `--scale 0.1` takes a tenth.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xent_cli.arrays import open_array
from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.formats.npy_header import format_header
from xent_cli.passes.request import Destination
from xent_cli.tasks.concatenate import CatRequest, concatenate

PARTS = 4


class Cost(NamedTuple):
    """Seconds, and MiB at most resident (0: not measured)."""

    seconds: float
    memory: int = 0


Contenders = dict[str, Callable[[], Cost]]


def sparse_parts(place: Path, rows: int, columns: int) -> list[Path]:
    """Files of zeros that take no room: a header, and a hole."""
    paths = [place / f"p{number}.npy" for number in range(PARTS)]
    for path in paths:
        header = format_header((rows, columns), np.dtype("f4"))
        path.write_bytes(header)
        os.truncate(path, len(header) + rows * columns * 4)
    return paths


def process(argv: list[str], out: Path) -> Callable[[], Cost]:
    """A whole process that makes `out`; what an earlier one made is removed before."""

    def run() -> Cost:
        out.unlink(missing_ok=True)
        start = time.perf_counter()
        child = subprocess.Popen(argv)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0
        return Cost(time.perf_counter() - start, usage.ru_maxrss >> 10)

    return run


def shell(command: str, out: Path) -> Callable[[], Cost]:
    return process(["sh", "-c", command], out)


def join(place: Path, rows: int, columns: int) -> Contenders:
    """Along dim 0 and dim 1, against the bytes one after another; xent waits for the disk."""
    parts, out = sparse_parts(place, rows, columns), place / "out.npy"
    names = " ".join(map(str, parts))
    program = [sys.executable, "-P", "-m", "xent_cli", "cat", *map(str, parts), "-o", str(out)]
    return {
        "xent cat --dim 0": process(program, out),
        "xent cat --dim 1": process([*program, "--dim", "1"], out),
        "cat": shell(f"cat {names} > {out}", out),
        "cat, sync": shell(f"cat {names} > {out} && sync {out}", out),
    }


def text(place: Path, values: np.ndarray, fmt: str) -> Contenders:
    """All checks on: read as numbers; with the cells kept as text; two files joined as text."""
    path, out = place / "x.csv", place / "out.csv"
    np.savetxt(path, values, fmt=fmt, delimiter=",")

    def read(options: ReadOptions) -> None:
        with open_array(path, options) as reader:
            assert reader.shape == values.shape

    request = CatRequest((str(path), str(path)), dim=1, to=Destination(str(out)))
    return {
        "xent, numbers": timed(lambda: read(ReadOptions())),
        "xent, cells kept": timed(lambda: read(ReadOptions(keep_text=True))),
        "loadtxt": timed(lambda: np.loadtxt(path, delimiter=",", ndmin=2)),
        "xent cat --dim 1 of two": timed(lambda: concatenate(request)),
        "loadtxt of two": timed(lambda: [np.loadtxt(path, delimiter=",") for _ in range(2)]),
    }


def timed(run: Callable[[], object]) -> Callable[[], Cost]:
    def measured() -> Cost:
        start = time.perf_counter()
        run()
        return Cost(time.perf_counter() - start)

    return measured


def measure(contenders: Contenders, rounds: int) -> dict[str, Cost]:
    """The median of each, the contenders taking turns; one round to warm up.

    Each round starts with another one: removing what the last one made goes on behind its back.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    names = list(contenders)
    for turn in range(rounds + 1):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            cost = contenders[name]()
            if turn:
                costs[name].append(cost)
    return {
        name: Cost(statistics.median(c.seconds for c in found), max(c.memory for c in found))
        for name, found in costs.items()
    }


def rows_of(work: str, costs: dict[str, Cost]) -> Iterator[str]:
    """A row for each run of xent, against the contenders that do as much."""
    for name, cost in costs.items():
        if not name.startswith("xent"):
            continue
        rivals = {
            rival: other.seconds
            for rival, other in costs.items()
            if not rival.startswith("xent") and ("of two" in rival) == ("of two" in name)
        }
        against = ", ".join(
            f"{rival} {seconds:.2f} s ({seconds / cost.seconds:.2f})"
            for rival, seconds in rivals.items()
        )
        memory = f"{cost.memory} MiB" if cost.memory else ""
        yield f"| {work}: {name} | {cost.seconds:.2f} s | {against} | {memory} |"


def works(scale: float) -> dict[str, Callable[[Path], Contenders]]:
    rng = np.random.default_rng(0)

    def rows(count: int) -> int:
        return max(1, int(count * scale))

    def normal(count: int, columns: int) -> np.ndarray:
        return rng.standard_normal((rows(count), columns)) * 3

    return {
        "4 x 8192 x 65536 float32": lambda p: join(p, rows(8192), 65536),
        "4 x 16777216 x 10 float32": lambda p: join(p, rows(1 << 24), 10),
        "text, 6 digits, 10 columns": lambda p: text(p, normal(400_000, 10), "%.6g"),
        "text, 6 digits, 32000 columns": lambda p: text(p, normal(100, 32_000), "%.5f"),
        "text, 17 digits": lambda p: text(p, normal(200_000, 10), "%.17g"),
        "text, savetxt's %.18e": lambda p: text(p, normal(2000, 1000), "%.18e"),
        "text, integers": lambda p: text(p, rng.integers(0, 1000, (rows(10**6), 5)), "%d"),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    print(f"{os.cpu_count()} processors, {options.rounds} rounds\n")
    print("| work | xent | against it: s (its time / xent's) | peak memory |")
    print("|---|---:|---|---:|")
    for name, prepare in works(options.scale).items():
        if options.only in name:
            with tempfile.TemporaryDirectory() as folder:
                costs = measure(prepare(Path(folder)), options.rounds)
            for row in rows_of(name, costs):
                print(row, flush=True)


if __name__ == "__main__":
    main()
