"""What is said on a terminal: wrapped at words, commands whole, levels in colour."""

import re

import pytest

from xent_cli.reports import Style
from xent_cli.reports.talk import wrapped

PROSE = "samples/probs.npy looks like probabilities (rows of 0 to 1 that sum to 1), but 'a b' fits"


@pytest.mark.parametrize("width", range(40, 130, 7))
def test_lines_fit_and_hang_under_the_first(width):
    lines = wrapped("xent: warning", PROSE, Style(width)).split("\n")
    assert lines[0].startswith("xent: warning: samples/probs.npy")
    assert all(len(line) <= width for line in lines)
    assert all(re.match(" {6}[^ ]", line) for line in lines[1:])
    assert " ".join(line.strip() for line in lines) == f"xent: warning: {PROSE}"


def test_a_line_is_full_before_the_next_begins():
    assert wrapped("hint", "aaa bbb ccc ddd", Style(20)) == "hint: aaa bbb ccc\n      ddd"
    assert wrapped("hint", "aaa bbb ccc dd", Style(20)) == "hint: aaa bbb ccc dd"


@pytest.mark.parametrize(
    "command",
    [
        "xent convert W.csv W.npy",
        "xent cat a.npy b.npy | xent loss - labels.npy",
        "XENT_DEBUG=1 xent loss logits.npy labels.npy -k nll",
        "--kind sigmoid-bce",
        "-p labels=0,1,2",
        "'part {}.npy'",
        "xent loss LOGITS LABELS",
    ],
)
def test_a_command_is_whole(command):
    for width in range(len(command) + 6, 100):
        written = wrapped("hint", f"write the numbers anew: {command} makes them fit", Style(width))
        assert command in written


def test_a_list_breaks_behind_its_commas():
    written = wrapped("hint", "kinds: softmax-ce, torch.nn.NLLLoss, tf.nn.log_loss", Style(30))
    assert written == "hint: kinds: softmax-ce,\n      torch.nn.NLLLoss,\n      tf.nn.log_loss"


def test_what_is_too_long_is_left_to_the_terminal():
    name = "/very" * 10 + "/long.npy"
    written = wrapped("xent: error", f"there is no file {name}: nothing", Style(40))
    assert written == f"xent: error: there is no file\n      {name}: nothing"
    assert wrapped("xent: error", f"{name}: none", Style(40)) == f"xent: error: {name}: none"


def test_wide_letters_take_two_columns():
    assert wrapped("hint", "模型模型 模型模", Style(21)) == "hint: 模型模型 模型模"
    assert wrapped("hint", "模型模型 模型模", Style(20)) == "hint: 模型模型\n      模型模"


def test_spaces_in_names_stay():
    assert wrapped("xent: error", "a  b.npy: none", Style()) == "xent: error: a  b.npy: none"


def test_a_name_commands_no_terminal():
    written = wrapped("xent: error", "\x1b]0;owned\x07\nx.npy", Style(80, color=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", written) == r"xent: error: \x1b]0;owned\x07\nx.npy"


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("xent: error", "xent: \x1b[1;31merror\x1b[0m: x"),
        ("xent: warning", "xent: \x1b[1;33mwarning\x1b[0m: x"),
        ("xent: note", "xent: \x1b[2mnote\x1b[0m: x"),
        ("hint", "\x1b[36mhint\x1b[0m: x"),
        ("xent", "xent: x"),
    ],
)
def test_the_level_alone_is_coloured(level, expected):
    assert wrapped(level, "x", Style(color=True)) == expected
    assert wrapped(level, "x", Style()) == f"{level}: x"
