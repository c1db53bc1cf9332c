"""The dtypes that torch and NumPy (ml_dtypes for bfloat16) promote pairs to; writes promote.json.

    python tests/golden/make_promote.py        (needs torch==2.13.0 and ml_dtypes)

torch does not define pairs of uint16, uint32 and uint64 with other dtypes; they are left out,
and so are the pairs that ml_dtypes refuses.
"""

import json
from itertools import product
from pathlib import Path

import ml_dtypes
import numpy as np
import torch

NAMES = [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "bfloat16", "float32", "float64",
]  # fmt: skip


def by_torch(one: str, other: str) -> str | None:
    try:
        return str(torch.promote_types(getattr(torch, one), getattr(torch, other))).split(".")[1]
    except RuntimeError:
        return None


def by_numpy(one: str, other: str) -> str | None:
    dtypes = [np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name) for name in (one, other)]
    try:
        return np.promote_types(*dtypes).name
    except np.exceptions.DTypePromotionError:
        return None


def main() -> None:
    pairs = list(product(NAMES, NAMES))
    golden = {
        "torch": [[a, b, by_torch(a, b)] for a, b in pairs if by_torch(a, b)],
        "numpy": [[a, b, by_numpy(a, b)] for a, b in pairs if by_numpy(a, b)],
    }
    Path(__file__).with_name("promote.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
