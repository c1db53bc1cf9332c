"""The index.json of sharded .safetensors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays import create_array, open_array
from xent_cli.errors import DataError, StorageError

FIRST, SECOND = "m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors"
VALUES = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    for shard, tensor in ((FIRST, "a.weight"), (SECOND, "b/c:0")):
        with create_array(f"{tmp_path / shard}:{tensor}", (2, 3), VALUES.dtype) as writer:
            writer.write((slice(0, 2), slice(0, 3)), VALUES)
    path = tmp_path / "m.safetensors.index.json"
    path.write_text(written({"a.weight": FIRST, "b/c:0": SECOND}))
    return path


def written(places: object) -> str:
    return json.dumps({"metadata": {"total_size": 48}, "weight_map": places})


def test_a_tensor_of_the_files_beside_it(index: Path, xent) -> None:
    for tensor in ("a.weight", "b/c:0"):
        with open_array(f"{index}:{tensor}") as reader:
            np.testing.assert_array_equal(reader.read_all(), VALUES)
            assert reader.name == f"{index}:{tensor}"
            reader.finish()
    shown = xent("show", index, "-f", "json").json["arrays"]
    assert [one["name"] for one in shown] == [f"{index}:a.weight", f"{index}:b/c:0"]


def test_what_it_says_of_them_is_checked(index: Path, xent) -> None:
    index.write_text(written({"a.weight": FIRST, "gone": SECOND, "b/c:0": SECOND}))
    shown = xent("show", index)
    assert shown.text.count("safetensors\t") == 2
    assert "holds no array called 'gone'" in shown.stderr
    (index.parent / SECOND).unlink()
    with pytest.raises(StorageError, match=SECOND):
        open_array(f"{index}:b/c:0")
    assert xent("show", index).status == 4


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "weight_map"),
        ('{"weight_map": {"a": 1}}', "weight_map"),
        (written({}), "holds no arrays"),
        (written({"a": "../x.safetensors"}), "beside it"),
        (written({"a": "/x.safetensors"}), "beside it"),
        (written({"a": "pytorch_model-00001-of-00002.bin"}), "pickles"),
        (written({"a": FIRST, "b": SECOND}), "name one: "),
        (" " * (17 << 20), "at most 16 MiB"),
    ],
)
def test_an_index_that_cannot_be_trusted(index: Path, content: str, words: str) -> None:
    index.write_text(content)
    with pytest.raises(DataError) as caught:
        open_array(index)
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_none_is_written(index: Path, xent) -> None:
    run = xent("convert", f"{index}:a.weight", index.parent / "x.index.json")
    assert run.status == 2
    assert ".index.json is read, and not written" in run.stderr


def test_the_files_of_an_index_are_inputs(index: Path, xent) -> None:
    before = (index.parent / FIRST).read_bytes()
    for target in (index.parent / FIRST, index.parent / SECOND, index):
        run = xent("convert", f"{index}:b/c:0", target)
        assert run.status == 2
    assert (index.parent / FIRST).read_bytes() == before
