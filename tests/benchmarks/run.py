"""Times xent against the read limit, PyTorch, JAX, SciPy and scikit-learn, in one run, alternating.

    pip install . torch==2.13.0 jax optax scipy scikit-learn
    python tests/benchmarks/run.py [--rounds 5] [--scale 1.0] [--only WORDS] [--classes]

Prints medians in milliseconds and, behind each, the ratio xent / contender of the medians; machines
are shared and noisy, so only ratios of one run mean anything. XENT_KERNEL=numpy measures that tier.
`--classes` is the same loss over files of one size and 2 to 131072 classes. `--scale 0.1` makes
every input a tenth as long, for a quick look. Files go to a temporary directory (2.1 GB each) and
stay in the page cache.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from xent_cli.dtypes import BFLOAT16, narrow_to_bfloat16
from xent_cli.passes.request import LossRequest
from xent_cli.tasks.loss import compute_loss
from xent_cli.tier import tier_name

Contenders = dict[str, Callable[[], object]]
BLOCK = 1 << 20
PAUSE = 0.3


def make_logits(path: Path, rows: int, classes: int, dtype: np.dtype) -> Path:
    """A file of normal logits, 3 standard deviations wide; rows repeat, shifted."""
    rng = np.random.default_rng(0)
    base = (rng.standard_normal((min(rows, max(1, BLOCK // classes)), classes)) * 3).astype(
        np.float32
    )
    base = narrow_to_bfloat16(base) if dtype == BFLOAT16 else base.astype(dtype)
    return write(path, base, rows)


def write(path: Path, base: np.ndarray, rows: int) -> Path:
    """A .npy file of `rows` rows, those of `base` over and over, written as numpy.save does."""
    header = {"descr": np.lib.format.dtype_to_descr(base.dtype), "fortran_order": False}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header | {"shape": (rows, *base.shape[1:])})
        for start in range(0, rows, len(base)):
            base[: rows - start].tofile(file)
    return path


def make_labels(path: Path, rows: int, classes: int) -> Path:
    np.save(path, np.random.default_rng(1).integers(0, classes, rows))
    return path


def read_limit(path: Path) -> Callable[[], object]:
    """One look at every 8 bytes of the file's map, by two threads."""

    def run() -> object:
        eights = (path.stat().st_size - 128) // 8
        data = np.memmap(path, dtype=np.uint64, mode="r", offset=128, shape=(eights,))
        cut = np.linspace(0, len(data), 65).astype(int)
        with ThreadPoolExecutor(2) as pool:
            return max(pool.map(lambda i: data[cut[i] : cut[i + 1]].max(), range(64)))

    return run


def torch_of(path: Path):
    import torch

    array = np.load(path)
    if array.dtype == BFLOAT16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def against_torch(x, y, loss: Callable) -> Contenders:
    """PyTorch on the whole array, and in hand-written blocks of a million elements."""
    step = max(1, BLOCK // x.shape[1])

    def blocks() -> float:
        total = 0.0
        for start in range(0, len(x), step):
            part = x[start : start + step]
            part = part.float() if part.element_size() < 4 else part
            total += float(loss(part, y[start : start + step], reduction="sum"))
        return total

    return {"PyTorch whole": lambda: float(loss(x, y)), "PyTorch blocks": blocks}


def against_jax(path: Path, labels: Path) -> Contenders:
    import jax
    import jax.numpy as jnp
    import optax

    x, y = jnp.asarray(np.load(path)), jnp.asarray(np.load(labels))
    run = jax.jit(lambda a, b: optax.softmax_cross_entropy_with_integer_labels(a, b).mean())
    return {"JAX jit optax": lambda: run(x, y).block_until_ready()}


def softmax_work(place: Path, rows: int, classes: int, dtype: np.dtype) -> Contenders:
    from torch.nn.functional import cross_entropy

    logits = make_logits(place / "x.npy", rows, classes, dtype)
    labels = make_labels(place / "y.npy", rows, classes)
    request = LossRequest(str(logits), str(labels))
    found: Contenders = {"xent": lambda: compute_loss(request), "read limit": read_limit(logits)}
    found |= against_torch(torch_of(logits), torch_of(labels), cross_entropy)
    if dtype == np.float32:
        found |= against_jax(logits, labels)
    return found


def scipy_work(place: Path, rows: int, classes: int) -> Contenders:
    """Apart from the others: it takes four times the file in memory, which slows what follows."""
    from scipy.special import logsumexp

    logits = make_logits(place / "x.npy", rows, classes, np.dtype(np.float32))
    request = LossRequest(str(logits), str(make_labels(place / "y.npy", rows, classes)))
    return {
        "xent": lambda: compute_loss(request),
        "SciPy logsumexp": lambda: logsumexp(np.load(logits, mmap_mode="r"), axis=1),
    }


def pair_work(place: Path, rows: int, classes: int, kind: str) -> Contenders:
    """Two files of one shape: dense labels, or the targets of sigmoid-bce."""
    from torch.nn import functional

    logits = make_logits(place / "x.npy", rows, classes, np.dtype(np.float32))
    some = np.random.default_rng(2).random((64, classes), dtype=np.float32)
    some = (some < 0.1).astype(np.float32) if kind == "sigmoid-bce" else some / some.sum(1)[:, None]
    write(place / "t.npy", some, rows)
    loss = (
        functional.binary_cross_entropy_with_logits
        if kind == "sigmoid-bce"
        else functional.cross_entropy
    )
    request = LossRequest(str(logits), str(place / "t.npy"), kind=kind)
    both = against_torch(torch_of(logits), torch_of(place / "t.npy"), loss)
    return {"xent": lambda: compute_loss(request), **both}


def log_loss_work(place: Path, rows: int, classes: int) -> Contenders:
    """Probabilities in float64, which is what scikit-learn's log_loss takes."""
    from sklearn.metrics import log_loss

    some = np.random.default_rng(3).random((64, classes))
    write(place / "p.npy", some / some.sum(axis=1)[:, None], rows)
    labels = make_labels(place / "y.npy", rows, classes)
    p, y = np.load(place / "p.npy"), np.load(labels)
    request = LossRequest(str(place / "p.npy"), str(labels), kind="sklearn.metrics.log_loss")
    return {"xent": lambda: compute_loss(request), "scikit-learn log_loss": lambda: log_loss(y, p)}


def cold_work(place: Path, rows: int, classes: int) -> Contenders:
    """A file that is not in memory, against the read alone."""
    logits = make_logits(place / "x.npy", rows, classes, np.dtype(np.float32))
    labels = make_labels(place / "y.npy", rows, classes)
    request = LossRequest(str(logits), str(labels))

    def forget() -> int:
        descriptor = os.open(logits, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return descriptor

    def loss() -> None:
        os.close(forget())
        compute_loss(request)

    def read() -> None:
        descriptor, buffer = forget(), bytearray(4 << 20)
        while os.readv(descriptor, [buffer]):
            pass
        os.close(descriptor)

    return {"xent": loss, "cold read": read}


def process_work(place: Path, rows: int, classes: int) -> Contenders:
    """Whole processes, from the start of Python to its end."""
    logits = make_logits(place / "x.npy", rows, classes, np.dtype(np.float32))
    labels = make_labels(place / "y.npy", rows, classes)
    code = (
        "import numpy as np, torch; from torch.nn.functional import cross_entropy as f; "
        f"print(float(f(torch.from_numpy(np.load({str(logits)!r})), torch.from_numpy(np.load({str(labels)!r})))))"
    )
    program = [sys.executable, "-P", "-m", "xent_cli", "loss", str(logits), str(labels)]
    return {
        "xent": _process(program),
        "PyTorch process": _process([sys.executable, "-P", "-c", code]),
    }


def start_work(place: Path, form: str) -> Contenders:
    """A sample of 10 rows against the imports alone."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((10, 10)).astype(np.float32), rng.integers(0, 10, 10)
    files = [str(place / f"{name}.{form}") for name in "xy"]
    for file, values in zip(files, (x, y), strict=True):
        np.save(file, values) if form == "npy" else np.savetxt(file, values, delimiter=",")
    program = [sys.executable, "-P", "-m", "xent_cli", "loss", *files]
    return {"xent": _process(program), "imports": _imports("numpy, typer")}


def version_work(place: Path) -> Contenders:
    program = [sys.executable, "-P", "-m", "xent_cli", "--version"]
    return {"xent": _process(program), "imports": _imports("typer")}


def _imports(names: str) -> Callable[[], object]:
    return _process([sys.executable, "-P", "-c", f"import {names}"])


def _process(argv: list[str]) -> Callable[[], object]:
    return lambda: subprocess.run(argv, check=True, capture_output=True)


def measure(contenders: Contenders, rounds: int) -> dict[str, float]:
    """The median of each, in milliseconds; one round to warm up.

    The contenders take turns in an order drawn anew, after a pause: the threads of some libraries
    spin for a while when their work is done, and what runs beside them is slower.
    """
    os.sync()  # or the system writes the new files to the disk meanwhile
    times: dict[str, list[float]] = {name: [] for name in contenders}
    draw = random.Random(0)
    for turn in range(rounds + 1):
        for name, run in draw.sample(list(contenders.items()), len(contenders)):
            time.sleep(PAUSE)
            start = time.perf_counter()
            run()
            if turn:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(found) * 1e3 for name, found in times.items()}


def works(scale: float) -> dict[str, Callable[[Path], Contenders]]:
    def rows(count: int) -> int:
        return max(1, int(count * scale))

    f4, f8, f2 = (np.dtype(name) for name in ("f4", "f8", "f2"))
    return {
        "float32 16384 x 32000": lambda p: softmax_work(p, rows(16384), 32000, f4),
        "float32 4000000 x 10": lambda p: softmax_work(p, rows(4_000_000), 10, f4),
        "float16 16384 x 32000": lambda p: softmax_work(p, rows(16384), 32000, f2),
        "bfloat16 16384 x 32000": lambda p: softmax_work(p, rows(16384), 32000, BFLOAT16),
        "float64 8192 x 32000": lambda p: softmax_work(p, rows(8192), 32000, f8),
        "dense labels 8192 x 32000": lambda p: pair_work(p, rows(8192), 32000, "softmax-ce"),
        "sigmoid-bce 16384 x 32000": lambda p: pair_work(p, rows(16384), 32000, "sigmoid-bce"),
        "logsumexp 4096 x 32000": lambda p: scipy_work(p, rows(4096), 32000),
        "probabilities 1000000 x 10": lambda p: log_loss_work(p, rows(1_000_000), 10),
        "cold file 16384 x 32000": lambda p: cold_work(p, rows(16384), 32000),
        "process 16384 x 32000": lambda p: process_work(p, rows(16384), 32000),
        "start, .npy 10 x 10": lambda p: start_work(p, "npy"),
        "start, .csv 10 x 10": lambda p: start_work(p, "csv"),
        "start, --version": version_work,
    }


CLASSES = (2, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 32_000, 131_072)


def class_sweep(rounds: int, scale: float) -> None:
    """Files of one size and 2 to 131072 classes: a Markdown table, and its bars for the terminal."""
    size, speeds = int(80_000_000 * scale), {}
    print("| classes | rows | xent GB/s | read limit GB/s | share |\n|---:|---:|---:|---:|---:|")
    for classes in CLASSES:
        rows = max(1, size // classes)
        with tempfile.TemporaryDirectory() as folder:
            logits = make_logits(Path(folder, "x.npy"), rows, classes, np.dtype(np.float32))
            request = LossRequest(
                str(logits), str(make_labels(Path(folder, "y.npy"), rows, classes))
            )
            contenders = {"xent": lambda r=request: compute_loss(r), "limit": read_limit(logits)}
            medians = measure(contenders, rounds)
            speeds[classes] = {name: 4e-6 * rows * classes / ms for name, ms in medians.items()}
        ours, limit = speeds[classes].values()
        print(f"| {classes} | {rows} | {ours:.1f} | {limit:.1f} | {ours / limit:.2f} |", flush=True)
    widest = max(found["limit"] for found in speeds.values())
    print()
    for classes, found in speeds.items():
        ours, limit = (round(56 * found[name] / widest) for name in ("xent", "limit"))
        print(f"{classes:>8} {'█' * ours}{'░' * (limit - ours)} {found['xent']:.1f} GB/s")


def peak_memory(path: Path, labels: Path) -> int:
    """MiB of a process that computes one loss."""
    code = (
        f"from xent_cli.app import main; main(['loss', {str(path)!r}, {str(labels)!r}]); "
        "print(open('/proc/self/status').read())"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], check=True, capture_output=True, text=True
    )
    found = re.search(r"VmHWM:\s+(\d+)", done.stdout)
    assert found
    return int(found[1]) >> 10


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="")
    parser.add_argument("--classes", action="store_true", help="2 to 131072 classes, instead")
    options = parser.parse_args()
    print(f"{tier_name()} tier, {os.cpu_count()} processors, {options.rounds} rounds\n")
    if options.classes:
        class_sweep(options.rounds, options.scale)
        return
    print("| work | xent | " + "against it: ms (xent / contender) |")
    print("|---|---:|---|")
    for name, prepare in works(options.scale).items():
        if options.only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            medians = measure(prepare(Path(folder)), options.rounds)
            ours = medians.pop("xent")
            against = ", ".join(f"{who} {ms:.0f} ({ours / ms:.2f})" for who, ms in medians.items())
            print(f"| {name} | {ours:.0f} ms | {against} |", flush=True)
            if name.startswith("float32 16384"):
                memory = peak_memory(Path(folder, "x.npy"), Path(folder, "y.npy"))
                print(f"| peak memory of that process | {memory} MiB | |", flush=True)


if __name__ == "__main__":
    main()
