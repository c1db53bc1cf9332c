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

    from xent_cli.engines import Recipe, Workers

TOGETHER = 8
"""Results that wait for one another before the caller is woken. 16384 x 32000 float32 on two
processors: 102 ms where each result wakes it, 97 with 4, 95 with 8."""


def map_blocks(recipe: Recipe, blocks: Iterable[Any], workers: Workers) -> Iterator[Any]:
    """The results of `recipe` on each block, in order, with as many threads as have work.

    At most one block more than threads is under way, results that wait among them unless they are
    small, which bounds the memory. A sequential recipe is loaded in the calling thread and only run
    in the others: a thread that waits for a pipe could not be interrupted.
    """
    ahead = list(islice(blocks := iter(blocks), workers.most))
    blocks = chain(ahead, blocks)
    if len(ahead) < 2:
        return serial.map_blocks(recipe, blocks, workers)
    if recipe.sequential:
        return _run_in_others(recipe, blocks, workers, len(ahead))
    return _Crew(recipe, blocks).work(workers, len(ahead))


def _run_in_others(
    recipe: Recipe, blocks: Iterable[Any], workers: Workers, count: int
) -> Iterator[Any]:
    from concurrent.futures import Future
    from queue import SimpleQueue

    loaded: SimpleQueue[tuple[Future[Any], Any] | None] = SimpleQueue()
    under_way: deque[Future[Any]] = deque()

    def work() -> None:
        while (item := loaded.get()) is not None:
            future, data = item
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(recipe.run(data))
                except BaseException as error:  # the caller's thread raises it, in its turn
                    future.set_exception(error)
            del item, future, data  # or they would live until the next block comes
        loaded.put(None)  # for the next thread

    threads: list[threading.Thread] = []
    try:
        threads.extend(workers.start(work, count))
        if not threads:
            yield from serial.map_blocks(recipe, blocks, workers)
        for block in blocks:
            future: Future[Any] = Future()
            loaded.put((future, recipe.load(block)))
            under_way.append(future)
            if len(under_way) > len(threads):
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        for future in under_way:
            future.cancel()
        loaded.put(None)
        for thread in threads:
            thread.join()


class _Crew:
    """Threads that take the next block themselves, so that none waits for the caller."""

    def __init__(self, recipe: Recipe, blocks: Iterable[Any]) -> None:
        self.recipe, self.blocks = recipe, iter(blocks)
        self.together, self.most = (1, 1) if recipe.heavy else (TOGETHER, 4 * TOGETHER)
        self.changed = threading.Condition()
        self.results: dict[int, Any] = {}  # by block; an exception where that came of it
        self.threads: list[threading.Thread] = []
        self.taken, self.done, self.stopped = 0, 0, False

    def work(self, workers: Workers, count: int) -> Iterator[Any]:
        """The results in the order of the blocks; of several exceptions the first block's."""
        wanted, ended = 0, False
        try:
            self.threads.extend(workers.start(self._work, count))
            if not self.threads:
                yield from serial.map_blocks(self.recipe, self.blocks, workers)
            while not ended:
                with self.changed:
                    while self._busy() and not self._worth_waking(wanted):
                        self.changed.wait()
                    ended = not self._busy()
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
            for thread in self.threads:
                thread.join()

    def _busy(self) -> bool:
        return self.done < len(self.threads)

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
                result = self.recipe.run(self.recipe.load(block))
            except BaseException as error:  # the caller's thread raises it, when its turn comes
                result = error
            with self.changed:
                self.results[number] = result
                if isinstance(result, BaseException):
                    self._stop()
                elif len(self.results) >= self.together:
                    self.changed.notify_all()
        with self.changed:
            self.done += 1
            self.changed.notify_all()
