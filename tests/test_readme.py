"""Every example of the README is run in a terminal of 80 columns, and shows what it says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from xent_cli.tier import tier_name

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)


def _examples() -> list[tuple[str, str]]:
    """(command, output) pairs: a line starting with `$ ` and the lines up to the next one."""
    pairs = []
    for block in BLOCKS:
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.split("\n")
            command = lines.pop(0)
            while command.endswith("\\"):
                command = command[:-1] + lines.pop(0)
            pairs.append((command, "\n".join(lines).rstrip("\n")))
    return pairs


EXAMPLES = _examples()


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the samples, so that examples may write files."""
    place = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "samples", place / "samples")
    return place


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize(("command", "expected"), EXAMPLES, ids=[c for c, _ in EXAMPLES])
def test_example(
    command: str, expected: str, workplace: Path, terminal: Callable[..., tuple[str, int]]
) -> None:
    shown, _ = terminal(command, cwd=workplace)
    if tier_name() == "numpy":
        assert _words(shown) == _words(expected)
    else:
        assert _lines(shown) == _lines(expected)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


class _Number(float):
    """A number of the NumPy tier: as near to the compiled tier's as both are to the exact one."""

    def __eq__(self, other: object) -> bool:
        gap = abs(float(self) - float(other)) if isinstance(other, _Number) else float("inf")
        return gap <= 5e-7 * max(1.0, abs(float(self)))

    __hash__ = None  # type: ignore[assignment]


def _words(text: str) -> list[list[str | _Number]]:
    """The lines as words, numbers of many digits apart; the signature's tier is not compared."""
    lines = _lines(re.sub(r"tier:\w+", "tier:any", text))
    return [
        [
            _Number(word) if re.fullmatch(r"\d+\.\d{6,}", word) else word
            for word in re.split(r"(\d+\.\d+|\s+)", line)
        ]
        for line in lines
    ]


def test_the_set_up_lines_are_one_line_each() -> None:
    lines = re.findall(r"^python3 -m venv .*$", README, flags=re.MULTILINE)
    assert len(lines) == 2
    assert lines[0].endswith(".venv/bin/xent loss samples/logits.npy samples/labels.npy")
    assert lines[1].endswith("pytest -q")


def test_the_tables_of_kinds_are_the_registry() -> None:
    from xent_cli.losses import LOSSES

    section = README.split("## Kinds")[1].split("\n## ")[0]
    rows = "\n".join(line for line in section.split("\n") if line.startswith("| "))
    named = re.findall(r"`([\w.-]+)`", rows)
    assert named == list(LOSSES)
    for name, loss in LOSSES.items():
        if "." not in name:
            assert f"| `{name}` | {loss.takes} |" in section
            assert section.count(f"{loss.summary} |") == 1
