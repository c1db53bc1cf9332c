"""Blocks of whole lines: the same lines for any block, with their numbers."""

from __future__ import annotations

import io

import numpy as np
import pytest

from xent_cli.arrays.storage.streams import ByteSource
from xent_cli.arrays.text import lines as module
from xent_cli.arrays.text.lines import Lines
from xent_cli.errors import DataError


def read(text: bytes) -> list[tuple[int, bytes]]:
    return [
        (number + place, line)
        for number, block in Lines(ByteSource(io.BytesIO(text), "x.csv")).blocks()
        for place, line in enumerate(block.split(b"\n"))
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize("seed", range(12))
def test_lines_and_their_numbers(seed: int, size: int, monkeypatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", size)
    rng = np.random.default_rng(seed)
    ends = [b"\n", b"\r\n", b"\r"][seed % 3]
    cells = [b"1,2", b"", b"3", b" ", "\u00e9".encode()]
    lines = [cells[i] for i in rng.integers(0, len(cells), 12)]
    lines[int(rng.integers(0, 12))] = b"end"
    text = ends.join(lines) + ends * int(rng.integers(0, 3))
    wanted = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    assert [(number, line) for number, line in read(text) if line.strip()] == wanted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"1,2\n3,\xff\n", r"x\.csv:2"),
        (b"1,2\n\n3,\0\n", r"x\.csv:3"),
        (b"\x93NUMPY\x01\x00", "npy"),
    ],
)
def test_what_is_no_text(text: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(text)


def test_a_line_without_end(monkeypatch) -> None:
    monkeypatch.setattr(module, "_LONGEST", 100)
    monkeypatch.setattr(module, "_BLOCK", 16)
    assert len(read(b"1" * 90)) == 1
    with pytest.raises(DataError, match="a line of more than"):
        read(b"1" * 200)
