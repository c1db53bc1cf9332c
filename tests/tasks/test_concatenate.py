"""Joining from the library: readers of any kind, text that stays text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays import open_array
from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.views.parts import SlicedArray
from xent_cli.passes.request import Destination
from xent_cli.tasks.concatenate import CatRequest, concatenate

TEXT = "a,b\n1.50,2\n3,4e0\n5,6\n"


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "x.csv"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize("keep_text", [False, True])
def test_parts_of_a_text_are_joined_with_their_rows(
    keep_text: bool, text: Path, tmp_path: Path
) -> None:
    with open_array(text, ReadOptions(keep_text=keep_text)) as reader:
        parts = (SlicedArray(reader, 0, 0, 1), SlicedArray(reader, 0, 1, 3))
        concatenate(CatRequest(parts, to=Destination(str(tmp_path / "y.csv"))))
    assert (tmp_path / "y.csv").read_text() == "a,b\n1.5,2.0\n3.0,4.0\n5.0,6.0\n"


def test_a_part_beside_a_whole_text(text: Path, tmp_path: Path) -> None:
    with open_array(text) as reader:
        parts = (SlicedArray(reader, 1, 1, 2), str(text))
        concatenate(CatRequest(parts, dim=1, to=Destination(str(tmp_path / "y.tsv"))))
    with open_array(tmp_path / "y.tsv", ReadOptions(header=True)) as joined:
        assert joined.columns == ("b", "a", "b")
        np.testing.assert_array_equal(joined.read_all(), [[2, 1.5, 2], [4, 3, 4], [6, 5, 6]])


@pytest.mark.parametrize("target", ["y.csv", "y.csv.gz"])
@pytest.mark.parametrize("dim", [0, 1])
def test_whole_texts_are_copied_as_they_are_written(
    target: str, dim: int, text: Path, tmp_path: Path
) -> None:
    to = Destination(str(tmp_path / target))
    concatenate(CatRequest((str(text), str(text)), dim, to=to))
    with open_array(to.path, ReadOptions(keep_text=True, header=True)) as joined:
        rows = joined.text_rows(",")
        assert rows is not None
        lines = b"".join(rows).decode().splitlines()
    body = TEXT.splitlines()[1:]
    assert lines == ([*body, *body] if dim == 0 else [f"{row},{row}" for row in body])


def test_a_named_dtype_writes_the_numbers(text: Path, tmp_path: Path) -> None:
    to = Destination(str(tmp_path / "y.csv"))
    with open_array(text, ReadOptions(keep_text=True)) as reader:
        concatenate(CatRequest((reader,), dtype="float32", to=to))
    assert Path(to.path).read_text() == "a,b\n1.5,2.0\n3.0,4.0\n5.0,6.0\n"


def test_a_glob_of_texts_is_text(text: Path, tmp_path: Path) -> None:
    to = Destination(str(tmp_path / "out" / "y.csv"))
    (tmp_path / "out").mkdir()
    concatenate(CatRequest((str(tmp_path / "*.csv"),), to=to))
    assert Path(to.path).read_text() == TEXT
