"""More files than the system lets be open: the same bits, and the same care."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays import open_array
from xent_cli.arrays.session import current, session
from xent_cli.arrays.views.parked import ParkedArray, open_together
from xent_cli.errors import DataError, StorageError

COUNT = 150
LIMIT = 96


@pytest.fixture
def files(tmp_path: Path, monkeypatch) -> Iterator[list[Path]]:
    """So many that no process may have them open, and no limit that can be raised."""
    paths = [tmp_path / f"x{part:03}.npy" for part in range(COUNT)]
    for part, path in enumerate(paths):
        np.save(path, np.full((2, 3), part, np.float32))
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    resource.prlimit(0, resource.RLIMIT_NOFILE, (LIMIT, before[1]))
    monkeypatch.setattr(resource, "getrlimit", lambda _: (LIMIT, LIMIT))
    yield paths
    resource.prlimit(0, resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("quoted", [False, True])
def test_files_are_joined(files: list[Path], xent, dim: int, quoted: bool) -> None:
    sources = [f"{files[0].parent}/x*.npy"] if quoted else files
    out = files[0].parent / "out.npy"
    run = xent("cat", *sources, "--dim", dim, "-o", out)
    assert run.status == 0
    parts = [np.full((2, 3), part, np.float32) for part in range(COUNT)]
    joined = np.concatenate(parts, axis=0 if quoted else dim)
    np.testing.assert_array_equal(np.load(out), joined)


def test_texts_are_joined_as_written(files: list[Path], xent) -> None:
    folder = files[0].parent
    for part in range(COUNT):
        (folder / f"t{part:03}.csv").write_text(f"a,b\n{part}.50,1\n")
    texts = sorted(folder.glob("t*.csv"))
    run = xent("cat", *texts)
    assert run.text == "a,b\n" + "".join(f"{part}.50,1\n" for part in range(COUNT))
    assert "t000.csv and 149 others: the first row is read as column names" in run.stderr
    quoted = xent("cat", f"{folder}/t*.csv")
    assert quoted.text == run.text


def test_a_file_is_the_one_that_it_was(files: list[Path]) -> None:
    with session():
        readers = open_together([partial(open_array, path) for path in files])
        assert all(isinstance(reader, ParkedArray) for reader in readers)
        np.save(files[7], np.zeros((2, 3), np.float64))
        box = (slice(0, 2), slice(0, 3))
        assert readers[6].read(box)[0, 0] == 6
        for call in (readers[7].finish, partial(readers[7].read, box)):
            with pytest.raises(DataError, match="was changed while it was read"):
                call()


def test_one_that_cannot_be_opened_closes_the_others(tmp_path: Path) -> None:
    for part in range(3):
        np.save(tmp_path / f"x{part}.npy", np.zeros(3))
    paths = [*sorted(tmp_path.glob("x*.npy")), tmp_path / "gone.npy"]
    before = set(Path("/proc/self/fd").iterdir())
    with pytest.raises(StorageError, match="gone"):
        open_together([partial(open_array, path) for path in paths])
    assert set(Path("/proc/self/fd").iterdir()) <= before


def test_two_sets_that_fit_by_themselves_alone(files: list[Path], xent) -> None:
    """Each takes two descriptors a file: 2 x 14 fit below 96, and 4 x 14 beside the rest do not."""
    folder = files[0].parent
    for part in range(14):
        np.save(folder / f"a{part:02}.npy", np.zeros((2, 3)))
        np.save(folder / f"b{part:02}.npy", np.zeros(2, np.int64))
    run = xent("loss", f"{folder}/a*.npy", f"{folder}/b*.npy")
    assert run.number == pytest.approx(np.log(3))


def test_words_of_many_files(files: list[Path], xent) -> None:
    folder = files[0].parent
    probs = np.random.default_rng(0).dirichlet(np.ones(3), 2 * COUNT)
    np.save(folder / "p.npy", probs)
    words = np.array(["cat", "dog", "elk"])[np.random.default_rng(1).integers(0, 3, 2 * COUNT)]
    for part in range(COUNT):
        np.save(folder / f"w{part:03}.npy", words[2 * part : 2 * part + 2])
    kind = ("-k", "sklearn.metrics.log_loss")
    run = xent("loss", folder / "p.npy", f"{folder}/w*.npy", *kind)
    index = np.searchsorted(["cat", "dog", "elk"], words)
    assert run.number == pytest.approx(-np.log(probs[np.arange(2 * COUNT), index]).mean())


def test_few_files_stay_open(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(3))
    with session():
        assert current().allow_files(10)
        (reader,) = open_together([partial(open_array, tmp_path / "x.npy")])
        assert not isinstance(reader, ParkedArray)
        reader.close()
