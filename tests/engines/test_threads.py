"""Blocks in threads: results in order, the first block's error, nothing left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from xent_cli.engines import ENGINES
from xent_cli.engines.threads import TOGETHER, map_blocks


class Task:
    """Squares its blocks, and knows which threads loaded and ran them."""

    def __init__(
        self,
        *,
        sequential: bool = False,
        heavy: bool = False,
        slow: int = -1,
        bad: tuple[int, ...] = (),
    ) -> None:
        self.sequential, self.heavy, self.slow, self.bad = sequential, heavy, slow, bad
        self.loaded: list[int] = []
        self.loaders: set[threading.Thread] = set()
        self.release = threading.Event()

    def load(self, block: int) -> int:
        self.loaded.append(block)
        self.loaders.add(threading.current_thread())
        return block

    def run(self, loaded: int) -> int:
        if loaded == self.slow:
            assert self.release.wait(30)
        if loaded in self.bad:
            raise ValueError(f"block {loaded}")
        return loaded * loaded


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("jobs", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 9, 500])
@pytest.mark.parametrize("heavy", [False, True])
def test_results_come_in_order(
    engine: str, sequential: bool, jobs: int, count: int, heavy: bool
) -> None:
    task = Task(sequential=sequential, heavy=heavy)
    found = list(ENGINES[engine](task, iter(range(count)), jobs))
    assert found == [n * n for n in range(count)]
    assert sorted(task.loaded) == list(range(count))


def test_a_sequential_task_is_loaded_here_and_in_order() -> None:
    task = Task(sequential=True)
    list(map_blocks(task, range(50), 3))
    assert task.loaded == list(range(50))
    assert task.loaders == {threading.current_thread()}


@pytest.mark.parametrize(("heavy", "most"), [(False, 4 * TOGETHER), (True, 1)])
def test_a_slow_block_holds_the_others_up_in_bounds(heavy: bool, most: int) -> None:
    task, found = Task(slow=0, heavy=heavy), []
    taker = threading.Thread(target=lambda: found.extend(map_blocks(task, range(500), 3)))
    taker.start()
    deadline = time.monotonic() + 30
    while len(task.loaded) < most and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.05)
    assert most <= len(task.loaded) <= most + 3
    task.release.set()
    taker.join(30)
    assert found == [n * n for n in range(500)]


@pytest.mark.parametrize("jobs", [1, 2, 4])
@pytest.mark.parametrize("sequential", [False, True])
def test_the_error_of_the_first_block_is_raised(jobs: int, sequential: bool) -> None:
    for _ in range(20):
        task, found = Task(sequential=sequential, bad=(9, 10, 11, 300)), []
        with pytest.raises(ValueError, match=r"^block 9$"):
            found.extend(map_blocks(task, range(400), jobs))
        assert len(task.loaded) < 300


def test_an_error_of_the_blocks_themselves_is_raised() -> None:
    def blocks() -> Iterator[int]:
        yield from range(20)
        raise OSError("no more")

    found: list[Any] = []
    with pytest.raises(OSError, match="no more"):
        for result in map_blocks(Task(), blocks(), 2):
            found.append(result)
    assert found == [n * n for n in range(20)]


@pytest.mark.parametrize("sequential", [False, True])
def test_who_stops_early_leaves_no_thread(sequential: bool) -> None:
    results = map_blocks(Task(sequential=sequential), range(10_000), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 4]
    results.close()  # type: ignore[attr-defined]
