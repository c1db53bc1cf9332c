"""Write ORACLE.md: every own kind against its exact losses, the largest errors.

python tests/golden/make_oracle.py (three minutes on two processors)
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]

from oracle import HAS_LONGDOUBLE, TIERS, Worst, all_kinds, full_run  # noqa: E402

from xent_cli.losses import OWN  # noqa: E402

RANDOM, ADVERSARIAL = 100_000, 1_000
HEAD = f"""# Own kinds against exact losses

The largest error of a row's loss over {RANDOM} random rows and {ADVERSARIAL} adversarial ones of each kind (extreme logits,
ties, -inf, one class, subnormal numbers; float32, float64, float16 and bfloat16; options drawn at random), in units of the
promise: 5e-7 max(1, |loss|) native, 4 x 2^-52 max(1, max |logit|, |loss|) double, per unit of weight and target mass; kinds outside
the softmax and sigmoid families relative to their largest term where that is larger; logits beyond 50 have the double allowance on
top in native. sigmoid-bce and weighted are in units of 5e-7 |loss| and 8 x 2^-52 |loss|, however small it is. The columns name the tier that calculated. `of bound` is the largest error in units of the
row's own `error_bound`. Nothing may be above 1. Exact: the formulas of tests/losses at 50 digits for the adversarial rows,
and in {"the 64-bit significands of numpy.longdouble" if HAS_LONGDOUBLE else "50 digits"} for the random ones. Regenerate with `python tests/golden/make_oracle.py`.

"""


def measured(name: str) -> tuple[str, Worst, list[str]]:
    """The largest errors of a kind and, in words, those that are too large."""
    kind = next(kind for kind in all_kinds() if kind.name == name)
    worst = full_run(kind, RANDOM, ADVERSARIAL)
    return name, Worst(worst.promise, worst.bound, rows=worst.rows), worst.failures()


def main() -> None:
    """Measure every kind, and write the table."""
    columns = [f"{precision} {tier}" for precision in ("native", "double") for tier in TIERS]
    lines = [f"| kind | rows | {' | '.join(columns)} | of bound, native | double |"]
    lines.append(f"|---|---:|{'---:|' * (len(columns) + 2)}")
    failures = []
    with ProcessPoolExecutor(2) as pool:
        for kind, worst, words in pool.map(measured, OWN):
            figures = [worst.promise[c] for c in columns]
            figures += [max(worst.bound[f"{p} {t}"] for t in TIERS) for p in ("native", "double")]
            cells = " | ".join(f"{f:.3f}" if f >= 5e-4 else f"{f:.0e}" for f in figures)
            lines.append(f"| {kind} | {worst.rows} | {cells} |")
            failures += words
            print(lines[-1], flush=True)
    if failures:
        raise SystemExit("\n".join(failures))
    (HERE / "ORACLE.md").write_text(HEAD + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
