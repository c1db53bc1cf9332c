"""Tensors that lie are refused in a line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from xent_cli.arrays import open_array
from xent_cli.errors import DataError


def _safetensors(path: Path, header: object, data: bytes = b"", length: int | None = None) -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + data)


def _entry(dtype: str = "F32", shape: object = (2,), offsets: object = (0, 8)) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"a": _entry(offsets=(0, 4))}, "expected 4 bytes of tensors, got 8"),
        ({"a": _entry(offsets=(4, 8))}, "expected from 0"),
        ({"a": _entry(offsets=(-4, 8))}, "expected from 0"),
        ({"a": _entry(offsets=(8, 0))}, "expected from 0"),
        ({"a": _entry(offsets=(0, 6)), "b": _entry(offsets=(4, 8))}, "expected from 6"),
        ({"a": _entry(shape=(3,))}, "needs 12 bytes, but has 8"),
        ({"a": _entry(shape=(-2,))}, "expected whole numbers"),
        ({"a": _entry(shape=(True, 2))}, "expected whole numbers"),
        ({"a": _entry(shape=(2**40, 2**40))}, "needs"),
        ({"a": _entry(shape=(10**3000,))}, "less than 2**63"),
        ({"a": _entry("U8", (2, 2, 2) + (1,) * 65)}, "at most 64 dimensions"),
        (json.dumps({"a": _entry()}).encode("utf-16"), "not valid JSON"),
        (b'{"a":' * 100_000, "not valid JSON"),
        ({"a": _entry("F8_E4M3", (8,))}, "expected one of"),
        ({"a": {"dtype": "F32"}}, "data_offsets"),
        ({"a": 1}, "data_offsets"),
        ([1], "not a map"),
        (b"{", "not valid JSON"),
        (b"[" * 5000, "not valid JSON"),
        (b'{"a": 1, "a": 2}', "there twice"),
    ],
)
def test_tensors_that_lie(header: object, words: str, tmp_path: Path) -> None:
    _safetensors(tmp_path / "x.safetensors", header, bytes(8))
    with pytest.raises(DataError) as caught:
        open_array(tmp_path / "x.safetensors")
    assert words in caught.value.message


@pytest.mark.parametrize("length", [2**63, 10**9, (4 << 20) + 1])
def test_a_header_longer_than_its_file(length: int, tmp_path: Path) -> None:
    _safetensors(tmp_path / "x.safetensors", {"a": _entry()}, bytes(8), length)
    with pytest.raises(DataError, match="found a length of"):
        open_array(tmp_path / "x.safetensors")
