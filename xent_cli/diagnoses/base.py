"""What a unit of diagnosis is, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from xent_cli.array_facts import ArrayFacts
from xent_cli.diagnosis import Fix
from xent_cli.geometry import row_index
from xent_cli.header import Header
from xent_cli.losses import get_loss
from xent_cli.losses.base import Loss
from xent_cli.losses.geometry import Geometry
from xent_cli.records import record
from xent_cli.tallies.loss import Quotient


@record
class Subject:
    """What is known before the rows are read.

    Attributes:
        loss: the loss.
        options: what its functions are calculated by.
        values: its parameters by name, in the words of users.
        geometry: how the labels lie over the logits.
        inputs: the arrays by role.
        chosen: the parameters that the caller set.
    """

    loss: Loss
    options: Any
    values: Mapping[str, Any]
    geometry: Geometry
    inputs: Mapping[str, ArrayFacts]
    chosen: frozenset[str] = frozenset()


@record
class Outcome:
    """What is known when the rows were read; `tallies` by name."""

    header: Header
    tallies: Mapping[str, Any]
    quotient: Quotient


@record
class Finding:
    """What a unit found; as in `Diagnosis`."""

    message: str
    hint: str | None = None
    place: Mapping[str, str | int] | None = None
    evidence: tuple[Mapping[str, Any], ...] = ()
    fix: Fix | None = None


@record
class Unit:
    """A unit of diagnosis.

    Attributes:
        id: its name, for programs.
        level: of all that it finds; an error is a warning under a framework's name, which has a
            number for it.
        stage: `header` (of a `Subject`), `sample` or `tally` (of an `Outcome`: some rows of it,
            or all), `check` (likewise, told by `xent check` alone); `reading` for what readers find
            themselves.
        about: what it finds, and why that matters, in a line.
        find: looks.
        tallies: the tallies that it reads beside those of every loss.
        else_silent: it shows an effect, and is told only where no unit before it told of a cause.
    """

    id: str
    level: str
    stage: str
    about: str
    find: Callable[[Any], Iterator[Finding]] = lambda _: iter(())
    tallies: tuple[str, ...] = ()
    else_silent: bool = False


def own_kind(outcome: Outcome) -> str:
    """The own kind, also of a framework's function."""
    kind = outcome.header.kind
    return get_loss(kind).own or kind


def row_text(header: Header, number: int) -> str:
    """A row as users count it, by its number among those that were read: `row 41`, `row (2, 3)`."""
    index = row_index(number, header.rows_shape, header.first_row)
    if not index:
        return "the row"
    return f"row {index[0] if len(index) == 1 else index}"


def row_place(header: Header, number: int) -> int | list[int]:
    """A row as programs count it: along the first axis, or along each of several."""
    index = row_index(number, header.rows_shape, header.first_row)
    return index[0] if len(index) == 1 else list(index)


def count(number: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
