"""The JSON that scripts read, kept as shapes; `python tests/contract.py` writes them anew.

A key may be added, none may go or change its type.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
KEPT = Path(__file__).with_suffix(".json")
LINES = [
    "loss samples/logits.npy samples/labels.npy -f json",
    "loss samples/logits.csv samples/labels.csv --weight samples/class-weights.yaml -f json",
    "loss samples/tiny-logits.npy samples/tiny-labels.npy --reduction none -f json",
    "loss samples/tags-logits.npy samples/tags.npy -k sigmoid-bce -f json",
    "loss samples/probs.npy samples/labels.npy --metrics accuracy -f json",
    "check samples/probs.npy samples/labels.npy -f json",
    "check --list -f json",
    "grad samples/tiny-logits.npy samples/tiny-labels.npy -f json",
    "activate softmax samples/tiny-logits.npy -f json",
    "cat samples/a.npy samples/b.npy --dim 1 -f json",
    "show samples/logits.npy samples/labels.csv -f json",
    "losses softmax-ce -f json",
    "losses nll sparse -f json",
]


def shape(document: Any) -> Any:
    """A document with the types of its values in place of them; of a list its first item."""
    if isinstance(document, dict):
        return {key: shape(value) for key, value in document.items()}
    if isinstance(document, list):
        return [shape(item) for item in document[:1]]
    return type(document).__name__


def missing(kept: Any, now: Any, place: str = "") -> list[str]:
    """What of the kept shape is not in the other."""
    if isinstance(kept, dict) and isinstance(now, dict):
        gone = [f"{place}.{key} is gone" for key in kept.keys() - now.keys()]
        return gone + [
            found
            for key in kept.keys() & now.keys()
            for found in missing(kept[key], now[key], f"{place}.{key}")
        ]
    if isinstance(kept, list) and isinstance(now, list):
        return [found for a, b in zip(kept, now, strict=False) for found in missing(a, b, place)]
    return [] if kept == now else [f"{place} was {kept}, is {now}"]


def main() -> None:
    kept = {}
    for line in LINES:
        program = [sys.executable, "-P", "-m", "xent_cli", *line.split()]
        done = subprocess.run(program, cwd=ROOT, capture_output=True, check=True)
        kept[line] = shape(json.loads(done.stdout))
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
