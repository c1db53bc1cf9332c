"""Input files: each is opened once, and told from the file that it was when its reading ends."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from io import FileIO
from pathlib import Path

from xent_cli.array_facts import FileFacts
from xent_cli.errors import DataError, StorageError

_STEADY = "run it again when nothing writes to the file, or on a copy of it"


class InputFile(FileIO):
    """An input file as it was when it was opened; `check` tells if it is another one by now.

    Compared are what the name stands for (device and inode: two files that belong together may be
    replaced between the opening of one and of the other), the size, and the time of the last
    writing. Not the time of the last change of the inode (st_ctime): a link, as backups by hard
    links make, or a new mode would count as a change, and no byte did. A change that leaves the
    size, within the tick of the clock that the last writing was in (1 to 10 ms), is not seen, nor
    one whose author sets the time back. Pipes and devices have nothing to compare.

    Attributes:
        label: what messages call it.
        size: in bytes, when it was opened.

    Args:
        place: a name, or a descriptor, which is closed with the file.
        label: what messages call it; None: its name.

    Raises:
        StorageError: it cannot be opened.
    """

    def __init__(self, place: str | os.PathLike[str] | int, label: str | None = None) -> None:
        self.label = label if label is not None else str(place)
        self._place = place if isinstance(place, int) else os.path.abspath(place)  # noqa: PTH100
        try:
            super().__init__(place)
            status = os.fstat(self.fileno())
        except (OSError, ValueError) as error:
            self.close()
            raise unopened(self.label, error) from error
        self._before, self.size = status, status.st_size

    def take(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end."""
        parts, left = [], size
        try:
            while left and (part := self.read(left)):
                parts.append(part)
                left -= len(part)
        except OSError as error:
            raise unreadable(self.label, error) from error
        return b"".join(parts)

    def at(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset`, fewer only at the end."""
        parts, left = [], size
        try:
            while left and (part := os.pread(self.fileno(), left, offset + size - left)):
                parts.append(part)
                left -= len(part)
        except OSError as error:
            raise unreadable(self.label, error) from error
        return b"".join(parts)

    def check(self) -> None:
        """Sees to it that what was read is one file, and the one that the name still stands for.

        Raises:
            DataError: it was changed, replaced or removed since it was opened.
        """
        before = self._before
        if not stat.S_ISREG(before.st_mode):
            return
        try:
            now = os.stat(self._place)  # noqa: PTH116
        except FileNotFoundError as error:
            raise self._unsteady("was removed while it was read") from error
        except OSError as error:
            raise unreadable(self.label, error) from error
        if (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino):
            raise self._unsteady("was replaced while it was read")
        if now.st_size != before.st_size:
            sizes = f"from {before.st_size} to {now.st_size} bytes"
            raise self._unsteady(f"changed {sizes} while it was read")
        if now.st_mtime_ns != before.st_mtime_ns:
            raise self._unsteady("was written to while it was read")

    def facts(self) -> FileFacts | None:
        """What tells it from other files; None of pipes and devices."""
        if not stat.S_ISREG(self._before.st_mode):
            return None
        name = self.label if isinstance(self._place, int) else self._place
        return FileFacts(name, self.size, self._before.st_mtime_ns)

    def close(self) -> None:
        """Closes the file; nothing that was read can be lost by it."""
        with contextlib.suppress(OSError):
            super().close()

    def __del__(self) -> None:
        """Without Python's warning: a reader may be dropped as an array may."""
        self.close()

    def _unsteady(self, change: str) -> DataError:
        return DataError(f"{self.label}: {change}", _STEADY)


def mode_of(path: str) -> int:
    """The mode of what a name stands for; 0 where nothing can be reached by it.

    `Path.exists` and `Path.is_dir` raise where a directory may not be entered or a name is too
    long.
    """
    try:
        return os.stat(path).st_mode  # noqa: PTH116
    except (OSError, ValueError):
        return 0


def unopened(path: str, error: OSError | ValueError) -> StorageError:
    """What it means that a name could not be opened; a ValueError is a NUL in it."""
    if isinstance(error, ValueError):
        return StorageError(f"{path}: cannot be opened: a NUL byte is in the name")
    hint = None
    if error.errno == errno.ENAMETOOLONG:
        hint = "most systems take 255 bytes between slashes, and 4095 in all"
        path = f"{path[:40]}... ({len(path)} characters)"
    elif error.errno == errno.EACCES:
        folders = [str(folder) for folder in reversed(Path(path).parents)]
        closed = next((folder for folder in folders if not os.access(folder, os.X_OK)), None)
        hint = f"ls -ld {closed or path} shows who may {'enter' if closed else 'read'} it"
    return StorageError(f"{path}: cannot be opened: {error.strerror or error}", hint)


def unreadable(name: str, error: OSError) -> StorageError:
    """What it means that something open could not be read."""
    reason = error.strerror or error
    if error.errno == errno.EBADF:
        reason = "it is open for writing only"
    return StorageError(f"{name}: cannot be read: {reason}")


def read_small(path: str, most: int) -> bytes:
    """The whole of a small file.

    Raises:
        DataError: it has more than `most` bytes (whole MiB), or changed while it was read.
        StorageError: it cannot be read.
    """
    with InputFile(path) as file:
        content = file.take(most + 1)
        file.check()
    if len(content) > most:
        raise DataError(f"{path}: expected at most {most >> 20} MiB, found more")
    return content
