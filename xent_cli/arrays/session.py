"""What the arrays of one command, or of one call of the library, share."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from xent_cli.arrays.base import Array, MemoryArray
from xent_cli.arrays.storage.windows import Windows

_OTHERS = 64
"""Files that are open beside those that are counted: modules, pipes, maps, the output."""


class Session:
    """Limits that arrays share, however many there are; readers and spools take it when made.

    Attributes:
        windows: the maps that are kept for the boxes that follow.
        in_memory: bytes of texts that are kept in memory.
    """

    def __init__(self) -> None:
        self.windows = Windows()
        self.in_memory = self._promised = 0
        self._limits: list[weakref.finalize[[int], Session]] = []

    def keep(self, values: Array, name: str) -> MemoryArray:
        """The values as a reader, counted as long as it lives."""
        reader = MemoryArray(values, name)
        self._count(values.nbytes)
        weakref.finalize(reader, self._count, -values.nbytes)
        return reader

    def _count(self, size: int) -> None:
        self.in_memory += size

    def allow_files(self, count: int) -> bool:
        """Lets the process open more files, 1024 being usual, until the session ends.

        Returns:
            Whether so many can be opened.
        """
        added, limit = _raise_limit(count)
        if added:
            self._limits.append(weakref.finalize(self, _raise_limit, -added))
        fits = limit is None or added >= count or limit >= self._promised + count + _OTHERS
        self._promised += count * fits
        return fits

    def close(self) -> None:
        """Lets go of the maps, and of the right to open more files."""
        self.windows.clear()
        for lower in self._limits:
            lower()


_RUNNING: ContextVar[Session | None] = ContextVar("session", default=None)
"""The one place where it is found: set by `session` alone."""


def current() -> Session:
    """The session that runs in this thread; a new one, for its maker alone, where none does."""
    return _RUNNING.get() or Session()


@contextmanager
def session(*, lasting: bool = False) -> Iterator[Session]:
    """A session for what is opened inside, or the one that runs already.

    Args:
        lasting: what is opened is read afterwards, so the session ends with the last of it.
    """
    running = _RUNNING.get()
    if running is not None:
        yield running
        return
    begun = Session()
    token = _RUNNING.set(begun)
    try:
        yield begun
    finally:
        _RUNNING.reset(token)
        if not lasting:
            begun.close()


def _raise_limit(count: int) -> tuple[int, int | None]:
    """Raises the limit of open files, as far as may be; returns by how much, and what it is now."""
    try:
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY:
            return 0, None
        limit = soft + count
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    except (ImportError, OSError, ValueError):
        return 0, None  # a system without limits, or one that does not let them be changed
    return limit - soft, limit
