"""What stands in the columns of a text: the evidence by which it is read as a table.

`Rows` are the lines of a prefix, cut into columns only where one is asked for, so a text of 300,000
columns costs what is looked at; `Profile` is what one column holds. The usual column, of numbers
alone, is profiled by functions that run in C: 10 columns of a prefix of 1 MiB in 60 ms, the first
alone in 5.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice, pairwise, repeat

from xent_cli.arrays.text.cells import ABSENT, BLANKS, SWAPPED, TRUTHS, cells_of, unmarked
from xent_cli.records import record

EMPTY, MISSING, TRUTH, WORD = "empty", "missing", "truth", "word"
WHOLE, FRACTION, NOT_FINITE = "whole", "fraction", "not finite"
"""Kinds of cells. A fraction has a point or an exponent (or a percent sign), whatever its value."""

_NUMBER = re.compile(r"[+-]?(?:\d+(\.\d*)?(e[+-]?\d+)?|(\.\d+)(e[+-]?\d+)?)", re.ASCII | re.I)
_NO_NUMBER = re.compile(r"[+-]?(?:inf|infinity|nan)", re.IGNORECASE)
_JOINT = "\0"
"""Parts cells that are not parted by one character alone: no text holds it."""
_NUMBER_STARTS = frozenset("0123456789+-.inIN")
_STARTS = _NUMBER_STARTS.union("tfyTFY")
"""How numbers begin, and words for truth, in ASCII."""
_SAMPLE = 1000
_BAND = 1 << 15
"""Cells cut at once: what they take in memory does not grow with the text."""


@record
class Profile:
    """What the cells of one column are.

    Attributes:
        rows: how many cells there are, of any kind.
        whole, fractions, not_finite: numbers without point and exponent, with one, nan and inf.
        words, truths: words; of them apart True, False, yes and no.
        missing, empty: words for no value; cells of blanks alone.
        smallest, largest: of the finite numbers; nan where there is none.
        distinct: no two cells are written alike.
        counts_from: 0 or 1 where the cells are whole numbers that count by one from it.
        binary: all cells are `0` or `1`.
    """

    rows: int = 0
    whole: int = 0
    fractions: int = 0
    not_finite: int = 0
    words: int = 0
    truths: int = 0
    missing: int = 0
    empty: int = 0
    smallest: float = math.nan
    largest: float = math.nan
    distinct: bool = True
    counts_from: int | None = None
    binary: bool = False

    @property
    def is_numbers(self) -> bool:
        """Whether it is a column of numbers: labels may be words among marks such as -100."""
        numbers = self.whole + self.fractions + self.not_finite
        return numbers > 0 and (self.words + self.truths == 0 or self.fractions > self.words)

    @property
    def is_whole(self) -> bool:
        """Whether all cells are whole numbers."""
        return self.whole == self.rows > 0

    @property
    def is_words(self) -> bool:
        """Whether it is a column of words: some, and no fraction among them."""
        return self.words > 0 and not self.is_numbers

    @property
    def is_key(self) -> bool:
        """Whether its cells may tell rows apart: distinct whole numbers, or distinct words."""
        return self.distinct and (self.is_whole or self.words == self.rows > 0)


def kind_of(cell: str, absent: Collection[str] = ABSENT) -> str:
    """What a cell is, without the blanks around it.

    >>> [kind_of(cell) for cell in ("007", "1.", "-inf", "1e5", "50 %", "yes", "NA", " ", "1O")]
    ['whole', 'fraction', 'not finite', 'fraction', 'fraction', 'truth', 'missing', 'empty', 'word']
    """
    return _kind_and_value(cell.strip(BLANKS), absent)[0]


def value_of(cell: str, absent: Collection[str] = ABSENT) -> float:
    """The number that a cell is; nan where it is none, or not a finite one.

    >>> [value_of(cell) for cell in ("1,234.5", "50%", "x")]
    [1234.5, 0.5, nan]
    """
    return _kind_and_value(cell.strip(BLANKS), absent)[1]


def _kind_and_value(cell: str, absent: Collection[str]) -> tuple[str, float]:
    """What a bare cell is, and its value; nan where it has none."""
    if not cell:
        return EMPTY, math.nan
    small = cell.lower()
    if small in absent:
        return MISSING, math.nan
    if match := _NUMBER.fullmatch(cell):
        return FRACTION if any(match.groups()) else WHOLE, float(cell)
    if small in TRUTHS:
        return TRUTH, math.nan
    if _NO_NUMBER.fullmatch(cell):
        return NOT_FINITE, math.nan
    if number := unmarked(cell):
        return FRACTION if "." in cell or "%" in cell else WHOLE, float(number)
    return WORD, math.nan


def profile_of(cells: Sequence[str], absent: Collection[str] = ABSENT) -> Profile:
    """The profile of a column.

    Args:
        cells: numbers with a point; blanks around them are let pass.
        absent: words for no value, in small letters; what is in it is no number.

    >>> column = profile_of(["0", "1", "2"])
    >>> column.is_whole, column.counts_from, column.distinct, column.largest
    (True, 0, True, 2.0)
    """
    text = "\n".join(cells)
    cells = _bare(cells, text)
    alike = absent is ABSENT or frozenset(absent).isdisjoint(cells)
    values = _numbers(cells, text) if alike else None
    if values is None:
        return _mixed(cells, absent)
    different = set(cells)
    fractions = text.count(".")
    if "e" in text or "E" in text:  # of numbers alone: one point and one exponent at the most
        fractions = sum("." in cell or "e" in cell or "E" in cell for cell in cells)
    not_finite = sum("n" in cell or "N" in cell for cell in cells) if "n" in text.lower() else 0
    finite = values if not not_finite else [value for value in values if math.isfinite(value)]
    whole = len(cells) - fractions - not_finite
    return Profile(
        len(cells),
        whole=whole,
        fractions=fractions,
        not_finite=not_finite,
        smallest=min(finite, default=math.nan),
        largest=max(finite, default=math.nan),
        distinct=len(different) == len(cells),
        counts_from=_start(values) if whole == len(cells) else None,
        binary=different <= {"0", "1"},
    )


def _bare(cells: Sequence[str], text: str) -> Sequence[str]:
    """The cells without the blanks around them, which they have only if their text has some."""
    return [cell.strip(BLANKS) for cell in cells] if any(b in text for b in BLANKS) else cells


def _numbers(cells: Sequence[str], text: str) -> list[float] | None:
    """The values of cells that are numbers as xent reads them; None if one is not."""
    if not cells or not text.isascii() or "_" in text:  # which float() lets pass
        return None
    try:
        return list(map(float, cells))
    except ValueError:
        return None


def _start(values: Sequence[float]) -> int | None:
    """From where the values count by one, 0 or 1."""
    first = values[0]
    if first not in (0, 1) or values[-1] != first + len(values) - 1:
        return None
    start = int(first)
    return start if values == list(range(start, start + len(values))) else None


def _mixed(cells: Sequence[str], absent: Collection[str]) -> Profile:
    """The profile of a column that is not of numbers alone."""
    kinds: Counter[str] = Counter()
    finite: list[float] = []
    starts = _STARTS.union(*((word[:1], word[:1].upper()) for word in absent))
    for cell, count in _counted(cells):
        if cell and cell[0] not in starts:
            kinds[WORD] += count
            continue
        kind, value = _kind_and_value(cell, absent)
        kinds[kind] += count
        if not math.isnan(value):
            finite.append(value)
    return Profile(
        len(cells),
        kinds[WHOLE],
        kinds[FRACTION],
        kinds[NOT_FINITE],
        kinds[WORD],
        kinds[TRUTH],
        kinds[MISSING],
        kinds[EMPTY],
        min(finite, default=math.nan),
        max(finite, default=math.nan),
        all(cell != following for cell, following in pairwise(sorted(cells))),
    )


def _counted(cells: Sequence[str]) -> Iterable[tuple[str, int]]:
    """The cells, each with how often it is there if many recur: 300,000 counts take 20 MB."""
    start = cells[:_SAMPLE]
    return Counter(cells).items() if 2 * len(set(start)) < len(start) else zip(cells, repeat(1))


class Rows:
    """Rows of a text, cut into columns as these are asked for.

    Args:
        lines: of cells alone, all of one width, without quotes; see `Rows.cut`.
        mark: the one character that parts their cells.
        absent: words for no value, in small letters.

    >>> rows = Rows(["0,0.5", "1,0.25"])
    >>> len(rows), rows.width, rows.column(1), rows.profile(0).counts_from
    (2, 2, ['0.5', '0.25'], 0)
    """

    def __init__(
        self, lines: Sequence[str], mark: str = ",", absent: Collection[str] = ABSENT
    ) -> None:
        self.lines, self.mark, self.absent = lines, mark, absent
        self.width = lines[0].count(mark) + 1 if lines else 0
        self.has_commas = False
        self._profiles: dict[int, Profile] = {}

    @classmethod
    def cut(cls, lines: Sequence[str], delimiter: str, absent: Collection[str] = ABSENT) -> Rows:
        """The rows of lines as they stand in a text.

        Args:
            lines: without comments and blank lines, all of one width.
            delimiter: one character; a space stands for any run of blanks.
            absent: words for no value, in small letters.

        Raises:
            DataError: quotes that are wrong.
        """
        if delimiter == " " or any('"' in line for line in lines):
            lines = [_JOINT.join(cells_of(line, delimiter)) for line in lines]
            delimiter = _JOINT
        return cls(lines, delimiter, absent)

    def __len__(self) -> int:
        return len(self.lines)

    def with_points(self) -> Rows:
        """The rows with `.` for `,` and the other way round, of a text with decimal commas."""
        mark = _JOINT if self.mark in ",." else self.mark
        lines = (line.replace(self.mark, mark) for line in self.lines)
        rows = Rows([line.translate(SWAPPED) for line in lines], mark, self.absent)
        rows.has_commas = True
        return rows

    def since(self, first: int) -> Rows:
        """The rows from one on."""
        return self._like(self.lines[first:], self.width)

    def _like(self, lines: Sequence[str], width: int) -> Rows:
        rows = Rows(lines, self.mark, self.absent)
        rows.width, rows.has_commas = width, self.has_commas
        return rows

    def without(self, places: Collection[int]) -> Rows:
        """The rows without some of their columns."""
        if not places:
            return self
        others = [place for place in range(self.width) if place not in places]
        split = (line.split(self.mark) for line in self.lines)
        lines = [self.mark.join([cells[place] for place in others]) for cells in split]
        return self._like(lines, len(others))

    def row(self, index: int) -> list[str]:
        """The cells of one row, without the blanks around them."""
        return [cell.strip(BLANKS) for cell in self.lines[index].split(self.mark)]

    def column(self, place: int) -> Sequence[str]:
        """The cells of one column, without the blanks around them."""
        cells = self.lines
        if place == 0 and self.width > 1:
            cells = [line.partition(self.mark)[0] for line in self.lines]
        elif place > 0:
            cells = [line.split(self.mark, place + 1)[place] for line in self.lines]
        return _bare(cells, "\n".join(cells))

    def columns(self) -> Iterator[Sequence[str]]:
        """The cells of each column, from left to right; a band of columns is cut at a time."""
        if not self.lines:
            return
        if len(self.lines) > _BAND // 4:  # the parts of a band would take more than the text
            yield from map(self.column, range(self.width))
            return
        rests, band = list(self.lines), _BAND // len(self.lines)
        for first in range(0, self.width, band):
            last = first + band >= self.width
            parts = [rest.split(self.mark, -1 if last else band) for rest in rests]
            if not last:
                rests = [cells.pop() for cells in parts]
            yield from zip(*parts, strict=True)

    def profile(self, place: int) -> Profile:
        """What one column holds."""
        if place not in self._profiles:
            self._profiles[place] = profile_of(self.column(place), self.absent)
        return self._profiles[place]

    def kind(self, cell: str) -> str:
        """What a cell is, in this text."""
        return kind_of(cell.translate(SWAPPED) if self.has_commas else cell, self.absent)

    def first_numbers(self, wanted: bytes) -> int | None:
        """The first column that holds numbers, of those wanted: a 1 for each that is, else a 0."""
        first = wanted.find(1)
        if first < 0 or not self.lines:
            return None
        if self.profile(first).is_numbers:
            return first
        return next(
            (
                place
                for place, cells in enumerate(self.columns())
                if wanted[place]
                and not _NUMBER_STARTS.isdisjoint(cell.lstrip(BLANKS)[:1] for cell in cells)
                and profile_of(cells, self.absent).is_numbers
            ),
            None,
        )

    @property
    def ends_empty(self) -> bool:
        """Whether the last cell of every row is empty."""
        return all(not line.rpartition(self.mark)[2].strip(BLANKS) for line in self.lines)

    @property
    def all_fractions(self) -> bool:
        """Whether every column has a cell with a point or an exponent."""
        if not self.lines or not self.width:
            return False
        for line in islice(self.lines, 8):  # one row is enough, and often the first
            cells = line.split(self.mark)
            if line.count(".") == self.width and _numbers(cells, line) is not None:
                return True
        return all(self._has_fraction(cells) for cells in self.columns())

    def _has_fraction(self, cells: Sequence[str]) -> bool:
        text = "\n".join(cells)
        return any(sign in text for sign in ".eE%") and any(
            kind_of(cell, self.absent) == FRACTION for cell in cells
        )

    @property
    def all_binary(self) -> bool:
        """Whether every cell is `0` or `1`."""
        return self.width > 0 and all(
            {"0", "1"}.issuperset(cell.strip(BLANKS) for cell in set(line.split(self.mark)))
            for line in self.lines
        )

    @property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest finite number of all; nan where there is none."""
        ends: list[float] = []
        step = max(1, _BAND // max(1, self.width))
        for first in range(0, len(self.lines), step):
            cells = self.mark.join(self.lines[first : first + step]).split(self.mark)
            part = profile_of(cells, self.absent)
            ends += (part.smallest, part.largest)
        ends = [end for end in ends if not math.isnan(end)]
        return min(ends, default=math.nan), max(ends, default=math.nan)
