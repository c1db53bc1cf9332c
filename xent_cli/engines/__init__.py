"""Who calls a recipe on its blocks. An engine sees nothing of what the recipe does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from xent_cli.engines import serial, threads
from xent_cli.engines.workers import Workers
from xent_cli.errors import UsageError, did_you_mean


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
