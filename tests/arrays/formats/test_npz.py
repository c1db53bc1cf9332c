"""Archives of NumPy's, ours, and those that lie."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays import create_array, open_array
from xent_cli.errors import DataError


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_archives_of_numpy(save, order: str, tmp_path: Path) -> None:
    arrays = {"p": np.asarray(np.arange(12.0).reshape(3, 4), order=order), "q": np.arange(3)}
    save(tmp_path / "x.npz", **arrays)
    for member, expected in arrays.items():
        with open_array(f"{tmp_path}/x.npz:{member}") as reader:
            np.testing.assert_array_equal(reader.read_all(), expected)
    with pytest.raises(DataError, match="holds 2 arrays"):
        open_array(tmp_path / "x.npz")
    with pytest.raises(DataError, match="no array called 'r'"):
        open_array(f"{tmp_path}/x.npz:r")


def test_numpy_reads_our_archives(tmp_path: Path) -> None:
    with create_array(f"{tmp_path}/x.npz:logits", (2,), np.dtype("f4")) as writer:
        writer.write((slice(0, 2),), np.array([1, 2], "f4"))
    assert np.load(tmp_path / "x.npz")["logits"].tolist() == [1.0, 2.0]


def _zip(
    path: Path, members: list[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED
) -> None:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)


def _npy(shape: str, data: bytes, descr: str = "'<f4'") -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([("a.npy", _npy("(2,)", bytes(8))), ("a.npy", _npy("(2,)", bytes(8)))], "there twice"),
        ([("a.npy", _npy("(2,)", bytes(7)))], "expected"),
        ([("a.npy", _npy(f"({2**40},)", bytes(8)))], "expected"),
        ([("a.npy", _npy("(1,)", bytes(8), "'|O'"))], "pickle"),
        ([("inner.npz", b"PK")], "holds no arrays"),
        ([("a.npy", b"PK\x03\x04 nested")], "expected"),
        ([("a.npy", b"text")], "expected"),
        ([], "holds no arrays"),
    ],
)
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_archives_that_lie(members, words: str, compression: int, tmp_path: Path) -> None:
    _zip(tmp_path / "x.npz", members, compression)
    with pytest.raises(DataError) as caught:
        open_array(tmp_path / "x.npz")
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    size = 80 << 20
    _zip(
        tmp_path / "x.npz",
        [("a.npy", _npy(f"({size},)", bytes(size), "'|u1'"))],
        zipfile.ZIP_DEFLATED,
    )
    assert (tmp_path / "x.npz").stat().st_size < 1 << 20
    with pytest.raises(DataError, match="1000-fold"):
        open_array(tmp_path / "x.npz")


def test_a_cut_archive(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.arange(100.0))
    whole = (tmp_path / "x.npz").read_bytes()
    for cut in (10, 200, len(whole) - 30):
        (tmp_path / "y.npz").write_bytes(whole[:cut])
        with pytest.raises(DataError):
            open_array(tmp_path / "y.npz")
