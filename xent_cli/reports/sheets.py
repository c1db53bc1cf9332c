"""The neutral layout of a report: what table and markdown draw, knowing nothing of results."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import Literal

from xent_cli.array_facts import Corner, Scalar
from xent_cli.diagnosis import WARNING, Diagnosis, messages
from xent_cli.records import record
from xent_cli.reports.shortening import Listing, Name
from xent_cli.reports.text import GAP, aligned, rounded

Tone = Literal["good", "doubtful", "bad", "title", "plain", "remark", "code"]
ANSWERS: tuple[Tone, ...] = ("good", "doubtful", "bad")
"""The tones of an answer: nothing is to be said of it, a warning is, it is not finite."""


@record
class Line:
    """A line of text on its own: the answer, a quiet remark, code, which stays in one line."""

    text: str
    tone: Tone = "plain"


@record
class Column:
    """A column: its heading, its side, and whether its cells may go over several lines.

    `gap` marks a column that stands for columns left out.
    """

    name: str
    right: bool = False
    fold: bool = False
    gap: bool = False


@record
class Sheet:
    """A small table of text.

    `kind`: `records` is one thing a row under headings; `facts` is name and value, without
    headings; `grid` is values of an array, whose middle columns a narrow page may leave out.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str | None = None
    kind: Literal["records", "facts", "grid"] = "records"


Part = Line | Sheet


@record
class Layout:
    """A result laid out for every format.

    `parts` are for people (table, md). `header` and `records` are the cells for programs (csv),
    `lines` the bare text (plain); both may be endless, so they are made anew on each call.
    """

    parts: tuple[Part, ...]
    header: tuple[str, ...]
    records: Callable[[], Iterable[Sequence[Scalar | None]]]
    lines: Callable[[], Iterable[str]]


def answer(text: str, diagnoses: Iterable[Diagnosis], *numbers: object) -> Line:
    """The line of the answer, in the tone of what is to be said of it."""
    if any(isinstance(number, float) and not math.isfinite(number) for number in numbers):
        return Line(text, "bad")
    return Line(text, "doubtful" if messages(diagnoses, WARNING) else "good")


def facts(pairs: Iterable[tuple[str, str]], title: str | None = None) -> Sheet:
    """A sheet of names and values."""
    return Sheet((Column("name"), Column("value", fold=True)), tuple(pairs), title, "facts")


def grids(corner: Corner, shape: Sequence[int], digits: int, look: Grid) -> Iterator[Part]:
    """The corner of an array: one grid for every kept slice along the last two axes.

    An array of one axis lies in one row under its indices; a scalar is a line. All slices share one
    notation. Of more than four slices the first two and the last are drawn.
    """
    if not corner.values:
        yield Line(Name(f"{look.title or 'values'}: none, the array is empty"), "remark")
        return
    cells = aligned(corner.values, digits)
    if not shape:
        yield Line(Name(f"{look.title}: {cells[0]}") if look.title else cells[0])
        return
    lengths = [len(axis) for axis in corner.axes]
    plane = math.prod(lengths[-2:])
    slices = list(product(*corner.axes[:-2]))
    drawn = range(len(slices)) if len(slices) <= _MOST_SLICES else (0, 1, len(slices) - 1)
    for number in drawn:
        part = cells[plane * number : plane * (number + 1)]
        where = "".join(f"{i}, " for i in slices[number])
        title = Name(f"{look.title} [{where}:, :]".lstrip()) if where else look.title or None
        yield _grid(part, corner.axes[-2:], shape[-2:], Grid(title or "", look.columns))
        if len(drawn) < len(slices) and number == 1:
            yield Line(f"{GAP} {len(slices) - 3} more slices {GAP}", "remark")


@record
class Grid:
    """What a grid is called, and the names of the last axis where it has any."""

    title: str = ""
    columns: Sequence[str] | None = None


_MOST_SLICES = 4


def _grid(
    cells: list[str], axes: Sequence[Sequence[int]], shape: Sequence[int], look: Grid
) -> Sheet:
    across, along = axes[-1], axes[-2] if len(axes) > 1 else None
    names = look.columns or ()
    columns = [Column(names[i] if i < len(names) else str(i), right=True) for i in across]
    rows = [cells[i : i + len(across)] for i in range(0, len(cells), len(across))]
    for place in _gaps(across, shape[-1]):
        columns.insert(place, Column(GAP, right=True, gap=True))
        for row in rows:
            row.insert(place, GAP)
    if along is not None:
        columns.insert(0, Column("", right=True))
        rows = [[str(i), *row] for i, row in zip(along, rows, strict=True)]
        for place in _gaps(along, shape[-2]):
            rows.insert(place, [GAP] * len(columns))
    return Sheet(tuple(columns), tuple(map(tuple, rows)), look.title or None, "grid")


def _gaps(indices: Sequence[int], length: int) -> list[int]:
    """Where indices are left out, as places to insert at, from the last to the first."""
    bounds = [-1, *indices, length]
    return [i for i in range(len(indices), -1, -1) if bounds[i + 1] - bounds[i] > 1]


def first_values(corner: Corner | None, size: int, digits: int, most: int = 3) -> str:
    """The first values of an array, in C order, on one line.

    >>> first_values(Corner(((0, 1, 2),), (0.5, 2.0, 3.25)), 7, digits=7)
    '0.5, 2, 3.25, ...'
    """
    if corner is None or not corner.values:
        return ""
    along = next((axis for axis in reversed(corner.axes) if len(axis) > 1), ())
    run = 0
    while run < len(along) and along[run] == run:
        run += 1
    shown = corner.values[: max(1, min(run, most))]
    more = [GAP] if len(shown) < size else []
    return Listing(", ".join([*(rounded(value, digits) for value in shown), *more]))
