"""A text that is looked at: its start, from which everything is decided, before it is parsed.

The start is the first MiB of rows (at least 3 of them, at most 65,536), whatever blocks the text
comes in and by whatever route, so all routes decide alike. Where more is asked (how many rows there
are, the cells of a column to the end), the text is gone through once more, and kept for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, islice

from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.storage.spool import TextSpool
from xent_cli.arrays.storage.streams import ByteSource
from xent_cli.arrays.text.cells import (
    BLANKS,
    absent_words,
    cells_of,
    has_point,
    is_grouped,
    swapped,
    width_of,
)
from xent_cli.arrays.text.columns import names_chosen
from xent_cli.arrays.text.dialect import (
    MOST_COLUMNS,
    Dialect,
    declared_delimiter,
    find_delimiter,
    has_decimal_commas,
    named_delimiter,
)
from xent_cli.arrays.text.frame import Frame, frame
from xent_cli.arrays.text.header import DATA, NAMES, Context, Header, read_header
from xent_cli.arrays.text.lines import Lines
from xent_cli.arrays.text.profile import Rows
from xent_cli.arrays.text.roles import Table
from xent_cli.arrays.text.spelling import refuse_foreign
from xent_cli.errors import DataError

_PREFIX, _MOST_ROWS, _FEWEST_ROWS = 1 << 20, 1 << 16, 3
_MOST_BYTES = 16 << 20
"""Of the prefix with comments and blank lines."""
_BLANK = re.compile(rb"[ \t\v\f]*+")
_NEWLINE = b"\n"
Blocks = Iterator[tuple[int, bytes]]
"""Blocks of whole lines, each with the number of its first line."""


def comment_mark(options: ReadOptions) -> str:
    """What starts a comment; empty where there are none."""
    return {None: "#", "none": ""}.get(options.comment, options.comment or "")


class Text:
    """Delimited text whose start was looked at.

    Args:
        source: the bytes.
        options: how it is to be read.

    Attributes:
        name: the file, for messages.
        dialect: how its lines are cut.
        first: the number of the line of the first row, from 1.
        lines: the rows of the prefix, without comments and blank lines; the first may be a header.
        is_whole: there are no more rows.
        comments: how many lines of comments are above the first row.

    Raises:
        DataError: there is no row, or rows of the prefix differ in width.
    """

    def __init__(self, source: ByteSource, options: ReadOptions) -> None:
        self.name, self.options = source.name, options
        mark = comment_mark(options)
        self._row, self._idle = _rows(mark), idle_lines(mark)
        self._source: Blocks = behind(Lines(source).blocks(), options.skip)
        self._pulled: list[tuple[int, bytes]] = []
        self._spool: TextSpool | None = None
        self._declared: str | None = None
        self._above = ""
        self.comments = self.first = 0
        self.is_whole = True
        self.lines: list[str] = []
        self._look()
        refuse_foreign(self.lines, self.name)
        self._frame: Frame | None
        self.dialect, self._frame = self._cut()

    def _look(self) -> None:
        """Reads the prefix."""
        size = pulled = 0
        for number, block in self._source:
            if number == self.options.skip + 1 and not self.first:
                self._declared = declared_delimiter(block.partition(_NEWLINE)[0].decode())
            blocks = (
                [(number, block)] if self._declared is None else self._undeclared(number, block)
            )
            for at, text in blocks:
                end = 0
                for match in self._row.finditer(text):
                    rows = len(self.lines)
                    if (size >= _PREFIX and rows >= _FEWEST_ROWS) or rows == _MOST_ROWS:
                        self._pulled.append((at, text))
                        self.is_whole = False
                        return
                    if not self.lines:
                        end = match.start()
                        self.first = at + text.count(_NEWLINE, 0, end)
                    self.lines.append(match[0].decode())
                    size += len(match[0]) + 1
                if end or not self.lines:
                    self._pass_comments(text if not self.lines else text[:end])
                if self.lines:
                    self._pulled.append((at, text))
                    pulled += len(text)
            if pulled >= _MOST_BYTES:
                self.is_whole = False
                return
        if not self.lines:
            behind = f" behind the {self.options.skip} skipped" if self.options.skip else ""
            raise DataError(
                f"{self.name}: there are no lines{behind}, expected rows of numbers",
                "what should have written them ended before, or wrote elsewhere",
            )

    def _undeclared(self, number: int, block: bytes) -> list[tuple[int, bytes]]:
        """A block without the line that declares the delimiter, which is the first of the text."""
        first = self.options.skip + 1
        if self._declared is None or number != first:
            return [(number, block)]
        return list(behind([(number, block)], first))

    def _pass_comments(self, text: bytes) -> None:
        """Counts the lines of comments above the first row; that directly above may hold names."""
        lines = text.rstrip(_NEWLINE).split(_NEWLINE)
        self.comments += len(lines) - sum(map(bool, map(_BLANK.fullmatch, lines)))
        bare = lines[-1].decode().lstrip(BLANKS)
        adjacent = text.endswith(_NEWLINE) and not text.endswith(_NEWLINE * 2)
        self._above = bare.removeprefix(comment_mark(self.options)) if adjacent and bare else ""

    def _cut(self) -> tuple[Dialect, Frame]:
        options, lines, where = self.options, self.lines, f"{self.name}:{self.first}"
        delimiter = named_delimiter(options.delimiter) or self._declared
        if delimiter is None:
            if options.decimal == "." and has_decimal_commas(lines):
                raise DataError(
                    f"{where}: the commas may stand before fractions, or between cells",
                    "--decimal , reads 0,5 as one number; --delimiter , parts two cells",
                )
            delimiter = find_delimiter(lines, options.decimal)
        if width_of(lines[0], delimiter) > MOST_COLUMNS:
            raise DataError(
                f"{where}: more than {MOST_COLUMNS} columns, expected rows of numbers", "write .npy"
            )
        cells_of(lines[0], delimiter, where)
        self._check_widths(delimiter)
        cut = frame(lines, delimiter, absent_words(options.na), options.decimal)
        width = (
            len(cut.first)
            if cut.below.lines and not cut.row_names
            else width_of(lines[-1], delimiter) - cut.trailing
        )
        dialect = Dialect(delimiter, width, options.decimal, cut.trailing)
        if cut.below.lines and cut.below.width != len(cut.first):
            raise self._uneven(1, dialect)
        return dialect, cut

    def _check_widths(self, delimiter: str) -> None:
        """Refuses rows of another width than the second: the first may be a header cut short."""
        lines = self.lines[1:]
        if not lines:
            return
        if delimiter == " " or any('"' in line for line in lines):
            widths = [width_of(line, delimiter) for line in lines]
        else:
            widths = [line.count(delimiter) + 1 for line in lines]
        if widths.count(widths[0]) < len(widths) or not widths[0]:
            width = next((width for width in widths if width), 0)
            index = next(k for k, other in enumerate(widths) if other != width or not other)
            raise self._uneven(index + 1, Dialect(delimiter, width))

    def _uneven(self, index: int, dialect: Dialect) -> DataError:
        """What is wrong with a row of the prefix, by its place among the lines."""
        matches = (
            (number + block.count(_NEWLINE, 0, match.start()), match[0].decode())
            for number, block in self._pulled
            for match in self._row.finditer(block)
        )
        places = list(islice(matches, index + 1))
        at, line = places[index]
        where = f"{self.name}:{at}"
        cells_of(line, dialect.delimiter, where)  # its quotes may be what is wrong
        error = dialect.explain_width(line, where, early=at < 3)
        widths = [width_of(other, dialect.delimiter) for other in self.lines]
        table = widths.index(widths[-1])
        if (
            0 < table <= index
            and widths[-1] > max(widths[:table])
            and len(set(widths[table:])) == 1
        ):
            above = places[table][0] - 1
            return DataError(error.message, f"--skip {above} passes over what stands above it")
        return error

    def read_header(self, classes: Sequence[str] = ()) -> Header:
        """What the first row is, by itself.

        Args:
            classes: names that labels may have, where `ReadOptions.classes` has none.

        Raises:
            DataError: two rows of names stand over the numbers.
        """
        assert self._frame is not None
        options, forced, first = self.options, self.options.header, self._frame.first
        if forced is not None:
            flag = f"--{'' if forced else 'no-'}{'labels-' if options.is_labels else ''}header"
            return Header(NAMES if forced else DATA, True, flag, first if forced else None)
        context = Context(
            self.name,
            options.is_labels,
            tuple(name for name in options.classes or classes if name),
            self.is_whole,
            self.first,
            self._above or None,
            names_chosen(options),
        )
        return read_header(self._frame, context)

    def table(self, header: Header) -> Table:
        """The table that the text is once its first row is settled."""
        assert self._frame is not None
        rows = self._all_rows if header.reading == DATA else self._frame.below
        if not rows.lines:
            rows = Rows([])
            rows.width = self.dialect.width
        return Table(
            self.name,
            header.columns,
            rows,
            self._frame.row_names,
            self.options.is_labels or self.options.weighs,
            None if self.is_whole else lambda place: self.cells(place, header),
        )

    @cached_property
    def _all_rows(self) -> Rows:
        """The rows of the prefix with the first one."""
        rows = Rows.cut(self.lines, self.dialect.delimiter, absent_words(self.options.na))
        if self.dialect.decimal == ",":
            rows = rows.with_points()
        return rows.without({self.dialect.width}) if self.dialect.trailing else rows

    def has_thousands(self) -> bool:
        """Whether the commas within numbers part thousands (points, with a decimal comma).

        Some number of the prefix has two of them, or another mark before its fraction.
        """
        delimiter, decimal = self.dialect.delimiter, self.dialect.decimal
        mark = "." if decimal == "," else ","
        if delimiter == mark:  # then such a number stands in quotes
            mark = '"'
        if not any(mark in line for line in self.lines):
            return False
        cells = (
            swapped(cell.strip(BLANKS), decimal)
            for line in self.lines
            for cell in cells_of(line, delimiter)
        )
        return any(is_grouped(cell) or has_point(cell) for cell in cells)

    def start(self, header: Header) -> int:
        """The number of the last line above the rows of data."""
        return self.first if header.reading == NAMES else self.first - 1

    def count(self) -> int:
        """How many rows there are, the first included: one pass over the text."""
        if self.is_whole:
            return len(self.lines)
        return sum(len(rows) for rows in self._rows_behind(self.first - 1))

    def cells(self, place: int, header: Header) -> Iterator[str]:
        """The cells of a column to the end of the text, without blanks: one pass over it."""
        for rows in self._rows_behind(self.start(header)):
            for line in rows:
                yield cells_of(line, self.dialect.delimiter)[place].strip(BLANKS)

    def _rows_behind(self, line: int) -> Iterator[list[str]]:
        """All rows behind a line, block by block; the text is kept, to be gone through again."""
        if self._spool is None:
            spool = TextSpool(self.name)
            self._number = self._pulled[0][0]
            for _, block in chain(self._pulled, self._source):
                spool.write(block + _NEWLINE)
            self._pulled, self._spool = [], spool
        for _, block in behind(self._kept(), line):
            yield self._idle.sub(b"", block + _NEWLINE).decode().split("\n")[:-1]

    def _kept(self) -> Blocks:
        assert self._spool is not None
        number = self._number
        for block in self._spool.blocks():
            yield number, block.removesuffix(_NEWLINE)
            number += block.count(_NEWLINE)

    def blocks(self, after: int) -> Blocks:
        """The text behind a line; once, and then it is gone, as is what was cut of its prefix."""
        self.lines, self._frame = [], None
        vars(self).pop("_all_rows", None)
        return self._behind(after)

    def _behind(self, after: int) -> Blocks:
        if self._spool is not None:
            yield from behind(self._kept(), after)
            self._spool.close()
        else:
            yield from behind(self._left(), after)

    def _left(self) -> Blocks:
        while self._pulled:
            yield self._pulled.pop(0)
        yield from self._source

    def close(self) -> None:
        """Drops what was kept of it."""
        self._pulled = []
        if self._spool is not None:
            self._spool.close()


def _rows(mark: str) -> re.Pattern[bytes]:
    """Lines that are neither blank nor comments."""
    comment = re.escape(mark).encode() + rb"|$" if mark else rb"$"
    return re.compile(rb"^(?![ \t\v\f]*+(?:" + comment + rb"))[^\n]++", re.MULTILINE)


def comment_lines(mark: str) -> re.Pattern[bytes]:
    """Runs of lines of comments, with their ends."""
    comment = rb"[ \t\v\f]*+" + re.escape(mark).encode() + rb"[^\n]*+\n"
    return re.compile(rb"^(?:" + comment + rb")++", re.MULTILINE)


def idle_lines(mark: str) -> re.Pattern[bytes]:
    """Runs of lines, with their ends, that are blank, or comments."""
    comment = re.escape(mark).encode() + rb"[^\n]*+" if mark else rb"(?!)"
    return re.compile(rb"^(?:[ \t\v\f]*+(?:" + comment + rb")?+\n)++", re.MULTILINE)


def behind(blocks: Iterable[tuple[int, bytes]], line: int) -> Blocks:
    r"""The blocks without the lines up to one.

    >>> list(behind([(1, b"a\nb\nc"), (4, b"d")], 2))
    [(3, b'c'), (4, b'd')]
    """
    for number, block in blocks:
        start, at = 0, number
        while at <= line and start >= 0:
            start, at = block.find(_NEWLINE, start) + 1 or -1, at + 1
        if start >= 0:
            yield at, block[start:]
