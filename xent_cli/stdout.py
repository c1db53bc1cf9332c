"""stdout: what is written there reaches it whole, or an error says so."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

from xent_cli.errors import StorageError, write_failure

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Stdout(io.RawIOBase):
    """Writes all where `raw`, the stream behind stdout, may take a part of it or nothing.

    That happens on a full disk, in a pipe that does not block, and in any pipe when the process is
    stopped while it writes; Python itself writes again only what it buffers, which `python -u` does
    not. After a write that failed or was interrupted all others go nowhere: streams flush what they
    hold back when they are closed.
    """

    def __init__(self, raw: Any) -> None:
        self.raw, self.mute = raw, False

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self.raw is not None and self.raw.isatty()

    def fileno(self) -> int:
        return -1 if self.raw is None else cast(int, self.raw.fileno())

    def write(self, data: ReadableBuffer, /) -> int:
        rest = memoryview(data).cast("B")
        size = len(rest)
        if not self.mute:
            self.mute = True
            self._write_all(rest)
            self.mute = False
        return size

    def _write_all(self, rest: memoryview) -> None:
        if self.raw is None:
            raise _closed()
        try:
            while rest:
                count = self.raw.write(rest)
                if count is None:  # it does not block, and is full
                    import select

                    select.select([], [self.raw], [])
                elif not count:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                else:
                    rest = rest[count:]
        except OSError as error:
            raise write_failure("stdout", error) from error


def _closed() -> StorageError:
    return StorageError("stdout is closed", "open it, or write to a file with -o")


def _whole(stream: TextIO | None) -> _Stdout:
    buffer: Any = getattr(stream, "buffer", None)
    if isinstance(buffer, _Stdout):
        return buffer
    if stream is not None:
        try:
            stream.flush()
        except OSError as error:
            raise write_failure("stdout", error) from error
    return _Stdout(getattr(buffer, "raw", buffer))


def stdout_bytes() -> BinaryIO:
    """stdout for bytes.

    Raises:
        StorageError: it is closed.
    """
    if sys.stdout is None:
        raise _closed()
    stream = _whole(sys.stdout)
    if stream.raw is None:
        raise _closed()
    return cast(BinaryIO, stream)


@contextlib.contextmanager
def whole_stdout() -> Iterator[None]:
    """Text that goes to `sys.stdout` inside is whole too, whoever writes it.

    A character that the encoding does not have becomes its escape. What an exception leaves behind
    unwritten is dropped: it could block, or fail once more.

    Raises:
        StorageError, PipeClosedError: stdout does not take all of it.
    """
    before = sys.stdout
    if before is not None and not hasattr(before, "buffer"):  # somebody else's, in this process
        yield
        return
    raw = _whole(before)
    encoding = "utf-8" if before is None else before.encoding
    sys.stdout = io.TextIOWrapper(cast(BinaryIO, raw), encoding, "backslashreplace")
    try:
        yield
        sys.stdout.flush()
    finally:
        raw.mute = True
        sys.stdout = before
