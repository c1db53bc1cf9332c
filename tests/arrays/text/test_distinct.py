"""An index that is set aside is one to its end."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import Run

from xent_cli.arrays.text import distinct as module
from xent_cli.arrays.text import look
from xent_cli.arrays.text.distinct import Distinct


@pytest.mark.parametrize("most", [1 << 26, 30])
@pytest.mark.parametrize("seed", range(20))
def test_the_first_number_that_recurs(seed: int, most: int, monkeypatch) -> None:
    monkeypatch.setattr(module, "_MOST", most)
    rng = np.random.default_rng(seed)
    numbers = rng.permutation(50) + int(rng.integers(-5, 5))
    if seed % 2:
        numbers.sort()
    numbers[rng.integers(10, 50)] = numbers[rng.integers(0, 50)]
    seen: set[int] = set()
    met, distinct = 0, Distinct()
    blocks = np.split(numbers, np.sort(rng.integers(1, 50, 4)))
    base = 0 if blocks[0].min() >= 0 and blocks[0].max() < most else blocks[0].min() - most // 2
    for block in blocks:
        if not len(block):
            continue
        expected = None
        for place, number in enumerate(block.tolist()):
            if number in seen and base <= number < base + most:
                expected = place
                break
            seen.add(number)
        assert distinct.first_again(block) == expected
        met += 1
        if expected is not None:
            return
    assert met


def test_large_numbers_and_those_below_0() -> None:
    for start in (1_700_000_000, -500, 2**52):
        numbers = np.arange(start, start + 4000, 2)
        distinct = Distinct()
        assert distinct.first_again(numbers[:1000]) is None
        assert distinct.first_again(numbers[1000:]) is None
        assert distinct.first_again(np.array([start + 9000, start + 2])) == 1


ROWS = 600


def text(index: list[object]) -> str:
    rows = (f"{cell},{row / 2 + 0.25},{row / 4 + 0.5}" for row, cell in enumerate(index))
    return "\n".join([",a,b", *rows, ""])


@pytest.mark.parametrize("route", ["file", "stdin"])
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("last", "words"),
    [
        (ROWS - 1, ""),
        (10**9, ""),
        (7, "7 is there again"),
        (0.5, "'0.5' stands there"),
        (10**20, "'100000000000000000000' stands there"),
        ("1e300", "'1e300' stands there"),
        ("x", "'x' stands there"),
        ('"1,234"', ""),
    ],
)
def test_what_the_rest_of_a_text_says(
    last: object, words: str, order: int, route: str, tmp_path: Path, xent, monkeypatch
) -> None:
    monkeypatch.setattr(look, "_PREFIX", 1000)
    path, out = tmp_path / "x.csv", tmp_path / "out.npy"
    path.write_text(text([*range(ROWS - 1)[::order], last]))

    def run(source: str | Path) -> Run:
        with path.open() as file:
            monkeypatch.setattr(sys, "stdin", file)
            return xent("convert", source, out)

    first = run(path if route == "file" else "-")
    assert first.status == (3 if words else 0)
    if words:
        name = path if route == "file" else "stdin"
        assert f"{name}:{ROWS + 1}:1: {words}" in " ".join(first.stderr.split())
        way = first.stderr.split(" chooses the other columns")[0].split()[-1]
        assert run(way).status == 0
    assert np.load(out).shape == (ROWS, 2)
