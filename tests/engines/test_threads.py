"""Blocks in threads: results in order, the first block's error, nothing left behind."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Run

from xent_cli.engines import A_PROCESSOR, ENGINES, Workers, processors
from xent_cli.engines.threads import TOGETHER, map_blocks
from xent_cli.tasks import show, writing


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
    found = list(ENGINES[engine](task, iter(range(count)), Workers(jobs)))
    assert found == [n * n for n in range(count)]
    assert sorted(task.loaded) == list(range(count))


def test_a_sequential_task_is_loaded_here_and_in_order() -> None:
    task = Task(sequential=True)
    list(map_blocks(task, range(50), Workers(3)))
    assert task.loaded == list(range(50))
    assert task.loaders == {threading.current_thread()}


@pytest.mark.parametrize(("heavy", "most"), [(False, 4 * TOGETHER), (True, 1)])
def test_a_slow_block_holds_the_others_up_in_bounds(heavy: bool, most: int) -> None:
    task, found = Task(slow=0, heavy=heavy), []
    taker = threading.Thread(target=lambda: found.extend(map_blocks(task, range(500), Workers(3))))
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
            found.extend(map_blocks(task, range(400), Workers(jobs)))
        assert len(task.loaded) < 300


def test_an_error_of_the_blocks_themselves_is_raised() -> None:
    def blocks() -> Iterator[int]:
        yield from range(20)
        raise OSError("no more")

    found: list[Any] = []
    with pytest.raises(OSError, match="no more"):
        for result in map_blocks(Task(), blocks(), Workers(2)):
            found.append(result)
    assert found == [n * n for n in range(20)]


@pytest.mark.parametrize("sequential", [False, True])
def test_who_stops_early_leaves_no_thread(sequential: bool) -> None:
    results = map_blocks(Task(sequential=sequential), range(10_000), Workers(2))
    assert [next(results) for _ in range(3)] == [0, 1, 4]
    results.close()  # type: ignore[attr-defined]


@pytest.fixture
def threads_end(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """From now on, so many threads can be started, as under `ulimit -u`."""
    start = threading.Thread.start

    def limit(most: int) -> None:
        started: list[threading.Thread] = []

        def fail_beyond(thread: threading.Thread) -> None:
            if len(started) == most:
                raise RuntimeError("can't start new thread")
            started.append(thread)
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", fail_beyond)

    return limit


@pytest.mark.parametrize("most", range(6))
@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("heavy", [False, True])
def test_work_goes_on_with_the_threads_that_there_are(
    threads_end: Callable[[int], None], most: int, sequential: bool, heavy: bool
) -> None:
    threads_end(most)
    workers, task = Workers(5), Task(sequential=sequential, heavy=heavy)
    assert list(map_blocks(task, range(100), workers)) == [n * n for n in range(100)]
    assert len(workers.notes) == (most < 5)
    assert all(note.startswith(f"only {most} of 5 threads") for note in workers.notes)


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("most", [0, 2])
def test_errors_are_raised_with_fewer_threads_too(
    threads_end: Callable[[int], None], most: int, sequential: bool
) -> None:
    threads_end(most)
    with pytest.raises(ValueError, match=r"^block 9$"):
        list(map_blocks(Task(sequential=sequential, bad=(9, 11)), range(100), Workers(5)))


@pytest.mark.parametrize(
    "command",
    [
        ["loss", "x.npy", "y.npy", "--block-elements", "1000"],
        ["loss", "x.npy.gz", "y.npy", "--block-elements", "1000"],
        ["grad", "x.npy", "y.npy", "--block-elements", "1000", "-o", "out.npy"],
        ["cat", "x.npy", "x.npy", "--dim", "1", "-o", "out.npy"],
        ["stack", "x.npy", "x.npy", "--dim", "1", "-o", "out.npy"],
        ["convert", "x.npy", "out.npy", "--dtype", "float64"],
        ["activate", "softmax", "x.npy", "-o", "out.npy"],
        ["split", "x.npy", "--size", "20", "--dim", "1", "-o", "out{}.npy"],
        ["show", "x.npy", "-f", "json"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_command_says_so_and_gives_the_same(
    xent: Callable[..., Run],
    threads_end: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: list[str],
) -> None:
    monkeypatch.setattr(show, "BLOCK_ELEMENTS", 1000)
    monkeypatch.setitem(writing.write_array.__kwdefaults__, "limit", 1000)
    rng = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", rng.standard_normal((500, 20)).astype(np.float32))
    np.save(tmp_path / "y.npy", rng.integers(0, 20, 500))
    argv = [str(tmp_path / word) if ".npy" in word else word for word in command]

    (tmp_path / "x.npy.gz").write_bytes(gzip.compress((tmp_path / "x.npy").read_bytes()))

    def run() -> tuple[Run, list[bytes]]:
        done = xent(*argv, "-j", "4")
        assert done.status == 0, done.stderr
        return done, [path.read_bytes() for path in sorted(tmp_path.glob("out*"))]

    whole, files = run()
    assert "threads" not in whole.stderr
    for most in range(4):
        threads_end(most)
        done, same = run()
        assert same == files
        assert f"xent: note: only {most} of 4 threads could be started" in done.stderr
        if command[-1] == "json":
            assert done.json["arrays"] == whole.json["arrays"]
        else:
            assert done.stdout == whole.stdout
    assert xent(*argv, "-j", "4", "-q").stderr == ""


def test_no_more_threads_than_there_is_work_for(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    start = Workers.start

    def counted(self: Workers, work: Callable[[], None], count: int) -> Iterator[threading.Thread]:
        started.append(count)
        return start(self, work, count)

    monkeypatch.setattr(Workers, "start", counted)
    for jobs, blocks, note in ((10**12, 3, False), (10**12, 1000, True), (2, 1000, False)):
        workers = Workers(jobs)
        list(map_blocks(Task(), range(blocks), workers))
        assert bool(workers.notes) == note
    assert started == [3, A_PROCESSOR * processors(), 2]


@pytest.mark.parametrize("sequential", [False, True])
def test_few_blocks_are_taken_ahead_however_many_threads_are_asked_for(sequential: bool) -> None:
    task = Task(sequential=sequential, heavy=True)
    results = map_blocks(task, range(100_000), Workers(10**12))
    assert next(results) == 0
    assert len(task.loaded) <= A_PROCESSOR * processors() + 2
    results.close()  # type: ignore[attr-defined]
