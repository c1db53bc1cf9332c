"""The examples of README.md and of the pages of `xent help`, run as a reader would run them.

    python tests/page_examples.py           writes what they show today into the files
    python tests/page_examples.py text      into one page

`git diff` then shows what has changed: look at every line of it.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shutil
import sys
import tempfile
from pathlib import Path

from conftest import ROOT, run_in_terminal

PAGES = ROOT / "xent_cli" / "pages"
DOCUMENTS = {"README": ROOT / "README.md", **{page.stem: page for page in PAGES.glob("*.md")}}
"""Every file with examples, by name."""

_BLOCK = re.compile(r"(?<=^```)(console|python)\n(.*?)(?=^```$)", re.DOTALL | re.MULTILINE)
_EXAMPLE = re.compile(r"(^\$ (?:.*\\\n)*.*\n)((?:(?!\$ ).*\n)*)", re.MULTILINE)


def as_run(text: str, place: Path) -> str:
    """A document with what its examples show in `place`, a copy of the samples beside them.

    A `console` block holds commands after `$ `, each with what a terminal of 80 columns shows; in a
    `python` block a comment behind a statement is what it prints. The blocks of a document follow
    one another: later ones find the files and the names of earlier ones.
    """
    shutil.copytree(ROOT / "samples", place / "samples")
    names: dict[str, object] = {}

    def run(block: re.Match[str]) -> str:
        language, body = block.groups()
        with contextlib.chdir(place):
            shown = _console(body, place) if language == "console" else _python(body, names)
        return f"{language}\n{shown}"

    return _BLOCK.sub(run, text)


def _console(block: str, place: Path) -> str:
    examples = [match.groups() for match in _EXAMPLE.finditer(block)]
    return "".join(prompt + _screen(prompt, told, place) for prompt, told in examples)


def _screen(prompt: str, told: str, place: Path) -> str:
    """What a command shows; where jq is not installed, what the page says."""
    if "| jq" in prompt and not shutil.which("jq"):
        return told
    command = prompt.removeprefix("$ ").replace("\\\n", "")
    screen, _ = run_in_terminal(command, cwd=place)
    plain = re.sub(r"\x1b\[[\d;]*m", "", screen)  # jq < 1.7 knows no NO_COLOR
    lines = "\n".join(line.rstrip() for line in plain.split("\n")).rstrip("\n")
    return f"{lines}\n" if lines else ""


def _python(block: str, names: dict[str, object]) -> str:
    lines = block.split("\n")
    for statement in ast.parse(block).body:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(ast.Module([statement], []), "page", "exec"), names)
        if printed.getvalue():
            end = (statement.end_lineno or 1) - 1
            code = lines[end].encode()[: statement.end_col_offset].decode()
            lines[end] = f"{code}  # {' '.join(printed.getvalue().split())}"
    return "\n".join(lines)


def main(chosen: list[str]) -> None:
    for name in chosen or DOCUMENTS:
        document = DOCUMENTS[name]
        text = document.read_text()
        with tempfile.TemporaryDirectory() as place:
            shown = as_run(text, Path(place))
        if shown != text:
            document.write_text(shown)
            print(f"{document.relative_to(ROOT)} is changed")


if __name__ == "__main__":
    main(sys.argv[1:])
