"""Files that are written as streams: text, what is compressed, the members of archives."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, cast

from xent_cli.arrays.base import Array, ArrayWriter
from xent_cli.arrays.storage.atomic import AtomicFile
from xent_cli.arrays.storage.compressed import COMPRESSIONS
from xent_cli.geometry import Box


class Sink:
    """An atomic file as streams, compressors and archives take it: it only goes forward."""

    def __init__(self, file: AtomicFile) -> None:
        self._file, self._mute = file, False

    def write(self, data: bytes) -> int:
        """Appends `data`."""
        if not self._mute:
            self._file.write(data)
        return len(data)

    def abort(self, *streams: Any) -> None:
        """Drops the file, and closes what writes to it, if it is there: or destructors would."""
        self._mute = True
        for stream in streams:
            if stream is not None:
                with suppress(Exception):  # it may have been in the middle of something
                    stream.close()
        self._file.abort()

    def flush(self) -> None:
        """Nothing is held back."""


class StreamedWriter(ArrayWriter):
    """What `create(stream)` writes, in a file that appears whole or not at all.

    Args:
        path: of the file.
        compression: a key of `COMPRESSIONS`; None: the bytes as they are.
        create: makes the writer of the array.
    """

    seekable = False

    def __init__(
        self, path: str, compression: str | None, create: Callable[[BinaryIO], ArrayWriter]
    ) -> None:
        self._file = AtomicFile(path)
        self._sink = Sink(self._file)
        self._packed: BinaryIO | None = None
        try:
            if compression is not None:
                self._packed = COMPRESSIONS[compression](self._sink, "wb")
            self._writer = create(self._packed or cast(BinaryIO, self._sink))
        except BaseException:
            self.abort()
            raise
        self.name, self.format = path, self._writer.format
        self.shape, self.dtype = self._writer.shape, self._writer.dtype
        self.delimiter = self._writer.delimiter
        self.diagnoses = self._file.diagnoses

    def write(self, box: Box, values: Array) -> None:
        """Writes the next box."""
        self._writer.write(box, values)

    def write_text(self, rows: bytes) -> None:
        """Writes rows of text, where the format takes them."""
        self._writer.write_text(rows)

    def commit(self) -> None:
        """Makes the file appear."""
        self._writer.commit()
        if self._packed is not None:
            self._packed.close()
        self._file.commit()

    def abort(self) -> None:
        """Removes what was written."""
        self._sink.abort(self._packed)
