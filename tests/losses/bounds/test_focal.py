"""The lemma behind the bounds of focal losses, at 50 digits."""

from __future__ import annotations

import pytest
import reference as ref

from xent_cli.losses.bounds.focal import focal_error


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("loss", [1e-9, 0.1, 0.7, 3.0, 50.0])
def test_a_focal_loss_moves_within_its_bound(loss: float, gamma: float) -> None:
    def focal(value: object) -> object:
        return (-ref.mp.expm1(-value)) ** gamma * value

    error = ref.mp.mpf(loss) * ref.mp.mpf(1e-6)
    exact = ref.mp.mpf(loss)
    for moved in (exact + error, exact - error):
        assert abs(focal(moved) - focal(exact)) <= focal_error(error, gamma) * (1 + 1e-5)
