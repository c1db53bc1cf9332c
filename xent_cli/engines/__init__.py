"""Who calls a recipe on its blocks. An engine sees nothing of what the recipe does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from threading import Thread
from typing import Any, Protocol

from xent_cli.diagnosis import NOTE, Diagnosis, Messages
from xent_cli.engines import serial, threads
from xent_cli.errors import UsageError, did_you_mean

A_PROCESSOR = 8
"""Threads that are of use for each processor, while some wait for a disk; each holds a block."""


class Workers:
    """The threads that work.

    Args:
        jobs: how many are asked for; None: as many as there are processors.

    Attributes:
        most: how many there can be.
        diagnoses: what the user should know where fewer ran than were asked for.
    """

    notes = Messages(NOTE)

    def __init__(self, jobs: int | None = None) -> None:
        self._jobs = jobs or processors()
        self.most = min(self._jobs, A_PROCESSOR * processors())
        self.diagnoses: tuple[Diagnosis, ...] = ()

    def start(self, work: Callable[[], None], count: int) -> Iterator[Thread]:
        """Starts threads at `work`, one by one: `count`, or as many as the system still lets."""
        if count == self.most < self._jobs:
            self._tell(f"{count} threads run, {A_PROCESSOR} for each processor, not {self._jobs}")
        for started in range(count):
            thread = Thread(target=work)
            try:
                thread.start()
            except RuntimeError:
                self._tell(
                    f"only {started} of {count} threads could be started, the system allows no "
                    "more (ulimit -u, or a container's limit): slower, with the same result"
                )
                return
            yield thread

    def _tell(self, message: str) -> None:
        note = Diagnosis("threads-fewer", NOTE, message)
        if note not in self.diagnoses:
            self.diagnoses = (*self.diagnoses, note)


def processors() -> int:
    """The processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Recipe(Protocol):
    """Work that is done block by block."""

    @property
    def sequential(self) -> bool:
        """Whether blocks must be loaded one after another, in order (a pipe)."""
        ...

    @property
    def heavy(self) -> bool:
        """Whether results are arrays of the size of their blocks: few may wait for the caller."""
        ...

    def load(self, block: Any) -> Any:
        """Reads the data of a block."""
        ...

    def run(self, loaded: Any) -> Any:
        """Works on what `load` gave; may run in another thread, in any order."""
        ...


Engine = Callable[[Recipe, Iterable[Any], Workers], Iterator[Any]]

ENGINES: dict[str, Engine] = {"threads": threads.map_blocks, "serial": serial.map_blocks}
"""Name -> map_blocks(recipe, blocks, workers): the results of the blocks, in their order."""


def get_engine(name: str) -> Engine:
    """The engine of that name; a UsageError lists them if there is none."""
    if name not in ENGINES:
        hint = did_you_mean(name, ENGINES) or f"engines: {', '.join(ENGINES)}"
        raise UsageError(f"there is no engine {name!r}", hint)
    return ENGINES[name]
