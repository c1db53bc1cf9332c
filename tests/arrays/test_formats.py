"""Every format keeps every bit, and every archive that lies is refused in a line."""

from __future__ import annotations

import gzip
import itertools
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from xent_cli.app import main
from xent_cli.arrays import create_array, open_array
from xent_cli.arrays.base import ReadOptions
from xent_cli.dtypes import BFLOAT16
from xent_cli.errors import DataError, StorageError, UsageError, XentError
from xent_cli.reduction.blocks import plan_boxes

BINARY = [
    "x.npy",
    "x.npz",
    "x.npz:logits",
    "x.safetensors",
    "x.safetensors:w",
    "x.npy.gz",
    "x.npy.bz2",
    "x.npy.xz",
]
DTYPES = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "bf16"]
SHAPES = [(), (0,), (0, 3), (1, 4), (5,), (3, 4), (2, 1, 3, 1, 2, 2)]


def _array(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    count = int(np.prod(shape))
    if dtype == "bf16":
        return np.arange(count, dtype=np.uint16).view(BFLOAT16).reshape(shape)
    return (np.arange(count) % (2 if dtype == "?" else 120)).astype(dtype).reshape(shape)


@pytest.mark.parametrize("name", BINARY)
def test_round_trip(name: str, tmp_path: Path) -> None:
    for dtype, shape, limit in itertools.product(DTYPES, SHAPES, (3, 1000)):
        x = _array(dtype, shape)
        with create_array(tmp_path / name, shape, x.dtype) as writer:
            for box in plan_boxes(shape, limit=limit):
                writer.write(box, np.ascontiguousarray(x[box]))
        with open_array(str(tmp_path / name)) as reader:
            found = reader.read(tuple(slice(0, n) for n in shape))
            assert (reader.shape, reader.dtype) == (shape, x.dtype)
            assert np.ascontiguousarray(found).tobytes() == x.tobytes()


@pytest.mark.parametrize("suffix", ["csv", "tsv", "csv.gz", "tsv.xz", "csv.bz2"])
def test_text_round_trip(suffix: str, tmp_path: Path) -> None:
    x = np.array([[0.1, -2.5e-8], [3.0, np.inf]])
    with create_array(tmp_path / f"x.{suffix}", x.shape, x.dtype) as writer:
        writer.write((slice(0, 2), slice(0, 2)), x)
    with open_array(tmp_path / f"x.{suffix}", ReadOptions(header=False)) as reader:
        np.testing.assert_array_equal(reader.read_all(), x)


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


def test_cut_and_foreign_files(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.arange(100.0))
    whole = (tmp_path / "x.npz").read_bytes()
    for cut in (10, 200, len(whole) - 30):
        (tmp_path / "y.npz").write_bytes(whole[:cut])
        with pytest.raises(DataError):
            open_array(tmp_path / "y.npz")
    for name in ("x.npy.gz", "x.npy.bz2", "x.npy.xz"):
        (tmp_path / name).write_bytes(b"not compressed at all")
        with pytest.raises(DataError, match="decompressed"):
            open_array(tmp_path / name)
    packed = gzip.compress((tmp_path / "x.npz").read_bytes())
    (tmp_path / "x.npy.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DataError):
        open_array(tmp_path / "x.npy.gz")


def _safetensors(path: Path, header: object, data: bytes = b"", length: int | None = None) -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + data)


def _entry(dtype: str = "F32", shape: object = (2,), offsets: object = (0, 8)) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"a": _entry(offsets=(0, 4))}, "expected 4 bytes of tensors, got 8"),
        ({"a": _entry(offsets=(4, 8))}, "expected from 0"),
        ({"a": _entry(offsets=(-4, 8))}, "expected from 0"),
        ({"a": _entry(offsets=(8, 0))}, "expected from 0"),
        ({"a": _entry(offsets=(0, 6)), "b": _entry(offsets=(4, 8))}, "expected from 6"),
        ({"a": _entry(shape=(3,))}, "needs 12 bytes, but has 8"),
        ({"a": _entry(shape=(-2,))}, "expected whole numbers"),
        ({"a": _entry(shape=(True, 2))}, "expected whole numbers"),
        ({"a": _entry(shape=(2**40, 2**40))}, "needs"),
        ({"a": _entry(shape=(10**3000,))}, "less than 2**63"),
        ({"a": _entry("U8", (2, 2, 2) + (1,) * 65)}, "at most 64 dimensions"),
        (json.dumps({"a": _entry()}).encode("utf-16"), "not valid JSON"),
        (b'{"a":' * 100_000, "not valid JSON"),
        ({"a": _entry("F8_E4M3", (8,))}, "expected one of"),
        ({"a": {"dtype": "F32"}}, "data_offsets"),
        ({"a": 1}, "data_offsets"),
        ([1], "not a map"),
        (b"{", "not valid JSON"),
        (b"[" * 5000, "not valid JSON"),
        (b'{"a": 1, "a": 2}', "there twice"),
    ],
)
def test_tensors_that_lie(header: object, words: str, tmp_path: Path) -> None:
    _safetensors(tmp_path / "x.safetensors", header, bytes(8))
    with pytest.raises(DataError) as caught:
        open_array(tmp_path / "x.safetensors")
    assert words in caught.value.message


@pytest.mark.parametrize("length", [2**63, 10**9, (4 << 20) + 1])
def test_a_header_longer_than_its_file(length: int, tmp_path: Path) -> None:
    _safetensors(tmp_path / "x.safetensors", {"a": _entry()}, bytes(8), length)
    with pytest.raises(DataError, match="found a length of"):
        open_array(tmp_path / "x.safetensors")


def test_what_pipes_cannot_carry(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stdout takes"):
        create_array("-", (1,), np.dtype("f4"), format="npz")


def test_shards_are_one_array(tmp_path: Path) -> None:
    x, y = np.load("samples/logits.npy"), np.load("samples/labels.npy")
    for number, (start, stop) in enumerate([(0, 5), (5, 900), (900, 901), (901, 1797)]):
        np.save(tmp_path / f"x-{number + 8}.npy", x[start:stop])  # x-8, x-9, x-10, x-11
    np.save(tmp_path / "y-1.npy", y[:1000])
    np.save(tmp_path / "y-2.npy", y[1000:])
    (tmp_path / "list.txt").write_text("\n".join(f"{tmp_path}/x-{n}.npy" for n in (8, 9, 10, 11)))
    folder = tmp_path / "folder"
    folder.mkdir()
    for path in tmp_path.glob("x-*.npy"):
        (folder / path.name).write_bytes(path.read_bytes())
    for spec in (f"{tmp_path}/x-*.npy", f"@{tmp_path}/list.txt", folder):
        with open_array(spec) as reader:
            np.testing.assert_array_equal(reader.read_all(), x)
            assert "4 files, in order" in reader.notes[-1]


def test_shards_give_the_bits_of_the_whole(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    x, y = np.load("samples/logits.npy"), np.load("samples/labels.npy")
    for number, start in enumerate(range(0, 1797, 500)):
        np.save(tmp_path / f"x{number}.npy", x[start : start + 500])
    for number, start in enumerate(range(0, 1797, 1000)):
        np.save(tmp_path / f"y{number}.npy", y[start : start + 1000])
    assert main(["loss", f"{tmp_path}/x*.npy", f"{tmp_path}/y*.npy", "-q"]) == 0
    shards = capfd.readouterr().out
    assert main(["loss", "samples/logits.npy", "samples/labels.npy"]) == 0
    assert capfd.readouterr().out == shards


def test_shards_that_do_not_fit(tmp_path: Path) -> None:
    np.save(tmp_path / "x0.npy", np.zeros((2, 3)))
    np.save(tmp_path / "x1.npy", np.zeros((2, 4)))
    np.save(tmp_path / "z0.npy", np.zeros((2, 3)))
    np.save(tmp_path / "z1.npy", np.zeros((2, 3), np.float32))
    with pytest.raises(DataError, match="size 4 in dimension 1"):
        open_array(f"{tmp_path}/x*.npy")
    with pytest.raises(DataError, match="float32"):
        open_array(f"{tmp_path}/z*.npy")
    with pytest.raises(StorageError, match="no file matches"):
        open_array(f"{tmp_path}/w*.npy")


@pytest.mark.parametrize("target", ["x.npy", "x.npz:a", "x.safetensors", "x.npy.gz", "x.csv"])
def test_convert(target: str, tmp_path: Path) -> None:
    assert main(["convert", "samples/logits.npy", str(tmp_path / target), "-q"]) == 0
    assert (
        main(
            [
                "convert",
                str(tmp_path / target),
                str(tmp_path / "back.npy"),
                "--dtype",
                "float32",
                "-q",
            ]
        )
        == 0
    )
    np.testing.assert_array_equal(np.load(tmp_path / "back.npy"), np.load("samples/logits.npy"))
    size = (tmp_path / target.partition(":")[0]).stat().st_size
    assert main(["convert", str(tmp_path / target), str(tmp_path / target), "-q"]) == 2
    assert (tmp_path / target.partition(":")[0]).stat().st_size == size


def test_zst_without_its_package_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "zstandard", None)
    (tmp_path / "x.npy.zst").write_bytes(b"x")
    with pytest.raises(XentError) as caught:
        open_array(tmp_path / "x.npy.zst")
    assert "xent-cli[zst]" in str(caught.value.hint)


def test_whatever_a_decompressor_raises_is_one_line() -> None:
    from xent_cli.arrays.storage.compressed import Decompressed

    class OwnError(Exception):
        """As zstandard's ZstdError: a kind of Exception alone."""

    class Broken:
        def read(self, size: int) -> bytes:
            raise OwnError("unknown frame descriptor")

    with pytest.raises(DataError, match=r"x\.npy\.zst: cannot be decompressed: unknown"):
        Decompressed(Broken(), "x.npy.zst").read(1)
