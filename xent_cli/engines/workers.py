"""How many threads a task gets, and what there is to say of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from threading import Thread

from xent_cli.diagnosis import NOTE, Diagnosis, Messages

A_PROCESSOR = 8
"""Threads that are of use for each processor, while some wait for a disk; each holds a block."""


class Workers:
    """The threads of a task.

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
