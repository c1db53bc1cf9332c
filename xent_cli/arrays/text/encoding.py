"""Text in other encodings than UTF-8, as UTF-8."""

from __future__ import annotations

import codecs
from functools import cache

from xent_cli.arrays.storage.streams import CHUNK, ByteSource
from xent_cli.errors import DataError, UsageError

UTF8 = "utf-8"
_MARKS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before that of UTF-16, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks: Excel and PowerShell write them."""
_LONGEST_MARK, _SAMPLE = 4, 64
_WIDE = ("utf-16", "utf-32")


def in_utf8(source: ByteSource, encoding: str | None) -> ByteSource:
    r"""The bytes of a text in UTF-8, without its byte order mark.

    Args:
        source: the bytes; at their start.
        encoding: a name that Python knows, for a text without a mark; None: UTF-8. A text without
            a NUL byte at its start is neither UTF-16 nor UTF-32.

    Raises:
        UsageError: there is no such encoding of text.

    >>> import io
    >>> source = ByteSource(io.BytesIO("1;é".encode("utf-16")), "x.csv")
    >>> in_utf8(source, None).read(9)
    b'1;\xc3\xa9'
    """
    if encoding is not None:
        encoding = known_encoding(encoding)
    start, hint = source.peek(_LONGEST_MARK), "--encoding names another one"
    for mark, told in _MARKS:
        if start.startswith(mark):
            source.read(len(mark))
            encoding, hint = told, "its byte order mark tells the encoding; the file is damaged"
            break
    else:
        wide = encoding is not None and encoding.startswith(_WIDE)
        if wide and b"\0" not in source.peek(_SAMPLE):
            return source  # the option is for another text: numbers in these hold NUL bytes
    if encoding in (None, UTF8):
        return source
    return ByteSource(_Decoded(source, encoding, hint), source.name)


@cache
def known_encoding(name: str) -> str:
    """The name of an encoding of text as Python spells it.

    Raises:
        UsageError: there is none.

    >>> known_encoding("Latin1"), known_encoding("UTF8")
    ('iso8859-1', 'utf-8')
    """
    try:
        "".encode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        raise UsageError(
            f"--encoding: there is no encoding {name!r}",
            "names are those of Python: utf-8, utf-16-le, cp1252 (Excel in the West), "
            "latin-1, shift_jis, gb18030, ...",
        ) from None


def guess(block: bytes) -> str | None:
    r"""An encoding that would explain bytes that are no UTF-8; None where nothing does.

    UTF-16 of numbers has a NUL at every other byte, UTF-32 three beside each other. Anything else
    may be Windows' text.

    >>> guess("0.5,1".encode("utf-16-le")), guess(b"caf\xe9,1")
    ('utf-16-le', 'cp1252')
    """
    zeros = [block[place::4].count(0) * 8 > len(block) for place in range(4)]
    if sum(zeros) == 3:
        return "utf-32-be" if zeros[0] else "utf-32-le"
    even, odd = block[0::2].count(0), block[1::2].count(0)
    for here, there, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if here * 4 > len(block) and not there:
            return encoding
    if even or odd:
        return None
    try:
        block.decode("cp1252")
    except UnicodeDecodeError:
        return None
    return "cp1252"


class _Decoded:
    """A stream of text as UTF-8."""

    def __init__(self, source: ByteSource, encoding: str, hint: str) -> None:
        self._source, self._name, self._encoding = source, source.name, encoding
        self._hint = hint
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._ready, self._line, self._is_done = b"", 1, False

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; empty at the end."""
        while not self._ready and not self._is_done:
            piece = self._source.read(CHUNK)
            self._is_done = not piece
            try:
                self._ready = self._decoder.decode(piece, final=self._is_done).encode()
            except UnicodeError as error:
                raise self._refusal(error) from error
            self._line += self._ready.count(b"\n")
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken

    def _refusal(self, error: UnicodeError) -> DataError:
        line, what = self._line, str(error)
        if isinstance(error, UnicodeDecodeError):
            before = error.object[: error.start].decode(self._encoding, "replace")
            line += before.count("\n")
            what = f"{error.reason} (0x{error.object[error.start]:02x})"
        return DataError(f"{self._name}:{line}: expected {self._encoding} text: {what}", self._hint)

    def close(self) -> None:
        """Closes the source."""
        self._source.close()
