"""Several blocks at once in threads; NumPy and the compiled tier let go of the interpreter."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from xent_cli.engines import serial

if TYPE_CHECKING:
    from concurrent.futures import Future

    from xent_cli.engines import BlockTask

TOGETHER = 8
"""Results that wait for one another before the caller is woken. 16384 x 32000 float32 on two
processors: 102 ms where each result wakes it, 97 with 4, 95 with 8."""


def map_blocks(task: BlockTask, blocks: Iterable[Any], jobs: int) -> Iterator[Any]:
    """The results of `task` on each block, in order, with `jobs` threads.

    At most `jobs` + 1 blocks are under way, results that wait among them unless they are small,
    which bounds the memory. A sequential task is loaded in the calling thread and only run in the
    others: a thread that waits for a pipe could not be interrupted.
    """
    ahead = list(islice(blocks := iter(blocks), 2))
    blocks = chain(ahead, blocks)
    if jobs < 2 or len(ahead) < 2:
        return serial.map_blocks(task, blocks, jobs)
    return _run_in_others(task, blocks, jobs) if task.sequential else _Crew(task, blocks).work(jobs)


def _run_in_others(task: BlockTask, blocks: Iterable[Any], jobs: int) -> Iterator[Any]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(jobs) as pool:
        under_way: deque[Future[Any]] = deque()
        try:
            for block in blocks:
                under_way.append(pool.submit(task.run, task.load(block)))
                if len(under_way) > jobs:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()


class _Crew:
    """Threads that take the next block themselves, so that none waits for the caller."""

    def __init__(self, task: BlockTask, blocks: Iterable[Any]) -> None:
        self.task, self.blocks = task, iter(blocks)
        self.together, self.most = (1, 1) if task.heavy else (TOGETHER, 4 * TOGETHER)
        self.changed = threading.Condition()
        self.results: dict[int, Any] = {}  # by block; an exception where that came of it
        self.taken, self.at_work, self.stopped = 0, 0, False

    def work(self, jobs: int) -> Iterator[Any]:
        """The results in the order of the blocks; of several exceptions the first block's."""
        threads = [threading.Thread(target=self._work) for _ in range(jobs)]
        self.at_work, wanted, ended = jobs, 0, False
        for thread in threads:
            thread.start()
        try:
            while not ended:
                with self.changed:
                    while self.at_work and not self._worth_waking(wanted):
                        self.changed.wait()
                    ended = not self.at_work
                while wanted in self.results:
                    result = self.results.pop(wanted)
                    if isinstance(result, BaseException):
                        raise result
                    yield result
                    wanted += 1
                with self.changed:
                    self.changed.notify_all()
        finally:
            with self.changed:
                self._stop()
            for thread in threads:
                thread.join()

    def _worth_waking(self, wanted: int) -> bool:
        return wanted in self.results and len(self.results) >= self.together

    def _stop(self) -> None:
        self.stopped = True
        self.changed.notify_all()

    def _next(self) -> tuple[int, Any] | None:
        """The next block and its number; None where there is nothing more to do."""
        with self.changed:
            while len(self.results) >= self.most and not self.stopped:
                self.changed.wait()
            if self.stopped:
                return None
            try:
                block = next(self.blocks)
            except StopIteration:
                return None
            except BaseException as error:
                self.results[self.taken] = error
                self._stop()
                return None
            self.taken += 1
            return self.taken - 1, block

    def _work(self) -> None:
        while (item := self._next()) is not None:
            number, block = item
            try:
                result = self.task.run(self.task.load(block))
            except BaseException as error:  # the caller's thread raises it, when its turn comes
                result = error
            with self.changed:
                self.results[number] = result
                if isinstance(result, BaseException):
                    self._stop()
                elif len(self.results) >= self.together:
                    self.changed.notify_all()
        with self.changed:
            self.at_work -= 1
            self.changed.notify_all()
