"""A range of the rows of an array."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import prod

from xent_cli.arrays.base import Array, ArrayReader, RowSpan, span_text
from xent_cli.arrays.storage.spool import spooled
from xent_cli.arrays.views.parts import SlicedArray
from xent_cli.errors import DataError
from xent_cli.geometry import Box

_AT_ONCE = 1 << 20
_LINES = 1 << 10


def take_rows(reader: ArrayReader, rows: RowSpan | None) -> ArrayReader:
    """The rows from the first to the one before the last, counted from 0; None: all.

    Raises:
        DataError: the array has no rows, or fewer; it is closed.
    """
    if rows is None:
        return reader
    (first, last), shown = rows, span_text(rows)
    if not reader.shape:
        reader.close()
        raise DataError(f"{reader.name}: a single number has no rows for --rows {shown}")
    length = reader.shape[0]
    if max(first + (length > 0), last or 0) > length:
        reader.close()
        raise DataError(
            f"{reader.name}: has {length} rows, fewer than --rows {shown}",
            f"--rows {first}: goes to the end" if first < length else None,
        )
    return RowRange(reader, first, length if last is None else last)


class RowRange(SlicedArray):
    """The rows from `start` to `stop`, under the name of the whole; `source` is closed with it."""

    def __init__(self, source: ArrayReader, start: int, stop: int) -> None:
        if source.fortran:
            source = spooled(source)
        super().__init__(source, 0, start, stop)
        self.name, self.member = source.name, source.member
        self.names_labels = source.names_labels
        self._before = 0 if source.seekable else start
        self._stop = stop
        if source.labels is not None:
            self.labels = RowRange(source.labels, start, stop)

    def read(self, box: Box) -> Array:
        """The box; of a stream those before the range are passed over."""
        self._pass_over()
        return super().read(box)

    def read_run(self, count: int) -> Array:
        """The next elements of a stream."""
        self._pass_over()
        return self.source.read_run(count)

    def _pass_over(self) -> None:
        left = self._before * prod(self.shape[1:])
        while left:
            left -= self.source.read_run(min(left, _AT_ONCE)).size
        self._before = 0

    def text_rows(self, delimiter: str) -> Iterator[bytes] | None:
        """The lines of the range as they were written."""
        blocks = self.source.text_rows(delimiter)
        if blocks is None:
            return None
        lines = (line for block in blocks for line in block.removesuffix(b"\n").split(b"\n"))
        wanted = islice(lines, self.start, self._stop)
        return iter(lambda: b"".join(line + b"\n" for line in islice(wanted, _LINES)), b"")

    def name_classes(self, names: tuple[str, ...]) -> None:
        """Tells the source."""
        self.source.name_classes(names)

    def close(self) -> None:
        """Closes the source: nothing else reads it."""
        self.source.close()
