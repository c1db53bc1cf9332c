"""Arrays copied by the kernel: the same bytes as gathered in memory, whatever they are made of."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays import create_array, open_array
from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.storage.atomic import AtomicFile
from xent_cli.arrays.storage.extents import WORTH, Extent, interleaved
from xent_cli.arrays.views.joined import JoinedArray
from xent_cli.arrays.views.parts import ExpandedArray, SlicedArray
from xent_cli.errors import DataError, StorageError
from xent_cli.passes.request import Destination
from xent_cli.tasks.concatenate import CatRequest, concatenate
from xent_cli.tasks.writing import write_array

RNG = np.random.default_rng(2)
X = RNG.standard_normal((3, 20_000)).astype(np.float32)
Y = RNG.standard_normal((3, 30_000)).astype(np.float32)


@pytest.fixture(params=["kernel", "elsewhere", "no call"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With the kernel's call, where it does not go between two file systems, and without it."""
    if request.param == "elsewhere":

        def refuse(*args: int) -> int:
            raise OSError(errno.EXDEV, "Invalid cross-device link")

        monkeypatch.setattr(os, "copy_file_range", refuse)
    if request.param == "no call":
        monkeypatch.delattr(os, "copy_file_range")
    return request.param


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", X)
    np.save("y.npy", Y)
    np.savez("x.npz", a=X, b=Y)
    (tmp_path / "y.bin").write_bytes(Y.tobytes())
    np.save("s-0.npy", X[:1])
    np.save("s-1.npy", X[1:])
    return tmp_path


@pytest.mark.parametrize(
    "names", [("x.npy", "y.npy"), ("x.npz:a", "x.npz:b"), ("x.npy", "x.npz:b")]
)
def test_columns_beside_columns(names: tuple[str, str], place: Path) -> None:
    concatenate(CatRequest(names, dim=1, to=Destination("out.npy")))
    np.testing.assert_array_equal(np.load("out.npy"), np.concatenate([X, Y], 1))


@pytest.mark.parametrize("out", ["out.npy", "out.bin"])
def test_rows_under_rows(out: str, place: Path) -> None:
    concatenate(CatRequest(("x.npy", "s-*.npy", "x.npz:a"), to=Destination(out)))
    read = ReadOptions(raw="f4", shape=(9, 20_000)) if out == "out.bin" else None
    with open_array(out, read) as reader:
        np.testing.assert_array_equal(reader.read_all(), np.concatenate([X, X, X]))


def test_views(place: Path) -> None:
    with open_array("x.npy") as x:
        for dim, start, stop in (
            (0, 1, 3),
            (0, 0, 0),
            (1, 1000, 19_000),
            (1, 5, 8),
            (1, 0, 20_000),
        ):
            part = SlicedArray(x, dim, start, stop)
            write_array(part, create_array("out.npy", part.shape, part.dtype))
            expected = X[start:stop] if dim == 0 else X[:, start:stop]
            np.testing.assert_array_equal(np.load("out.npy"), expected)
        for dim in range(3):
            stacked = JoinedArray([ExpandedArray(x, dim)] * 2, dim, x.dtype, "stacked")
            write_array(stacked, create_array("out.npy", stacked.shape, stacked.dtype))
            np.testing.assert_array_equal(np.load("out.npy"), np.stack([X, X], dim))


@pytest.mark.parametrize(
    "x",
    [
        np.asfortranarray(X),
        X.astype(">f4"),
        np.zeros(1000, bool),
        np.zeros((0, 5)),
        np.array(1.5),
    ],
)
def test_which_files_are_copied(x: np.ndarray, place: Path) -> None:
    np.save("z.npy", x)
    with open_array("z.npy") as reader:
        copied = reader.extents() is not None
        assert copied == (x.dtype == np.float64)
        write_array(reader, create_array("out.npy", reader.shape, reader.dtype))
    np.testing.assert_array_equal(np.load("out.npy"), x)
    assert np.load("out.npy").flags.c_contiguous


def test_a_bool_that_is_none_is_still_told(place: Path) -> None:
    np.save("z.npy", np.zeros(70_000, np.uint8) + 2)
    raw = (place / "z.npy").read_bytes()
    (place / "z.npy").write_bytes(raw.replace(b"|u1", b"|b1"))
    with pytest.raises(DataError, match="bool"):
        concatenate(CatRequest(("z.npy", "z.npy"), to=Destination("out.npy")))


def test_another_dtype_is_no_copy(place: Path) -> None:
    concatenate(CatRequest(("x.npy", "y.npy"), dim=1, dtype="float64", to=Destination("out.npy")))
    assert np.load("out.npy").dtype == np.float64


def test_a_file_that_shrinks_while_it_is_copied(place: Path) -> None:
    with open_array("x.npy") as reader:
        os.truncate("x.npy", 1000)
        with pytest.raises(DataError, match=r"x\.npy: the file shrank"):
            write_array(reader, create_array("out.npy", reader.shape, reader.dtype))
    assert not (place / "out.npy").exists()


def test_a_full_disk(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "copy_file_range", full, raising=False)
    with pytest.raises(StorageError, match=r"out\.npy: .*No space left"):
        concatenate(CatRequest(("x.npy",), to=Destination("out.npy")))
    assert not (place / "out.npy").exists()


def test_a_source_that_cannot_be_read_is_the_one_that_is_told(place: Path) -> None:
    with AtomicFile("out.npy") as file:
        descriptor = os.open("x.npy", os.O_WRONLY)
        try:
            with pytest.raises(StorageError, match=r"x\.npy: cannot be read"):
                file.copy(Extent(descriptor, 0, 100, "x.npy"), 0)
        finally:
            os.close(descriptor)


def test_short_runs_are_gathered_in_memory() -> None:
    short, long = Extent(0, 0, 40, "x"), Extent(0, 0, 20 * WORTH, "y")
    assert interleaved([short, short], 10) is None
    runs = interleaved([short, long], 10)
    assert runs is not None
    assert [(run.name, run.offset, run.size) for run in runs][:4] == [
        ("x", 0, 4),
        ("y", 0, 2 * WORTH),
        ("x", 4, 4),
        ("y", 2 * WORTH, 2 * WORTH),
    ]
