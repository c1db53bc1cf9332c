"""`xent convert` and `xent show` from every format to every other, as users call them."""

from __future__ import annotations

import gzip
import importlib.util
import io
from pathlib import Path

import numpy as np
import pytest

X = np.random.default_rng(3).standard_normal((4, 3)) * 10.0 ** np.arange(-30, 30, 5).reshape(4, 3)
NAMES = [
    "x.npy",
    "x.npz:a",
    "x.npz",
    "x.safetensors:t",
    "x.bin",
    "x.raw.gz",
    "x.csv",
    "x.txt",
    "x.tsv",
    "x.csv.xz",
    "x.tab.bz2",
    "x.npy.gz",
    "x.npy.bz2",
    "x.npy.xz",
]
if importlib.util.find_spec("zstandard"):
    NAMES += ["x.npy.zst", "x.csv.zst", "x.bin.zst"]


def _told(name: str) -> list[str]:
    """What a name does not tell of itself."""
    if ".bin" in name or ".raw" in name:
        return ["--raw", "f8", "--shape", "4,3"]
    return ["--no-header"] if ".npy" not in name else []


def _format(name: str) -> str:
    inner = name.partition(".")[2].partition(":")[0].split(".")[0]
    return {"bin": "raw", "txt": "csv", "tab": "tsv"}.get(inner, inner)


@pytest.mark.parametrize("source", NAMES)
def test_to_every_third(source: str, xent, tmp_path: Path) -> None:
    """Of the pairs a third, in which every name is read and written."""
    np.save(tmp_path / "first.npy", X)
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    there = tmp_path / "in" / source
    assert xent("convert", tmp_path / "first.npy", there, "-q").status == 0
    shown = xent("show", there, *_told(source), "-q", "-f", "json").json["arrays"][0]
    assert (shown["format"], shown["shape"], shown["dtype"]) == (_format(source), [4, 3], "float64")
    assert (shown["minimum"], shown["maximum"]) == (X.min(), X.max())
    for target in NAMES[NAMES.index(source) % 3 :: 3]:
        out = tmp_path / "out" / target
        run = xent("convert", there, out, *_told(source), "-f", "json", "-q")
        assert run.status == 0, run.stderr
        assert run.stderr == ""
        assert run.json["outputs"][0]["format"] == _format(target)
        run = xent("convert", out, tmp_path / "last.npy", *_told(target), "-q")
        assert run.status == 0, run.stderr
        assert np.load(tmp_path / "last.npy").tobytes() == X.tobytes(), target


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_text_keeps_every_number_of_16_bits(dtype: str, xent, tmp_path: Path) -> None:
    bits = np.arange(1 << 16, dtype="<u2")
    finite = np.isfinite(bits.view(np.float16)) if dtype == "float16" else (bits & 0x7F80) != 0x7F80
    bits = bits[finite]
    code = "f2" if dtype == "float16" else "bf16"
    (tmp_path / "x.bin").write_bytes(bits.tobytes())
    shape = ["--shape", f"{len(bits)},1"]
    out, back = tmp_path / "x.csv", tmp_path / "y.bin"
    assert xent("convert", tmp_path / "x.bin", out, "--raw", code, *shape, "-q").status == 0
    assert xent("convert", out, back, "--dtype", dtype, "-q", "--no-header").status == 0
    assert back.read_bytes() == bits.tobytes()


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "f4", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_text_keeps_every_dtype(dtype: str, order: str, xent, tmp_path: Path) -> None:
    kind = np.dtype(dtype)
    bits = np.random.default_rng(4).integers(0, 256, (50, 4, kind.itemsize), dtype=np.uint8)
    x = (bits % 2 if dtype == "?" else bits).view(kind).reshape(50, 4)
    x = np.array(
        np.where(np.isnan(x), 0, x).astype(kind), order=order
    )  # a NaN's payload is no text
    for shape in ((50, 4), (1, 200), (200, 1)):
        np.save(tmp_path / "x.npy", x.reshape(shape, order=order))
        assert xent("convert", tmp_path / "x.npy", tmp_path / "x.csv", "-q").status == 0
        argv = ["--dtype", kind.name, "--no-header", "-q"]
        assert xent("convert", tmp_path / "x.csv", tmp_path / "y.npy", *argv).status == 0
        found = np.load(tmp_path / "y.npy")
        assert (found.shape, found.dtype) == (shape, kind)
        assert found.tobytes() == np.load(tmp_path / "x.npy").tobytes()


def test_what_text_cannot_hold_is_told(xent, tmp_path: Path) -> None:
    np.save(tmp_path / "u8.npy", np.full((2, 2), 2**64 - 1, np.uint64))
    assert xent("convert", tmp_path / "u8.npy", tmp_path / "x.csv").status == 0
    run = xent("show", tmp_path / "x.csv", "--no-header")
    assert "the integer 18446744073709551615 is rounded" in run.stderr
    np.save(tmp_path / "cube.npy", np.zeros((2, 2, 2)))
    run = xent("convert", tmp_path / "cube.npy", tmp_path / "y.csv")
    assert run.status == 2
    assert "text has rows and columns" in run.stderr
    np.save(tmp_path / "none.npy", np.zeros((0, 3)))
    assert xent("convert", tmp_path / "none.npy", tmp_path / "z.csv").status == 0
    assert "found nothing (0 bytes)" in xent("show", tmp_path / "z.csv").stderr


def test_tabs_on_a_pipe_and_in_compressed_files(xent, tmp_path: Path) -> None:
    assert xent("convert", "samples/tiny-logits.csv", tmp_path / "x.tsv.gz", "-q").status == 0
    with gzip.open(tmp_path / "x.tsv.gz", "rt") as file:
        assert file.readline() == "ant\tbee\tcat\tdog\telk\n"
    run = xent("convert", tmp_path / "x.tsv.gz", "-", "-f", "tsv", "-q")
    assert run.text.splitlines()[1] == "2.0\t1.0\t0.0\t-1.0\t0.5"
    run = xent("cat", "samples/tiny-logits.csv", "-f", "tsv", "-q")
    assert run.text.splitlines()[1] == "2\t1\t0\t-1\t0.5"


@pytest.mark.parametrize(
    "line",
    ["convert x.npy.gz", "cat x.npy.gz -o", "cat x.npy.gz --dtype float64 -o", "stack x.npy.gz -o"],
)
def test_fortran_order_from_a_stream(line: str, xent, tmp_path: Path) -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    file = io.BytesIO()
    np.save(file, np.asfortranarray(x))
    words = [tmp_path / word if word == "x.npy.gz" else word for word in line.split()]
    (tmp_path / "x.npy.gz").write_bytes(gzip.compress(file.getvalue()))
    assert xent(*words, tmp_path / "o.npy").status == 0
    np.testing.assert_array_equal(np.load(tmp_path / "o.npy").reshape(x.shape), x)
    (tmp_path / "x.npy.gz").write_bytes(gzip.compress(file.getvalue()[:-1]))
    run = xent(*words, tmp_path / "cut.npy")
    assert (run.status, run.stderr.count("the data is cut off")) == (3, 1)
    assert not (tmp_path / "cut.npy").exists()
