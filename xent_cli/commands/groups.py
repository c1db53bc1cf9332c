"""Groups of options: each is declared once, and a command says which groups it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, signature
from typing import Any

from typer.models import ArgumentInfo

PANELS = ("Numbers", "Classes and labels", "Reading", "Output and work")
"""Panels of the help, in their order; behind arguments and options that are in none."""

NUMBERS, CLASSES, INPUTS, OUTPUT = PANELS


class Group:
    """Options that go together: a record whose fields are annotated as Typer wants them.

    A command takes the whole group as one parameter, and so does another group as one field.
    """


def parameters(taker: Callable[..., Any]) -> list[Parameter]:
    """All options of a command as Typer should see them, by panels.

    >>> import typer
    >>> from typing import Annotated
    >>> from xent_cli.records import record
    >>> @record
    ... class Size(Group):
    ...     width: Annotated[int, typer.Option(help="In cells.")] = 80
    >>> def draw(file: str, size: Size) -> None: ...
    >>> draw.__annotations__ = {"file": str, "size": Size}
    >>> [(parameter.name, parameter.default) for parameter in parameters(draw)][1:]
    [('width', 80)]
    """
    return sorted(_spread(taker), key=_panel)


def _spread(taker: Callable[..., Any]) -> Iterator[Parameter]:
    for parameter in signature(taker, eval_str=True).parameters.values():
        group = _group(parameter)
        if group is None:
            yield parameter.replace(kind=Parameter.KEYWORD_ONLY)
        else:
            yield from _spread(group)


def arguments(taker: Callable[..., Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What a command is called with: the values of all its options, those of groups as groups."""
    gathered = {}
    for name, parameter in signature(taker, eval_str=True).parameters.items():
        group = _group(parameter)
        gathered[name] = values[name] if group is None else group(**arguments(group, values))
    return gathered


def typed(group: Group, changes: Mapping[str, Any]) -> list[str]:
    """The words that give a group its values, but for changed ones: arguments, then options."""
    arguments, options = list[str](), list[str]()
    for parameter, own in _valued(group):
        value = changes.get(parameter.name, own)
        if value is None or value == parameter.default:
            continue
        declared = parameter.annotation.__metadata__[0]
        if isinstance(declared, ArgumentInfo):
            arguments.append(str(value))
            continue
        # In `Annotated` the first spelling stands where Typer has the default.
        spellings = [declared.default, *(declared.param_decls or ())]
        flags = [word for word in spellings if isinstance(word, str) and word.startswith("-")]
        flag = flags[-1] if flags else "--" + parameter.name.replace("_", "-")
        yes, _, no = flag.partition("/")
        if isinstance(value, bool):
            options.append(yes if value else no)
        else:
            for word in value if isinstance(value, list) else [value]:
                options += [yes, str(word)]
    return [*arguments, *options]


def _valued(group: Group) -> Iterator[tuple[Parameter, Any]]:
    """All options of a group with their values."""
    for name, parameter in signature(type(group), eval_str=True).parameters.items():
        value = getattr(group, name)
        if isinstance(value, Group):
            yield from _valued(value)
        else:
            yield parameter, value


def _group(parameter: Parameter) -> type[Group] | None:
    kind = parameter.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Group) else None


def _panel(parameter: Parameter) -> int:
    declared = getattr(parameter.annotation, "__metadata__", (None,))[0]
    panel = getattr(declared, "rich_help_panel", None)
    return PANELS.index(panel) if panel in PANELS else -1
