"""What a start costs, without a clock: the modules that load, and the functions that are called."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

SAMPLES = Path(__file__).parent.parent / "samples"
LOSS = {
    form: ["loss", f"{SAMPLES}/tiny-logits.{form}", f"{SAMPLES}/tiny-labels.{form}"]
    for form in ("npy", "csv")
}

# A program of one word, so that what NumPy and Typer load and do for any program is behind.
READY = """
import numpy, typer
program = typer.Typer()
@program.command()
def say(word: str): ...
program(["word"], standalone_mode=False)
assert not {"rich", "yaml"} & set(sys.modules)
"""
STANDARD = {"__future__", "atexit", "gc", "glob", "mmap", "unicodedata"}
OWN = {
    "commands": {"loss", "options", "output"},
    "engines": {"serial", "threads"},
    "losses": {
        "base",
        "bounds",
        "byproducts",
        "checks",
        "geometry",
        "kernel",
        "log_space",
        "rules",
        "softmax",
        "stable",
    },
    "tallies": {"error", "events", "extremes", "loss", "rows"},
    "reports": {"layouts", "layouts.loss", "pieces", "plain", "sheets", "style", "text"},
}
FORMATS = {
    "npy": {"npy", "npy_header"},
    "csv": {"csv", "npy", "npy_header"},  # npy: text is spooled
}


def after(setup: str, argv: list[str], tell: str, **env: str) -> list[str]:
    """What `tell` says on stderr after main(argv), which may exit."""
    code = (
        f"import sys\n{setup}\nfrom xent_cli.app import main\n"
        f"try: main({argv!r})\nexcept SystemExit: pass\nprint({tell}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **env},
    )
    return done.stderr.split()


def loaded(argv: list[str], **env: str) -> set[str]:
    """The modules that a run loads beside those of Python's own start."""
    return set(after("before = set(sys.modules)", argv, "*(set(sys.modules) - before)", **env))


@pytest.mark.parametrize("form", ["npy", "csv"])
def test_a_piped_loss_loads_what_it_needs(form: str) -> None:
    tell = "*(set(sys.modules) - before)"
    new = after(READY + "before = set(sys.modules)", [*LOSS[form], "-q"], tell)
    own = {name for name in new if name.split(".")[0] == "xent_cli"}
    others = {name for name in set(new) - own if not name.startswith("typer.")}
    assert others <= STANDARD
    for part, names in OWN.items():
        start = f"xent_cli.{part}."
        found = {name.removeprefix(start) for name in own if name.startswith(start)}
        assert found == names, part
    formats = "xent_cli.arrays.formats."
    named = {name.removeprefix(formats) for name in own if name.startswith(formats)}
    assert named == FORMATS[form]
    of_text = any(name.startswith("xent_cli.arrays.text") for name in own)
    assert of_text == (form == "csv")
    assert len(own) <= (96 if form == "csv" else 87)


@pytest.mark.parametrize(
    ("argv", "env"),
    [
        (["--help"], {}),
        (["loss", "--help"], {}),
        (["losses", "--help"], {}),
        (["--version"], {}),
        ([], {"_XENT_COMPLETE": "complete_bash", "COMP_WORDS": "xent lo", "COMP_CWORD": "1"}),
        (
            [],
            {"_XENT_COMPLETE": "complete_bash", "COMP_WORDS": "xent loss --ki", "COMP_CWORD": "2"},
        ),
    ],
)
def test_help_version_and_completion_need_no_numpy(argv, env) -> None:
    modules = loaded(argv, **env)
    assert "typer" in modules
    assert not {name.split(".")[0] for name in modules} & {"numpy", "yaml"}


CHECKS = 6_300 if tuple(map(int, typer.__version__.split(".")[:2])) >= (0, 29) else 0
"""Calls by which Typer sets up pydantic for 34 parameters: 6200 of 0.29.2 on Python 3.11."""


@pytest.mark.parametrize(
    ("argv", "most"),
    [
        (LOSS["npy"], 10_200 + CHECKS),  # 9100 on Python 3.11, 8200 on 3.13
        ([*LOSS["csv"], "-q"], 11_400 + CHECKS),  # 11100 on Python 3.11
        (["--version"], 1_500),
    ],
)
def test_a_run_calls_few_functions(argv: list[str], most: int) -> None:
    """Python functions after NumPy and Typer are there, those of the import system left out.

    A dataclass more is 300 calls, a compiled pattern 200, another command's options 2000.
    """
    setup = (
        READY
        + """
calls = 0
def count(frame, event, argument):
    global calls
    calls += event == "call" and "importlib" not in frame.f_code.co_filename
sys.setprofile(count)"""
    )
    (calls,) = after(setup, argv, "calls")
    assert most / 2 < int(calls) <= most
