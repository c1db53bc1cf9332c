"""Width, colour and rules, from the stream and the environment."""

import io

import pytest

from xent_cli.reports import Style


class Terminal(io.StringIO):
    def __init__(self, encoding="utf-8"):
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self):
        return self._encoding

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("environ", "on_terminal", "on_pipe"),
    [
        ({}, True, False),
        ({"TERM": "xterm-256color"}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
    ],
)
def test_colour(environ, on_terminal, on_pipe):
    assert Style.of(Terminal(), environ).color is on_terminal
    assert Style.of(io.StringIO(), environ).color is on_pipe


@pytest.mark.parametrize(
    ("columns", "width"),
    [("132", 132), ("5", 20), ("0", 80), ("", 80), ("wide", 80), ("-3", 80), ("²", 80)],
)
def test_width(columns, width):
    assert Style.of(io.StringIO(), {"COLUMNS": columns}).width == width
    assert Style.of(Terminal(), {"COLUMNS": columns}).width == width


def test_width_of_the_terminal(monkeypatch):
    import os

    monkeypatch.setattr(os, "get_terminal_size", lambda descriptor: os.terminal_size((57, 24)))
    terminal = Terminal()
    terminal.fileno = lambda: 1
    assert Style.of(terminal, {}).width == 57
    assert Style.of(terminal, {"COLUMNS": "90"}).width == 90


@pytest.mark.parametrize(
    ("encoding", "environ", "ascii"),
    [
        ("utf-8", {}, False),
        ("ascii", {}, True),
        ("latin-1", {}, True),
        ("no-such-encoding", {}, True),
        ("utf-8", {"TERM": "dumb"}, True),
    ],
)
def test_rules(encoding, environ, ascii):
    assert Style.of(Terminal(encoding), environ).ascii is ascii
