"""Raw numbers: nothing in the file says what they are, so its size must."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from xent_cli.app import main
from xent_cli.arrays import create_array, open_array
from xent_cli.arrays.base import ReadOptions
from xent_cli.dtypes import BFLOAT16
from xent_cli.errors import DataError, UsageError


@pytest.mark.parametrize("code", ["f4", "<f4", ">f8", "=i2", "u8", ">i8", "?", "float16", "int32"])
@pytest.mark.parametrize("shape", [(), (0, 3), (6,), (2, 3), (1, 2, 1, 3)])
def test_reads(code: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    count = int(np.prod(shape))
    x = (np.arange(count) % 2).astype(np.dtype(code)).reshape(shape)
    (tmp_path / "x.dat").write_bytes(x.tobytes())
    with open_array(tmp_path / "x.dat", ReadOptions(raw=code, shape=shape)) as reader:
        assert (reader.shape, reader.dtype) == (shape, x.dtype.newbyteorder("="))
        np.testing.assert_array_equal(reader.read_all(), x)


def test_bfloat16(tmp_path: Path) -> None:
    bits = np.arange(6, dtype="<u2").reshape(2, 3)
    (tmp_path / "x").write_bytes(bits.tobytes())
    with open_array(tmp_path / "x", ReadOptions(raw="bf16", shape=(2, 3))) as reader:
        assert reader.dtype == BFLOAT16
        np.testing.assert_array_equal(np.ascontiguousarray(reader.read_all()).view("<u2"), bits)


@pytest.mark.parametrize(
    ("size", "hint"), [(23, None), (25, None), (0, "0,3"), (36, "--shape 3,3"), (32, "--shape 2,4")]
)
def test_another_size_is_refused(size: int, hint: str | None, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(size))
    with pytest.raises(DataError, match=f"expected 24 bytes .* got {size}") as caught:
        open_array(tmp_path / "x", ReadOptions(raw="f4", shape=(2, 3)))
    assert caught.value.hint is None if hint is None else hint in str(caught.value.hint)


def test_a_file_that_says_it_itself(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 3), np.float32))
    with pytest.raises(DataError) as caught:
        open_array(tmp_path / "x.npy", ReadOptions(raw="f4", shape=(2, 3)))
    assert caught.value.hint == "it is a .npy file, which needs no --raw"


def test_a_shape_beyond_the_file_takes_no_memory(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(8))
    with pytest.raises(DataError, match="got 8"):
        open_array(tmp_path / "x", ReadOptions(raw="f8", shape=(2**62, 2**62)))


@pytest.mark.parametrize(
    ("raw", "shape", "words"),
    [
        (None, None, "do not tell"),
        ("f4", None, "needs --shape"),
        ("f4", (-1, 3), "takes lengths"),
        ("f4", (1,) * 65, "takes lengths"),
        ("O", (1,), "no dtype"),
        ("c8", (1,), "no dtype"),
        ("f16", (1,), "no dtype"),
        ("<<f4", (1,), "takes a dtype"),
        ("", (1,), "no dtype"),
    ],
)
def test_what_cannot_be_read(raw, shape, words: str, tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(bytes(4))
    with pytest.raises(UsageError, match=words):
        open_array(tmp_path / "x.bin", ReadOptions(raw=raw, shape=shape))


@pytest.mark.parametrize("name", ["x.bin", "x.raw", "x.bin.gz", "x.raw.xz"])
def test_round_trip(name: str, tmp_path: Path) -> None:
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    with create_array(tmp_path / name, x.shape, x.dtype) as writer:
        for row in range(3):
            writer.write((slice(row, row + 1), slice(0, 4)), x[row : row + 1])
    with open_array(tmp_path / name, ReadOptions(raw="f4", shape=(3, 4))) as reader:
        np.testing.assert_array_equal(reader.read_all(), x)
    if name == "x.bin":
        assert (tmp_path / name).read_bytes() == x.tobytes()


@pytest.mark.parametrize(("size", "words"), [(47, "cut off"), (49, "bytes too many")])
def test_a_stream_of_another_length(size: int, words: str, tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(bytes(size)))
    with (
        open_array(tmp_path / "x.gz", ReadOptions(raw="f4", shape=(3, 4))) as reader,
        pytest.raises(DataError, match=words),
    ):
        reader.read_all()
        reader.finish()


def test_only_the_first_array_is_raw(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    x = np.load("samples/logits.npy")
    (tmp_path / "x.bin").write_bytes(x.tobytes())
    assert main(["loss", "samples/logits.npy", "samples/labels.npy"]) == 0
    expected = capfd.readouterr().out
    raw = ["--raw", "f4", "--shape", "1797,10"]
    assert main(["loss", f"{tmp_path}/x.bin", "samples/labels.npy", *raw]) == 0
    assert capfd.readouterr().out == expected
    out = str(tmp_path / "y.npy")
    assert main(["cat", f"{tmp_path}/x.bin", "samples/logits.npy", *raw, "-o", out]) == 0
    np.testing.assert_array_equal(np.load(out), np.concatenate([x, x]))
    assert main(["convert", f"{tmp_path}/x.bin", out, *raw]) == 0
    np.testing.assert_array_equal(np.load(out), x)
    capfd.readouterr()
    assert main(["show", f"{tmp_path}/x.bin", "samples/labels.npy", *raw]) == 0
    assert "1797x10\tfloat32" in capfd.readouterr().out
    assert main(["loss", f"{tmp_path}/x.bin", "samples/labels.npy", *raw[:3], "1797;10"]) == 2


def test_raw_from_a_pipe(piped) -> None:
    data = np.load("samples/logits.npy").tobytes()
    command = ["loss", "-", "samples/labels.npy", "--raw", "f4", "--shape", "1797,10"]
    for given, status in ((data, 0), (data[:-1], 3), (data + b"x", 3)):
        run = piped(given, *command)
        assert run.status == status, run.stderr
