"""Follows the flags that hints name: each has to work, or to lead on to something else.

The `xent` fixture gives what a test ran to `follow` when the test is over, with its files as it left
them. Of hints that differ in names and numbers alone one is followed in a run of the tests.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import typer

from xent_cli.app import COMMANDS, build_app

_FOLLOWED: set[str] = set()
_LONGEST_CHAIN = 3
_PLACEHOLDER = re.compile(r"[A-Z]{2,}|\.\.\.|^[A-Z]$")
"""What stands in a hint for what the user has to fill in."""


@cache
def flags(command: str) -> dict[str, tuple[str, bool]]:
    """The options of a command by each spelling: the first spelling, and whether one takes a word.

    `--no-header` is another spelling of `--header`, which it replaces.
    """
    parameters: Any = typer.main.get_command(build_app(command))
    found = {}
    for parameter in parameters.commands[command].params:
        for spelling in (*parameter.opts, *parameter.secondary_opts):
            if spelling.startswith("-"):
                found[spelling] = (parameter.opts[0], not parameter.is_flag)
    return found


def told_in(stderr: str) -> Iterator[tuple[str, str]]:
    """What is said by the way, each with what it is said of: the hint of an error, and notes."""
    for paragraph in re.split(r"^(?=xent: )", stderr, flags=re.MULTILINE):
        said, _, hint = " ".join(paragraph.split()).partition(" hint: ")
        if said.startswith("xent: error: "):
            yield said, hint
        elif said.endswith(")"):
            yield said, said[said.rfind("(") :]


def error_of(stderr: str) -> str:
    """The error without its hint and without notes; empty where there is none."""
    return next((said for said, _ in told_in(stderr) if said.startswith("xent: error: ")), "")


def ways(argv: list[str], hint: str) -> Iterator[list[str]]:
    """The command lines that a hint's flags make of one; flags without words between go together.

    A flag that is given already explains what happened.
    """
    if not argv or argv[0] not in COMMANDS or re.search(r"\bxent [a-z]", hint):
        return
    known, words = flags(argv[0]), hint.split(" ")
    line, place = argv, 0
    while place < len(words):
        flag, value, after = words[place].rstrip(",;:.)").lstrip("("), None, place + 1
        if flag in known and known[flag][1]:
            value = "".join(words[after : after + 1])
            value = value if value == "," else value.rstrip(",;:.)")
            after += 1
        if flag not in known or value == "" or (value and _PLACEHOLDER.search(value)):
            place += 1
            continue
        line, place = with_flag(line, flag, value and value.replace("'", "")), after
        together = value is not None and words[after - 1] == value and after < len(words)
        if not (together and words[after].startswith("--")):
            if sorted(line) != sorted(argv):
                yield line
            line = argv


def with_flag(argv: list[str], flag: str, value: str | None) -> list[str]:
    """The command line with one option more, in the place of the same one."""
    known = flags(argv[0])
    canonical, kept, words = known[flag][0], [], iter(argv)
    for word in words:
        name = word.partition("=")[0]
        if word.startswith("-") and name in known and known[name][0] == canonical:
            if known[name][1] and "=" not in word:
                next(words, None)
            continue
        kept.append(word)
    return [*kept, flag] if value is None else [*kept, flag, value]


def shape_of(text: str) -> str:
    """A hint without its names and numbers."""
    return re.sub(r"'[^']*'|\S*[/\d]\S*|\S+\.(?:csv|npy|npz|txt|tsv)\S*", "*", text)


def follow(run: Callable[..., Any], argv: list[str], done: Any) -> Iterator[str]:
    """What is wrong with what a run said: a flag that changes nothing, or leads in a circle.

    What the system refused has nothing to do with the files.
    """
    stderr = done.stderr
    for said, hint in told_in(stderr) if done.status in (0, 2, 3) else ():
        key = shape_of(f"{argv[:1]} {hint}")
        if "--" not in hint or "-" in argv or key in _FOLLOWED:
            continue
        for way in ways(argv, hint):
            if run(*argv).stderr != stderr:
                return  # the test changed its files since
            _FOLLOWED.add(key)
            problem = _dead_end(run, way, said)
            if problem is not None:
                yield f"{shlex.join(argv)}\n{stderr}{problem}"


def _dead_end(run: Callable[..., Any], line: list[str], said: str) -> str | None:
    met = {said}
    for _ in range(_LONGEST_CHAIN):
        done = run(*line)
        error = error_of(done.stderr)
        if not error or error.endswith("no such file"):
            return None
        if "xent itself failed" in error or error in met:
            return f"{shlex.join(line)}\n{done.stderr}"
        met.add(error)
        hint = next((hint for said, hint in told_in(done.stderr) if said == error), "")
        line = next(ways(line, hint), [])
        if not line:
            return None
    return None
