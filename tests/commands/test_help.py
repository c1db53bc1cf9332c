"""Help as a person reads it, 80 columns wide, and the answer to words that cannot be."""

from __future__ import annotations

import pytest
import typer

from xent_cli.app import COMMANDS, build_app


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
    examples = []
    for line in lines[start + 1 :]:
        if line.startswith("╭"):
            break
        if line:
            examples.append(line)
    assert examples
    assert all(line.startswith("xent ") for line in examples)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("loss", "LOGITS [LABELS]"),
        ("cat", "ARRAY"),
        ("losses", "[NAME]"),
        ("convert", "ARRAY TARGET"),
    ],
)
def test_the_arguments_in_the_usage_line(xent, command, words) -> None:
    """Typer puts braces around arguments from 0.27, and dots behind several from 0.29."""
    (usage,) = [line for line in xent(command, "--help").text.splitlines() if "Usage:" in line]
    for sign in ("{", "}", "..."):
        usage = usage.replace(sign, "")
    assert usage.strip() == f"Usage: xent {command} [OPTIONS] {words}"


@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        ("--ignore-index", "3.0", "'--ignore-index': must be a whole number; got '3.0'"),
        ("--class-dim", "", "'--class-dim': must be a whole number; got ''"),
        ("--label-base", "x", "'--label-base': must be a whole number; got 'x'"),
        ("--label-smoothing", "True", "'--label-smoothing': must be a number; got 'True'"),
        ("--jobs", "1.0", "'-j' / '--jobs': must be a whole number; got '1.0'"),
        ("--block-elements", "0", "'--block-elements': must be at least 1; got 0"),
    ],
)
def test_numbers_are_read_alike_by_every_typer(xent, option, text, words) -> None:
    run = xent("loss", "samples/logits.npy", "samples/labels.npy", option, text)
    error = f"xent: error: Invalid value for {words}\nhint: xent loss --help\n"
    assert (run.status, run.text, run.stderr) == (2, "", error)


def test_what_was_meant_is_told_in_one_line(xent) -> None:
    run = xent("loss", "--redction", "sum")
    said = "xent: error: No such option: --redction (Possible options: --precision, --reduction)\n"
    assert (run.status, run.stderr) == (2, f"{said}hint: xent loss --help\n")


def test_the_kind_says_where_kinds_are_listed(xent) -> None:
    words = " ".join(xent("loss", "--help").text.replace("│", " ").split())
    assert "The loss; xent losses lists them." in words.replace("--kind -k NAME ", "")


def test_the_commands_stand_in_panels(xent) -> None:
    panels: dict[str, list[str]] = {}
    for line in xent("--help").text.splitlines():
        if line.startswith("╭─ "):
            words = panels[line.split()[1]] = []
        elif line.startswith("│ ") and line[2].isalpha():
            words.append(line.split()[1])
    panels.pop("Options")
    assert list(panels)[:3] == ["Losses", "Arrays", "Files"]
    assert panels["Losses"] == ["loss", "grad", "check", "losses"]
    assert panels["Arrays"] == ["cat", "stack", "split", "chunk", "activate"]
    assert panels["Files"] == ["convert", "show"]


@pytest.mark.parametrize("command", ["loss", "grad", "check"])
def test_the_common_options_fit_a_screen_and_the_others_are_told_of(
    xent, monkeypatch, command
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    common, all_of_them = xent(command, "--help").text, xent(command, "--help-all").text
    assert len(common.rstrip().splitlines()) <= 45
    assert max(map(len, all_of_them.splitlines())) <= 120
    assert "--help-all" in common
    options, others = (
        {word for word in screen.split() if word.startswith("--")}
        for screen in (common, all_of_them)
    )
    assert options < others
    parameters = typer.main.get_command(build_app(command)).commands[command].params
    declared = {word for option in parameters for word in (*option.opts, *option.secondary_opts)}
    assert {word for word in declared if word.startswith("--")} == others


@pytest.mark.parametrize("option", ["--block-elements", "--raw", "--kind"])
def test_all_options_are_completed(program, option) -> None:
    words = {"COMP_WORDS": f"xent loss {option[:-2]}", "COMP_CWORD": "2"}
    run = program(env={"_XENT_COMPLETE": "complete_bash", **words})
    assert option in run.text.split()
