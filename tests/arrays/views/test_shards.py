"""Shards beyond what a process may open, and texts beyond what it may keep in memory."""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest

from xent_cli.app import main
from xent_cli.arrays import open_array
from xent_cli.arrays.base import MemoryArray
from xent_cli.arrays.session import session
from xent_cli.arrays.storage import spool
from xent_cli.errors import DataError, StorageError
from xent_cli.passes.request import LossRequest
from xent_cli.tasks.loss import compute_loss


def test_more_files_than_may_be_open(tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((200, 3))
    for row in range(200):
        np.save(tmp_path / f"x-{row}.npy", x[row : row + 1])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
    try:
        with open_array(tmp_path) as reader:
            np.testing.assert_array_equal(reader.read_all(), x)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_texts_share_what_is_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", 4000)
    x = np.random.default_rng(0).standard_normal((100, 10))
    for part in range(10):
        np.savetxt(tmp_path / f"x-{part}.csv", x[10 * part : 10 * part + 10], delimiter=",")
    with session() as shared, open_array(tmp_path) as reader:
        np.testing.assert_array_equal(reader.read_all(), x)
        kept = [isinstance(part._values, MemoryArray) for part in reader.parts]
        assert kept == [True] * 5 + [False] * 5
        assert shared.in_memory == 4000
    del reader
    assert shared.in_memory == 0


@pytest.mark.parametrize("cuts", [[7], [1, 50, 99], list(range(1, 100))])
def test_pairs_are_found_across_different_cuts(cuts: list[int], tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    x, y, w = rng.standard_normal((100, 6)), rng.integers(0, 6, 100), rng.random(100)
    for stem, values, places in (("x", x, cuts), ("y", y, [33, 66]), ("w", w, cuts[:1])):
        for number, part in enumerate(np.split(values, places)):
            np.save(tmp_path / f"{stem}{number}.npy", part)
    whole = compute_loss(LossRequest(x, y, sample_weight=w))
    shards = [f"{tmp_path}/{stem}*.npy" for stem in "xyw"]
    for jobs, block in ((1, None), (3, 17)):
        found = compute_loss(
            LossRequest(
                shards[0], shards[1], sample_weight=shards[2], jobs=jobs, block_elements=block
            )
        )
        assert (found.loss, found.numerator) == (whole.loss, whole.numerator)


def test_a_pickle_among_them_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(2))
    (tmp_path / "b.pt").write_bytes(b"PK")
    with pytest.raises(DataError, match="is a pickle"):
        open_array(tmp_path)


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


@pytest.mark.parametrize("first", ["a", "b"])
def test_arrays_of_different_names_are_not_joined(first: str, tmp_path: Path, xent) -> None:
    np.savez(tmp_path / "s0.npz", **{first: np.zeros((2, 3))})
    np.savez(tmp_path / "s1.npz", b=np.zeros((2, 3)))
    run = xent("cat", f"{tmp_path}/s*.npz", "-o", tmp_path / "out.npy")
    assert run.status == (0 if first == "b" else 3)
    if first == "a":
        assert "is called b, that of" in run.stderr
        named = (f"{tmp_path}/s0.npz:a", f"{tmp_path}/s1.npz:b")  # as the hint says
        assert xent("cat", *named, "-o", tmp_path / "out.npy").status == 0


def test_the_order_of_a_shell_is_told(tmp_path: Path, xent) -> None:
    for part in (1, 2, 10):
        np.save(tmp_path / f"part-{part}.npy", np.full((1, 2), part))
    for order, told in (((1, 10, 2), True), ((1, 2, 10), False), ((10, 2, 1), False)):
        paths = [tmp_path / f"part-{part}.npy" for part in order]
        run = xent("cat", *paths, "-o", tmp_path / "out.npy")
        assert np.load(tmp_path / "out.npy")[:, 0].tolist() == list(order)
        assert ("part-10.npy comes before" in run.stderr) == told
    run = xent("cat", f"{tmp_path}/part-*.npy", "-o", tmp_path / "out.npy")
    assert np.load(tmp_path / "out.npy")[:, 0].tolist() == [1, 2, 10]
    assert "comes before" not in run.stderr
