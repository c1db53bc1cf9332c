"""Several blocks at once in threads; NumPy lets go of the interpreter while it works."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from xent_cli.engines import serial

if TYPE_CHECKING:
    from concurrent.futures import Future

    from xent_cli.engines import BlockTask


def map_blocks(task: BlockTask, blocks: Iterable[Any], jobs: int) -> Iterator[Any]:
    """The results of `task` on each block, in order, with `jobs` threads.

    At most `jobs` + 1 blocks are under way, which bounds the memory. A sequential task is loaded in
    the calling thread and only run in the others.
    """
    ahead = list(islice(blocks := iter(blocks), 2))
    if jobs < 2 or len(ahead) < 2:
        yield from serial.map_blocks(task, chain(ahead, blocks), jobs)
        return
    from concurrent.futures import ThreadPoolExecutor

    def load_and_run(block: Any) -> Any:
        return task.run(task.load(block))

    with ThreadPoolExecutor(jobs) as pool:
        under_way: deque[Future[Any]] = deque()
        try:
            for block in chain(ahead, blocks):
                if task.sequential:
                    under_way.append(pool.submit(task.run, task.load(block)))
                else:
                    under_way.append(pool.submit(load_and_run, block))
                if len(under_way) > jobs:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()
