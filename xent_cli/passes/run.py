"""One read: what an engine makes of the boxes of a plan becomes the tallies of all rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xent_cli import tallies
from xent_cli.arrays.base import ArrayWriter
from xent_cli.header import UNITS
from xent_cli.passes.plan import Plan
from xent_cli.passes.recipe import Part


def collect(plan: Plan, parts: Iterable[Part], sink: ArrayWriter | None = None) -> dict[str, Any]:
    """The tallies of all rows by name; their values go to `sink`, if there is one."""
    total = tallies.empty(plan.recipe.tallies)
    for part in parts:
        tallies.merge(total, part.tallies)
        if sink is not None and part.values is not None:
            sink.write(part.box, part.values / UNITS[plan.request.unit])
    return total
