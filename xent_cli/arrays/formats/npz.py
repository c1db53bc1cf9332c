"""The .npz format: a zip archive of .npy files, read member by member and never unpacked.

A member that is stored as it is lies in the file as any .npy and is mapped; a compressed one is
copied first. Refused: encrypted members, names that are there twice, what is no .npy, and members
that would grow more than a thousandfold beyond 64 MiB.
"""

from __future__ import annotations

import errno
import os
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader, ArrayWriter, Outline, ReadOptions
from xent_cli.arrays.formats.members import Member, choose_member
from xent_cli.arrays.formats.npy import NpyStream, NpyStreamWriter
from xent_cli.arrays.formats.npy_header import Header, check_size, check_text, read_header
from xent_cli.arrays.places import split_target
from xent_cli.arrays.storage.atomic import AtomicFile
from xent_cli.arrays.storage.compressed import Decompressed
from xent_cli.arrays.storage.files import InputFile
from xent_cli.arrays.storage.layout import Layout
from xent_cli.arrays.storage.mapped import MappedArray
from xent_cli.arrays.storage.sinks import Sink
from xent_cli.arrays.storage.spool import spooled
from xent_cli.arrays.storage.streams import ByteSource
from xent_cli.errors import DataError, StorageError
from xent_cli.geometry import Box

_RATIO, _RATIO_FROM = 1000, 64 << 20
_LOCAL_HEADER = 30
_DIRECTORY = 4 << 20


def open_file(file: InputFile, name: str, options: ReadOptions) -> ArrayReader:
    """One array of an archive.

    Raises:
        DataError: no archive, no such member, or one that cannot be trusted.
        StorageError: the file cannot be opened.
    """
    with _translated(name), _archive(file) as archive:
        members = _members(archive, name)
        member = choose_member(name, list(members), options.choice)
        called = name if options.choice is None else f"{name}:{member}"
        reader = _open_member(archive, members[member], file, is_labels=options.is_labels)
    reader.name, reader.format = called, "npz"
    reader.member = member
    return reader


def list_members(file: InputFile, name: str) -> Iterator[Member]:
    """All arrays, in the order of the archive."""
    with _translated(name), _archive(file) as archive:
        for member, info in _members(archive, name).items():
            try:
                with _translated(f"{name}:{member}"):
                    header = _read_header(archive, info, f"{name}:{member}")
                yield Member(member, "npz", header.shape, header.dtype, header.fortran)
            except DataError as problem:
                yield Member(member, "npz", problem=problem)


def _archive(file: InputFile) -> zipfile.ZipFile:
    return zipfile.ZipFile(cast(BinaryIO, _Careful(file)))


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """What zipfile raises, as a DataError or a StorageError."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EINVAL:  # a seek to where the archive says its directory is
            raise DataError(f"{name}: is no .npz archive: a place in it is before it") from error
        raise StorageError(f"{name}: cannot be opened: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{name}: the name of a member claims to be UTF-8 and is not") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise DataError(f"{name}: is no .npz archive that can be read: {error}") from error


class _Careful:
    """An archive's file, of which a directory of very many members is not read.

    zipfile reads the directory at once, and makes an object of half a kilobyte for each member. A
    file that cannot be read is a StorageError here: zipfile takes an OSError for a broken archive.
    """

    def __init__(self, file: InputFile) -> None:
        self._file, self._place = file, 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        place = offset + (0, self._place, self._file.size)[whence]
        if place < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._place = place
        return place

    def read(self, size: int = -1) -> bytes:
        data = self._file.at(self._place, size if 0 <= size <= _DIRECTORY else _DIRECTORY + 1)
        self._place += len(data)
        if len(data) > _DIRECTORY:
            raise DataError(
                f"{self._file.label}: the archive's directory takes more than "
                f"{_DIRECTORY >> 20} MiB",
                "keep fewer arrays in one file",
            )
        return data


def _members(archive: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    """The .npy members by their names without the suffix."""
    infos = archive.infolist()
    counts = Counter(info.filename for info in infos)
    twice = [member for member, count in counts.items() if count > 1]
    if twice:
        raise DataError(f"{name}: the member {twice[0]!r} is there twice")
    return {
        info.filename.removesuffix(".npy"): info for info in infos if info.filename.endswith(".npy")
    }


def _open_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: InputFile, *, is_labels: bool
) -> ArrayReader:
    where = f"{file.label}:{info.filename.removesuffix('.npy')}"
    header = check_text(_read_header(archive, info, where), where, is_labels=is_labels)
    if info.compress_type == zipfile.ZIP_STORED:
        offset = _data_offset(file, info, where) + header.offset
        layout = Layout(header.shape, header.dtype, header.fortran, offset)
        return MappedArray(file, where, "npz", layout)
    with archive.open(info) as stream:
        reader = spooled(NpyStream(ByteSource(Decompressed(cast(BinaryIO, stream), where), where)))
    file.close()
    reader.diagnoses = ()
    return reader


def _read_header(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> Header:
    """The checked header of a member."""
    if info.flag_bits & 1:
        raise DataError(f"{where}: is encrypted", "store it without a password")
    if info.file_size > _RATIO_FROM and info.file_size > _RATIO * max(1, info.compress_size):
        raise DataError(
            f"{where}: would grow from {info.compress_size} to {info.file_size} bytes, more than "
            f"{_RATIO}-fold",
            "np.savez stores arrays as they are",
        )
    with archive.open(info) as stream:
        header = read_header(stream.read, where)
    check_size(header, info.file_size, where)
    return header


def _data_offset(file: InputFile, info: zipfile.ZipInfo, where: str) -> int:
    """Where a stored member's bytes start: its local header repeats name and extra fields."""
    local = file.at(info.header_offset, _LOCAL_HEADER)
    if len(local) < _LOCAL_HEADER or local[:4] != b"PK\x03\x04":
        raise DataError(f"{where}: the archive's list points to no member")
    extra = int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
    start = info.header_offset + _LOCAL_HEADER + extra
    if info.compress_size != info.file_size or start + info.file_size > file.size:
        raise DataError(f"{where}: expected {info.file_size} stored bytes, the file ends before")
    return start


class NpzWriter(ArrayWriter):
    """An archive of one array, stored as it is, front to back."""

    format = "npz"
    seekable = False

    def __init__(self, path: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        place = split_target(path)
        self.name, self.shape, self.dtype = path, shape, dtype
        self._file = AtomicFile(place.path)
        self.diagnoses = self._file.diagnoses
        self._sink = Sink(self._file)
        self._stream: Any = None
        self._archive = zipfile.ZipFile(cast(BinaryIO, self._sink), "w")
        try:
            info = zipfile.ZipInfo(f"{place.choice or 'arr_0'}.npy")
            self._stream = self._archive.open(info, "w", force_zip64=True)
            self._writer = NpyStreamWriter(cast(BinaryIO, self._stream), shape, dtype, path)
        except BaseException:
            self.abort()
            raise

    def write(self, box: Box, values: Array) -> None:
        """Writes the next box."""
        self._writer.write(box, values)

    def commit(self) -> None:
        """Makes the archive appear."""
        self._writer.commit()
        self._stream.close()
        self._archive.close()
        self._file.commit()

    def abort(self) -> None:
        """Removes what was written."""
        self._sink.abort(self._stream, self._archive)


def create_file(path: str, outline: Outline) -> ArrayWriter:
    """A new archive of one array; `file.npz:name` names it (`arr_0` otherwise)."""
    return NpzWriter(path, outline.shape, outline.dtype)
