"""Files that appear whole or not at all: written beside the target, then renamed onto it."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import numpy as np

from xent_cli.arrays.storage.extents import Extent
from xent_cli.diagnosis import NOTE, Diagnosis
from xent_cli.errors import DataError, StorageError, UsageError, XentError, write_failure

StrPath = str | os.PathLike[str]
Buffer = bytes | memoryview
_COPIED = 16 << 20
_BEGIN = 64 << 20


class AtomicFile:
    """A new file under an existing or a new name.

    What is written goes to a file without a name in the target's directory, so a process that is
    killed leaves nothing behind; `commit` names it `.xent-*.tmp` and renames that onto the target.
    Where the system has no files without names it is `.xent-*.tmp` from the start: `abort` removes
    it, and a kill leaves it, where no glob and no directory of shards takes it up. A symbolic link
    stays a link: the file that it names is replaced. A target that is no regular file (a device, a
    named pipe) is written as it is, front to back.

    The new file has the mode of the one that it replaces (but not setuid and setgid, which were
    meant for other content), its owner and its group where the system lets them be given; `notes`
    tell what is lost.

    As a context manager it commits on success and aborts on an exception.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder, "loss.txt")
    ...     with AtomicFile(target) as file:
    ...         file.write(b"0.5")
    ...         before = target.exists()
    ...     before, target.read_bytes()
    (False, b'0.5')

    Raises:
        UsageError: the target is a directory.
        StorageError: the target cannot be written.
    """

    def __init__(self, target: StrPath) -> None:
        self.name = os.fspath(target)
        self._path = os.path.realpath(self.name)
        self._lock = threading.Lock()
        self._place, self._pending = 0, range(0)
        self._kernel_copies = hasattr(os, "copy_file_range")
        self._temporary: str | None = None
        self._descriptor = -1
        self.diagnoses: tuple[Diagnosis, ...] = ()
        before = _stat(self._path, self.name)
        if before is not None and stat.S_ISDIR(before.st_mode):
            raise UsageError(f"{self.name}: is a directory", "name a file in it")
        self.seekable = before is None or stat.S_ISREG(before.st_mode)
        binary = getattr(os, "O_BINARY", 0)
        try:
            if not self.seekable:
                self._descriptor = os.open(self._path, os.O_WRONLY | binary)
                return
            if before is not None and not os.access(self._path, os.W_OK):
                raise StorageError(f"{self.name}: cannot be written: Permission denied")
            self._descriptor = _open_unnamed(os.path.dirname(self._path))  # noqa: PTH120
            if self._descriptor < 0:
                temporary = self._temporary_name()
                flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | binary
                self._descriptor = os.open(temporary, flags, 0o666)
                self._temporary = temporary
            if before is not None:
                self._take_over(before)
        except OSError as error:
            self.abort()
            raise self._failed(error) from error
        except BaseException:
            self.abort()
            raise

    def _take_over(self, before: os.stat_result) -> None:
        """Gives the new file what the one that it replaces has."""
        where = self._temporary or self._descriptor
        own = os.stat(where)  # noqa: PTH116
        owner, group = before.st_uid, before.st_gid
        if hasattr(os, "chown") and (own.st_uid, own.st_gid) != (owner, group):
            for user in (owner, -1):  # the group alone can be given by its members
                with contextlib.suppress(OSError):
                    os.chown(where, user, group)
                    break
            own = os.stat(where)  # noqa: PTH116
        os.chmod(where, before.st_mode & 0o777)  # noqa: PTH101
        lost = [
            f"its {role} is {_account(role, now)} now, and was {_account(role, then)}"
            for role, now, then in (("owner", own.st_uid, owner), ("group", own.st_gid, group))
            if now != then
        ]
        if before.st_nlink > 1:
            names = f"{before.st_nlink} names (hard links)"
            lost.append(f"the file had {names}, and this one alone has the new content")
        self.diagnoses = tuple(
            Diagnosis("target-loses", NOTE, f"{self.name}: {what}") for what in lost
        )

    def write(self, data: Buffer) -> None:
        """Appends `data`."""
        view = memoryview(data)
        size = view.nbytes
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            raise self._failed(error) from error
        self._written(self._place, size)

    def write_at(self, offset: int, data: Buffer) -> None:
        """Writes `data` from the byte `offset`; several threads may do so at once."""
        with self._lock:
            self._seek(offset)
            self.write(data)

    def update(self, offset: int, size: int, change: Any) -> None:
        """Calls `change` with the `size` bytes from `offset` (uint8), and writes them back."""
        with self._lock:
            self._seek(offset)
            region = np.zeros(size, np.uint8)
            have = 0
            while have < size and (piece := os.read(self._descriptor, size - have)):
                region[have : have + len(piece)] = np.frombuffer(piece, np.uint8)
                have += len(piece)
            change(region)
            self._seek(offset)
            self.write(region.data)

    def copy(self, extent: Extent, offset: int) -> None:
        """Copies a run of another file to the byte `offset`, inside the kernel where it can.

        Raises:
            DataError: the other file ends before the run does.
            StorageError: one of the files fails.
        """
        done = 0
        while done < extent.size:
            count = min(extent.size - done, _COPIED)
            copied = self._copy(extent.part(done, count), offset + done)
            if not copied:
                raise DataError(f"{extent.name}: the file shrank while it was read")
            if self._kernel_copies:
                self._written(offset + done, copied)
            done += copied

    def _copy(self, extent: Extent, offset: int) -> int:
        if self._kernel_copies:
            try:
                copied = os.copy_file_range(
                    extent.descriptor, self._descriptor, extent.size, extent.offset, offset
                )
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                    raise self._failed(error) from error
                copied = 0
            if copied:
                return copied
            # Not between these file systems, or a failure: reading and writing tell whose it is.
            self._kernel_copies = False
        try:
            data = os.pread(extent.descriptor, min(extent.size, 1 << 20), extent.offset)
        except OSError as error:
            reason = error.strerror or error
            raise StorageError(f"{extent.name}: cannot be read: {reason}") from error
        self.write_at(offset, data)
        return len(data)

    def _written(self, offset: int, size: int) -> None:
        """Has the disk begun with what is written, so that `commit` need not wait for all of it."""
        self._place = offset + size
        if offset != self._pending.stop:
            self._pending = range(offset, offset)
        self._pending = range(self._pending.start, self._place)
        if len(self._pending) < _BEGIN or not hasattr(os, "posix_fadvise"):
            return
        # Not needed any more, says this: Linux writes such pages out. They stay in its cache, since
        # it drops only those that are on the disk already.
        with contextlib.suppress(OSError):
            start, size = self._pending.start, len(self._pending)
            os.posix_fadvise(self._descriptor, start, size, os.POSIX_FADV_DONTNEED)
        self._pending = range(self._place, self._place)

    def reserve(self, size: int) -> None:
        """Gives the file its final size at once, without writing it."""
        try:
            os.ftruncate(self._descriptor, size)
        except OSError as error:
            raise self._failed(error) from error

    def commit(self) -> None:
        """Makes the file appear under its name, on the disk and not only in memory."""
        if self._descriptor < 0:
            return
        try:
            if not self.seekable:
                self._close()
                return
            os.fsync(self._descriptor)
            if self._temporary is None:
                temporary = self._temporary_name()
                # Without a dir_fd, which an absolute name has no use for, CPython calls link(2),
                # which does not follow (python/cpython#81793).
                unnamed = _LINK.format(self._descriptor)
                os.link(unnamed, temporary, src_dir_fd=self._descriptor, follow_symlinks=True)
                self._temporary = temporary
            self._close()
            os.replace(self._temporary, self._path)  # noqa: PTH105
            self._temporary = None
            _sync_directory(os.path.dirname(self._path))  # noqa: PTH120
        except OSError as error:
            self.abort()
            raise self._failed(error) from error

    def abort(self) -> None:
        """Removes what was written. After `commit`, and twice, it does nothing."""
        with contextlib.suppress(OSError):
            self._close()
        if self._temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)  # noqa: PTH108
            self._temporary = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, exc_type: type[BaseException] | None, *rest: object) -> None:
        try:
            if exc_type is None:
                self.commit()
        finally:
            self.abort()

    def _temporary_name(self) -> str:
        return str(Path(self._path).with_name(f".xent-{os.urandom(8).hex()}.tmp"))

    def _seek(self, offset: int) -> None:
        try:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            self._place = offset
        except OSError as error:
            raise self._failed(error) from error

    def _close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def _failed(self, error: OSError) -> XentError:
        return write_failure(self.name, error)


def check_place(path: str, name: str) -> None:
    """What can be told of a target before it is opened; messages call it `name`.

    Raises:
        UsageError: it is a directory.
        StorageError: it may not be written, or there can be no file there.
    """
    place = os.path.realpath(path)
    before = _stat(place, name)
    if before is not None:
        _check_target(before, place, name)
        return
    folder = os.path.dirname(place)  # noqa: PTH120
    mode = _stat(folder, name)
    if mode is None:
        raise StorageError(f"{name}: cannot be written: there is no directory {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StorageError(f"{name}: cannot be written: Permission denied")


def _check_target(before: os.stat_result, path: str, name: str) -> None:
    if stat.S_ISDIR(before.st_mode):
        raise UsageError(f"{name}: is a directory", "name a file in it")
    if not os.access(path, os.W_OK):
        raise StorageError(f"{name}: cannot be written: Permission denied")


def refuse_input(out: StrPath, inputs: Iterable[StrPath]) -> None:
    """Sees to it that no input is overwritten, however its name is spelled.

    Raises:
        UsageError: `out` is the same file as one of `inputs`.
    """
    try:
        target = os.stat(out)  # noqa: PTH116
    except OSError:
        return
    if not stat.S_ISREG(target.st_mode):
        return
    for name in inputs:
        try:
            source = os.stat(0 if os.fspath(name) == "-" else name)  # noqa: PTH116
        except OSError:
            continue
        if (source.st_dev, source.st_ino) == (target.st_dev, target.st_ino):
            raise UsageError(
                f"{os.fspath(out)}: is also an input ({os.fspath(name)}), and would be overwritten",
                "write to another file, and rename it afterwards",
            )


def _stat(path: str, name: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return None
    except OSError as error:
        raise write_failure(name, error) from error


def _account(role: str, number: int) -> str:
    """A user or a group by name, where it has one."""
    try:
        if role == "owner":
            import pwd

            return pwd.getpwuid(number).pw_name
        import grp

        return grp.getgrgid(number).gr_name
    except (ImportError, KeyError):
        return str(number)


_LINK = "/proc/self/fd/{}"


def _open_unnamed(folder: str) -> int:
    """A file in `folder` that has no name yet; -1 where the system or the file system has none."""
    flag = getattr(os, "O_TMPFILE", 0)
    if not flag:
        return -1
    try:
        descriptor = os.open(folder, os.O_RDWR | flag, 0o666)
    except OSError:  # what is wrong with the folder itself, the attempt with a name tells
        return -1
    if os.path.exists(_LINK.format(descriptor)):  # noqa: PTH110 - which may raise
        return descriptor
    os.close(descriptor)
    return -1


def _sync_directory(path: str) -> None:
    # Some file systems refuse to sync a directory; the file itself is safe by then.
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
