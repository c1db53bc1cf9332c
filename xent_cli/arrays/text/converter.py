"""Cells as numbers, one by one: names of classes, words for no value, and what is wrong.

Blocks of plain numbers never come here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.label_names import LabelNames
from xent_cli.arrays.text.cells import (
    BLANKS,
    TRUTHS,
    absent_words,
    brief,
    is_grouped,
    is_missing,
    is_number,
    swapped,
    unmarked,
)
from xent_cli.arrays.text.reading import Reading
from xent_cli.arrays.text.spelling import way_out
from xent_cli.errors import DataError

_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_NO_TRUTHS: dict[str, str] = {}


def label_names(columns: Sequence[str] | None) -> tuple[str, ...]:
    """The names that labels may have, from a header: `1` is a class index, whatever it heads.

    >>> label_names(("cat", "2"))
    ('cat', '')
    """
    return tuple("" if is_number(name) else name for name in columns or ())


class Converter:
    """Writes cells as plain numbers.

    Attributes:
        skips: rows with an empty cell are left out.
        looks_for_numbers: a number says that there is no value, so every cell is looked at.
        skipped: how many were.
        filled: empty cells read as nan; of these, `filled_values` are the array's.
        truths: cells of True, False, yes and no read as 1 and 0.
        percents, thousands: cells with a percent sign, and with marks between thousands.
    """

    def __init__(self, reading: Reading, options: ReadOptions, name: str) -> None:
        self._name, self._decimal = name, reading.dialect.decimal
        self._truths = TRUTHS if options.truths else {}
        self._value_truths = self._truths if options.is_labels else {}
        self.fills, self.skips = options.na_rule != "error", options.na_rule == "skip"
        self.absent = absent_words(options.na)
        self.is_labels = options.is_labels and len(reading.values) == 1
        names = options.classes
        if names is None:
            names = label_names(reading.value_columns) if reading.labels else ()
        self._names = LabelNames(names, options.words)
        self.named_only = self._names.only
        self.looks_for_numbers = self.fills and any(map(is_number, self.absent))
        self._has_thousands = reading.has_thousands
        self.skipped = self.filled = self.filled_values = self.truths = 0
        self.percents = self.thousands = 0

    def value(self, cell: str, place: str) -> str:
        """A cell of the array.

        Args:
            cell: as it is written.
            place: `line:column`.

        Raises:
            DataError: it is no number.
        """
        if self.is_labels:
            return self.label(cell, place)
        if self.fills and is_missing(cell, self.absent):
            self.filled += 1
            self.filled_values += 1
            return "nan"
        return self._number(cell, place, self._value_truths)

    def label(self, cell: str, place: str) -> str:
        """A class index as it is, or in place of a name.

        Raises:
            DataError: it is neither.
        """
        bare = cell.strip()
        index = self._names.find(bare)
        if index is not None:
            return str(index)
        if is_missing(cell, self.absent):
            if self.fills:
                self.filled += 1
                return "nan"
            return self._number(cell, place)
        plain = swapped(bare, self._decimal)
        # Where classes are called 3, 7 and 9, a 0 is not the first: only marks like -100 are left.
        if is_number(plain) and (not self.named_only or bare.startswith("-") or bare == "nan"):
            return self._number(cell, place)
        if bare.lower() in self._truths:
            return self._number(cell, place, self._truths)
        return str(self._names.word(bare, f"{self._name}:{place}"))

    def indices(self, names: Collection[str]) -> dict[str, int] | None:
        """The class indices of labels; None where one is neither a name nor a whole number."""
        indices: dict[str, int] = {}
        for name in names:
            index = self._names.find(name)
            if index is None and (self.named_only or not _WHOLE.fullmatch(name)):
                return None
            indices[name] = int(name) if index is None else index
        return indices

    @property
    def names_labels(self) -> bool:
        """Whether a label stood as a name."""
        return self._names.used

    def _number(self, cell: str, place: str, truths: Mapping[str, str] = _NO_TRUTHS) -> str:
        plain = swapped(cell.strip(BLANKS), self._decimal)
        if is_number(plain):
            if "inf" not in plain.lower() and float(plain) in (float("inf"), float("-inf")):
                raise DataError(
                    f"{self._name}:{place}: {brief(cell.strip())} is too large for float64",
                    "write inf if it is meant",
                )
            return plain
        if (truth := truths.get(plain.lower())) is not None:
            self.truths += 1
            return truth
        if (number := unmarked(plain)) is not None:
            return self._without_marks(plain, number, place)
        if not cell.strip():
            raise DataError(
                f"{self._name}:{place}: the cell is empty, expected a number",
                way_out(cell, self._decimal, self.absent),
            )
        raise DataError(
            f"{self._name}:{place}: expected a number, got {brief(cell.strip(BLANKS))}",
            way_out(cell, self._decimal, self.absent),
        )

    def _without_marks(self, plain: str, number: str, place: str) -> str:
        """A number with a percent sign, or marks between thousands.

        Raises:
            DataError: one comma alone, which may stand before a fraction.
        """
        is_percent = plain.endswith("%")
        if not is_number(plain.rstrip("% \u00a0\u202f")):
            if "," in plain and not (self._has_thousands or is_grouped(plain)):
                shown = swapped(plain, self._decimal)
                fraction = plain.replace(",", ".")
                way = "--decimal ," if self._decimal == "." else "--decimal ."
                raise DataError(
                    f"{self._name}:{place}: {brief(shown)} may be {number} or {fraction}",
                    f"{way} reads it as {fraction}; as {number} it has no mark between the digits",
                )
            self.thousands += 1
        self.percents += is_percent
        return number
