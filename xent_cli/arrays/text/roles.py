"""What each column of a text is: a value, an index, an id, the label or a prediction.

What is certain is set aside with a note; what is likely is refused with the ways that settle it;
every other column is a value. Columns that the user chose are not asked here.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice

from xent_cli.arrays.text.cells import brief
from xent_cli.arrays.text.names import is_id_name, is_key_name, is_nameless
from xent_cli.arrays.text.profile import Profile, Rows
from xent_cli.errors import DataError, UsageError, did_you_mean
from xent_cli.records import record

VALUE, INDEX, ID, LABEL, PREDICTION = "value", "index", "id", "label", "prediction"
"""What a column is."""
AUTO, NONE = "auto", "none"
"""What `--index` takes beside names."""

_LEAST_ROWS = 3
_LARGE = 1000
_SHOWN = 3
_MOST_NAMED = 64
"""Columns named like ids that are looked at: among the words of a vocabulary many are."""
_PREDICTIONS = frozenset({"pred", "preds", "prediction", "predictions", "predicted", "y_pred"})
_LOOKS = {INDEX: "an index", ID: "ids", PREDICTION: "predictions"}
_BY_USER = "--index names it"
_ROW_NAMES = "the header is one cell short: it is R's row names"
_EXACT = 2.0**53
NO_KEYS: Mapping[int, str] = {}


@record
class Table:
    """A text whose first row is settled.

    Attributes:
        name: the file.
        columns: the names of its columns; None where there are none.
        rows: the rows of its prefix, those of data alone.
        row_names: the first column is R's row names.
        is_labels: it is LABELS, or weights of rows.
        whole_column: gives the cells of a column to the end of the file; None where the prefix is
            the file.
    """

    name: str
    columns: tuple[str, ...] | None
    rows: Rows
    row_names: bool = False
    is_labels: bool = False
    whole_column: Callable[[int], Iterable[str]] | None = None

    def cells(self, place: int) -> Iterable[str]:
        """The cells of a column, to the end of the file."""
        return self.rows.column(place) if self.whole_column is None else self.whole_column(place)

    def title(self, place: int) -> str:
        """A column as messages name it, counted from 1."""
        name = self.columns[place] if self.columns is not None else ""
        return f"column {place + 1} {brief(name)}" if name else f"column {place + 1}"


@record
class Aside:
    """A column that is no value.

    Attributes:
        place: its position, from 0.
        role: `index` or `id`.
        reason: why, as a clause.
        is_distinct: because its cells are distinct whole numbers, which the rest of the text may
            contradict. Words contradict nothing: among them a number is no value either.
    """

    place: int
    role: str
    reason: str
    is_distinct: bool = False

    @property
    def joins(self) -> bool:
        """Whether rows of another text belong to these by what it holds."""
        return self.role == ID or self.reason == _BY_USER


@record
class Roles:
    """What the columns of a text are.

    Attributes:
        width: how many columns there are.
        aside: those set aside, for notes.
        labels: positions of the label columns; empty where the text has none of its own.
    """

    width: int
    aside: tuple[Aside, ...] = ()
    labels: tuple[int, ...] = ()

    @property
    def values(self) -> Sequence[int]:
        """Positions of the columns that are values."""
        others = {part.place for part in self.aside}.union(self.labels)
        places = range(self.width)
        return tuple(place for place in places if place not in others) if others else places

    def role(self, place: int) -> str:
        """What one column is."""
        if place in self.labels:
            return LABEL
        return next((part.role for part in self.aside if part.place == place), VALUE)


def find_roles(
    table: Table,
    index: str = AUTO,
    labels: Collection[int] = (),
    keys: Mapping[int, str] = NO_KEYS,
) -> Roles:
    """What the columns of a text are.

    Args:
        table: the text.
        index: `auto`, `none`, or names of columns as `--index` takes them; names that the text
            does not have say nothing.
        labels: positions of the columns that the user chose as labels.
        keys: positions of the columns that tell the rows apart by what other files have, and how.

    Raises:
        DataError: columns that are likely no values.

    >>> rows = Rows(["0,0.5,1.5", "1,2.5,0.25"])
    >>> find_roles(Table("x.csv", ("", "a", "b"), rows)).values
    (1, 2)
    """
    sorter = _Sorter(table, labels)
    if index != NONE:
        for place in index_places(index, table.columns):
            sorter.aside[place] = Aside(place, INDEX, _BY_USER)
        for place, reason in keys.items():
            sorter.aside.setdefault(place, Aside(place, ID, reason))
        sorter.set_certain()
        if table.is_labels and not labels:
            sorter.set_label()
        sorter.refuse_likely()
    aside = tuple(sorter.aside[place] for place in sorted(sorter.aside))
    return Roles(table.rows.width, aside, tuple(sorter.labels))


def index_places(index: str, columns: Sequence[str] | None) -> tuple[int, ...]:
    """Positions of the columns that `--index` names: one name, or several between commas.

    >>> index_places("id,row", ("id", "a", "row")), index_places("auto", ("auto", "b"))
    ((0, 2), ())
    """
    if index in (AUTO, NONE):
        return ()
    columns = columns or ()
    names = {index} if index in columns else {part.strip() for part in index.split(",")}
    return tuple(place for place, name in enumerate(columns) if name in names)


def check_index(index: str, tables: Iterable[Table]) -> None:
    """Refuses a name in `--index` that no text has.

    Raises:
        UsageError: there is no such column.
    """
    if index in (AUTO, NONE):
        return
    names = {name for table in tables for name in table.columns or ()}
    for name in [index] if index in names else [part.strip() for part in index.split(",")]:
        if name not in names:
            known = ", ".join(sorted(names)[:8]) or "the texts have no names"
            raise UsageError(
                f"--index: no text has a column {brief(name)}",
                did_you_mean(name, names) or f"columns: {known}",
            )


class _Sorter:
    """Sorts the columns of one text, the certain ones first."""

    def __init__(self, table: Table, labels: Collection[int]) -> None:
        self.table, self.labels = table, tuple(labels)
        self.aside: dict[int, Aside] = {}
        self._names = table.columns or ()
        self._likely: dict[int, Aside] = {}

    def _profile(self, place: int) -> Profile:
        return self.table.rows.profile(place)

    def _values(self) -> tuple[int, ...]:
        others = {*self.labels, *self.aside, *self._likely}
        return tuple(place for place in range(self.table.rows.width) if place not in others)

    @property
    def _left(self) -> int:
        """How many columns are values."""
        return self.table.rows.width - len(self.labels) - len(self.aside) - len(self._likely)

    def _named(self, wanted: Callable[[str], bool]) -> list[int]:
        """The first values among the columns with such names."""
        others = {*self.labels, *self.aside, *self._likely}
        places = (place for place, name in enumerate(self._names) if wanted(name))
        return list(islice((place for place in places if place not in others), _MOST_NAMED))

    def _set(self, place: int, role: str, reason: str) -> None:
        if place not in self.labels and place not in self.aside and self._left > 1:
            column = self._profile(place)
            distinct = column.is_whole and column.distinct and column.largest < _EXACT
            self.aside[place] = Aside(place, role, reason, distinct and reason != _ROW_NAMES)

    def set_certain(self) -> None:
        """Sets aside what needs no question."""
        if self.table.row_names:
            self._set(0, INDEX, _ROW_NAMES)
        for place, name in enumerate(self._names):
            if place not in self.aside:
                if not is_nameless(name) or not self._is_index(place):
                    break
                what = "words" if self._profile(place).is_words else "distinct whole numbers"
                title = f"it is named {name}" if name else "it has no name"
                self._set(place, INDEX, f"{title}, over {what}")
        for place in self._named(is_id_name):
            if self._profile(place).is_words:
                self._set(place, ID, "it is named like an id, over words")

    def _is_index(self, place: int) -> bool:
        column = self._profile(place)
        return column.is_words or (column.is_whole and column.distinct)

    def set_label(self) -> None:
        """In LABELS of two columns, one of which is named like an id and distinct."""
        values = self._values()
        if len(values) == 2:
            keys = [place for place in values if self._is_named_key(place)]
            if len(keys) == 1:
                reason = "it is named like an id, and its cells are distinct"
                self._set(keys[0], ID, f"{reason}: the other column is the label")
        if self.aside and len(values := self._values()) == 1:
            self.labels = values

    def _is_named_key(self, place: int) -> bool:
        return bool(self._names) and is_key_name(self._names[place]) and self._profile(place).is_key

    def refuse_likely(self) -> None:
        """Refuses the text where columns are likely no values.

        Raises:
            DataError: with the ways that settle it.
        """
        self._find_named()
        self._find_first()
        if self._likely:
            raise self._refusal()

    def _find_named(self) -> None:
        rows = len(self.table.rows)
        if rows < _LEAST_ROWS:
            return
        for place in self._named(is_key_name):
            if self._profile(place).is_key and self._left > 1:
                self._suspect(place, ID, "its cells are all distinct")
        for place in self._named(lambda name: name.casefold() in _PREDICTIONS):
            column, others = self._profile(place), self._left - 1
            if others >= 2 and (column.is_whole or column.words + column.truths == rows):
                what = "whole numbers" if column.is_whole else "words"
                self._suspect(place, PREDICTION, f"it holds {what} beside {others} columns")

    def _find_first(self) -> None:
        """A first column that counts, or is of large numbers, beside fractions."""
        values = self._values()
        if len(values) < 2 or values[0] != 0 or not self._profile(0).is_whole:
            return
        column, reason = self._profile(0), None
        if self._names and is_nameless(self._names[0]):
            reason = "it has no name and holds whole numbers beside fractions"
        elif len(self.table.rows) >= _LEAST_ROWS:
            if column.counts_from is not None:
                reason = f"it counts by one from {column.counts_from} beside fractions"
            elif self._names and column.distinct and column.smallest > _LARGE:
                reason = "its whole numbers are distinct and large beside fractions"
        if reason is not None:
            others = set(range(self.table.rows.width)).difference(values[1:])
            if self.table.rows.without(others).all_fractions:
                self._suspect(0, INDEX, reason)

    def _suspect(self, place: int, role: str, reason: str) -> None:
        self._likely[place] = Aside(place, role, reason)

    def _refusal(self) -> DataError:
        table, likely = self.table, sorted(self._likely.values(), key=lambda part: part.place)
        looks = "; ".join(
            f"{table.title(part.place)} looks like {_LOOKS[part.role]}: {part.reason}"
            for part in likely[:_SHOWN]
        )
        if len(likely) > _SHOWN:
            looks += f"; and {len(likely) - _SHOWN} more"
        values, it = self._values(), "it" if len(likely) == 1 else "them"
        what = "labels" if table.is_labels and len(values) == 1 else "other columns"
        chosen = f"{chosen_columns(table.name, values)} chooses the {what}"
        ways = [chosen]
        if all(self._profile(part.place).is_whole for part in likely):
            ways.insert(0, f"--index none reads {it} as any other")
        names = [self._names[part.place] for part in likely] if self._names else [""]
        if all(names) and len(names) <= _SHOWN:
            before = [self._names[p.place] for p in self.aside.values() if p.reason == _BY_USER]
            ways.insert(0, f"--index {shlex.quote(','.join([*before, *names]))} sets {it} aside")
        return DataError(f"{table.name}: {looks}", ", ".join(ways))


def chosen_columns(name: str, places: Sequence[int]) -> str:
    """Columns of a file as they are typed.

    >>> chosen_columns("stdin", [1, 2])
    '-:2-3'
    """
    return f"{'-' if name == 'stdin' else shlex.quote(name)}:{positions(places)}"


def positions(places: Sequence[int]) -> str:
    """Positions as the columns' form takes them, counted from 1.

    >>> positions([1, 2, 3, 5])
    '2-4,6'
    """
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    return ",".join(
        f"{first + 1}" if first == last else f"{first + 1}-{last + 1}" for first, last in runs
    )
