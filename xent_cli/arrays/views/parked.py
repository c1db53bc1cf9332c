"""Arrays of more files than may be open at once: each is opened when it is read, and closed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from xent_cli.array_facts import FileFacts
from xent_cli.arrays.base import Array, ArrayReader, with_classes
from xent_cli.arrays.session import current
from xent_cli.arrays.storage.extents import Extent
from xent_cli.errors import DataError
from xent_cli.geometry import Box


def open_together(opens: Iterable[Callable[[], ArrayReader]]) -> list[ArrayReader]:
    """Arrays that are read side by side, also where the system lets fewer files be open.

    Each is opened, so all that is wrong with one of them is told before anything is read; where
    they are too many it is closed until it is read.

    Raises:
        DataError, StorageError, UsageError: as opening one does; those before it are closed.
    """
    opens = list(opens)
    # A file stays open, and a map of it is another one.
    fit = current().allow_files(2 * len(opens))
    readers: list[ArrayReader] = []
    try:
        for open_one in opens:
            reader = open_one()
            parks = not fit and reader.again is not None and reader.labels is None
            readers.append(ParkedArray(reader) if parks else reader)
    except BaseException:
        for reader in readers:
            reader.close()
        raise
    return readers


class ParkedArray(ArrayReader):
    """A file that is open only while it is read; `reader` is closed."""

    def __init__(self, reader: ArrayReader) -> None:
        self.name, self.format, self.again = reader.name, reader.format, reader.again
        self.shape, self.dtype, self.fortran = reader.shape, reader.dtype, reader.fortran
        self.is_text, self.columns, self.member = reader.is_text, reader.columns, reader.member
        self.seekable, self.names_labels = reader.seekable, reader.names_labels
        self.diagnoses, self.keys = reader.diagnoses, reader.keys
        self._files = reader.files()
        self._copied = reader.extents() is not None
        reader.close()

    @contextmanager
    def _open(self) -> Iterator[ArrayReader]:
        """The file, which is the one that it was."""
        assert self.again is not None
        opens, arguments = self.again
        with opens(*arguments) as reader:
            if reader.files() != self._files:
                raise DataError(
                    f"{self.name}: was changed while it was read",
                    "run it again when nothing writes to the file, or on a copy of it",
                )
            yield reader

    def read(self, box: Box) -> Array:
        """A copy of the box: a view would keep the file's map open."""
        with self._open() as reader:
            return reader.read(box).copy()

    def extents(self) -> Iterator[Extent] | None:
        """The runs of the file, which is open until the next is asked for."""

        def runs() -> Iterator[Extent]:
            with self._open() as reader:
                yield from reader.extents() or ()

        return runs() if self._copied else None

    def text_rows(self, delimiter: str) -> Iterator[bytes] | None:
        """The rows of a text as they were written."""

        def rows() -> Iterator[bytes]:
            with self._open() as reader:
                yield from reader.text_rows(delimiter) or ()

        with self._open() as reader:
            return None if reader.text_rows(delimiter) is None else rows()

    def name_classes(self, names: tuple[str, ...]) -> None:
        """The names are told whenever it is opened; words are looked through once."""
        assert self.again is not None
        self.again = with_classes(self.again, names)
        with self._open() as reader:
            reader.name_classes(names)
            self.names_labels = reader.names_labels

    def files(self) -> tuple[FileFacts, ...]:
        """As the file was when it was opened first."""
        return self._files

    def finish(self) -> None:
        """Sees to it that the file is the one that it was, to its end."""
        with self._open() as reader:
            reader.finish()

    def close(self) -> None:
        """Nothing is open."""
