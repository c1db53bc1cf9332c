"""Bounds of the likelihoods grow with their terms, not with their sum."""

from __future__ import annotations

import numpy as np
import pytest

from xent_cli import LossRequest, compute_loss


@pytest.mark.parametrize("size", [1.0, 1e3, 1e6])
def test_terms_that_cancel_have_the_bound_of_their_sizes(size: float) -> None:
    rate, count = np.array([size]), np.array([size / np.log(size + 1)])
    request = LossRequest(rate, count, kind="poisson-nll", params={"log_input": False}, bounds=True)
    assert 2.0**-53 * size < compute_loss(request).error_bound < 2.0**-46 * (2 * size + 1)
