"""What readers of text have in common, however its rows are written."""

from __future__ import annotations

from collections.abc import Iterator

from xent_cli.arrays.base import Array, ArrayReader, ReadOptions
from xent_cli.arrays.storage.spool import GrowingSpool, TextSpool
from xent_cli.geometry import Box

NEWLINE = b"\n"


class TextArray(ArrayReader):
    """Rows of numbers that are text in their source, (rows, columns); int64 or float64.

    A format's reader derives from it: while it is made it calls `add` for each block of rows, and
    `complete` behind the last; `close` where it fails. `columns`, `labels` and what is asked of an
    `ArrayReader` besides are there then.

    Attributes:
        mark: parts the cells that are kept as they were written; a space: any run of blanks does.

    Args:
        source: its name, as the user gave it.
        format: a key of `FORMATS`.
        options: `keep_text` says whether cells are wanted as they were written.
    """

    is_text = True
    mark = ","

    def __init__(self, source: str, format: str, options: ReadOptions) -> None:
        self.name, self.format = source, format
        self._cells = TextSpool(source) if options.keep_text else None
        self._rows: GrowingSpool | None = None
        self._label_rows: GrowingSpool | None = None
        self._values: ArrayReader | None = None

    def add(self, values: Array, labels: Array | None = None, cells: bytes = b"") -> None:
        """Adds rows.

        Args:
            values: int64 or float64, (rows, columns); int64 as long as all numbers are whole.
            labels: of the same rows, where the source has them, (rows, columns of labels).
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

    def complete(self, label_name: str = "labels") -> None:
        """Makes the array of all rows, of which there is at least a block, and that of labels."""
        assert self._rows is not None
        self._values = self._rows.finish()
        self.shape, self.dtype = self._values.shape, self._values.dtype
        if self._label_rows is not None:
            self.labels = self._label_rows.finish()
            self.labels.name, self.labels.format = label_name, self.format
            self.labels.is_text = True

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
        if self.labels is not None:
            self.labels.close()
        for held in (self._values, self._rows, self._label_rows, self._cells):
            if held is not None:
                held.close()
