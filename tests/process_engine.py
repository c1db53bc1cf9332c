"""An engine of other processes, and a recipe of numbers; a module that these can import."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from xent_cli.engines import Workers


def _work(recipe: bytes, box: Any) -> Any:
    made = pickle.loads(recipe)
    return made.run(made.load(box))


def in_processes(recipe: Any, boxes: Iterable[Any], workers: Workers) -> Iterator[Any]:
    """An engine of processes that get the recipe and the boxes, and nothing else."""
    given = pickle.dumps(recipe)
    with ProcessPoolExecutor(workers.most, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_work, [given] * len(found := list(boxes)), found)


class Squares:
    """A recipe of numbers."""

    sequential = False
    heavy = False

    def load(self, box: int) -> int:
        return box

    def run(self, loaded: int) -> int:
        if loaded < 0:
            raise ValueError(f"box {loaded}")
        return loaded * loaded
