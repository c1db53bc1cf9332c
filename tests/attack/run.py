"""Makes every call of every chosen libc function fail, one a run, and looks at what xent does of it.

A run is right where it ends with exit 0 and, bit for bit, the output of a run without the failure; or
with exit 4, one `xent: error` line, no traceback, and every output file either as it was before or
whole and right (or with exit 141, silently, where the reader of a pipe went away). Half of the work
is no failure: the rest is asked for. `python tests/attack/run.py` makes all the runs and prints their
figures; with `--sample` a fixed part of them. Linux, and a C compiler.

The runs are forks of one process that has imported xent and run each command line once, some 20 ms
each. Arrays that are kept go to temporary files from 512 bytes on, so that those are attacked, too.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import gzip
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from io import TextIOWrapper
from pathlib import Path

import numpy as np

from xent_cli.app import main as xent
from xent_cli.arrays.storage import atomic, spool

HERE = Path(__file__).parent
OLD = b"what stood under the name before"
TIMEOUT = 60
STORAGE, PIPE_CLOSED = 4, 141
SHORT = 0
"""In place of an error number: half of the work."""

FAILURES = {
    "open": (errno.EIO, errno.EACCES, errno.EMFILE),
    "read": (errno.EIO, SHORT),
    "pread": (errno.EIO, SHORT),
    "write": (errno.EIO, errno.ENOSPC, errno.EPIPE, SHORT),
    "pwrite": (errno.ENOSPC, SHORT),
    "close": (errno.EIO,),
    "fstat": (errno.EIO,),
    "stat": (errno.EIO, errno.EACCES),
    "lseek": (errno.EIO,),
    "mmap": (errno.ENOMEM,),
    "ftruncate": (errno.ENOSPC,),
    "rename": (errno.EIO,),
    "link": (errno.EIO, errno.EXDEV),
    "unlink": (errno.EIO,),
    "fsync": (errno.EIO,),
    "chmod": (errno.EPERM,),
    "copy_file_range": (errno.EIO, errno.EXDEV, errno.ENOSPC, SHORT),
    "sendfile": (errno.EIO, SHORT),
    "pthread_create": (errno.EAGAIN,),
}


@dataclass(frozen=True)
class Line:
    """A command line.

    Attributes:
        words: the line.
        stdin: a file.
        piped: it comes through a pipe.
        old: a file that stands in `out` before.
        raw: stdout is as under `python -u`.
        named: the system has no files without names.
        sampled: the first two calls of each function are made to fail in the ordinary run.
    """

    words: str
    stdin: str | None = None
    piped: bool = False
    old: str | None = None
    raw: bool = False
    named: bool = False
    sampled: bool = False


LINES = (
    Line("loss x.npy y.npy"),
    Line("loss x.npy y.npy", raw=True),
    Line("loss x.csv y.csv"),
    Line("loss x.npz:a y.npy"),
    Line("loss packed.npz y.npy"),
    Line("loss x.npy.gz y.npy -f json", sampled=True),
    Line("loss - y.npy", "x.npy", piped=True),
    Line("loss - y.npy", "x.npy"),
    Line("loss - y.csv", "x.csv", piped=True, sampled=True),
    Line("loss x.npy y.npy --weight w.yaml --classes names.yaml"),
    Line("loss x.npy y.npy --block-elements 32 --jobs 2", sampled=True),
    Line("loss x.safetensors y.npy --reduction none -o out/l.npy", old="l.npy"),
    Line("cat x.npy x.npy -o out/o.npy", old="o.npy", sampled=True),
    Line("cat x.npy x.npy --dim 1"),
    Line("cat x.npy x.npy", raw=True),
    Line("cat x.csv x.csv -o out/o.csv", old="o.csv"),
    Line("cat x.csv x.csv"),
    Line("stack x.npy x.npy -o out/o.npz"),
    Line("convert x.npy out/o.npz", old="o.npz", sampled=True),
    Line("convert x.npy out/o.safetensors", named=True),
    Line("cat x.npy x.npy -o out/o.npy", named=True),
    Line("convert x.npy out/o.npy.gz", old="o.npy.gz"),
    Line("convert x.csv out/o.csv.xz"),
    Line("convert f.npy out/o.csv"),
    Line("convert - out/o.npy", "f.npy", piped=True),
    Line("split x.npy --size 20 -o out/p-{}.npy", old="p-1.npy", sampled=True),
    Line("grad x.npy y.npy -o out/g.npy --block-elements 32 --jobs 2", old="g.npy"),
    Line("grad x.npy y.npy"),
    Line("activate softmax x.npy -o out/a.csv"),
    Line("show @list.txt -f json"),
)
MOST = 1000
"""Calls of a function that are attacked in one line: more than there are."""


@dataclass(frozen=True)
class Injection:
    """The `nth` call of `function` fails with `error`."""

    function: str
    error: int
    nth: int

    def __str__(self) -> str:
        what = "half" if self.error == SHORT else errno.errorcode[self.error]
        return f"{self.function} {self.nth}: {what}"


@dataclass(frozen=True)
class Outcome:
    """What a run left behind."""

    status: int
    stdout: bytes
    stderr: str
    files: dict[str, bytes]


@dataclass
class Figures:
    """The runs so far: how many for each failure and exit code, and what was wrong with any."""

    runs: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def make_inputs(place: Path) -> None:
    """The files that the lines name."""
    random = np.random.default_rng(0)
    x, y = random.standard_normal((40, 8)).astype(np.float32), random.integers(0, 8, 40)
    np.save(place / "x.npy", x)
    np.save(place / "f.npy", np.asfortranarray(x))
    np.save(place / "y.npy", y)
    np.savetxt(place / "x.csv", x, delimiter=",")
    np.savetxt(place / "y.csv", y, fmt="%d")
    np.savez(place / "x.npz", a=x, b=y)
    np.savez_compressed(place / "packed.npz", a=x)
    (place / "x.npy.gz").write_bytes(gzip.compress((place / "x.npy").read_bytes()))
    header = f'{{"a":{{"dtype":"F32","shape":[40,8],"data_offsets":[0,{x.nbytes}]}}}}'.encode()
    sizes = len(header).to_bytes(8, "little")
    (place / "x.safetensors").write_bytes(sizes + header + x.tobytes())
    (place / "w.yaml").write_text("[1, 2, 3, 4, 5, 6, 7, 8]")
    (place / "names.yaml").write_text("[a, b, c, d, e, f, g, h]")
    (place / "list.txt").write_text("x.npy\nf.npy\n")
    (place / "out").mkdir()


class Attacker:
    """Forks this process for each run; the library is preloaded into it."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._library = ctypes.CDLL(os.environ["LD_PRELOAD"])
        (program,) = entry_points(group="console_scripts", name="xent")
        self._program = program.load()
        spool.IN_MEMORY = 512
        make_inputs(Path.cwd())
        self._right: dict[Line, Outcome] = {}
        for line in lines:  # in this process, so that its forks have all modules
            streams = [os.dup(number) for number in range(3)]
            self._redirect(line, os.memfd_create("stdout"), os.memfd_create("stderr"))
            xent(line.words.split())
            sys.stdout.flush()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
        sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
        gc.collect()
        gc.freeze()
        for line in lines:
            self._right[line] = self.run(line, None)
            assert self._right[line].status == 0, self._right[line]

    def attack(self, line: Line, function: str, error: int, most: int, figures: Figures) -> None:
        """Every call in turn, at most `most` of them, until there is none left to fail."""
        for nth in range(1, most + 1):
            injection = Injection(function, error, nth)
            outcome = self.run(line, injection)
            if not self._library.attack_fired():
                return
            figures.runs[f"{function} {str(injection).rpartition(' ')[2]}", outcome.status] += 1
            if (fault := self._fault(line, error, outcome)) is not None:
                figures.wrong[fault].append(f"{line.words}{' (raw)' * line.raw} [{injection}]")

    def run(self, line: Line, injection: Injection | None) -> Outcome:
        """One run, in a process of its own."""
        for path in Path("out").iterdir():
            path.unlink()
        if line.old:
            Path("out", line.old).write_bytes(OLD)
        stdout, stderr = os.memfd_create("stdout"), os.memfd_create("stderr")
        child = os.fork()
        if not child:
            signal.alarm(TIMEOUT)
            self._redirect(line, stdout, stderr)
            sys.argv = ["xent", *line.words.split()]
            if line.named:
                atomic._open_unnamed = lambda folder: -1
            if injection is not None:
                name = injection.function.encode()
                self._library.attack_arm(name, ctypes.c_long(injection.nth), injection.error)
            self._program()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        files = {path.name: path.read_bytes() for path in Path("out").iterdir()}
        said = [os.pread(stream, 1 << 20, 0) for stream in (stdout, stderr)]
        os.close(stdout)
        os.close(stderr)
        return Outcome(status, said[0], said[1].decode(errors="replace"), files)

    def _redirect(self, line: Line, stdout: int, stderr: int) -> None:
        stdin = os.open(line.stdin or os.devnull, os.O_RDONLY)
        if line.piped:
            reading, writing = os.pipe()
            os.write(writing, os.pread(stdin, 1 << 16, 0))
            os.close(writing)
            stdin = reading
        for number, stream in enumerate((stdin, stdout, stderr)):
            os.dup2(stream, number)
        buffering = 0 if line.raw else -1
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
        binary = open(1, "wb", buffering, closefd=False)  # noqa: SIM115
        sys.stdout = TextIOWrapper(binary, write_through=line.raw)
        sys.stderr = open(2, "w", 1, closefd=False)  # noqa: SIM115

    def _fault(self, line: Line, error: int, outcome: Outcome) -> str | None:
        """What is wrong with the outcome of a run."""
        right, lines = self._right[line], outcome.stderr.splitlines()
        errors = [text for text in lines if text.startswith("xent: error: ")]
        odd = [text for text in lines if not re.match(r"xent: (error|note|warning): |hint: ", text)]
        before = {} if line.old is None else {line.old: OLD}
        codes = {SHORT: {0}, errno.EPIPE: {0, STORAGE, PIPE_CLOSED}}.get(error, {0, STORAGE})
        if outcome.status == -signal.SIGALRM:
            return "hangs"
        if odd:
            return f"exit {outcome.status}: {' '.join(_last(lines))}"
        if outcome.status not in codes:
            return f"exit {outcome.status}: {' '.join(errors)}"
        if len(errors) != (outcome.status == STORAGE):
            return f"exit {outcome.status} with {len(errors)} error lines"
        if outcome.status == 0 and (outcome.stdout, outcome.files) != (right.stdout, right.files):
            return "exit 0 with another output"
        for name, content in outcome.files.items():
            if content not in (before.get(name), right.files.get(name)):
                return f"left behind: {re.sub('[0-9a-f]{16}', '...', name)}, {len(content)} bytes"
        if before.keys() - outcome.files.keys():
            return "the file from before is gone"
        return None


def _last(lines: list[str]) -> list[str]:
    """The place of a traceback that was reached last, and what was said there."""
    places = [line.partition(", line ")[::2] for line in lines if line.startswith("  File ")]
    told = [f"{Path(path[8:-1]).name}:{place.replace(', in', '')}:" for path, place in places]
    return [*told[-1:], *(re.sub("'.*'", "...", line) for line in lines[-1:])]


def report(figures: Figures) -> str:
    """The table of figures, and the faults by kind."""
    codes = sorted({code for _, code in figures.runs})
    kinds = list(dict.fromkeys(kind for kind, _ in figures.runs))
    lines = ["".join([f"{'failure':28}{'runs':>7}", *(f"{f'exit {code}':>9}" for code in codes)])]
    for kind in [*kinds, "all"]:
        counts = [
            sum(
                n
                for (name, status), n in figures.runs.items()
                if kind in (name, "all") and status == code
            )
            for code in codes
        ]
        lines.append("".join([f"{kind:28}{sum(counts):7}", *(f"{count:9}" for count in counts)]))
    lines.append(f"\n{sum(map(len, figures.wrong.values()))} wrong")
    for fault, places in sorted(figures.wrong.items(), key=lambda item: -len(item[1])):
        lines.append(f"{len(places):5}  {fault}")
        lines.extend(f"         {place}" for place in places[:4])
    return "\n".join(lines)


def compiler() -> str | None:
    """The C compiler, if there is one."""
    return shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0]) or shutil.which("cc")


def start(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """This program in a process with the library preloaded, its files in `folder`."""
    library = folder / "inject.so"
    build = [
        compiler() or "cc",
        "-O1",
        "-shared",
        "-fPIC",
        HERE / "inject.c",
        "-o",
        library,
        "-ldl",
    ]
    subprocess.run(build, check=True)
    (folder / "files").mkdir()
    return subprocess.run(
        [sys.executable, "-P", HERE / "run.py", "--preloaded", *arguments],
        cwd=folder / "files",
        env={
            **os.environ,
            "LD_PRELOAD": str(library),
            "NO_COLOR": "1",
            "OPENBLAS_NUM_THREADS": "1",
        },
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )


def main(arguments: list[str]) -> int:
    if "--preloaded" not in arguments:
        with tempfile.TemporaryDirectory() as folder:
            done = start(Path(folder), *arguments)
        print(done.stdout)
        return done.returncode
    sample = "--sample" in arguments
    lines = [line for line in LINES if line.sampled or not sample]
    attacker, figures = Attacker(lines), Figures()
    for line in lines:
        for function, errors in FAILURES.items():
            for error in errors[:1] if sample else errors:
                attacker.attack(line, function, error, 2 if sample else MOST, figures)
    print(report(figures))
    return 1 if figures.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
