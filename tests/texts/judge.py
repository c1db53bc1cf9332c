"""What is right about a run: the number without a warning, or a refusal whose hints work."""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from texts.drafts import Case
from texts.unsettled import Unsettled

RIGHT = "right"
NOTES = {
    "index": r"note: .*(index|\bids?\b|set aside|row names|joined)",
    "header": r"note: .*(header|names|first row)",
    "order": r"note: .*order",
    "marks": r"note: .*(thousand|percent|%)",
}


@dataclass(frozen=True)
class Run:
    """What a run of the program left."""

    status: int
    stdout: str
    stderr: str

    @property
    def number(self) -> float | None:
        try:
            return float(self.stdout)
        except ValueError:
            return None

    def gives(self, right: float) -> bool:
        """Whether the number came out, or NaN for NaN."""
        number = self.number
        if self.status != 0 or number is None:
            return False
        return (math.isnan(number) and math.isnan(right)) or math.isclose(
            number, right, rel_tol=2e-9, abs_tol=1e-9
        )


def outcome(run: Run) -> str:
    """What a run is, when its number is not the right one."""
    if run.status not in (0, 1, 2, 3, 4) or "Traceback" in run.stderr:
        return "crash"
    return "refused" if run.status else "wrong number"


def judged(case: Case, run: Run) -> str:
    """What came of a healthy text: right, refused, wrong number, crash, warned or no note."""
    if not run.gives(case.right):
        return outcome(run)
    if "warning:" in run.stderr and not case.warned:
        return "warned"
    if not all(re.search(NOTES[note], run.stderr) for note in case.notes):
        return "no note"
    return RIGHT


def refusal(case: Unsettled, run: Run) -> str:
    """What came of a text to be refused: right, crash, no refusal,
    misleads, no hint, or not named (a hint without the words that settle it)."""
    if outcome(run) == "crash":
        return "crash"
    if case.also is not None and run.gives(case.also):
        return RIGHT
    if run.status not in (2, 3):
        return "no refusal"
    if any(word in run.stderr for word in case.never):
        return "misleads"
    if "hint:" not in run.stderr or run.stderr.count("xent: error:") != 1:
        return "no hint"
    said = run.stderr.lower()
    return RIGHT if all(word.lower() in said for word in case.says) else "not named"


@contextmanager
def laid(files: dict[str, bytes]) -> Iterator[Path]:
    """The files in a folder of their own, which is the current one meanwhile."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)
