"""What is shared among the arrays of a command ends with it."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays import open_array
from xent_cli.arrays.session import current, session
from xent_cli.passes.request import LossRequest
from xent_cli.tasks.concatenate import CatRequest, concatenate
from xent_cli.tasks.loss import compute_loss


def _limit() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


@pytest.fixture
def shards(tmp_path: Path) -> Iterator[Path]:
    for part in range(3):
        np.save(tmp_path / f"x-{part}.npy", np.zeros((2, 4), np.float32))
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, before[1]))
    yield tmp_path / "x-*.npy"
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_limit_of_open_files_is_given_back(shards: Path) -> None:
    with session(), open_array(shards):
        assert _limit() == 206
        with open_array(shards):
            assert _limit() == 212
    assert _limit() == 200


def test_without_a_session_it_is_given_back_with_the_array(shards: Path) -> None:
    reader = open_array(shards)
    reader.read_all()
    assert _limit() == 206
    reader.close()
    del reader
    assert _limit() == 200


@pytest.mark.parametrize(
    "call",
    [
        lambda shards: concatenate(CatRequest((str(shards),))),
        lambda shards: compute_loss(LossRequest(shards, np.zeros(6, np.int64))),
    ],
    ids=["concatenate", "compute_loss"],
)
def test_a_call_leaves_nothing_behind(call, shards: Path) -> None:
    call(shards)
    assert _limit() == 200
    assert current() is not current()


def test_a_session_within_another_is_that_one() -> None:
    with session() as outer:
        with session() as inner, session(lasting=True) as opened:
            assert inner is outer
            assert opened is outer
        assert current() is outer


def test_arrays_share_the_windows_of_their_session(tmp_path: Path) -> None:
    for name in "ab":
        np.save(tmp_path / f"{name}.npy", np.arange(8.0))
    box = (slice(0, 4),)
    with session() as shared:
        readers = [open_array(tmp_path / f"{name}.npy") for name in "ab"]
        kept = [reader.read(box) for reader in readers]
        assert [entry[0].extent().name for entry in shared.windows._maps] == [
            str(tmp_path / f"{name}.npy") for name in "ab"
        ]
    assert shared.windows._maps == []
    np.testing.assert_array_equal(kept, [np.arange(4.0)] * 2)
    for reader in readers:
        np.testing.assert_array_equal(reader.read(box), np.arange(4.0))
        reader.close()
