"""Cells as numbers, one by one: names of classes, words for no value, and what is wrong.

Blocks of plain numbers never come here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.text.cells import (
    BLANKS,
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

MOST_WORDS = 1 << 16
"""Different labels that may be words: each is kept."""

_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_TRUTHS = {"true": "1", "yes": "1", "false": "0", "no": "0"}
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
        names_labels: a label stood as a name.
    """

    def __init__(self, reading: Reading, options: ReadOptions, name: str) -> None:
        self._name, self._decimal = name, reading.dialect.decimal
        self._truths = _TRUTHS if options.truths else {}
        self._value_truths = self._truths if options.is_labels else {}
        self.fills, self.skips = options.na_rule != "error", options.na_rule == "skip"
        self.absent = absent_words(options.na)
        self.is_labels = options.is_labels and len(reading.values) == 1
        names = options.classes
        if names is None:
            names = label_names(reading.value_columns) if reading.labels else ()
        self._index = {name: str(index) for index, name in enumerate(names) if name}
        self._words, self._first_word = options.words, len(names)
        self.named_only = any(is_number(name) for name in self._index)
        self.looks_for_numbers = self.fills and any(map(is_number, self.absent))
        self._has_thousands = reading.has_thousands
        self.skipped = self.filled = self.filled_values = self.truths = 0
        self.percents = self.thousands = 0
        self.names_labels = False

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
        index = self._index.get(bare)
        if index is not None:
            self.names_labels = True
            return index
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
        if self._words is not None:
            return self._word(bare, place)
        raise self._no_class(bare, place)

    def indices(self, names: Collection[str]) -> dict[str, int] | None:
        """The class indices of labels; None where one is neither a name nor a whole number."""
        indices: dict[str, int] = {}
        for name in names:
            index = self._index.get(name)
            if index is None and (self.named_only or not _WHOLE.fullmatch(name)):
                return None
            self.names_labels |= index is not None
            indices[name] = int(index or name)
        return indices

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

    def _no_class(self, name: str, place: str) -> DataError:
        if not self._index:
            return DataError(
                f"{self._name}:{place}: the label {brief(name)} is not a number, "
                "and the classes have no names",
                "--classes FILE.yaml names them, or a header row in the logits' file",
            )
        close = get_close_matches(name, self._index, n=1)
        listed = ", ".join(list(self._index)[:8]) + (", ..." if len(self._index) > 8 else "")
        return DataError(
            f"{self._name}:{place}: the label {brief(name)} is none of the classes",
            f"did you mean {close[0]}?" if close else f"classes: {listed}",
        )

    def _word(self, word: str, place: str) -> str:
        """The number that stands for a word; those of new words follow those of the names."""
        assert self._words is not None
        self.names_labels = True
        if word not in self._words and len(self._words) == MOST_WORDS:
            raise DataError(
                f"{self._name}:{place}: more than {MOST_WORDS} different words as labels"
            )
        return str(self._words.setdefault(word, self._first_word + len(self._words)))
