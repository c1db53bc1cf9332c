"""The pieces that torch.split, torch.chunk and torch.tensor_split cut; writes split.json.

    python tests/golden/make_split.py        (needs torch==2.13.0)

Each case: the rule, the length of the axis, the argument, the sizes of the pieces and their starts.
"""

import json
from pathlib import Path

import torch


def pieces(cut: tuple[torch.Tensor, ...]) -> list[list[int]]:
    return [piece.tolist() for piece in cut]


def main() -> None:
    cases = []
    for length in (0, 1, 2, 5, 6, 11, 13):
        x = torch.arange(length)
        for n in (1, 2, 3, 6, 20):
            cases.append(["size", length, n, pieces(torch.split(x, n))])
            cases.append(["chunks", length, n, pieces(torch.chunk(x, n))])
            cases.append(["sections", length, n, pieces(torch.tensor_split(x, n))])
        for points in ([2, 3], [3, 2], [-2, 9], [0, 0], [20], [-30, 1]):
            cases.append(["points", length, points, pieces(torch.tensor_split(x, points))])
        cases.append(["sizes", length, [0, length, 0], pieces(torch.split(x, [0, length, 0]))])
    Path(__file__).with_name("split.json").write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
