"""Help as a person reads it, 80 columns wide."""

from __future__ import annotations

import pytest

from xent_cli.app import COMMANDS


@pytest.fixture(autouse=True)
def width(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_and_has_examples_on_one_line_each(xent, command) -> None:
    run = xent(command, "--help")
    screen = run.text
    lines = [line.strip() for line in screen.splitlines()]
    assert (run.status, run.stderr) == (0, "")
    assert max(map(len, screen.splitlines())) <= 80
    start = lines.index("Examples:")
    assert lines[start + 1] == ""
    examples = []
    for line in lines[start + 1 :]:
        if line.startswith("╭"):
            break
        if line:
            examples.append(line)
    assert examples
    assert all(line.startswith("xent ") for line in examples)


def test_the_kind_says_where_kinds_are_listed(xent) -> None:
    words = " ".join(xent("loss", "--help").text.replace("│", " ").split())
    assert "The loss; xent losses lists them." in words.replace("--kind -k NAME ", "")
