"""The lemmas behind the bounds of the entropy, at 50 digits."""

from __future__ import annotations

import numpy as np
import pytest
import reference as ref

from xent_cli.losses.bounds.divergence import entropy_bounds


def distributions(classes: int) -> list[list[object]]:
    rng = np.random.default_rng(classes)
    raw = [rng.random(classes) ** power + 1e-12 for power in (0, 1, 8, 40)]
    return [[ref.mp.mpf(v) / ref.mp.fsum(row.tolist()) for v in row.tolist()] for row in raw]


@pytest.mark.parametrize("classes", [2, 3, 10, 100])
def test_the_second_moment_of_log_p(classes: int) -> None:
    """sum p log^2 p is at most log^2 C, and 0.57 for two classes."""
    most = ref.mp.log(classes) ** 2 if classes > 2 else ref.mp.mpf("0.57")
    for p in distributions(classes):
        assert ref.mp.fsum(v * ref.mp.log(v) ** 2 for v in p) <= most * (1 + ref.mp.mpf(10) ** -9)


@pytest.mark.parametrize("classes", [2, 10, 100])
def test_an_error_of_lse_moves_the_entropy_within_its_bound(classes: int) -> None:
    error = 1e-6
    for p in distributions(classes):
        exact = -ref.mp.fsum(v * ref.mp.log(v) for v in p)
        (bound,) = entropy_bounds(error, np.array([float(exact)]), classes)
        moved = [(ref.mp.log(v) - error, ref.mp.exp(ref.mp.log(v) - error)) for v in p]
        entropy = -ref.mp.fsum(q * log_q for log_q, q in moved)
        assert abs(entropy - exact) <= bound
