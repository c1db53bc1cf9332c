"""Labels that are a row off: tokens shifted twice, or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xent_cli import LossRequest, compute_loss

RNG = np.random.default_rng(0)
B, L, V = 3, 40, 50
TOKENS = RNG.integers(0, V, (B, L))
NEXT = np.concatenate([TOKENS[:, 1:], np.full((B, 1), -100)], axis=1)
X = RNG.normal(size=(B, L, V)).astype(np.float32)
for sequence in range(B):
    X[sequence, np.arange(L - 1), NEXT[sequence, :-1]] += 6
CAUSAL = "transformers.ForCausalLMLoss"


def told(x: np.ndarray, y: np.ndarray, kind: str = "softmax-ce", **given: Any) -> list[str]:
    result = compute_loss(LossRequest(x, y, kind, **given))
    return [each.message for each in result.diagnoses if each.id == "labels-row-off"]


@pytest.mark.parametrize("block", [V, 3 * V, 17 * V, None])
@pytest.mark.parametrize("jobs", [1, 2])
def test_shifted_tokens_are_shifted_once_more(block: int | None, jobs: int) -> None:
    (message,) = told(X, NEXT, CAUSAL, block_elements=block, jobs=jobs)
    assert message == (
        "labels fits far better with the label of the row before: the first rows have a mean loss "
        f"of 6.318, and 0.1863 so; {CAUSAL} shifts tokens, and these are shifted already: "
        "--kind softmax-ce"
    )
    assert not told(X, TOKENS, CAUSAL, block_elements=block, jobs=jobs)
    assert not told(X, NEXT, class_dim=2, block_elements=block, jobs=jobs)


def test_tokens_that_are_not_shifted() -> None:
    (message,) = told(X, TOKENS, class_dim=2)
    assert message.endswith(f"tokens that are to be shifted are for --kind {CAUSAL}")


@pytest.mark.parametrize(("first", "side"), [(1, "behind"), (0, "before")])
def test_a_file_that_lacks_its_first_row(first: int, side: str) -> None:
    x, y = X[0, first : L - 2 + first], NEXT[0, 1 - first : L - 1 - first]
    (message,) = told(x, y)
    assert f"label of the row {side}" in message
    assert message.endswith("one of the files may lack its first row, or have one more")
    assert not told(X[0, :-1], NEXT[0, :-1])


def test_ends_of_sequences_are_no_neighbours() -> None:
    short = X.reshape(-1, V)[:36].reshape(12, 3, V)  # whose pairs across sequences do not count
    labels = NEXT.reshape(-1)[:36].reshape(12, 3)
    assert not told(short, labels, class_dim=2)
    rolled = np.roll(labels, 1, axis=1)
    assert "row behind" in told(short, rolled, class_dim=2)[0]


def test_weights_and_guesses_say_nothing() -> None:
    x, y = RNG.normal(size=(60, V)), RNG.integers(0, V, 60)
    assert not told(x, y)
    weights = np.zeros(60)
    weights[3] = 1
    assert not told(X[0, 1:], NEXT[0, :-1], sample_weight=weights[: L - 1])
    assert not told(X[0, 1:6], NEXT[0, :5])  # too few to tell
