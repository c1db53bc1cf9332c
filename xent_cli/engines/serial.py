"""One block after another in this thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xent_cli.engines import Recipe, Workers


def map_blocks(recipe: Recipe, blocks: Iterable[Any], workers: Workers) -> Iterator[Any]:
    """The results of `recipe` on each block; `workers` are of no use here."""
    for block in blocks:
        yield recipe.run(recipe.load(block))
