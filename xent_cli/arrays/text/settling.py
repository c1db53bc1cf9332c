"""Settles what texts are tables of: one by itself, or LOGITS and another text side by side.

Headers come first (row counts may settle them), then the ids that both have, then what each column
is, and with it which are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from xent_cli.arrays.base import ArrayReader
from xent_cli.arrays.text.cells import brief
from xent_cli.arrays.text.columns import Choice, choices, choose_columns
from xent_cli.arrays.text.converter import label_names
from xent_cli.arrays.text.counts import Counted, needs_count, settle
from xent_cli.arrays.text.delimited import DelimitedArray, counted
from xent_cli.arrays.text.header import NAMES, Header
from xent_cli.arrays.text.look import Text
from xent_cli.arrays.text.names import match_names
from xent_cli.arrays.text.pairs import check_dense, shared_ids
from xent_cli.arrays.text.profile import WORD
from xent_cli.arrays.text.reading import Reading
from xent_cli.arrays.text.roles import NO_KEYS, NONE, Aside, Roles, check_index, find_roles
from xent_cli.diagnosis import NOTE, WARNING, Diagnosis
from xent_cli.errors import DataError, UsageError

_SHOWN = 4
_IN_BOTH = "both files have it, with distinct cells"
MOST_KEYS = 1 << 17
"""Classes whose numbers are told by keys, in a text: each is kept."""


def settle_alone(array: DelimitedArray) -> None:
    """Settles a text by itself, and reads it.

    Raises:
        DataError: it is not settled what it is.
        UsageError: columns that are not there.
    """
    assert array.draft is not None
    sheet = _settled_sheet(array.draft)
    check_index(sheet.text.options.index, [sheet.table])
    sheet.sort()
    array.settle(sheet.reading())


def _settled_sheet(text: Text) -> _Sheet:
    header = text.read_header()
    lines = text.count() if needs_count(header) else None
    settled, _ = settle(Counted(text.name, header, lines))
    assert settled is not None
    return _Sheet(text, settled)


def settle_vector(
    array: ArrayReader, names: Sequence[str] | None, logits: str, *, by_index: bool = True
) -> tuple[str, ...]:
    """Settles a draft of a text of one number a class, and reads it.

    Args:
        array: a draft, or an array that was read.
        names: of the classes; None where they have none.
        logits: the file that has the classes, for messages.
        by_index: its first column may name the classes by their indices, and not by words alone.

    Returns:
        The cells of its first column where they tell whose each number is; or none.

    Raises:
        DataError: it is not settled what it is.
    """
    draft = _draft(array)
    if draft is None or not isinstance(array, DelimitedArray):
        return ()
    sheet = _settled_sheet(draft)
    is_keyed = _has_keys(sheet, names, by_index=by_index)
    sheet.sort({0: "it names the classes"} if is_keyed else NO_KEYS)
    if sheet.roles.aside and len(sheet.places) == 1:
        sheet.ids = sheet.roles.aside[0].place
    sheet.put_in_order(names, logits)
    array.settle(sheet.reading())
    return () if array.ids is None else tuple(array.ids.lines())


def _has_keys(sheet: _Sheet, names: Sequence[str] | None, *, by_index: bool) -> bool:
    """Whether the first of two columns names the classes: by words, or by all their indices."""
    if sheet.width != 2:
        return False
    column = sheet.table.rows.profile(0)
    if column.is_words or not by_index:
        return column.is_words
    keys = list(islice(sheet.table.cells(0), MOST_KEYS + 1))
    classes = {*(names or ()), *map(str, range(len(keys)))}
    return len(set(keys)) == len(keys) <= MOST_KEYS and classes.issuperset(keys)


def settle_together(logits: ArrayReader, others: Sequence[ArrayReader]) -> tuple[bool, ...]:
    """Settles LOGITS and what lies over its rows side by side, and reads what of them is a draft.

    Args:
        logits: a draft of a text, or an array that was read.
        others: the same, of LABELS and of sample weights.

    Returns:
        Of each of `others`, whether its ids and those of LOGITS were kept, to be joined.

    Raises:
        DataError: it is not settled what one of them is.
        UsageError: columns that are not there.
    """
    first = _draft(logits)
    own = None if first is None else first.read_header()
    names = label_names(logits.columns if own is None else own.columns or own.names)
    drafts, headers = list(map(_draft, others)), []
    for draft, other in zip(drafts, others, strict=True):
        header = None if draft is None else draft.read_header(names)
        counts = any(each is not None and needs_count(each) for each in (own, header))
        own, header = settle(_counted(logits, own, counts, 1), _counted(other, header, counts, 0))
        headers.append(header)
    left = None if first is None or own is None else _Sheet(first, own)
    rights = [
        None if draft is None or header is None else _Sheet(draft, header)
        for draft, header in zip(drafts, headers, strict=True)
    ]
    sheets = [sheet for sheet in (left, *rights) if sheet is not None]
    if sheets:
        check_index(sheets[0].text.options.index, [sheet.table for sheet in sheets])
    keep_ids = tuple(
        left is not None and right is not None and _pair(left, right) for right in rights
    )
    if left is not None:
        left.sort()
        assert isinstance(logits, DelimitedArray)
        logits.settle(left.reading())
    for right, other in zip(rights, others, strict=True):
        if right is not None:
            assert isinstance(other, DelimitedArray)
            right.sort()
            right.lie_over(logits)
            other.settle(right.reading(), label_names(logits.columns))
    for other, keeps in zip(others, keep_ids, strict=True):
        if not keeps:
            _refuse_keys(logits, other)
    return keep_ids


def _refuse_keys(logits: ArrayReader, other: ArrayReader) -> None:
    """Refuses ids that cannot be compared: those of many files that are one array."""
    both = [name for name in logits.keys if name in other.keys]
    if both:
        values = ",".join((logits.columns or ())[:_SHOWN])
        raise DataError(
            f"{logits.name} and {other.name} have ids ({both[0]}), and the ids of many files are "
            "not compared",
            f"columns that are chosen take the rows as they stand, such as {logits.name}:{values}; "
            "one file of all rows is joined by its ids",
        )


def _counted(array: ArrayReader, header: Header | None, counts: bool, least: int) -> Counted:
    """An array whose rows are compared; of a text where `counts`, else of more dims than least."""
    draft = _draft(array)
    if draft is not None:
        return Counted(array.name, header, _lines(draft) if counts else None)
    return Counted(array.name, None, array.shape[0] if len(array.shape) > least else None)


def _draft(array: ArrayReader) -> Text | None:
    return array.draft if isinstance(array, DelimitedArray) else None


def _lines(text: Text) -> int:
    """How many rows a text has, the first included; of labels in one row, how many these are."""
    if text.options.is_labels and text.is_whole and len(text.lines) == 1:
        return text.dialect.width
    return text.count()


def _pair(left: _Sheet, right: _Sheet) -> bool:
    """Sorts the columns of both, and settles by which both are joined; False where by none."""
    if left.text.options.index == NONE:
        return False
    shared = [
        (mine, theirs)
        for mine, theirs in shared_ids(left.table, right.table)
        if mine not in left.chosen and theirs not in right.chosen
    ]
    left.sort({mine: _IN_BOTH for mine, _ in shared})
    right.sort({theirs: _IN_BOTH for _, theirs in shared})
    pairs = shared or list(_same_names(left, right))
    if left.ids is not None:
        pairs = [pair for pair in pairs if pair[0] == left.ids]
    if not pairs:
        return False
    left.ids, right.ids = pairs[0]
    return True


def _same_names(left: _Sheet, right: _Sheet) -> Iterator[tuple[int, int]]:
    """The columns of ids that are set aside in both under one name, whatever they hold."""
    theirs = {right.name_of(part): part.place for part in right.roles.aside if part.joins}
    for part in left.roles.aside:
        name = left.name_of(part)
        if part.joins and name and name in theirs:
            yield part.place, theirs[name]


class _Sheet:
    """A text whose first row is settled, and what its columns are.

    Attributes:
        chosen: positions of the columns that the user chose as the array; empty where none.
        labels: positions of those chosen as labels in the same text.
        ids: the position of the column by which it is joined with the other text.
    """

    def __init__(self, text: Text, header: Header) -> None:
        self.text, self.header = text, header
        self.table = text.table(header)
        self.width = text.dialect.width
        choice, labels = choices(text.options, text.name)
        self.chosen, self.labels = self._chosen(choice), self._chosen(labels)
        if choice and labels and set(self.chosen) & set(self.labels):
            raise UsageError(
                f"{choice.told(choice.spec)} and {labels.told(labels.spec)} have a column in "
                "common",
                "columns are counted from 1",
            )
        self.roles = Roles(self.width)
        self._is_sorted = False
        self.ids: int | None = None
        self._is_row = False
        self._order: tuple[int, ...] = ()
        self._told_of_names: Diagnosis | None = None

    def _chosen(self, choice: Choice | None) -> tuple[int, ...]:
        if choice is None:
            return ()
        return choose_columns(choice, self.table.columns, self.width)

    def name_of(self, part: Aside) -> str:
        """The name of a column that is set aside; empty where it has none."""
        return "" if self.table.columns is None else self.table.columns[part.place]

    def sort(self, keys: Mapping[int, str] = NO_KEYS) -> None:
        """Settles what each column is, once; of columns that the user chose nothing is asked."""
        if self.chosen or self._is_sorted:
            return
        self._is_sorted = True
        self.roles = find_roles(self.table, self.text.options.index, self.labels, keys)

    @property
    def places(self) -> Sequence[int]:
        """The columns that are the array."""
        if self._order:
            return self._order
        if self.chosen:
            return self.chosen
        if self.table.is_labels and self.roles.labels:
            return self.roles.labels
        return self.roles.values

    def lie_over(self, logits: ArrayReader) -> None:
        """Settles what several columns of LABELS are, and their order.

        Raises:
            DataError: neither one label a row nor a distribution.
        """
        places, text = self.places, self.text
        if len(places) == 1:
            return
        if not self.chosen:
            self.put_in_order(logits.columns or text.options.classes, logits.name)
        if text.is_whole and len(self.table.rows) == 1 and logits.shape[:1] == (len(places),):
            self._is_row = len(logits.shape) > 1 and logits.shape != (1, len(places))
        elif text.options.needs_proof and not self.chosen:
            check_dense(self.table, places, logits.columns)

    def put_in_order(self, names: Sequence[str] | None, logits: str) -> None:
        """Puts columns that are named as those of LOGITS in their order."""
        columns, places = self.table.columns, self.places
        if names is None or columns is None:
            return
        match = match_names(names, [columns[place] for place in places])
        if match.order is not None:
            self._order = tuple(places[position] for position in match.order)
            told = f"its columns are put in the order of those of {logits}, by their names"
            self._told_of_names = self._diagnosis("columns-in-order", NOTE, told)
        elif match.different is not None:
            theirs, own = map(brief, match.different)
            self._told_of_names = self._diagnosis(
                "columns-differ",
                WARNING,
                f"its columns are taken in their order, but {own} stands where {logits} has "
                f"{theirs}",
            )

    def reading(self) -> Reading:
        """How the rows become numbers."""
        return Reading(
            self.text.dialect,
            self.text.start(self.header),
            self.table.columns,
            _plain(self.places, self.width),
            self.labels,
            self.ids,
            tuple(name for part in self.roles.aside if part.joins and (name := self.name_of(part))),
            tuple(part.place for part in self.roles.aside if part.is_distinct),
            self._is_row,
            self.text.has_thousands(),
            tuple(self._told()),
        )

    def _told(self) -> Iterator[Diagnosis]:
        """How the text was understood."""
        header, options = self.header, self.text.options
        if header.reading == NAMES and options.header is None:
            flag = "--no-labels-header" if options.is_labels else "--no-header"
            way = f" ({flag}: as data)" if self._may_be_data() else ""
            told = f"the first row is read as column names: {header.reason}{way}"
            yield self._diagnosis("text-header", NOTE, told)
        elif header.columns is not None:
            yield self._diagnosis("text-header", NOTE, header.reason)
        if count := self.text.comments - (header.reading != NAMES and bool(header.columns)):
            lines = counted(count, "comment line")
            yield self._diagnosis(
                "comments-above", NOTE, f"{lines} above the first row passed over"
            )
        for part in self.roles.aside[:_SHOWN]:
            way = " (--index none reads it)"
            if self.table.rows.profile(part.place).is_words:  # and no numbers
                way = ""
            told = f"{self.table.title(part.place)} is set aside: {part.reason}{way}"
            yield self._diagnosis("text-index", NOTE, told)
        if self._told_of_names is not None:
            yield self._told_of_names
        if self.chosen or self.labels:
            columns = f"the array is made of {self._listed(self.places)}"
            if self.labels:
                columns += f", the labels of {self._listed(self.labels)}"
            yield self._diagnosis("text-columns", NOTE, columns)

    def _may_be_data(self) -> bool:
        """Whether the first row may be one of the array: of numbers, or of words as labels are."""
        rows, places = self.table.rows, (*self.places, *self.labels)
        if len(places) == 1 and rows.profile(places[0]).is_words:
            return True
        return not any(rows.kind((self.table.columns or ())[place]) == WORD for place in places)

    def _diagnosis(self, id: str, level: str, words: str) -> Diagnosis:
        return Diagnosis(id, level, f"{self.text.name}: {words}", place={"file": self.text.name})

    def _listed(self, columns: Sequence[int]) -> str:
        """Columns as people count them, with their names; of many the first and the last."""
        ends, mark = tuple(columns), ", "
        if len(columns) > _SHOWN:
            ends, mark = (columns[0], columns[-1]), " ... "
        places = mark.join(str(column + 1) for column in ends)
        word = "column" if len(columns) == 1 else "columns"
        if self.table.columns is None:
            return f"{word} {places}"
        return f"{word} {places} ({mark.join(self.table.columns[column] for column in ends)})"


def _plain(places: Sequence[int], width: int) -> Sequence[int]:
    """All columns in their order as a range, which takes no memory and is known for it."""
    return range(width) if tuple(places) == tuple(range(width)) else places
