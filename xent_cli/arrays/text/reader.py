"""What readers of text have in common, however its rows are written."""

from __future__ import annotations

from collections.abc import Iterator

from xent_cli.arrays.base import Array, ArrayReader, ReadOptions
from xent_cli.arrays.storage.spool import GrowingSpool, TextSpool
from xent_cli.arrays.storage.streams import ByteSource
from xent_cli.arrays.text.encoding import in_utf8
from xent_cli.errors import DataError
from xent_cli.geometry import Box

NEWLINE = b"\n"


class TextArray(ArrayReader):
    """Rows of numbers that are text in their source, (rows, columns); int64 or float64.

    A format's reader derives from it: it calls `add` for each block of rows, and then `complete`.

    Attributes:
        mark: parts the cells that are kept as they were written; a space: any run of blanks does.

    Args:
        source: the bytes, which are closed when they are read.
        format: a key of `FORMATS`.
        options: `keep_text` says whether cells are wanted as they were written.
    """

    is_text = True
    mark = ","

    def __init__(self, source: ByteSource, format: str, options: ReadOptions) -> None:
        self.name, self.format = source.name, format
        self._source, self._options = in_utf8(source, options.encoding), options
        self._cells = TextSpool(self.name) if options.keep_text else None
        self._rows: GrowingSpool | None = None
        self._label_rows: GrowingSpool | None = None
        self._values: ArrayReader | None = None

    def add(self, values: Array, labels: Array | None = None, cells: bytes = b"") -> None:
        """Adds rows.

        Args:
            values: int64 or float64, (rows, columns); int64 as long as all numbers are whole.
            labels: of the same rows, where `label_col` names some, (rows, columns of labels).
            cells: the rows as they were written, cut by `mark`, each with its end.
        """
        if self._rows is None:
            self._rows = GrowingSpool(self.name, values.shape[1])
        self._rows.append(values)
        if labels is not None:
            if self._label_rows is None:
                self._label_rows = GrowingSpool(self.name, labels.shape[1])
            self._label_rows.append(labels)
        if self._cells is not None and cells:
            self._cells.write(cells)

    @property
    def is_empty(self) -> bool:
        """Whether no rows were added, not even none of a width."""
        return self._rows is None

    def complete(self) -> None:
        """Makes the rows that were added the array; the source is closed.

        Raises:
            DataError: there are none.
        """
        self._source.close()
        if self._rows is None:
            raise DataError(f"{self.name}: there are no lines, expected rows of numbers")
        self._values = self._rows.finish()
        self.shape, self.dtype = self._values.shape, self._values.dtype
        if self._label_rows is not None:
            self.labels = self._label_rows.finish()
            self.labels.name = f"{self.name}[{self._options.label_col}]"
            self.labels.format, self.labels.is_text = self.format, True
            self.labels.again = (getattr, (self, "labels"))

    def read(self, box: Box) -> Array:
        """The box."""
        assert self._values is not None
        return self._values.read(box)

    def text_rows(self, delimiter: str) -> Iterator[bytes] | None:
        """The cells as they were written, if they were kept."""
        return None if self._cells is None else self._recut(self._cells, delimiter)

    def _recut(self, cells: TextSpool, delimiter: str) -> Iterator[bytes]:
        mark, wanted = self.mark.encode(), delimiter.encode()
        for block in cells.blocks():
            if mark == b" ":
                yield NEWLINE.join(wanted.join(line.split()) for line in block.split(NEWLINE))
            else:
                yield block.replace(mark, wanted)

    def close(self) -> None:
        """Drops the values, the labels and the text, however much of them there is."""
        super().close()
        self._source.close()
        if self.labels is not None:
            self.labels.close()
        for held in (self._values, self._rows, self._label_rows, self._cells):
            if held is not None:
                held.close()
