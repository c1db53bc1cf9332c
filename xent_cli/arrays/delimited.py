"""Delimited text (.csv, .tsv, .txt): read strictly, each error with its line and column.

Text is parsed once, block by block, into a spool, so a file or a pipe of any size becomes an array
that can be read anywhere. NumPy converts clean blocks (correctly rounded); only a block that it
refuses is looked at cell by cell, to tell the place. Lines that start with `#` are comments. Blank
lines may stand at the end. A file whose cells are all integers is int64, any other float64.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from xent_cli.arrays.atomic import AtomicFile
from xent_cli.arrays.base import Array, ArrayReader, ArrayWriter, Box, ReadOptions
from xent_cli.arrays.decimals import parse_numbers
from xent_cli.arrays.dialect import Dialect, cells_of, explain_line, find_dialect
from xent_cli.arrays.npy_header import MAGIC
from xent_cli.arrays.spool import GrowingSpool, text_spool
from xent_cli.arrays.streams import ByteSource
from xent_cli.arrays.text_writer import TextWriter
from xent_cli.errors import DataError, StorageError

_BLOCK = 4 << 20
_LONGEST = 256 << 20
_SAMPLE, _SAMPLE_BYTES = 200, 1 << 20
_EXACT = 1 << 53
_LONG_INTEGER = re.compile(rb"(?<![\w.+-])[+-]?\d{16,}(?![\w.])")
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")


class DelimitedArray(ArrayReader):
    """The numbers of a text file, shape (rows, columns).

    Args:
        source: the bytes.
        options: delimiter and header, where the user named them.
        suffix: of the file's name.

    Raises:
        DataError: `file:line:column` of what is not a number, of a row with too many or too few
            cells, of bytes that are no text.
    """

    def __init__(self, source: ByteSource, options: ReadOptions, suffix: str = ".csv") -> None:
        self.name = source.name
        self.format = "tsv" if suffix in (".tsv", ".tab") else "csv"
        self._text = text_spool() if options.keep_text else None
        lines = _Lines(source)
        with closing(source):
            self._parse(lines, options, suffix)

    def _parse(self, lines: _Lines, options: ReadOptions, suffix: str) -> None:
        spool: GrowingSpool | None = None
        not_finite, skip, rounded = 0, False, None
        for number, block in lines.blocks():
            if spool is None:
                first = _data_lines(block)
                if not first:
                    continue
                self.dialect = find_dialect(first, options, self.name, suffix)
                spool = GrowingSpool(self.name, self.dialect.width)
                self.columns = self.dialect.columns
                skip = self.columns is not None
            cells = _without_first(block) if skip else block
            skip = False
            lines_here = _Block(cells, number, self.dialect, self.name)
            plain, values = lines_here.parse()
            rounded = rounded or lines_here.first_rounded(values)
            if self._text is not None and plain:
                self._text.write(plain + b"\n")
            if values.dtype == np.float64:
                not_finite += int(np.count_nonzero(~np.isfinite(values)))
            spool.append(values)
        if spool is None:
            raise DataError(f"{self.name}: there are no lines, expected rows of numbers")
        self._spool = spool.finish()
        self.shape, self.dtype = self._spool.shape, self._spool.dtype
        self.notes = self._notes()
        self.warnings = self._warnings(not_finite, rounded)

    def _notes(self) -> tuple[str, ...]:
        if not self.dialect.header_by_guess or self.dialect.doubtful is not None:
            return ()
        return (f"{self.name}: the first row is read as column names (--no-header: as data)",)

    def _warnings(self, not_finite: int, rounded: str | None) -> tuple[str, ...]:
        found = [rounded] if rounded is not None and self.dtype == np.float64 else []
        if self.dialect.doubtful is not None:
            found.append(
                f"{self.name}: the first row is read as column names, though "
                f"{self.dialect.doubtful!r} is a number (--header: it is; --no-header: it is data)"
            )
        if not_finite:
            cells = "1 cell is" if not_finite == 1 else f"{not_finite} cells are"
            found.append(f"{self.name}: {cells} nan or inf")
        return tuple(found)

    def read(self, box: Box) -> Array:
        """The box."""
        return self._spool.read(box)

    def lines(self, delimiter: str) -> Iterator[str]:
        """The rows as they were written, once they were checked, cut by `delimiter`.

        Comments, quotes and the header are left out. Needs `ReadOptions.keep_text`.
        """
        if self._text is None:
            raise ValueError("the text was not kept")
        self._text.seek(0)
        own = None if self.dialect.delimiter == " " else self.dialect.delimiter
        for line in self._text:
            row = line.decode().rstrip("\n")
            yield row if own == delimiter else delimiter.join(row.split(own))

    def close(self) -> None:
        """Drops the values and the text."""
        self._spool.close()
        if self._text is not None:
            self._text.close()


class _Lines:
    """A text in blocks of whole lines that end in a line feed; checks that it is text."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._name = source.name

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """(number of the first line, block) pairs; blank lines at the end are left out."""
        self._skip_mark()
        number, rest, piece = 1, b"", b"more"
        while piece:
            piece = self._source.read(_BLOCK)
            text = rest + piece
            cut = _last_line_end(text) if piece else len(text)
            lines, rest = _plain_newlines(text[:cut]), text[cut:]
            body = _without_blank_end(lines)
            if body:
                self._check(body, number)
                yield number, body
                number += body.count(b"\n") + 1
                lines = lines[len(body) + 1 :]
            rest = lines + rest
            if len(rest) > _LONGEST:
                raise DataError(
                    f"{self._name}:{number}: a line of more than {_LONGEST >> 20} MiB, "
                    "expected rows of numbers"
                )

    def _skip_mark(self) -> None:
        start = self._source.peek(6)
        if start == MAGIC:
            raise DataError(
                f"{self._name}: is a .npy file, expected text", "give it the suffix .npy"
            )
        if start[:2] in _WIDE_BOMS:
            raise DataError(
                f"{self._name}: is UTF-16 text, expected UTF-8",
                f"iconv -f UTF-16 -t UTF-8 {self._name} > utf8.csv",
            )
        if start.startswith(b"\xef\xbb\xbf"):
            self._source.read(3)

    def _check(self, block: bytes, number: int) -> None:
        if b"\0" in block:
            line = number + block.count(b"\n", 0, block.index(b"\0"))
            raise DataError(f"{self._name}:{line}: found a NUL byte, expected UTF-8 text")
        if block.isascii():
            return
        try:
            block.decode()
        except UnicodeDecodeError as error:
            line = number + block.count(b"\n", 0, error.start)
            byte = block[error.start]
            raise DataError(
                f"{self._name}:{line}: found the byte 0x{byte:02x}, expected UTF-8 text"
            ) from error


def _last_line_end(text: bytes) -> int:
    """Where the last whole line ends; a carriage return at the very end may be half an end."""
    return text.rfind(b"\n") + 1 or text.rfind(b"\r", 0, len(text) - 1) + 1


def _without_blank_end(lines: bytes) -> bytes:
    body = lines.rstrip(b"\n")
    while body and not body[(start := body.rfind(b"\n") + 1) :].strip():
        body = body[:start].rstrip(b"\n")
    return body


def _plain_newlines(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _data_lines(block: bytes) -> list[str]:
    """The first lines of a block that hold cells; whole lines, however long."""
    start, data = 0, list[str]()
    while start < len(block) and len(data) < _SAMPLE and (not data or start < _SAMPLE_BYTES):
        stop = block.find(b"\n", start)
        stop = len(block) if stop < 0 else stop
        line = block[start:stop].decode()
        start = stop + 1
        if line.strip() and not _is_comment(line):
            data.append(line)
    return data


def _without_first(block: bytes) -> bytes:
    """The block with its first line of cells turned into a comment, so that lines keep counting."""
    lines = block.decode().split("\n")
    header = next(i for i, line in enumerate(lines) if line.strip() and not _is_comment(line))
    lines[header] = "#"
    return "\n".join(lines).encode()


def _is_tidy(text: bytes) -> bool:
    """Whether cells are parted by single blanks, with none around a line and no commas."""
    odd = (b"  ", b" \n", b"\n ", b"\t", b"\v", b"\f", b",")
    return text[:1] != b" " and text[-1:] != b" " and not any(mark in text for mark in odd)


class _Block:
    """Whole lines of cells, and where they are in the file."""

    def __init__(self, text: bytes, number: int, dialect: Dialect, name: str) -> None:
        self.text, self.number, self.dialect, self.name = text, number, dialect, name

    def parse(self) -> tuple[bytes, Array]:
        """The cells without comments and quotes, and their numbers, (rows, width).

        int64 where every cell is an integer that fits, else float64.
        """
        text = self.text
        if b"#" in text:
            text = b"\n".join(
                line for line in text.split(b"\n") if not line.lstrip().startswith(b"#")
            )
        if b'"' in text:
            text = self._unquoted(text)
        text = text.rstrip(b"\n")
        if not text:
            return b"", np.empty((0, self.dialect.width), dtype=np.int64)
        rows = text.count(b"\n") + 1
        table, mark = text, self.dialect.delimiter.encode()
        if mark == b" " and _is_tidy(text):
            table, mark = text.replace(b" ", b","), b","
        if not self._has_even_rows(table, rows, mark):
            raise self._explain()
        flat = table if mark == b" " else table.replace(b"\n", mark)
        values = parse_numbers(flat, mark, rows * self.dialect.width)
        if values is None:
            raise self._explain()
        if b"(" in text:  # nan(1) is a number to NumPy
            raise self._explain()
        if values.dtype == np.float64:
            infinite = np.count_nonzero(np.isinf(values))
            if infinite and infinite != text.lower().count(b"inf"):
                raise self._explain()
        return text, values.reshape(rows, self.dialect.width)

    def first_rounded(self, values: Array) -> str | None:
        """What is lost in the first integer that float64 cannot hold; None if there is none."""
        with np.errstate(invalid="ignore"):
            if not ((values >= _EXACT) | (values <= -_EXACT)).any():
                return None
        for match in _LONG_INTEGER.finditer(self.text):
            cell = match[0].decode()
            if len(cell) > 400 or int(cell) != int(float(cell)):
                before = self.text[: match.start()]
                row = before[before.rfind(b"\n") + 1 :].decode()
                if _is_comment(row):
                    continue
                mark = self.dialect.delimiter
                column = 1 + (len(row.split()) if mark == " " else row.count(mark))
                line = self.number + before.count(b"\n")
                return (
                    f"{self.name}:{line}:{column}: the integer {cell} is rounded to "
                    f"{float(cell)!r}: float64 holds integers up to 2**53"
                )
        return None

    def _unquoted(self, text: bytes) -> bytes:
        mark = self.dialect.delimiter
        rows = [cells_of(line, mark) for line in text.decode().split("\n") if line]
        if any(mark in cell for row in rows for cell in row):
            raise self._explain()
        return "\n".join(mark.join(row) for row in rows).encode()

    def _has_even_rows(self, text: bytes, rows: int, mark: bytes) -> bool:
        """Whether every line has as many cells as the first: counted on bytes, not line by line."""
        if mark == b" ":
            return all(len(line.split()) == self.dialect.width for line in text.split(b"\n"))
        marks = self.dialect.width - 1
        codes = np.frombuffer(text, dtype=np.uint8)
        ends = np.append(np.flatnonzero(codes == ord("\n")), len(codes))
        places = np.flatnonzero(codes == ord(mark))
        if len(places) != marks * rows:
            return False
        if not marks:
            return bool((np.diff(ends, prepend=-1) > 1).all())
        table = places.reshape(rows, marks)
        starts = np.concatenate([[0], ends[:-1]])
        return bool((table[:, 0] >= starts).all() and (table[:, -1] < ends).all())

    def _explain(self) -> DataError:
        """The second look: the first line that is wrong, and its place."""
        for offset, line in enumerate(self.text.decode().rstrip("\n").split("\n")):
            if not _is_comment(line):
                error = explain_line(line, self.number + offset, self.dialect, self.name)
                if error is not None:
                    return error
        return DataError(f"{self.name}:{self.number}: expected rows of numbers")


def open_file(path: str, name: str, options: ReadOptions) -> ArrayReader:
    """A text file; see `DelimitedArray`."""
    try:
        stream: Any = Path(path).open("rb", buffering=0)  # noqa: SIM115
    except OSError as error:
        raise StorageError(f"{name}: cannot be opened: {error.strerror or error}") from error
    return DelimitedArray(ByteSource(stream, name), options, Path(path).suffix.lower())


def open_stream(source: ByteSource, options: ReadOptions) -> ArrayReader:
    """Text from a pipe; see `DelimitedArray`."""
    return DelimitedArray(source, options)


def _delimiter(name: str) -> str:
    return "\t" if Path(name).suffix.lower() in (".tsv", ".tab") else ","


def create_file(
    path: str, shape: tuple[int, ...], dtype: np.dtype[Any], columns: tuple[str, ...] | None
) -> ArrayWriter:
    """A new text file, with a header row where there are names."""
    file = AtomicFile(path)
    try:
        return TextWriter(file, path, (shape, dtype), columns, _delimiter(path))
    except BaseException:
        file.abort()
        raise


def create_stream(
    stream: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any], columns: tuple[str, ...] | None
) -> ArrayWriter:
    """Text on a stream, cells parted by commas."""
    return TextWriter(stream, "stdout", (shape, dtype), columns)
