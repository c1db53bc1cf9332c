"""Opens arrays: files by their suffix or first bytes, shards, stdin, arrays in memory."""

from __future__ import annotations

import os
import stat
import sys
from typing import BinaryIO

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader, MemoryArray, ReadOptions
from xent_cli.arrays.foreign import START, refuse_start, refuse_suffix
from xent_cli.arrays.formats.members import Member
from xent_cli.arrays.guards import file_mode
from xent_cli.arrays.places import split_place
from xent_cli.arrays.registry import (
    BINARY,
    FORMATS,
    Format,
    format_by_magic,
    format_of,
    split_compression,
)
from xent_cli.arrays.session import session
from xent_cli.arrays.storage.compressed import open_compressed
from xent_cli.arrays.storage.files import InputFile
from xent_cli.arrays.storage.spool import spooled
from xent_cli.arrays.storage.streams import ByteSource
from xent_cli.arrays.views.rows import take_rows
from xent_cli.arrays.views.shards import open_shards, shard_names
from xent_cli.dtypes import is_real
from xent_cli.errors import DataError, StorageError, UsageError
from xent_cli.records import replace


def open_array(
    source: str | os.PathLike[str] | Array | ArrayReader,
    options: ReadOptions | None = None,
    name: str = "array",
) -> ArrayReader:
    """Opens an array for reading.

    Args:
        source: a file by its suffix, `-` for stdin, an array, or a reader (given back as it is).
        options: how text and raw numbers are read.
        name: what an array without a file is called in messages.

    Raises:
        DataError: the content is not an array that xent reads, or not in a known format.
        StorageError: it cannot be opened.

    >>> open_array(np.zeros((2, 3))).shape
    (2, 3)
    """
    if isinstance(source, ArrayReader):
        return source
    if isinstance(source, np.ndarray):
        if not is_real(source.dtype):
            raise DataError(f"{name}: expected real numbers, got dtype {source.dtype}")
        return MemoryArray(source, name)
    options = options or ReadOptions()
    options.check()
    with session(lasting=True):
        place = split_place(os.fspath(source))
        reader = _open_named(place.path, replace(options, choice=place.choice))
        return reader if options.is_draft else take_rows(reader, options.rows)


def _open_named(path: str, options: ReadOptions) -> ArrayReader:
    """What a path stands for; of it, what the options choose."""
    if path == "-":
        return _open_stdin(options)
    names = shard_names(path)
    if names is not None:
        options = replace(options, is_draft=False)  # each is settled by itself
        return open_shards(path, names, lambda shard: _open_shard(shard, options))
    return _open_file(path, options)


def _open_shard(name: str, options: ReadOptions) -> ArrayReader:
    """A file of many; a line of a list may choose of its file, too."""
    place = split_place(name)
    if place.choice is not None and options.choice is None:
        options = replace(options, choice=place.choice)
        return _open_file(place.path, options)
    return _open_file(name, options)


def list_members(source: object, *, shards: bool = False) -> tuple[Member, ...]:
    """What is in a file of several arrays, by its headers alone.

    Args:
        source: as `open_array` takes it; empty where it is no such file, or one of its arrays.
        shards: of many files, what is in the first.

    Raises:
        DataError: the file cannot be trusted.
        StorageError: it cannot be read.
    """
    if not isinstance(source, str | os.PathLike):
        return ()
    place = split_place(os.fspath(source))
    if place.choice is not None or place.path == "-":
        return ()
    names = shard_names(place.path) or [place.path]
    return _list_file(names[0]) if shards or names == [place.path] else ()


def _list_file(path: str) -> tuple[Member, ...]:
    if not stat.S_ISREG(file_mode(path)) or split_compression(path)[1] is not None:
        return ()
    with InputFile(path) as file:
        form = format_of(path) or format_by_magic(file.at(0, START))
        if not form.members:
            return ()
        refuse_start(file.at(0, START), path, is_archive=form is FORMATS["npz"])
        return tuple(form.load().list_members(file, path))


def _open_file(path: str, options: ReadOptions) -> ArrayReader:
    mode = file_mode(path)
    if format_of(path) is None:
        refuse_suffix(path)
    if stat.S_ISDIR(mode):
        raise StorageError(f"{path}: is a directory, expected an array file")
    inner, compression = split_compression(path)
    if options.raw_by_suffix and format_of(inner) is not FORMATS["raw"]:
        options = replace(options, raw=None, shape=None)
    file = InputFile(path, path)
    try:
        if compression is not None:
            unpacked = open_compressed(file, compression, path)
            reader = _open_stream(ByteSource(unpacked, path), options, format_of(inner))
        elif not stat.S_ISREG(mode):
            reader = _open_stream(ByteSource(file, path), options, format_of(inner))
        else:
            start, by_suffix = file.at(0, START), format_of(path)
            form = FORMATS["raw"] if options.raw else _format_by_start(start, path, by_suffix)
            reader = _as_chosen(_open_regular(form, file, path, options), options)
    except BaseException:
        file.close()
        raise
    reader.file = reader.file or file  # an index names another one
    if stat.S_ISREG(mode):
        there = os.path.abspath(path)  # noqa: PTH100 - it may be a pipe's, which has no real path
        reader.again = (_open_again, (there, options, reader.name))
    return reader


def _open_regular(form: Format, file: InputFile, name: str, options: ReadOptions) -> ArrayReader:
    if form.is_text:
        return form.load().open_stream(ByteSource(file, name), options)
    return form.load().open_file(file, name, options)


def _open_again(path: str, options: ReadOptions, name: str) -> ArrayReader:
    """A file under the name that it has in messages."""
    reader = _open_file(path, options)
    reader.name = name
    return reader


def _as_chosen(reader: ArrayReader, options: ReadOptions) -> ArrayReader:
    """The reader; columns can be chosen of text alone, and members where there are several.

    An array of words is read as the classes that they name.
    """
    if options.choice is not None and not (reader.is_text or FORMATS[reader.format].members):
        reader.close()
        raise UsageError(
            f"{reader.name}:{options.choice}: nothing can be chosen of a {reader.format} array",
            f"leave it out: {reader.name}",
        )
    for option, value in (("--cols", options.cols), ("--label-col", options.label_col)):
        if value is not None and not reader.is_text:
            reader.close()
            known = ", ".join(f".{form.name}" for form in FORMATS.values() if form.is_text)
            raise UsageError(
                f"{option} is for text ({known}), but {reader.name} is {reader.format}"
            )
    if not reader.is_text and reader.dtype.kind in "US":
        from xent_cli.arrays.views.words import WordArray  # most labels are numbers

        source = spooled(reader)
        if source is not reader:
            reader.close()
        return WordArray(source, options)
    return reader


def _open_stdin(options: ReadOptions) -> ArrayReader:
    if sys.stdin is None:
        raise StorageError("stdin is closed", "name a file instead of -")
    stream = sys.stdin.buffer
    if sys.stdin.isatty():
        raise UsageError(
            "stdin (-) is the terminal, expected an array from a pipe",
            "xent cat a.npy b.npy | xent loss - labels.npy",
        )
    file, place = _redirected(stream)
    if file is None:
        return _open_stream(ByteSource(stream, "stdin"), options)
    try:
        plain = options.raw is None and place == 0
        if plain and file.at(0, len(BINARY.magic)) == BINARY.magic:
            reader = _as_chosen(_open_regular(BINARY, file, "stdin", options), options)
        else:
            reader = _open_stream(ByteSource(stream, "stdin"), options)
    except BaseException:
        file.close()
        raise
    reader.file = file
    return reader


def _redirected(stream: BinaryIO) -> tuple[InputFile | None, int]:
    """The file that stdin was redirected from, and where it stands; None for pipes and the like."""
    try:
        descriptor = stream.fileno()
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None, 0
        place = stream.tell()
        return InputFile(os.dup(descriptor), "stdin"), place
    except (OSError, ValueError):
        return None, 0


def _open_stream(
    source: ByteSource, options: ReadOptions, named: Format | None = None
) -> ArrayReader:
    """Magic bytes tell the format; only text has none, and goes by its name."""
    if options.raw is not None:
        form = FORMATS["raw"]
    else:
        # An array that comes slowly is not waited for longer than its magic takes.
        is_array = source.peek(len(BINARY.magic)) == BINARY.magic
        form = BINARY if is_array else _format_by_start(source.peek(START), source.name)
        if not form.magic and named is not None:
            form = named
    if not form.piped:
        raise DataError(
            f"{source.name}: a .{form.name} file cannot be read from a pipe",
            "name the file instead",
        )
    return _as_chosen(form.load().open_stream(source, options), options)


def _format_by_start(start: bytes, name: str, named: Format | None = None) -> Format:
    """The format of a file; what starts as one of another program is named as that."""
    refuse_start(start, name, is_archive=named in (None, FORMATS["npz"]))
    return named or format_by_magic(start)
