"""Delimited text (.csv, .tsv, .txt): read strictly, each error with its line and column.

A text is looked at first (`look`), its table settled alone or with another text (`settling`), and
then parsed once, block by block, into a spool, so a file or a pipe of any size becomes an array
that can be read anywhere. NumPy converts clean blocks (correctly rounded); only a block that it
refuses is looked at cell by cell. A text whose wanted cells are all whole numbers is int64, any
other float64.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.storage.spool import TextSpool
from xent_cli.arrays.storage.streams import ByteSource
from xent_cli.arrays.text.block import Cutter, Tally
from xent_cli.arrays.text.converter import Converter
from xent_cli.arrays.text.distinct import Distinct
from xent_cli.arrays.text.lines import Lines
from xent_cli.arrays.text.look import Blocks, Text, behind, comment_mark
from xent_cli.arrays.text.reader import TextArray
from xent_cli.arrays.text.reading import Reading
from xent_cli.diagnosis import NOTE, WARNING, Diagnosis
from xent_cli.records import replace


def counted(count: int, noun: str) -> str:
    """How many there are of something; empty where there are none.

    >>> counted(2, "row"), counted(1, "row"), counted(0, "row")
    ('2 rows', '1 row', '')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}" if count else ""


class DelimitedArray(TextArray):
    """The numbers of a text file, shape (rows, columns).

    Args:
        source: the bytes.
        options: how it is read; of a draft only the start is looked at, until `settle`.
        format: a key of `FORMATS`.

    Attributes:
        draft: what was looked at, and is not settled yet.
        ids: the cells of the column of ids, a line each, where the reading asks for them.

    Raises:
        DataError: `file:line:column` of what is not a number, of a row with too many or too few
            cells, of bytes that are no text.
    """

    draft: Text | None = None
    ids: TextSpool | None = None

    def __init__(self, source: ByteSource, options: ReadOptions, format: str) -> None:
        super().__init__(source, format, options)
        try:
            if options.reading is not None:
                self._read(
                    options.reading, behind(Lines(self._source).blocks(), options.reading.start)
                )
                return
            self.draft = Text(self._source, options)
            if not options.is_draft:
                from xent_cli.arrays.text.settling import settle_alone

                settle_alone(self)
        except BaseException:
            self.close()
            raise

    def settle(self, reading: Reading, names: tuple[str, ...] = ()) -> None:
        """Reads the text as it is settled.

        Args:
            reading: how its rows become numbers.
            names: that labels may have, where `ReadOptions.classes` has none.

        Raises:
            DataError: as of the class.
        """
        assert self.draft is not None
        text, self.draft = self.draft, None
        if self._options.is_labels and self._options.classes is None:
            self._options = replace(self._options, classes=names)
        try:
            self._read(reading, text.blocks(reading.start))
        except BaseException:
            text.close()
            self.close()
            raise
        if self.again is not None:
            function, (place, _, name) = self.again
            settled = replace(self._options, reading=reading, is_draft=False)
            self.again = (function, (place, settled, name))

    def _read(self, reading: Reading, blocks: Blocks) -> None:
        """Reads all rows, and tells what there is to tell."""
        options = self._options
        self.columns, self.mark = reading.value_columns, reading.dialect.delimiter
        self.keys = reading.keys
        converter, tally = Converter(reading, options, self.name), Tally()
        is_said = options.comment is not None
        mark = comment_mark(options)
        distinct = tuple(Distinct() for _ in reading.index)
        cutter = Cutter(
            self.name, reading, converter, mark, is_said, options.keep_text, tally, distinct
        )
        if reading.ids is not None:
            self.ids = TextSpool(self.name)
        not_finite = 0
        for number, lines in blocks:
            piece = cutter.cut(lines, number)
            if piece.values.dtype == np.float64:
                not_finite += int(np.count_nonzero(~np.isfinite(piece.values)))
            values = piece.values.T if reading.is_row else piece.values
            self.add(values, piece.labels, piece.cells)
            if self.ids is not None:
                self.ids.write(piece.ids)
        if self.is_empty:
            columns = (len(reading.values), len(reading.labels))
            values, labels = (np.empty((0, width), np.int64) for width in columns)
            self.add(values, labels if reading.labels else None)
        self.complete()
        self.names_labels = converter.names_labels
        if self.labels is not None:
            self.labels.names_labels = converter.names_labels
        not_finite -= converter.filled_values
        self.diagnoses = (
            *reading.told,
            *self._notes(converter, tally),
            *self._warnings(tally, not_finite),
        )

    def _notes(self, converter: Converter, tally: Tally) -> Iterator[Diagnosis]:
        """What was passed over, and what was read as something else."""
        if lines := counted(tally.comments, "comment line"):
            yield self._diagnosis("comments-skipped", NOTE, f"{lines} among the rows passed over")
        if lines := counted(tally.blanks, "blank line"):
            yield self._diagnosis(
                "blank-lines-skipped", NOTE, f"{lines} among the rows passed over"
            )
        if rows := counted(converter.skipped, "row"):
            yield self._diagnosis("empty-cells-skipped", NOTE, f"{rows} with empty cells left out")
        if cells := counted(converter.filled, "empty cell"):
            yield self._diagnosis("empty-cells-nan", NOTE, f"{cells} read as nan")
        if cells := counted(converter.percents, "cell"):
            yield self._diagnosis("percents", NOTE, f"{cells} with a percent sign: 50 % is 0.5")
        if cells := counted(converter.thousands, "cell"):
            told = f"{cells} with marks between thousands read as numbers"
            yield self._diagnosis("thousands", NOTE, told)
        if cells := counted(converter.truths, "cell"):
            told = f"{cells} of True, False, yes or no read as 1 and 0"
            yield self._diagnosis("truths", NOTE, told)

    def _warnings(self, tally: Tally, not_finite: int) -> Iterator[Diagnosis]:
        """What may be wrong with its content."""
        if not self.shape[0]:
            yield self._diagnosis(
                "text-no-rows", WARNING, "there are no rows below the column names"
            )
        if tally.rounded is not None and self.dtype == np.float64:
            place = {"file": self.name}
            yield Diagnosis("whole-number-rounded", WARNING, tally.rounded, place=place)
        if not_finite:
            cells = "1 cell is" if not_finite == 1 else f"{not_finite} cells are"
            yield self._diagnosis("cells-not-finite", WARNING, f"{cells} nan or inf")

    def _diagnosis(self, id: str, level: str, message: str) -> Diagnosis:
        return Diagnosis(id, level, f"{self.name}: {message}", place={"file": self.name})

    def close(self) -> None:
        """Drops the values and what was kept of the text."""
        super().close()
        if self.draft is not None:
            self.draft.close()
        if self.ids is not None:
            self.ids.close()
