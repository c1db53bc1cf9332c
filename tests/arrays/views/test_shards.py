"""Shards beyond what a process may open, and texts beyond what it may keep in memory."""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays import open_array
from xent_cli.arrays.base import MemoryArray
from xent_cli.arrays.session import session
from xent_cli.arrays.storage import spool
from xent_cli.errors import DataError
from xent_cli.passes.request import LossRequest
from xent_cli.tasks.loss import compute_loss


def test_more_files_than_may_be_open(tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((200, 3))
    for row in range(200):
        np.save(tmp_path / f"x-{row}.npy", x[row : row + 1])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
    try:
        with open_array(tmp_path) as reader:
            np.testing.assert_array_equal(reader.read_all(), x)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_texts_share_what_is_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", 4000)
    x = np.random.default_rng(0).standard_normal((100, 10))
    for part in range(10):
        np.savetxt(tmp_path / f"x-{part}.csv", x[10 * part : 10 * part + 10], delimiter=",")
    with session() as shared, open_array(tmp_path) as reader:
        np.testing.assert_array_equal(reader.read_all(), x)
        kept = [isinstance(part._values, MemoryArray) for part in reader.parts]
        assert kept == [True] * 5 + [False] * 5
        assert shared.in_memory == 4000
    del reader
    assert shared.in_memory == 0


@pytest.mark.parametrize("cuts", [[7], [1, 50, 99], list(range(1, 100))])
def test_pairs_are_found_across_different_cuts(cuts: list[int], tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    x, y, w = rng.standard_normal((100, 6)), rng.integers(0, 6, 100), rng.random(100)
    for stem, values, places in (("x", x, cuts), ("y", y, [33, 66]), ("w", w, cuts[:1])):
        for number, part in enumerate(np.split(values, places)):
            np.save(tmp_path / f"{stem}{number}.npy", part)
    whole = compute_loss(LossRequest(x, y, sample_weight=w))
    shards = [f"{tmp_path}/{stem}*.npy" for stem in "xyw"]
    for jobs, block in ((1, None), (3, 17)):
        found = compute_loss(
            LossRequest(
                shards[0], shards[1], sample_weight=shards[2], jobs=jobs, block_elements=block
            )
        )
        assert (found.loss, found.numerator) == (whole.loss, whole.numerator)


def test_a_pickle_among_them_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(2))
    (tmp_path / "b.pt").write_bytes(b"PK")
    with pytest.raises(DataError, match="is a pickle"):
        open_array(tmp_path)
