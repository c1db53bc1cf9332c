"""Texts as people and programs write them: read right, or refused with a way that works.

Every fourth healthy text of each kind; `tests/texts/check.py XENT` runs all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from texts import healthy, judge, unsettled


def run(xent: Callable[..., Any], argv: tuple[str, ...]) -> judge.Run:
    done = xent(*argv)
    return judge.Run(done.status, done.stdout.decode(errors="replace"), done.stderr)


@pytest.mark.parametrize("case", healthy.cases(step=4), ids=lambda case: case.name)
def test_a_healthy_text_is_read_right_and_without_a_warning(
    case: Any, xent: Callable[..., Any]
) -> None:
    with judge.laid(case.files):
        done = run(xent, case.argv)
    assert judge.judged(case, done) == judge.RIGHT, (case.argv, case.right, done)


@pytest.mark.parametrize("case", unsettled.cases(), ids=lambda case: case.name)
def test_an_unsettled_text_is_refused_and_its_ways_out_work(
    case: Any, xent: Callable[..., Any]
) -> None:
    with judge.laid(case.files):
        done = run(xent, case.argv)
        assert judge.refusal(case, done) == judge.RIGHT, (case.argv, case.says, done)
        for argv, number in case.ways:
            done = run(xent, argv)
            assert done.gives(number), (argv, number, done)
