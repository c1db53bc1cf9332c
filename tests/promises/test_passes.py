"""How often a loss goes over its data, counted: a slow path cannot come back unnoticed."""

from __future__ import annotations

import math
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xent_cli import LossRequest, compute_loss, tier
from xent_cli.arrays.storage.layout import MappedFile
from xent_cli.dtypes import BFLOAT16, narrow_to_bfloat16
from xent_cli.losses.kernel import BUFFER

ROWS, CLASSES = 2048, 1000
SIZE = ROWS * CLASSES
INDEX = np.arange(ROWS) % CLASSES
IGNORED = np.where(INDEX % 3 == 0, -100, INDEX)
DENSE = np.full((ROWS, CLASSES), 1 / CLASSES, dtype=np.float32)


class CountingModule:
    """The compiled tier, with the elements that each of its functions goes over."""

    def __init__(self, module: Any) -> None:
        self.module, self.passes = module, Counter[str]()

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.module, name)

        def counted(values: Any, *rest: Any) -> Any:
            kind = f" {rest[0]}" if rest else ""
            self.passes[name + kind] += np.asarray(values).size
            return function(values, *rest)

        return counted if name in {"logsumexp", "cross_mass", "bce_sums", "summary"} else function


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The elements that were read of each file."""
    found, read = Counter[str](), MappedFile.read

    def counted(self: MappedFile, box: Any) -> Any:
        found[Path(self._name).name] += math.prod(s.stop - s.start for s in box)
        return read(self, box)

    monkeypatch.setattr(MappedFile, "read", counted)
    return found


def stored(folder: Path, logits: np.ndarray, labels: np.ndarray) -> tuple[str, str]:
    np.save(folder / "x.npy", logits)
    np.save(folder / "y.npy", labels)
    return str(folder / "x.npy"), str(folder / "y.npy")


def assert_read_once(reads: Counter[str], labels: np.ndarray) -> None:
    """16 rows are looked at before: whether they can be what they are taken for."""
    assert 0 <= reads["x.npy"] - SIZE <= 16 * CLASSES
    assert 0 <= reads["y.npy"] - labels.size <= 16 * labels[0].size


def logits_of(dtype: Any) -> np.ndarray:
    values = np.random.default_rng(0).standard_normal((ROWS, CLASSES)).astype(np.float32)
    return narrow_to_bfloat16(values) if dtype == BFLOAT16 else values.astype(dtype)


CASES = {
    "index float32": (np.float32, INDEX, {}, {"logsumexp f4": SIZE}),
    "index float64": (np.float64, INDEX, {}, {"logsumexp f8": SIZE}),
    "index float16": (np.float16, INDEX, {}, {"logsumexp f2": SIZE}),
    "index bfloat16": (BFLOAT16, INDEX, {}, {"logsumexp bf": SIZE}),
    "ignored rows": (
        np.float32,
        IGNORED,
        {},
        {"logsumexp f4": SIZE, "summary": np.count_nonzero(IGNORED >= 0)},
    ),
    "weighted": (
        np.float32,
        INDEX,
        {"options": {"weight": np.linspace(1, 2, CLASSES)}},
        # numerator, denominator
        {"logsumexp f4": SIZE, "summary": 2 * ROWS},
    ),
    "smoothed": (
        np.float32,
        INDEX,
        {"options": {"label_smoothing": 0.1}},
        {"logsumexp f4": SIZE, "cross_mass f4": SIZE},
    ),
    "log-probabilities": (np.float32, INDEX, {"kind": "nll"}, {}),
    "dense": (
        np.float32,
        DENSE,
        {},
        {"logsumexp f4": SIZE, "cross_mass f4": SIZE},
    ),
    "sigmoid": (
        np.float32,
        DENSE,
        {"kind": "sigmoid-bce"},
        {"bce_sums f4": SIZE},
    ),
}
OWN_BOUNDS = {"index float64", "weighted", "smoothed", "dense", "sigmoid"}
"""Cases in which each row has an error bound of its own, which are summed, too."""


@pytest.mark.parametrize("bounds", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_the_compiled_tier_goes_over_the_data_once(
    case: str, bounds: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: Counter[str]
) -> None:
    dtype, labels, options, expected = CASES[case]
    module = CountingModule(pytest.importorskip("xent_cli._kernel", reason="no compiled tier"))
    monkeypatch.setattr(tier, "load", lambda: module)
    files = stored(tmp_path, logits_of(dtype), labels)
    compute_loss(LossRequest(*files, bounds=bounds, **options))
    passes = {"summary": ROWS} | expected
    passes["summary"] += ROWS if bounds and case in OWN_BOUNDS else 0
    assert module.passes == passes
    assert_read_once(reads, labels)


@pytest.mark.parametrize("bounds", [False, True])
@pytest.mark.parametrize("case", ["index float32", "index float64", "dense", "sigmoid"])
def test_numpy_takes_one_exp_of_an_element(
    case: str, bounds: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: Counter[str]
) -> None:
    dtype, labels, options, _ = CASES[case]
    passes, exp, einsum = Counter[str](), np.exp, np.einsum

    def counted_exp(values: Any, *rest: Any, **named: Any) -> Any:
        passes["exp"] += np.size(values) if np.ndim(values) else 0  # a perplexity is one number
        return exp(values, *rest, **named)

    def counted_einsum(how: str, values: np.ndarray, *rest: Any) -> Any:
        passes["sums"] += values.size
        return einsum(how, values, *rest)

    monkeypatch.setattr(tier, "load", lambda: None)
    monkeypatch.setattr(np, "exp", counted_exp)
    monkeypatch.setattr(np, "einsum", counted_einsum)
    files = stored(tmp_path, logits_of(dtype), labels)
    compute_loss(LossRequest(*files, bounds=bounds, **options))
    # dense: sums of exp, products with the mass, and the mass for the error bound
    sums = {"dense": 3 if bounds else 2, "sigmoid": 2}.get(case, 1)
    assert passes == {"exp": SIZE, "sums": sums * SIZE}
    assert_read_once(reads, labels)


@pytest.mark.parametrize("bounds", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_no_array_of_the_size_of_a_block_is_made(case: str, bounds: bool, tmp_path: Path) -> None:
    """Blocks of lean losses are large because nothing of their size is held beside them."""
    dtype, labels, options, _ = CASES[case]
    files = stored(tmp_path, logits_of(dtype), labels)
    request = LossRequest(*files, jobs=1, bounds=bounds, **options)
    compute_loss(request)  # what loads at the first use is no matter here
    tracemalloc.start()
    try:
        compute_loss(request)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 600_000 if tier.load() is not None else most < 5 * BUFFER
