"""What a person sees: stderr wrapped and coloured on a terminal, one line a message elsewhere."""

from __future__ import annotations

import re

import numpy as np
import pytest

LOSS = "xent loss samples/logits.npy samples/labels.npy"
DOUBLED = "xent loss samples/probs.npy samples/labels.npy"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
COLOUR = {"NO_COLOR": ""}
COMMANDS = [
    LOSS,
    DOUBLED,
    "xent loss samples/logits.npy nope.npy",
    "xent loss samples/labels.npy samples/logits.npy",
    "xent loss samples/tags-logits.npy samples/tags.npy -k sigmoid-bce --metrics accuracy",
    "xent grad samples/tiny-logits.npy samples/tiny-labels.npy",
    "xent cat samples/top.csv samples/bottom.csv",
    "xent losses torch.nn.CrossEntropyLoss",
]


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
@pytest.mark.parametrize("command", COMMANDS)
def test_lines_fit_and_words_are_whole(terminal, command, columns) -> None:
    screen, _ = terminal(command, columns=columns)
    words = set(terminal(command, columns=400)[0].split())
    for line in screen.splitlines():
        assert len(line) <= columns or line.strip().startswith(("xent|", "https://")), line
    cut = {word for word in screen.split() if re.search("[…─]", word)}
    assert set(screen.split()) - cut - {"..."} <= words


@pytest.mark.parametrize("command", COMMANDS[:3])
def test_colour_changes_no_letter(terminal, command) -> None:
    plain, coloured = terminal(command)[0], terminal(command, env=COLOUR)[0]
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert ESCAPE.sub("", coloured) == plain


def test_a_message_hangs_under_its_level(terminal) -> None:
    screen, _ = terminal(f"{DOUBLED} > /dev/null", columns=60)
    first, *others = screen.splitlines()
    assert first.startswith("xent: warning: samples/probs.npy looks like ")
    assert len(others) > 2
    assert all(line[:6] == " " * 6 and line[6] != " " for line in others)


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        (COLOUR, True),
        ({}, False),  # NO_COLOR=1
        ({**COLOUR, "TERM": "dumb"}, False),
        ({**COLOUR, "TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_levels_are_coloured_where_colours_are_wanted(terminal, env, coloured) -> None:
    screen, status = terminal("xent loss samples/logits.npy samples/nope.npy", env=env)
    assert status == 4
    assert screen.startswith("xent: \x1b[1;31merror\x1b[0m: " if coloured else "xent: error: ")
    assert ESCAPE.sub("", screen).startswith("xent: error: samples/nope.npy: ")


def test_a_file_gets_one_line_a_message(terminal, tmp_path) -> None:
    """Whatever stdout is, and however narrow."""
    for end in ("", " > /dev/null"):
        terminal(f"{DOUBLED} 2> {tmp_path}/err{end}", columns=40, env=COLOUR)
        (line,) = (tmp_path / "err").read_text().splitlines()
        assert line.startswith("xent: warning: samples/probs.npy looks like probabilities (rows")
        assert line.endswith("probabilities need --input probs")


def test_a_file_gets_colours_where_they_are_forced(program) -> None:
    run = program(
        "loss", "samples/probs.npy", "samples/labels.npy", env={"NO_COLOR": "", "FORCE_COLOR": "1"}
    )
    (line,) = run.stderr.splitlines()
    assert line.startswith("xent: \x1b[1;33mwarning\x1b[0m: ")


@pytest.mark.parametrize(
    ("logits", "codes"), [("samples/logits.npy", "32"), ("samples/probs.npy", "33"), ("nan", "31")]
)
def test_the_number_is_green_only_where_nothing_is_told(terminal, tmp_path, logits, codes) -> None:
    if logits == "nan":
        logits = f"{tmp_path}/nan.npy"
        values = np.load("samples/logits.npy")
        values[3] = np.nan
        np.save(logits, values)
    screen, _ = terminal(f"xent loss {logits} samples/labels.npy", env=COLOUR)
    assert f"\x1b[1;{codes}mloss = " in screen


@pytest.mark.parametrize("columns", [50, 60, 80, 120])
def test_the_signature_is_copied_in_one_piece(terminal, xent, columns) -> None:
    (line,) = [x for x in terminal(LOSS, columns=columns)[0].splitlines() if "xent|" in x]
    assert line.strip() == xent(*LOSS.split()[1:], "-f", "json").json["signature"]
    for end in range(columns, len(line), columns):
        assert "|" in line[end - 1 : end + 1]
