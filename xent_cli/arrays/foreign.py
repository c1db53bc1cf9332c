"""Files of other programs, named as what they are, with the way to an array."""

from __future__ import annotations

import re
from pathlib import Path

from xent_cli.errors import DataError
from xent_cli.records import record

START = 512
"""Bytes at the start of a file that are looked at."""


@record
class Foreign:
    """A kind of file that is no array, or none that xent reads.

    Attributes:
        what: it is.
        way: to an array; `{name}` is the file, `{stem}` its name without the suffix.
        start: what its first bytes match; no header of a text does.
        suffixes: of those that are known by their names, and are not opened.
    """

    what: str
    way: str
    start: bytes = b"(?!)"
    suffixes: tuple[str, ...] = ()


_PICKLED = "and loading one can run any code"
_SAVE = "save plain numbers: np.save('{stem}.npy', tensor.float().numpy())"
_FRAME = (
    "python -c \"import pandas as pd; pd.read_{0}('{{name}}').to_csv('{{stem}}.csv', index=False)\""
)
_PACKED = "mv {{name}} {{name}}{0} tells it; on a pipe put {1} before xent"

FOREIGN = (
    Foreign(
        "a pickle of PyTorch",
        _SAVE,
        rb"PK\x03\x04.{26}[^\0]{0,80}data\.pkl",
        (".pt", ".pth", ".ckpt"),
    ),
    Foreign("a pickle", _SAVE, rb"\x80[\x02-\x05]", (".pkl", ".pickle", ".joblib")),
    Foreign(
        "an Excel workbook",
        _FRAME.format("excel"),
        rb"PK\x03\x04.{26}(?:\[Content_Types\]\.xml|xl/|_rels/)|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        (".xlsx", ".xls", ".xlsm"),
    ),
    Foreign("a Parquet file", _FRAME.format("parquet"), rb"PAR1[\0-\x08\x0e-\x1f]", (".parquet",)),
    Foreign(
        "an Arrow file",
        _FRAME.format("feather"),
        rb"ARROW1\0|FEA1[\0-\x08\x0e-\x1f]",
        (".feather", ".arrow"),
    ),
    Foreign(
        "an HDF5 file",
        "python -c \"import h5py, numpy; numpy.save('{stem}.npy', h5py.File('{name}')['logits'])\"",
        rb"\x89HDF\r\n",
        (".h5", ".hdf5"),
    ),
    Foreign(
        "a MATLAB file",
        'python -c "import scipy.io, numpy; '
        "numpy.save('{stem}.npy', scipy.io.loadmat('{name}')['logits'])\"",
        b"MATLAB 5\\.0 MAT-file",
        (".mat",),
    ),
    Foreign("a pointer of Git LFS", "git lfs pull fetches the file", b"version https://git-lfs"),
    Foreign(
        "an HTML page",
        "if it was downloaded, the server sent a page in its place; tables in one are read by "
        + _FRAME.format("html").replace(").to_csv", ")[0].to_csv"),
        rb"(?i:\s*(?:<!doctype|<html|<table|<head|<body|<\?xml))",
    ),
    Foreign("a PDF", "export the table as CSV", b"%PDF-"),
    Foreign("an image", "save its numbers with np.save", rb"\x89PNG|\xff\xd8\xff|GIF8[79]a"),
    Foreign(
        "a SQLite database", "sqlite3 -csv {name} 'select ...' > {stem}.csv", rb"SQLite format 3\0"
    ),
    Foreign("compressed by gzip", _PACKED.format(".gz", "zcat"), rb"\x1f\x8b"),
    Foreign("compressed by bzip2", _PACKED.format(".bz2", "bzcat"), rb"BZh[1-9]1AY&SY"),
    Foreign("compressed by xz", _PACKED.format(".xz", "xzcat"), rb"\xfd7zXZ"),
    Foreign("compressed by zstd", _PACKED.format(".zst", "zstdcat"), rb"\x28\xb5\x2f\xfd"),
)
"""The first that fits names a file."""

ARCHIVE = Foreign(
    "a zip archive", "unzip {name} unpacks it; one of .npy files is an .npz", rb"PK\x03\x04"
)
"""Of a file that is not read as .npz."""


def refuse_suffix(path: str) -> None:
    """A DataError where the suffix is one of foreign files that are not opened."""
    suffix = Path(path).suffix.lower()
    for foreign in FOREIGN:
        if suffix in foreign.suffixes:
            raise _refusal(foreign, path)


def refuse_start(start: bytes, name: str, *, is_archive: bool = False) -> None:
    """A DataError where the first bytes are none, or those of a foreign file.

    Args:
        start: at most `START` bytes.
        name: the file.
        is_archive: a zip archive is expected.
    """
    if not start:
        raise DataError(
            f"{name}: expected an array, found nothing (0 bytes)",
            "what should have written it ended before, or wrote elsewhere",
        )
    for foreign in (*FOREIGN, *(() if is_archive else (ARCHIVE,))):
        if re.match(foreign.start, start, re.DOTALL):
            raise _refusal(foreign, name)


def _refusal(foreign: Foreign, name: str) -> DataError:
    reason = f", {_PICKLED}" if "pickle" in foreign.what else ", expected an array"
    path = Path(name)
    stem = f"{path.stem}-plain" if path.suffix.lower() in (".csv", ".npy") else path.stem
    way = foreign.way.format(name=name, stem=stem)  # which never writes over the file itself
    return DataError(f"{name}: is {foreign.what}{reason}", way)
