"""From a header and tallies to the result: no reader is open, nothing is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xent_cli.diagnoses import Outcome, diagnose
from xent_cli.header import Header
from xent_cli.results.loss import LossResult


def finish(header: Header, tallies: Mapping[str, Any]) -> LossResult:
    """The result of a pass.

    Args:
        header: what was computed.
        tallies: by name; those of `header.tallies` at least.

    Raises:
        DataError: nothing counts, and the function has no mean of nothing.
    """
    outcome = Outcome(header, tallies, tallies["loss"].quotient(header))
    figures = (
        figure for name in header.tallies for figure in tallies[name].figures(header, tallies)
    )
    return LossResult(
        header,
        tuple(figures),
        (*header.diagnoses, *diagnose(("sample", "tally", "check"), outcome)),
    )
