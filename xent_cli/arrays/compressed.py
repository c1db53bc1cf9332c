"""Compressed files: .gz, .bz2, .xz and, with the extra `zst`, .zst around .npy and text."""

from __future__ import annotations

import lzma
from collections.abc import Callable
from importlib import import_module
from typing import Any, BinaryIO, cast

from xent_cli.arrays.atomic import AtomicFile
from xent_cli.arrays.base import Array, ArrayWriter, Box
from xent_cli.errors import DataError, UsageError

Opener = Callable[..., BinaryIO]


def _gzip(file: Any, mode: str) -> BinaryIO:
    gzip = import_module("gzip")
    # Without the time of writing the same array gives the same bytes.
    return cast(BinaryIO, gzip.GzipFile(fileobj=file, mode=mode, mtime=0, filename=""))


def _bz2(file: Any, mode: str) -> BinaryIO:
    return cast(BinaryIO, import_module("bz2").BZ2File(file, mode))


def _xz(file: Any, mode: str) -> BinaryIO:
    return cast(BinaryIO, lzma.LZMAFile(file, mode))


def _zst(file: Any, mode: str) -> BinaryIO:
    try:
        zstandard = import_module("zstandard")
    except ImportError:
        raise UsageError(
            ".zst needs the zstandard package", "pip install 'xent-cli[zst]'"
        ) from None
    if mode == "rb":
        return cast(BinaryIO, zstandard.ZstdDecompressor().stream_reader(file))
    return cast(BinaryIO, zstandard.ZstdCompressor().stream_writer(file))


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
        except Exception as error:  # each library has errors of its own, zstandard lazily
            raise DataError(f"{self._name}: cannot be decompressed: {error}") from error

    def close(self) -> None:
        """Closes the stream, and the file below it."""
        self._stream.close()
        if self._file is not None:
            self._file.close()


def open_compressed(file: BinaryIO, suffix: str, name: str) -> Decompressed:
    """The bytes that a compressed file holds; `suffix` is a key of `COMPRESSIONS`."""
    return Decompressed(COMPRESSIONS[suffix](file, "rb"), name, file)


class Sink:
    """An atomic file as compressors and archives take it: it only goes forward."""

    def __init__(self, file: AtomicFile) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        """Appends `data`."""
        self._file.write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


class CompressedWriter(ArrayWriter):
    """What `create(stream)` writes, compressed into a file that appears whole or not at all."""

    seekable = False

    def __init__(self, path: str, suffix: str, create: Callable[[BinaryIO], ArrayWriter]) -> None:
        self._file = AtomicFile(path)
        try:
            self._stream = COMPRESSIONS[suffix](Sink(self._file), "wb")
            self._writer = create(self._stream)
        except BaseException:
            self._file.abort()
            raise
        self.name, self.format = path, self._writer.format
        self.shape, self.dtype = self._writer.shape, self._writer.dtype

    def write(self, box: Box, values: Array) -> None:
        """Writes the next box."""
        self._writer.write(box, values)

    def commit(self) -> None:
        """Makes the file appear."""
        self._writer.commit()
        self._stream.close()
        self._file.commit()

    def abort(self) -> None:
        """Removes what was written."""
        self._file.abort()
