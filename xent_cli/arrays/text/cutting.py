"""Lines of text cut into columns on their bytes, all lines at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xent_cli.arrays.base import Array
from xent_cli.arrays.text.decimals import parse_numbers
from xent_cli.arrays.text.reader import NEWLINE


class Columns:
    """Lines of `width` cells each, with the places of their delimiters."""

    def __init__(self, text: bytes, mark: bytes, rows: int, bounds: Array) -> None:
        self._text, self._mark, self._bounds = text, mark, bounds
        self._rows, self._width = rows, max(1, bounds.shape[1] - 1)

    @classmethod
    def over(cls, text: bytes, mark: bytes, width: int) -> Columns | None:
        """The columns; None where a line has more or fewer cells: counted on bytes, not by line."""
        if width == 1:  # one column is never cut: its lines have no bounds
            blank = text.startswith(NEWLINE) or text.endswith(NEWLINE) or NEWLINE * 2 in text
            if blank or mark in text:
                return None
            return cls(text, mark, text.count(NEWLINE) + 1, np.empty((0, 0), np.int64))
        codes = np.frombuffer(text, dtype=np.uint8)
        ends = np.append(np.flatnonzero(codes == ord("\n")), len(codes))
        starts = np.concatenate([[-1], ends[:-1]])
        places = np.flatnonzero(codes == ord(mark))
        rows = len(ends)
        if len(places) != (width - 1) * rows:
            return None
        table = places.reshape(rows, width - 1)
        if not ((table[:, 0] > starts).all() and (table[:, -1] < ends).all()):
            return None
        bounds = np.concatenate([starts[:, None], table, ends[:, None]], axis=1)
        return cls(text, mark, rows, bounds)

    def numbers(self, places: Sequence[int]) -> Array | None:
        """The numbers of some columns, in their order; None where a cell is none."""
        ordered = places if isinstance(places, range) else sorted(places)
        text = self.text(ordered)
        values = _checked_numbers(
            text.replace(NEWLINE, self._mark), self._mark, self._rows * len(places)
        )
        if values is None:
            return None
        values = values.reshape(self._rows, len(places))
        if list(places) == list(ordered):
            return values
        return values[:, np.argsort(np.argsort(places))]

    def text(self, places: Sequence[int], delimiter: str | None = None) -> bytes:
        """Lines of some columns alone, which are in order, cut by `delimiter` if one is given."""
        lines = self._text if len(places) == self._width else self._picked(places)
        return lines if delimiter is None else lines.replace(self._mark, delimiter.encode())

    def _picked(self, places: Sequence[int]) -> bytes:
        # Marks where columns that are wanted begin and end, summed up: a byte stays where it is 1.
        text = np.frombuffer(self._text + NEWLINE, np.uint8).copy()
        ends = self._bounds[:, places[-1] + 1]
        text[ends] = ord("\n")
        steps = np.zeros(len(text) + 1, np.int8)
        for first, last in _runs(places):
            steps[self._bounds[:, first] + 1] += 1
            steps[self._bounds[:, last + 1] + 1] -= 1
        lines: bytes = text[np.cumsum(steps[:-1], dtype=np.int8).view(bool)].tobytes()
        return lines[:-1]


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """The first and the last of each run of neighbours."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs


def _checked_numbers(flat: bytes, mark: bytes, count: int) -> Array | None:
    """As `parse_numbers`; None also where NumPy reads more than people write."""
    values = parse_numbers(flat, mark, count)
    if values is None or b"(" in flat:  # nan(1) is a number to NumPy
        return None
    if values.dtype == np.float64:
        infinite = np.count_nonzero(np.isinf(values))
        if infinite and infinite != flat.lower().count(b"inf"):
            return None
    return values
