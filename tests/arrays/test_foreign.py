"""Files of other programs are named as what they are, by every route."""

from __future__ import annotations

import gzip
import io
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays.foreign import FOREIGN


def archive(*members: str) -> bytes:
    """A zip of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bag:
        for member in members:
            bag.writestr(member, b"content")
    return buffer.getvalue()


FILES = [
    (archive("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "an Excel workbook"),
    (archive("model/data.pkl", "model/data/0"), "a pickle of PyTorch"),
    (pickle.dumps([1.5], protocol=2), "a pickle"),
    (pickle.dumps([1.5], protocol=5), "a pickle"),
    (b"PAR1" + bytes(20), "a Parquet file"),
    (b"ARROW1\0\0", "an Arrow file"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "a pointer of Git"),
    (b"\n<!DOCTYPE HTML>\n", "an HTML page"),
    (b"%PDF-1.7\n", "a PDF"),
    (b"\x89PNG\r\n\x1a\n", "an image"),
    (b"SQLite format 3\0", "a SQLite database"),
    (gzip.compress(b"1,2\n", mtime=0), "compressed by gzip"),
    (b"BZh91AY&SY", "compressed by bzip2"),
    (b"\xfd7zXZ\0", "compressed by xz"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
]


@pytest.mark.parametrize(("content", "what"), FILES)
@pytest.mark.parametrize("name", ["x.csv", "x.npy", "x.npz", "x.safetensors", "x", "x.csv.gz", "-"])
def test_foreign_files(xent, piped, tmp_path: Path, content: bytes, what: str, name: str) -> None:
    if name == "-":
        run = piped(content, "show", "-")
    else:
        packed = gzip.compress(content) if name.endswith(".gz") else content
        (tmp_path / name).write_bytes(packed)
        run = xent("show", tmp_path / name)
    assert (run.status, run.text) == (3, "")
    assert f"is {what}" in run.stderr
    assert "\nhint: " in run.stderr


def test_every_kind_is_tried() -> None:
    told = [what for _, what in FILES]
    assert all(any(foreign.what.startswith(what) for what in told) for foreign in FOREIGN)


@pytest.mark.parametrize("suffix", [s for foreign in FOREIGN for s in foreign.suffixes])
def test_suffixes_that_are_not_opened(xent, tmp_path: Path, suffix: str) -> None:
    np.savetxt(tmp_path / f"x{suffix}", np.zeros((2, 2)))
    run = xent("show", tmp_path / f"x{suffix}")
    assert (run.status, run.text) == (3, "")
    assert "x.npy" in run.stderr or "x.csv" in run.stderr  # the way out names a file


@pytest.mark.parametrize(
    "names", ["par1,par2", "PAR1,PAR2", "BZh,GIF8", "FEA1,ARROW1", "sqlite,%pdf"]
)
def test_names_that_begin_as_other_formats_do(xent, tmp_path: Path, names: str) -> None:
    (tmp_path / "x.csv").write_text(f"{names}\n0.5,1\n2,1.5\n")
    run = xent("show", tmp_path / "x.csv", "-f", "json")
    assert run.json["arrays"][0]["columns"] == names.split(",")


@pytest.mark.parametrize("name", ["x.csv", "x.npy"])
@pytest.mark.parametrize("content", [b"PAR1" + bytes(20), pickle.dumps([1.5], protocol=4)])
def test_no_way_writes_over_the_file(xent, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    hint = xent("show", tmp_path / name).stderr.partition("hint: ")[2]
    assert "x-plain." in hint


def test_a_zip_of_other_files(xent, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(archive("table.csv"))
    assert "is a zip archive" in xent("show", tmp_path / "x.csv").stderr
    (tmp_path / "x.npz").write_bytes(archive("table.csv"))
    assert "holds no arrays" in xent("show", tmp_path / "x.npz").stderr


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[[0.1, 0.9], [0.7, 0.3]]\n", "is JSON"),
        ("[\n [0.1, 0.9],\n [0.7, 0.3]\n]\n", "is JSON"),
        ('{"logits": [[1, 2]]}\n', "is JSON"),
        ('{"a": 1.5, "b": 2}\n{"a": 2, "b": 1}\n', "is JSON"),
        ("[[ 5.55  1.35]\n [ 0.5   2.  ]]\n", "is an array as NumPy prints it"),
        ("tensor([5.55, 1.35])\ntensor([5.55, 1.35])\n", "one number a cell is read"),
        ("1.0D0,2.0D0\n", "Fortran's exponent"),
        ("1 1:0.5 2:1.5\n0 1:0.25 2:3\n", "svmlight"),
    ],
)
def test_texts_for_other_readers(xent, tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    run = xent("show", tmp_path / "x.csv")
    assert (run.status, run.text) == (3, "")
    assert what in run.stderr
    assert "\nhint: " in run.stderr


def test_the_hint_for_json_is_followed(xent, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[[0.1, 0.9], [0.7, 0.3]]\n")
    hint = xent("show", tmp_path / "x.json").stderr.split('python -c "')[1]
    command = [sys.executable, "-c", hint.split('"')[0]]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    assert np.load(tmp_path / "x.npy").tolist() == [[0.1, 0.9], [0.7, 0.3]]


def test_columns_that_are_called_as_json_begins(xent, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("[PAD],[UNK],{\n0.5,1.5,2\n1,2,3.5\n")
    run = xent("show", tmp_path / "x.csv", "-f", "json")
    assert run.json["arrays"][0]["columns"] == ["[PAD]", "[UNK]", "{"]
