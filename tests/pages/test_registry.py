"""`xent help`: the pages at a terminal and on a pipe."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

import xent_cli.pages
from xent_cli.commands import help as door
from xent_cli.pages import TOPICS, read_page, title
from xent_cli.reports.page import render_page
from xent_cli.reports.style import Style

CODE = re.compile(r"^```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_every_page_is_a_topic() -> None:
    folder = Path(xent_cli.pages.__file__).parent
    assert sorted(TOPICS) == sorted(page.stem for page in folder.glob("*.md"))


def test_without_a_topic_it_lists_every_page_in_a_line(xent: Any) -> None:
    run = xent("help")
    lines = run.text.splitlines()
    assert (run.status, run.stderr) == (0, "")
    assert [line.split(maxsplit=1) for line in lines[: len(TOPICS)]] == [
        [topic, title(topic)] for topic in TOPICS
    ]
    assert max(map(len, lines)) <= 60


@pytest.mark.parametrize("topic", TOPICS)
def test_a_pipe_gets_the_markdown(xent: Any, topic: str) -> None:
    assert xent("help", topic).text == read_page(topic)


def test_a_terminal_gets_it_laid_out(xent: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(door, "stdout_is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    assert xent("help", "json").text == render_page(read_page("json"), Style(width=80))


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_keeps_its_words_and_its_code_at_any_width(topic: str, width: int) -> None:
    page = read_page(topic)
    shown = render_page(page, Style(width=width))
    lines = shown.splitlines()
    code = [
        f"  {line}".expandtabs().rstrip()
        for block in CODE.findall(page)
        for line in block.splitlines()
    ]
    places = iter(lines)
    assert all(line in places for line in code)  # every line of code, in order, in one piece
    prose = [line for line in lines if line not in set(code)]
    assert max(map(len, prose)) <= min(width, 100)
    assert _words(_prose(page)) <= _words(shown)


def _words(text: str) -> set[str]:
    return set(text.replace("`", "").replace(":", "").split())


def _prose(page: str) -> str:
    """Paragraphs, headings and cells without marks."""
    texts = [token for token in MarkdownIt().enable("table").parse(page) if token.type == "inline"]
    return "\n".join(
        "".join(
            "\n" if piece.type == "softbreak" else piece.content for piece in text.children or ()
        )
        for text in texts
    )


def test_colours_only_where_they_are_wanted() -> None:
    page = read_page("numbers")
    assert "\x1b" not in render_page(page, Style(width=80))
    coloured = render_page(page, Style(width=80, color=True))
    assert "\x1b[36m--jobs\x1b[0m" in coloured
    assert "`" not in coloured


def test_a_dumb_terminal_gets_no_line_drawing() -> None:
    assert "─" in render_page("| a |\n|---|\n| 1 |\n", Style())
    assert render_page("| a |\n|---|\n| 1 |\n", Style(ascii=True)).isascii()


def test_an_unknown_topic_is_refused_with_the_near_ones(xent: Any) -> None:
    run = xent("help", "nubmers")
    assert (run.status, run.text) == (2, "")
    assert run.stderr == (
        "xent: error: there is no page and no command named 'nubmers'\n"
        "hint: did you mean numbers?\n"
    )
    assert xent("help", "xyzzy").stderr.endswith("hint: xent help lists the pages\n")


@pytest.mark.parametrize("command", ["loss", "chunk", "help"])
def test_a_command_shows_its_own_help(xent: Any, command: str) -> None:
    asked = xent(command, "--help")
    assert xent("help", command).text == asked.text
    assert asked.status == 0


@pytest.mark.parametrize("argv", [["help"], ["help", "text"], ["help", "nubmers"]])
def test_a_page_on_a_pipe_needs_no_numpy_and_no_rich(argv: list[str]) -> None:
    code = (
        f"import sys\nfrom xent_cli.app import main\nmain({argv!r})\n"
        "assert not {'numpy', 'yaml', 'rich'} & set(sys.modules), 'loaded'"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True, capture_output=True)
