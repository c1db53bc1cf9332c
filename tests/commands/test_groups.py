"""Groups of options, spread for Typer and gathered for commands."""

from typing import Annotated

import typer

from xent_cli.commands.groups import NUMBERS, OUTPUT, Group, arguments, parameters, typed
from xent_cli.records import field, record


@record
class Unit(Group):
    """One option."""

    unit: Annotated[str, typer.Option(rich_help_panel=NUMBERS)] = "nats"


@record
class Text(Group):
    """An option, and those of another group."""

    width: Annotated[int, typer.Option(rich_help_panel=OUTPUT)] = 80
    of: Unit = field(default_factory=Unit)


def draw(file: str, text: Text, color: bool = False) -> None:
    """Takes a group."""


def test_options_stand_by_panels_and_keep_their_defaults() -> None:
    options = {option.name: option.default for option in parameters(draw)}
    assert list(options) == ["file", "color", "unit", "width"]
    assert (options["unit"], options["width"], options["color"]) == ("nats", 80, False)


def test_values_go_back_into_their_groups() -> None:
    values = {"file": "a", "color": True, "unit": "bits", "width": 60}
    expected = {"file": "a", "text": Text(60, Unit("bits")), "color": True}
    assert arguments(draw, values) == expected


@record
class Shot(Group):
    """An argument, options with names of their own, and a group."""

    file: Annotated[str, typer.Argument()]
    width: Annotated[int, typer.Option("-w", "--width")] = 80
    fill: Annotated[bool, typer.Option("--fill/--no-fill")] = True
    param: Annotated[list[str] | None, typer.Option("-p")] = None
    of: Unit = field(default_factory=Unit)


def test_a_group_is_written_as_it_was_typed() -> None:
    shot = Shot("a.npy", 60, param=["x=1", "y=2"], of=Unit("bits"))
    assert typed(shot, {}) == ["a.npy", "--width", "60", "-p", "x=1", "-p", "y=2", "--unit", "bits"]
    changed = {"width": None, "fill": False, "unit": "nats", "file": "b.npy"}
    assert typed(shot, changed) == ["b.npy", "--no-fill", "-p", "x=1", "-p", "y=2"]
