"""Where arrays come from and go to: one file a format, all behind `open_array`."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from xent_cli.arrays.atomic import refuse_input
from xent_cli.arrays.base import (
    TEXT_FORMATS,
    Array,
    ArrayReader,
    ArrayWriter,
    MemoryArray,
    ReadOptions,
)
from xent_cli.arrays.compressed import COMPRESSIONS, CompressedWriter, open_compressed
from xent_cli.arrays.files import InputFile, mode_of, unopened
from xent_cli.arrays.members import split_member
from xent_cli.arrays.npy_header import MAGIC
from xent_cli.arrays.shards import open_shards, shard_names
from xent_cli.arrays.spool import Spool, spooled
from xent_cli.arrays.streams import ByteSource
from xent_cli.dtypes import is_real
from xent_cli.errors import DataError, StorageError, UsageError
from xent_cli.records import record, replace
from xent_cli.stdout import stdout_bytes

__all__ = [
    "FORMATS",
    "TEXT_FORMATS",
    "Format",
    "Spool",
    "check_target",
    "create_array",
    "is_known",
    "open_array",
    "refuse_overwriting",
    "split_compression",
    "spooled",
    "target_format",
]


@record
class Format:
    """A file format.

    Attributes:
        module: the module with `open_file(file, name, options)`, `open_stream(source, options)`,
            `create_file(path, shape, dtype, columns)` and
            `create_stream(stream, shape, dtype, columns)`; loaded when first used.
        suffixes: of the files that are in this format.
        magic: the bytes every such file starts with; empty for text.
    """

    module: str
    suffixes: tuple[str, ...]
    magic: bytes = b""

    def load(self) -> Any:
        """The module."""
        return import_module(f"xent_cli.arrays.{self.module}")


FORMATS: dict[str, Format] = {
    "npy": Format("npy", (".npy",), MAGIC),
    "npz": Format("npz", (".npz",), b"PK"),
    "safetensors": Format("safetensors", (".safetensors",)),
    "csv": Format("delimited", (".csv", ".txt")),
    "tsv": Format("tabbed", (".tsv", ".tab")),
    "raw": Format("raw", (".raw", ".bin")),
}

_REFUSED = {
    (".pt", ".pth", ".ckpt"): "a PyTorch file is a pickle, and loading one can run any code",
    (".pkl", ".pickle", ".joblib"): "loading a pickle can run any code",
}


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
    path = os.fspath(source)
    if path == "-":
        return _open_stdin(options)
    names = shard_names(path)
    if names is not None:
        return open_shards(path, names, lambda shard: _open_file(shard, options))
    return _open_file(path, options)


def _open_file(path: str, options: ReadOptions) -> ArrayReader:
    _refuse_pickles(path)
    place = split_member(path)[0]
    mode = _file_mode(place)
    if stat.S_ISDIR(mode):
        raise StorageError(f"{path}: is a directory, expected an array file")
    inner, compression = split_compression(path)
    if options.raw_by_suffix and _format_of(inner) is not FORMATS["raw"]:
        options = replace(options, raw=None, shape=None)
    file = InputFile(place, place)
    try:
        if compression is not None:
            unpacked = open_compressed(file, compression, path)
            reader = _open_stream(ByteSource(unpacked, path), options, _format_of(inner))
        elif not stat.S_ISREG(mode):
            reader = _open_stream(ByteSource(file, path), options, _format_of(inner))
        else:
            form = FORMATS["raw"] if options.raw else _format_of(path)
            form = form or _format_by_magic(file.at(0, 8), path)
            reader = _with_columns(form.load().open_file(file, path, options), options)
    except BaseException:
        file.close()
        raise
    reader.file = file
    if stat.S_ISREG(mode):
        there = os.path.abspath(path)  # noqa: PTH100 - a member is no path
        reader.again = (_open_again, (there, options, reader.name))
        if reader.labels is not None:
            reader.labels.again = (getattr, (reader, "labels"))
    return reader


def _open_again(path: str, options: ReadOptions, name: str) -> ArrayReader:
    """A file under the name that it has in messages."""
    reader = _open_file(path, options)
    reader.name = name
    return reader


def _with_columns(reader: ArrayReader, options: ReadOptions) -> ArrayReader:
    """The reader; columns can be chosen of text alone."""
    for option, value in (("--cols", options.cols), ("--label-col", options.label_col)):
        if value is not None and reader.format not in TEXT_FORMATS:
            reader.close()
            raise UsageError(
                f"{option} is for text (.csv, .tsv), but {reader.name} is {reader.format}"
            )
    return reader


def split_compression(path: str) -> tuple[str, str | None]:
    """`x.npy.gz` is x.npy, compressed as .gz says."""
    suffix = Path(path).suffix.lower()
    return (path[: -len(suffix)], suffix) if suffix in COMPRESSIONS else (path, None)


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
        if options.raw is None and place == 0 and file.at(0, len(MAGIC)) == MAGIC:
            from xent_cli.arrays.npy import NpyFile

            reader = _with_columns(NpyFile(file, "stdin"), options)
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
        form = _format_by_magic(source.peek(8), source.name)
        if not form.magic and named is not None:
            form = named
    return _with_columns(form.load().open_stream(source, options), options)


def _format_by_magic(start: bytes, name: str) -> Format:
    if not start:
        raise DataError(f"{name}: expected an array, found nothing (0 bytes)")
    for form in FORMATS.values():
        if form.magic and start.startswith(form.magic):
            return form
    for magic, tool in _PACKED.items():
        if start.startswith(magic):
            raise DataError(
                f"{name}: is compressed, expected .npy or text",
                f"on a pipe put {tool} before xent; a file is recognised by its suffix (.npy.gz)",
            )
    if start.startswith(b"\x80"):
        raise DataError(f"{name}: is a pickle, and loading one can run any code", _SAVE)
    return FORMATS["csv"]


_PACKED = {
    b"\x1f\x8b": "zcat",
    b"BZh": "bzcat",
    b"\xfd7zXZ": "xzcat",
    b"\x28\xb5\x2f\xfd": "zstdcat",
}
_SAVE = "save plain numbers: np.save('logits.npy', tensor.float().numpy())"


def _refuse_pickles(path: str) -> None:
    for suffixes, reason in _REFUSED.items():
        if path.lower().endswith(suffixes):
            raise DataError(f"{path}: {reason}", _SAVE)


def _format_of(path: str) -> Format | None:
    suffix = Path(split_member(path)[0]).suffix.lower()
    return next((form for form in FORMATS.values() if suffix in form.suffixes), None)


def is_known(path: str) -> bool:
    """Whether a name without the suffix of a compression tells its format."""
    return _format_of(path) is not None


def _file_mode(path: str) -> int:
    try:
        return Path(path).stat().st_mode
    except FileNotFoundError as error:
        raise StorageError(f"{path}: no such file", _close_names(path)) from error
    except (OSError, ValueError) as error:
        raise unopened(path, error) from error


def _close_names(path: str) -> str | None:
    folder = Path(path).parent
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError:
        return f"there is no directory {folder}"
    close = get_close_matches(Path(path).name, names, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(str(folder / name) for name in close)}?" if close else None


def create_array(
    target: str | os.PathLike[str],
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    columns: tuple[str, ...] | None = None,
    format: str | None = None,
) -> ArrayWriter:
    """Creates an array that will appear whole or not at all.

    Args:
        target: a file; `-` for stdout.
        shape: of the array.
        dtype: of the array.
        columns: names for the header row, where the format has one.
        format: a key of `FORMATS`; None: by the suffix, .npy on stdout.

    Raises:
        UsageError: an unknown format or suffix, or one that cannot hold the array.
        StorageError: the target cannot be written.
    """
    path = os.fspath(target)
    check_target(path, format)
    if path == "-":
        module = FORMATS[format or "npy"].load()
        to_stdout: ArrayWriter = module.create_stream(stdout_bytes(), shape, dtype, columns)
        return to_stdout
    inner, compression = split_compression(path)
    form = FORMATS[format] if format else _format_of(inner)
    module = (form or FORMATS["npy"]).load()
    if compression is not None:
        return CompressedWriter(
            path, compression, lambda sink: module.create_stream(sink, shape, dtype, columns)
        )
    writer: ArrayWriter = module.create_file(path, shape, dtype, columns)
    return writer


def check_target(target: str, format: str | None = None) -> None:
    """What can be told of a target before anything is read.

    Raises:
        UsageError, StorageError: `create_array` would refuse it whatever the array is.
    """
    if target == "-":
        if stdout_bytes().isatty() and (format or "npy") not in TEXT_FORMATS:
            raise UsageError("stdout is a terminal, and .npy is no text", "write a file with -o")
        return
    named = _format_of(split_compression(target)[0])
    if named is None and format is None and not _is_special(target):
        suffixes = ", ".join(suffix for known in FORMATS.values() for suffix in known.suffixes)
        packed = ", ".join(COMPRESSIONS)
        raise UsageError(
            f"{target}: the suffix names no format that xent writes",
            f"suffixes: {suffixes}; behind them {packed}",
        )
    if named is not None and format is not None and FORMATS[format].module != named.module:
        raise UsageError(f"{target}: its suffix says another format than -f {format}")


def target_format(target: str, format: str | None = None) -> str:
    """The key of `FORMATS` in which `create_array` would write.

    >>> target_format("x.npz:probs"), target_format("x.csv.gz"), target_format("-")
    ('npz', 'csv', 'npy')
    """
    form = _format_of(split_compression(target)[0])
    return format or next((key for key, known in FORMATS.items() if known is form), "npy")


def refuse_overwriting(out: str, sources: Iterable[object]) -> None:
    """Sees to it that no input is overwritten, whichever files it is made of.

    Args:
        out: the target, as `create_array` takes it.
        sources: as `open_array` takes them; those that name no file are passed over.

    Raises:
        UsageError: `out` is a file that one of `sources` reads.
    """
    names: list[str] = []
    for source in sources:
        if not isinstance(source, str | os.PathLike):
            continue
        path = os.fspath(source)
        names.append(path.removeprefix("@"))
        with suppress(StorageError):  # what opens it tells what is wrong with it
            names.extend(shard_names(path) or ())
    refuse_input(split_member(out)[0], [split_member(name)[0] for name in names])


def _is_special(path: str) -> bool:
    mode = mode_of(path)
    return mode != 0 and not stat.S_ISREG(mode)
