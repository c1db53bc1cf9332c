"""Write TABLE.md: each framework function, its cases, the largest difference from xent.

python tests/golden/make_table.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]

from golden_explained import EXPLAINED, explanation  # noqa: E402
from golden_runner import (  # noqa: E402
    FRAMEWORKS,
    agrees,
    answer,
    cases,
    decode,
    difference,
    name_of,
    scale,
)

HEAD = """# xent against the frameworks

One line a function: the cases of the golden files, how many of them the framework refuses, and the largest
|xent - framework| / max(1, |logit|, |framework|) over the cases both answer, in float64 and in float32. `parted` counts cases that
an explanation below covers; nothing else parts. Regenerate with `python tests/golden/make_table.py`.

| function | cases | refused | largest difference, float64 | float32 | parted |
|---|---:|---:|---:|---:|---:|
"""


def relative(case: dict[str, object], ours: np.ndarray, dtype: str) -> float:
    """The difference, relative to the largest of 1, the logits and the framework's values."""
    theirs = decode(case[dtype])
    size = np.max(np.abs(theirs), initial=scale(case), where=np.isfinite(theirs))
    return difference(ours, theirs) / float(size)


def line(function: str, found: list[dict[str, object]]) -> str:
    """The row of one function."""
    worst, refused, parted = {"float64": 0.0, "float32": 0.0}, 0, set()
    for case in found:
        refused += "error" in case
        for dtype in worst if "error" not in case else ("float64",):
            ours = answer(case, dtype)
            if ours.error is not None or "error" in case:
                if (ours.error is None) == ("error" in case):
                    parted.add(case["id"])
                continue
            rough = explanation(name_of(case), "float32") is not None
            if agrees(case, ours.values, dtype, rough=rough):
                worst[dtype] = max(worst[dtype], relative(case, ours.values, dtype))
            else:
                parted.add(case["id"])
    figures = " | ".join(f"{gap:.1e}" if gap else "0" for gap in worst.values())
    return f"| `{function}` | {len(found)} | {refused} | {figures} | {len(parted)} |"


def main() -> None:
    """Write the table and the explanations."""
    rows = []
    for framework in FRAMEWORKS:
        every = cases(framework)
        for function in dict.fromkeys(case["function"] for case in every):
            rows.append(line(function, [c for c in every if c["function"] == function]))
    notes = [f"- `{e.pattern}` ({e.how}): {e.why}." for e in EXPLAINED]
    text = HEAD + "\n".join(rows) + "\n\n## Where they part\n\n" + "\n".join(notes) + "\n"
    (HERE / "TABLE.md").write_text(text)


if __name__ == "__main__":
    main()
