"""What every engine keeps to, one in other processes among them: it sees recipes and boxes alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from process_engine import Squares, in_processes

from xent_cli import LossRequest
from xent_cli.engines import ENGINES, Workers
from xent_cli.passes.finish import finish
from xent_cli.passes.plan import plan_loss
from xent_cli.passes.run import collect

EVERY: dict[str, Callable[..., Iterator[Any]]] = {**ENGINES, "processes": in_processes}
LOGITS = np.random.default_rng(1).standard_normal((500, 6)).astype(np.float32)
LABELS = np.arange(500) % 6


@pytest.mark.parametrize("engine", EVERY)
def test_results_come_in_the_order_of_the_boxes(engine: str) -> None:
    for count in (0, 1, 20):
        found = list(EVERY[engine](Squares(), iter(range(count)), Workers(2)))
        assert found == [n * n for n in range(count)]


@pytest.mark.parametrize("engine", EVERY)
def test_the_error_of_the_first_bad_box_comes_out(engine: str) -> None:
    before = threading.active_count()
    with pytest.raises(ValueError, match="box -1"):
        list(EVERY[engine](Squares(), [0, 1, -1, 2, -2], Workers(2)))
    assert engine == "processes" or threading.active_count() == before


@pytest.mark.parametrize("engine", ENGINES)
def test_boxes_are_asked_for_as_they_are_needed(engine: str) -> None:
    asked: list[int] = []

    def boxes() -> Iterator[int]:
        for box in range(10_000):
            asked.append(box)
            yield box

    results = ENGINES[engine](Squares(), boxes(), Workers(2))
    assert next(results) == 0
    assert len(asked) < 200
    results.close()


@pytest.mark.parametrize("engine", EVERY)
@pytest.mark.parametrize("form", ["npy", "csv"])
def test_a_loss_has_the_same_bits(engine: str, form: str, tmp_path: Path) -> None:
    paths = [str(tmp_path / f"{name}.{form}") for name in ("x", "y")]
    for path, array in zip(paths, (LOGITS, LABELS), strict=True):
        if form == "npy":
            np.save(path, array)
        else:
            np.savetxt(path, array, delimiter=",", fmt="%.9g")
    request = LossRequest(*paths, metrics=("accuracy",), block_elements=600)
    documents = []
    for name in ("serial", engine):
        with ExitStack() as stack:
            plan = plan_loss(request, stack, threads=2)
            parts = EVERY[name](plan.recipe, plan.boxes(), Workers(2))
            documents.append(finish(plan.complete(), collect(plan, parts)).to_dict())
    assert documents[0] == documents[1]
