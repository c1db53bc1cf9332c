"""1,000 texts as people and programs write them, each with its number.

Every text is certain, or settled by evidence, or by the flag in its command.
"""

from __future__ import annotations

import zlib

import numpy as np
from texts import healthy_cells, healthy_tables  # noqa: F401  (they fill SITUATIONS)
from texts.drafts import SITUATIONS, Case


def cases(step: int = 1) -> list[Case]:
    """All of them, or every step-th of each kind; the same in every run."""
    return [
        Case(name=f"{kind} {number}", kind=kind, **make(generator(kind, number)))
        for kind, (count, make) in SITUATIONS.items()
        for number in range(0, count, step)
    ]


def generator(kind: str, number: int) -> np.random.Generator:
    """Of one case alone, so that others may come and go."""
    return np.random.default_rng([zlib.crc32(kind.encode()), number])
