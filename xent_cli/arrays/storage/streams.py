"""Bytes from a stream that may be a pipe: looked at once, read exactly, never sought."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from xent_cli.arrays.storage.files import unreadable

CHUNK = 1 << 20


class ReadableBytes(Protocol):
    """What a binary stream must offer (files, `sys.stdin.buffer`, gzip, ... do)."""

    def read(self, size: int, /) -> bytes | None:
        """At most `size` bytes; empty at the end."""
        ...

    def close(self) -> None:
        """Releases the stream."""
        ...


class ByteSource:
    """A binary stream with a look ahead.

    >>> import io
    >>> source = ByteSource(io.BytesIO(b"abcdef"), "stdin")
    >>> source.peek(2), source.read(4), source.read(4)
    (b'ab', b'abcd', b'ef')
    """

    def __init__(self, stream: ReadableBytes, name: str) -> None:
        self.name = name
        self._stream = stream
        self._ahead = b""
        _widen_pipe(stream)

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end; they stay to be read."""
        self._ahead += self._pull(size - len(self._ahead))
        return self._ahead[:size]

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end."""
        taken, self._ahead = self._ahead[:size], self._ahead[size:]
        return taken + self._pull(size - len(taken)) if len(taken) < size else taken

    def readinto(self, target: np.ndarray[Any, np.dtype[np.uint8]]) -> int:
        """Fills `target` (1-D, uint8); returns how many bytes there were."""
        have = min(len(self._ahead), target.size)
        if have:
            target[:have] = np.frombuffer(self.read(have), np.uint8)
        direct = getattr(self._stream, "readinto", None)
        view = target.data
        while have < target.size:
            if direct is None:
                piece = self._once(min(CHUNK, target.size - have))
                got = len(piece)
                view[have : have + got] = piece
            else:
                try:
                    got = direct(view[have:])
                except OSError as error:
                    raise unreadable(self.name, error) from error
            if not got:
                break
            have += got
        return have

    def close(self) -> None:
        """Closes the stream."""
        self._stream.close()

    def _pull(self, size: int) -> bytes:
        parts = []
        while size > 0:
            piece = self._once(size)
            if not piece:
                break
            parts.append(piece)
            size -= len(piece)
        return b"".join(parts)

    def _once(self, size: int) -> bytes:
        try:
            return self._stream.read(size) or b""
        except OSError as error:
            raise unreadable(self.name, error) from error


def _widen_pipe(stream: ReadableBytes) -> None:
    """Asks Linux for a pipe of 1 MiB instead of 64 KiB: fewer switches between two programs."""
    try:
        import fcntl

        fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, CHUNK)  # type: ignore[attr-defined]
    except (ImportError, AttributeError, OSError, ValueError):
        pass  # no pipe, or a system without the call: only slower
