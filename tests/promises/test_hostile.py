"""Every hostile file ends in one line, exit 3, little memory and little time."""

from __future__ import annotations

import re
from pathlib import Path

import hostile_runs
import pytest

BLOCK = 8 << 10
"""KiB of a block: a million elements of float64, 4 MiB of text and what is cut from it."""


QUOTED = {"odd quotes", "a million quoted cells, and a letter"}
LEFT_OUT = {
    "text, cell by cell": QUOTED,
    "text, from a pipe": {
        *QUOTED,
        "300 000 numbers, and a letter",
        "300 000 names",
        "a fraction of 7 million digits, and a letter",
    },
    "YAML class names": {"many numbers"},
}
"""Most of a second each, for what the same text in a file, or the same YAML as weights, shows."""


@pytest.mark.parametrize("name", hostile_runs.GROUPS)
def test_attacks(name: str, tmp_path: Path) -> None:
    check(name, tmp_path, LEFT_OUT.get(name, set()))


@pytest.mark.attack
@pytest.mark.parametrize("name", LEFT_OUT)
def test_all_attacks(name: str, tmp_path: Path) -> None:
    check(name, tmp_path, set())


def check(name: str, tmp_path: Path, left_out: set[str]) -> None:
    attacks = [one for one in hostile_runs.GROUPS[name].attacks() if one[0] not in left_out]
    group = hostile_runs.GROUPS[name]._replace(attacks=lambda: attacks)
    idle, outcomes = hostile_runs.run(group, tmp_path)
    assert (idle.status, idle.stderr) == (0, "")
    assert len(outcomes) > 10
    wrong = [outcome for outcome in outcomes if not _is_right(outcome, idle.memory)]
    assert not wrong, "\n".join(map(str, wrong))
    assert not list(tmp_path.glob("pwned*"))


def _is_right(outcome: hostile_runs.Outcome, idle: int) -> bool:
    lines = [line for line in outcome.stderr.splitlines() if not line.startswith("xent: note: ")]
    hint = len(lines) == 1 or (len(lines) == 2 and lines[1].startswith("hint: "))
    # Texts are called x.csv or stdin here, and x in the list of attacks.
    said = (
        re.sub(r"^(x\.csv|stdin):", "x:", lines[0].removeprefix("xent: error: ")) if lines else ""
    )
    return (
        outcome.status == 3
        and hint
        and lines[0].startswith("xent: error: ")
        and len(outcome.stderr) < 1000
        and re.search(outcome.words, said) is not None
        and outcome.memory < idle + (64 << 10) + BLOCK
        and outcome.seconds < 10
    )
