"""Names of pieces, and inputs of many files that must not be overwritten."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.views.splitting import by_size
from xent_cli.errors import UsageError
from xent_cli.passes.request import Destination
from xent_cli.tasks.concatenate import CatRequest, concatenate
from xent_cli.tasks.split import SplitRequest, split

X = np.arange(12.0).reshape(4, 3)
RAW = ReadOptions(raw="f8", shape=(4, 3))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", X)
    np.savez("x.npz", a=X)
    (tmp_path / "x.npy.gz").write_bytes(gzip.compress((tmp_path / "x.npy").read_bytes()))
    for name in ("x.bin", "x.f64"):
        (tmp_path / name).write_bytes(X.tobytes())
    np.savetxt("x.csv", X, delimiter=",")
    for folder in ("npys", "texts"):
        (tmp_path / folder).mkdir()
    for part in (0, 1):
        np.save(f"npys/p-{part}.npy", X[2 * part : 2 * part + 2])
        np.savetxt(f"texts/p-{part}.csv", X[2 * part : 2 * part + 2], delimiter=",")
    (tmp_path / "list.txt").write_text("npys/p-0.npy\nnpys/p-1.npy\n")
    return tmp_path


@pytest.mark.parametrize(
    ("source", "read", "first", "format"),
    [
        ("x.npy", None, "x-0.npy", "npy"),
        ("x.npy.gz", None, "x-0.npy.gz", "npy"),
        ("x.csv", None, "x-0.csv", "csv"),
        ("x.npz:a", None, "x-0.npz:a", "npz"),
        ("x.bin", RAW, "x-0.bin", "raw"),
        ("x.f64", RAW, "x-0.npy", "npy"),
        ("npys", None, "npys-0.npy", "npy"),
        ("texts/p-*.csv", None, "p-0.csv", "csv"),
        ("@list.txt", None, "list-0.npy", "npy"),
    ],
)
def test_default_names(
    source: str, read: ReadOptions | None, first: str, format: str, place
) -> None:
    request = SplitRequest("split", source, lambda n: by_size(n, 3), "", read=read or ReadOptions())
    found = split(request)
    assert found.outputs[0].name == first
    assert {(facts.format, facts.order) for facts in found.outputs} == {(format, "C")}
    names = tuple(facts.name for facts in found.outputs)
    read = ReadOptions(raw="f8", shape=(3, 3)) if format == "raw" else ReadOptions()
    again = concatenate(CatRequest(names[:1], read=read, to=Destination("back.npy")))
    assert again.outputs[0].shape == (3, 3)
    np.testing.assert_array_equal(np.load("back.npy"), X[:3])


@pytest.mark.parametrize("source", ["npys", "npys/*.npy", "@list.txt"])
@pytest.mark.parametrize("out", ["npys/p-1.npy", "./npys/../npys/p-0.npy"])
def test_a_shard_is_an_input(source: str, out: str, place: Path) -> None:
    before = (place / out).read_bytes()
    with pytest.raises(UsageError, match="is also an input"):
        concatenate(CatRequest((source,), to=Destination(out)))
    with pytest.raises(UsageError, match="is also an input"):
        split(SplitRequest("split", source, lambda n: by_size(n, n), "", out=out))
    assert (place / out).read_bytes() == before


def test_a_list_of_shards_is_an_input(place: Path) -> None:
    before = (place / "list.txt").read_bytes()
    with pytest.raises(UsageError, match="is also an input"):
        concatenate(CatRequest(("@list.txt",), to=Destination("list.txt")))
    assert (place / "list.txt").read_bytes() == before
