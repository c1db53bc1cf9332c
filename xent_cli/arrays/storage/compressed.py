"""Compressed files: .gz, .bz2, .xz and, with the extra `zst`, .zst around .npy and text."""

from __future__ import annotations

import lzma
from collections.abc import Callable
from functools import partial
from importlib import import_module
from io import BufferedReader
from typing import Any, BinaryIO, cast

from xent_cli.arrays.storage.streams import CHUNK
from xent_cli.errors import DataError, StorageError, UsageError, XentError

Opener = Callable[..., BinaryIO]
_XZ_MEMORY = 128 << 20


def _gzip(file: Any, mode: str) -> BinaryIO:
    gzip = import_module("gzip")
    if mode == "rb":  # a header that comes in two reads, as from a pipe, it takes for no header
        file = BufferedReader(file)
    # Without the time of writing the same array gives the same bytes. Level 6 is gzip's own: 9,
    # Python's, takes many times as long for a percent.
    return cast(BinaryIO, gzip.GzipFile("", mode, compresslevel=6, fileobj=file, mtime=0))


def _bz2(file: Any, mode: str) -> BinaryIO:
    bz2 = import_module("bz2")
    if mode == "rb":
        return cast(BinaryIO, _Frames(file, bz2.BZ2Decompressor))
    return cast(BinaryIO, bz2.BZ2File(file, mode))


def _xz(file: Any, mode: str) -> BinaryIO:
    if mode == "rb":
        # `xz -9` needs 65 MiB to unpack; a header may ask for 4 GiB.
        begin = partial(lzma.LZMADecompressor, memlimit=_XZ_MEMORY)
        return cast(BinaryIO, _Frames(file, begin, padding=b"\0"))
    return cast(BinaryIO, lzma.LZMAFile(file, mode))


def _zstandard() -> Any:
    try:
        return import_module("zstandard")
    except ImportError:
        raise UsageError(
            ".zst needs the zstandard package", "pip install 'xent-cli[zst]'"
        ) from None


def _zst(file: Any, mode: str) -> BinaryIO:
    zstandard = _zstandard()
    if mode == "rb":
        return cast(BinaryIO, _Frames(file, lambda: _ZstFrame(zstandard)))
    return cast(BinaryIO, zstandard.ZstdCompressor(write_checksum=True).stream_writer(file))


class _ZstFrame:
    """A zstandard frame with the interface of `bz2.BZ2Decompressor`."""

    # Four bytes may stand for 128 KiB: what is unpacked at once stays below 8 MiB.
    _STEP = 1 << 8

    def __init__(self, zstandard: Any) -> None:
        self._error = zstandard.ZstdError
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._packed = memoryview(b"")

    eof = property(lambda self: self._frame.eof)
    unused_data = property(lambda self: self._frame.unused_data + bytes(self._packed))
    needs_input = property(lambda self: not self._packed)

    def decompress(self, data: bytes, most: int) -> bytes:
        """Unpacks some of what was given; `data` is new only where `needs_input`."""
        packed = self._packed if self._packed else memoryview(data)
        self._packed = packed[self._STEP :]
        try:
            return cast(bytes, self._frame.decompress(packed[: self._STEP]))
        except self._error as error:
            raise ValueError(str(error)) from error


class _Frames:
    """Compressed frames, one after another: a cut one is an error, and so is what follows them.

    The standard library's files take no notice of bytes behind a frame, and zstandard's takes a cut
    frame for a whole one.
    """

    def __init__(self, file: Any, begin: Callable[[], Any], padding: bytes = b"") -> None:
        self._file, self._begin, self._padding = file, begin, padding
        self._frame = begin()
        self._ready, self._begun = b"", False

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; empty at the end."""
        parts, have = [self._ready], len(self._ready)
        while have < size and (piece := self._next()) is not None:
            parts.append(piece)
            have += len(piece)
        ready = b"".join(parts)
        self._ready = ready[size:]
        return ready[:size]

    def _next(self) -> bytes | None:
        packed = b""
        if self._frame.eof:
            packed = self._frame.unused_data.lstrip(self._padding) or self._following()
            if not packed:
                return None
            self._frame = self._begin()
        elif self._frame.needs_input:
            packed = self._file.read(CHUNK)
            if not packed:
                if self._begun:
                    raise EOFError("the last frame is cut off")
                return None
        self._begun = True
        return cast(bytes, self._frame.decompress(packed, CHUNK))

    def _following(self) -> bytes:
        """What stands behind a frame in the file."""
        while packed := self._file.read(CHUNK):
            packed = packed.lstrip(self._padding)
            if packed:
                return cast(bytes, packed)
        return b""

    def close(self) -> None:
        """Drops what is left."""
        self._ready = b""


COMPRESSIONS: dict[str, Opener] = {".gz": _gzip, ".bz2": _bz2, ".xz": _xz, ".zst": _zst}
"""The suffix of a compression -> what opens it."""


class Decompressed:
    """A decompressing stream whose own errors are DataErrors with the file's name."""

    def __init__(self, stream: BinaryIO, name: str, file: BinaryIO | None = None) -> None:
        self._stream, self._name, self._file = stream, name, file

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; empty at the end."""
        try:
            return self._stream.read(size)
        except XentError:
            raise
        except Exception as error:  # each library has errors of its own, zstandard lazily
            if isinstance(error, OSError) and error.errno is not None:  # the file's own
                raise StorageError(f"{self._name}: cannot be read: {error.strerror}") from error
            raise DataError(f"{self._name}: cannot be decompressed: {error}") from error

    def close(self) -> None:
        """Closes the stream, and the file below it."""
        self._stream.close()
        if self._file is not None:
            self._file.close()


def open_compressed(file: BinaryIO, suffix: str, name: str) -> Decompressed:
    """The bytes that a compressed file holds; `suffix` is a key of `COMPRESSIONS`."""
    return Decompressed(COMPRESSIONS[suffix](file, "rb"), name, file)


def check_compression(suffix: str) -> None:
    """A UsageError where what opens files of a key of `COMPRESSIONS` is not installed."""
    if suffix == ".zst":
        _zstandard()
