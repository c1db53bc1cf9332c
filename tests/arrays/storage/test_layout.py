"""Maps shared between neighbouring boxes: same values, bounded in number, gone with the reader."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays import open_array
from xent_cli.arrays.storage import layout, windows
from xent_cli.errors import DataError


def _open_maps(path: Path) -> int:
    return sum(str(path) in line for line in Path("/proc/self/maps").read_text().splitlines())


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "WINDOW", 1 << 16)
    monkeypatch.setattr(layout, "_GRAIN", 1 << 12)


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("rows", [1, 7, 64, 300])
def test_boxes_in_any_order_read_the_same(tmp_path: Path, order: str, rows: int) -> None:
    values = np.arange(300 * 500, dtype=np.float32).reshape(300, 500)
    np.save(tmp_path / "x.npy", np.asarray(values, order=order))
    starts = list(range(0, 300, rows))
    with open_array(tmp_path / "x.npy") as reader:
        for start in [*starts, *starts[::-1], *starts[::3]]:
            stop = min(300, start + rows)
            got = reader.read((slice(start, stop), slice(0, 500)))
            np.testing.assert_array_equal(got, values[start:stop])


@pytest.mark.usefixtures("small_windows")
def test_few_maps_are_kept_and_none_after_close(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    values = np.arange(1 << 18, dtype=np.float64).reshape(-1, 128)
    np.save(path, values)
    reader = open_array(path)
    for row in range(len(values)):
        reader.read((slice(row, row + 1), slice(0, 128)))
    assert 0 < _open_maps(path) <= windows.MOST
    row = reader.read((slice(5, 6), slice(0, 128)))
    reader.close()
    np.testing.assert_array_equal(row, values[5:6])
    del row
    assert _open_maps(path) == 0
    with pytest.raises(ValueError, match="closed"):
        reader.read((slice(0, 1), slice(0, 128)))


def test_a_file_cut_inside_a_kept_map_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.zeros((1024, 128)))
    with open_array(path) as reader:
        reader.read((slice(0, 1), slice(0, 128)))
        os.truncate(path, 1 << 12)
        with pytest.raises(DataError, match="shrank"):
            reader.read((slice(1000, 1001), slice(0, 128)))
