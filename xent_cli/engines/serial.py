"""One block after another in this thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xent_cli.engines import BlockTask, Workers


def map_blocks(task: BlockTask, blocks: Iterable[Any], workers: Workers) -> Iterator[Any]:
    """The results of `task` on each block; `workers` are of no use here."""
    for block in blocks:
        yield task.run(task.load(block))
