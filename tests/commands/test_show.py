"""`xent show` as users call it."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize("dtype", ["int64", "float32", "bool", "uint8", "float16"])
def test_a_single_number_is_shown(xent, tmp_path, dtype) -> None:
    np.save(tmp_path / "one.npy", np.array(1, dtype))
    shown = xent("show", tmp_path / "one.npy", "-f", "json")
    assert (shown.status, shown.stderr) == (0, "")
    assert shown.json["arrays"][0]["corner"]["values"] == [1]
    assert xent("show", tmp_path / "one.npy", "-f", "yaml").status == 0
