"""Every format to every other: no bit changes, whatever the order, byte order and shape."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from xent_cli.app import main
from xent_cli.arrays.base import MemoryArray, ReadOptions
from xent_cli.dtypes import BFLOAT16, is_bfloat16
from xent_cli.errors import UsageError
from xent_cli.passes.request import Destination
from xent_cli.tasks.convert import ConvertRequest, convert

TARGETS = ["x.npy", "x.npz:a", "x.safetensors:t", "x.bin", "x.npy.gz", "x.npy.xz", "x.raw.bz2"]
DTYPES = ["?", "i1", ">i2", "u4", ">i8", "u8", ">f2", "f4", ">f4", "f8", "bf16"]
SHAPES = [(), (0,), (3, 0), (1, 4), (4, 1), (3, 5), (2, 1, 3, 1, 2, 2)]


def _array(dtype: str, shape: tuple[int, ...], order: str) -> np.ndarray:
    """Every bit pattern may come, NaN with payloads too."""
    rng = np.random.default_rng(len(shape))
    stored = np.dtype("<u2") if dtype == "bf16" else np.dtype(dtype)
    bits = rng.integers(0, 2 if dtype == "?" else 256, (*shape, stored.itemsize), dtype=np.uint8)
    values = bits.view(stored).reshape(shape)
    values = values.view(BFLOAT16) if dtype == "bf16" else values
    return np.array(values, order=order)


def _bits(values: np.ndarray) -> bytes:
    dtype = values.dtype
    plain = values if is_bfloat16(dtype) else values.astype(dtype.newbyteorder("="))
    return np.ascontiguousarray(plain).tobytes()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("order", ["C", "F"])
def test_there_and_back(target: str, order: str, tmp_path: Path) -> None:
    there, back = str(tmp_path / target), tmp_path / "back.npy"
    for dtype, shape in itertools.product(DTYPES, SHAPES):
        x = _array(dtype, shape, order)
        if dtype == "bf16":
            source = MemoryArray(x, "x")
        else:
            np.save(tmp_path / "source.npy", x)
            source = tmp_path / "source.npy"
        code = "bf16" if dtype == "bf16" else dtype.lstrip(">")
        raw = ReadOptions(raw=code, shape=shape)
        there_facts = convert(ConvertRequest(source, Destination(there))).outputs[0]
        assert there_facts.order == "C"
        is_raw = ".raw" in target or ".bin" in target
        read = raw if is_raw else ReadOptions()
        result = convert(ConvertRequest(there, Destination(str(back)), read=read))
        stored = np.load(back)
        assert stored.shape == shape
        assert stored.flags.c_contiguous
        assert stored.tobytes() == _bits(x), (dtype, shape)
        found, given = result.outputs[0], result.inputs[0]
        assert (found.dtype, found.format, found.order) == (given.dtype, "npy", "C")


def test_text_there_and_back(tmp_path: Path) -> None:
    x = np.random.default_rng(1).standard_normal((50, 4)) * 10.0 ** np.arange(-150, 50).reshape(
        50, 4
    )
    np.save(tmp_path / "x.npy", np.asfortranarray(x))
    for name in ("x.csv", "x.tsv", "x.csv.gz", "x.tsv.xz", "x.txt.bz2"):
        convert(ConvertRequest(tmp_path / "x.npy", Destination(str(tmp_path / name))))
        read = ReadOptions(header=False)
        back = Destination(str(tmp_path / "y.npy"))
        convert(ConvertRequest(tmp_path / name, back, read=read))
        assert np.load(tmp_path / "y.npy").tobytes() == x.tobytes()


@pytest.mark.parametrize("shape", [(), (2, 3)])
def test_another_dtype(shape: tuple[int, ...], tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.full(shape, 2.5))
    to = Destination(str(tmp_path / "y.npy"))
    result = convert(ConvertRequest(tmp_path / "x.npy", to, dtype="float16"))
    found = np.load(tmp_path / "y.npy")
    assert (found.dtype, found.shape, result.outputs[0].dtype) == (np.float16, shape, "float16")
    assert (found == 2.5).all()
    with pytest.raises(UsageError, match="no dtype"):
        convert(ConvertRequest(tmp_path / "x.npy", to, dtype="floaty"))


def test_chosen_columns(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,a,b\nr1,1.5,2\nr2,,4\n")
    to = Destination(str(tmp_path / "y.csv"))
    convert(ConvertRequest(tmp_path / "x.csv", to, read=ReadOptions(cols="b,a", na="nan")))
    assert (tmp_path / "y.csv").read_text() == "b,a\n2.0,1.5\n4.0,nan\n"


@pytest.mark.parametrize(
    ("name", "format"),
    [("x.npz:a", "npz"), ("x.safetensors", "safetensors"), ("x.tsv.gz", "tsv"), ("x.bin", "raw")],
)
def test_the_format_that_is_written_is_told(name: str, format: str, tmp_path: Path) -> None:
    to = Destination(str(tmp_path / name))
    assert convert(ConvertRequest(np.zeros((2, 3)), to)).outputs[0].format == format


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
