"""A text cut into blocks of whole lines, once it is seen to be text."""

from __future__ import annotations

from collections.abc import Iterator

from xent_cli.arrays.formats.npy_header import MAGIC
from xent_cli.arrays.storage.streams import ByteSource
from xent_cli.arrays.text.encoding import guess
from xent_cli.errors import DataError

_BLOCK = 2 << 20
_LONGEST = 8 << 20


class Lines:
    """A text in blocks of whole lines that end in a line feed; checks that it is text."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._name = source.name

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """(number of the first line, block) pairs; blank lines at both ends are left out."""
        self._refuse_npy()
        number, blank, rest, more, begun = 1, 0, b"", True, False
        while more:
            piece = self._source.read(_BLOCK)
            more = bool(piece)
            text = rest + piece
            if b"\0" in piece:
                self._check(text, number + blank)
            cut = _last_line_end(text) if more else len(text)
            lines, rest = _plain_newlines(text[:cut]), text[cut:]
            # What is not needed while a block is worked on would double what long lines take.
            del text, piece
            body = _without_blank_end(lines)
            behind = lines.count(b"\n", len(body) + 1) if body else lines.count(b"\n")
            del lines
            if body:
                self._check(body, number + blank)
                if not begun:
                    number, blank, begun = number + blank, 0, True
                if blank > _LONGEST:
                    raise DataError(f"{self._name}:{number}: {blank} blank lines between others")
                body = b"\n" * blank + body
                yield number, body
                number, blank = number + body.count(b"\n") + 1, 0
            blank += behind
            if len(rest) > _LONGEST:
                raise DataError(
                    f"{self._name}:{number + blank}: a line of more than {_LONGEST >> 20} MiB, "
                    "expected rows of numbers"
                )

    def _refuse_npy(self) -> None:
        start = self._source.peek(6)
        if start == MAGIC:
            raise DataError(
                f"{self._name}: is a .npy file, expected text", "give it the suffix .npy"
            )

    def _check(self, block: bytes, number: int) -> None:
        if b"\0" in block:
            line = number + block.count(b"\n", 0, block.index(b"\0"))
            raise self._refusal(f"{line}: found a NUL byte", block)
        if block.isascii():
            return
        try:
            block.decode()
        except UnicodeDecodeError as error:
            line = number + block.count(b"\n", 0, error.start)
            byte = block[error.start]
            raise self._refusal(f"{line}: found the byte 0x{byte:02x}", block) from error

    def _refusal(self, what: str, block: bytes) -> DataError:
        encoding = guess(block)
        hint = "if it is text, --encoding names its encoding"
        if encoding is not None:
            hint = f"--encoding {encoding} may read it"
        return DataError(f"{self._name}:{what}, expected UTF-8 text", hint)


def _last_line_end(text: bytes) -> int:
    """Where the last whole line ends; a carriage return at the very end may be half an end."""
    return text.rfind(b"\n") + 1 or text.rfind(b"\r", 0, len(text) - 1) + 1


def _without_blank_end(lines: bytes) -> bytes:
    content = len(lines.rstrip())
    end = lines.find(b"\n", content) if content else 0
    return lines if end < 0 else lines[:end]


def _plain_newlines(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text
