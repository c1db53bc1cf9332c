"""Settles what texts are tables of: one by itself, or LOGITS and another text side by side.

Headers come first (row counts may settle them), then the ids that both have, then what each column
is, and with it which are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xent_cli.arrays.base import ArrayReader
from xent_cli.arrays.text.columns import choose_columns
from xent_cli.arrays.text.converter import label_names
from xent_cli.arrays.text.counts import Counted, needs_count, settle
from xent_cli.arrays.text.delimited import DelimitedArray, counted
from xent_cli.arrays.text.header import NAMES, Header
from xent_cli.arrays.text.look import Text
from xent_cli.arrays.text.pairs import check_dense, shared_ids
from xent_cli.arrays.text.reading import Reading
from xent_cli.arrays.text.roles import NONE, Aside, Roles, check_index, find_roles
from xent_cli.diagnosis import NOTE, Diagnosis
from xent_cli.errors import UsageError

_SHOWN = 4


def settle_alone(array: DelimitedArray) -> None:
    """Settles a text by itself, and reads it.

    Raises:
        DataError: it is not settled what it is.
        UsageError: columns that are not there.
    """
    assert array.draft is not None
    array.settle(_alone(array.draft))


def _alone(text: Text) -> Reading:
    header = text.read_header()
    lines = text.count() if needs_count(header) else None
    settled, _ = settle(Counted(text.name, header, lines))
    assert settled is not None
    sheet = _Sheet(text, settled)
    check_index(text.options.index, [sheet.table])
    sheet.sort(())
    return sheet.reading()


def settle_together(logits: ArrayReader, labels: ArrayReader) -> bool:
    """Settles LOGITS and LABELS side by side, and reads what of them is a draft.

    Args:
        logits: a draft of a text, or an array that was read.
        labels: the same, of the text that is read with it.

    Returns:
        Whether the ids of both were kept, to be joined.

    Raises:
        DataError: it is not settled what one of them is.
        UsageError: columns that are not there.
    """
    first, second = _draft(logits), _draft(labels)
    own = None if first is None else first.read_header()
    names = label_names(logits.columns if own is None else own.columns or own.names)
    other = None if second is None else second.read_header(names)
    counts = any(header is not None and needs_count(header) for header in (own, other))
    rows = logits.shape[0] if first is None and len(logits.shape) > 1 else None
    there = labels.shape[0] if second is None and labels.shape else None
    own, other = settle(
        Counted(logits.name, own, _lines(first) if counts and first else rows),
        Counted(labels.name, other, _lines(second) if counts and second else there),
    )
    left = None if first is None or own is None else _Sheet(first, own)
    right = None if second is None or other is None else _Sheet(second, other)
    sheets = [sheet for sheet in (left, right) if sheet is not None]
    if sheets:
        check_index(sheets[0].text.options.index, [sheet.table for sheet in sheets])
    keeps_ids = left is not None and right is not None and _pair(left, right)
    if left is not None:
        left.sort(())
        assert isinstance(logits, DelimitedArray)
        logits.settle(left.reading())
    if right is not None:
        assert isinstance(labels, DelimitedArray)
        right.sort(())
        right.check_labels(logits)
        labels.settle(right.reading(), label_names(logits.columns))
    return keeps_ids


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
    left.sort([mine for mine, _ in shared])
    right.sort([theirs for _, theirs in shared])
    pairs = shared or list(_same_names(left, right))
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
        self.chosen = self._choice(text.options.cols, "--cols")
        self.labels = self._choice(text.options.label_col, "--label-col")
        if set(self.chosen) & set(self.labels):
            options = text.options
            raise UsageError(
                f"--cols {options.cols} and --label-col {options.label_col} have a column in "
                "common",
                "columns are counted from 1",
            )
        self.roles = Roles(self.width)
        self._is_sorted = False
        self.ids: int | None = None
        self._is_row = False

    def _choice(self, spec: str | None, option: str) -> tuple[int, ...]:
        if spec is None:
            return ()
        return choose_columns(spec, self.table.columns, self.width, option)

    def name_of(self, part: Aside) -> str:
        """The name of a column that is set aside; empty where it has none."""
        return "" if self.table.columns is None else self.table.columns[part.place]

    def sort(self, shared: Sequence[int]) -> None:
        """Settles what each column is, once; of columns that the user chose nothing is asked."""
        if self.chosen or self._is_sorted:
            return
        self._is_sorted = True
        self.roles = find_roles(self.table, self.text.options.index, self.labels, shared)

    @property
    def places(self) -> Sequence[int]:
        """The columns that are the array."""
        if self.chosen:
            return self.chosen
        if self.text.options.is_labels and self.roles.labels:
            return self.roles.labels
        return self.roles.values

    def check_labels(self, logits: ArrayReader) -> None:
        """Settles what several columns of LABELS are.

        Raises:
            DataError: neither one label a row nor a distribution.
        """
        places, text = self.places, self.text
        if len(places) == 1:
            return
        if text.is_whole and len(self.table.rows) == 1 and logits.shape[:1] == (len(places),):
            self._is_row = len(logits.shape) > 1 and logits.shape != (1, len(places))
        elif text.options.needs_proof and not self.chosen:
            check_dense(self.table, places, logits.columns)

    def reading(self) -> Reading:
        """How the rows become numbers."""
        return Reading(
            self.text.dialect,
            self.text.start(self.header),
            self.table.columns,
            _plain(self.places, self.width),
            self.labels,
            self.ids,
            self._is_row,
            tuple(self._told()),
        )

    def _told(self) -> Iterator[Diagnosis]:
        """How the text was understood."""
        header, options = self.header, self.text.options
        flag = "--no-labels-header" if options.is_labels else "--no-header"
        if header.reading == NAMES and options.header is None:
            yield self._diagnosis(
                "text-header",
                NOTE,
                f"the first row is read as column names: {header.reason} ({flag}: as data)",
            )
        elif header.columns is not None:
            yield self._diagnosis("text-header", NOTE, header.reason)
        if count := self.text.comments - (header.reading != NAMES and bool(header.columns)):
            lines = counted(count, "comment line")
            yield self._diagnosis(
                "comments-above", NOTE, f"{lines} above the first row passed over"
            )
        for part in self.roles.aside[:_SHOWN]:
            told = f"{self.table.title(part.place)} is set aside: {part.reason}"
            yield self._diagnosis("text-index", NOTE, f"{told} (--index none reads it)")
        if self.chosen or self.labels:
            columns = f"the array is made of {self._listed(self.places)}"
            if self.labels:
                columns += f", the labels of {self._listed(self.labels)}"
            yield self._diagnosis("text-columns", NOTE, columns)

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
