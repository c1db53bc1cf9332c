"""Golden numbers of transformers' ForCausalLMLoss, by its plain functions in torch.

The function casts logits to float32 first; for the float64 numbers the cast is switched off, so that
they are the same rule evaluated in double.
"""

from typing import Any
from unittest import mock

import numpy as np
import torch
import transformers
from golden_cases import Cases, index, real, seeded, write
from transformers.loss.loss_utils import ForCausalLMLoss

F = "transformers.ForCausalLMLoss"


def build(cases: Cases) -> None:
    """Shapes x ignored labels x num_items_in_batch x ignore_index."""
    rng = seeded(F)
    for shape in [(2, 4, 5), (1, 6, 3), (3, 2, 4), (1, 1, 3), (1, 2, 1), (5, 4)]:
        for items, ignore, some in [
            (None, None, False),
            (None, None, True),
            (7, None, True),
            (None, 0, False),
            (2, -1, True),
        ]:
            y = index(rng, shape[:-1], shape[-1])
            if some:
                y.flat[-1] = y.flat[0] = -100 if ignore is None else ignore
            name = f"{'x'.join(map(str, shape))}-items-{items}-ignore-{ignore}-some{some:d}"
            cases.add(F, name, real(rng, shape), y, num_items_in_batch=items, ignore_index=ignore)
    x, y = real(rng, (2, 4, 5)), index(rng, (2, 4), 5)
    cases.add(F, "all-ignored", x, np.full((2, 4), -100))
    cases.add(F, "all-ignored-items", x, np.full((2, 4), -100), num_items_in_batch=4)
    shifted = np.roll(y, -1, axis=1)
    shifted[:, -1] = -100
    cases.add(F, "shift-labels", x, y, shift_labels=shifted)
    for label in (5, -1):
        bad = y.copy()
        bad[0, 1] = label
        cases.add(F, f"label{label}", x, bad)
    first = y.copy()
    first[:, 0] = 99
    cases.add(F, "first-label-never-read", x, first)


def run(_function: str, args: dict[str, Any], inputs: dict[str, np.ndarray]) -> Any:
    """vocab_size is the last axis; no cast of the logits when they are double."""
    logits, labels = torch.from_numpy(inputs["logits"]), torch.from_numpy(inputs["labels"])
    given = {k: torch.from_numpy(v) if isinstance(v, np.ndarray) else v for k, v in args.items()}
    if "num_items_in_batch" in given:
        given["num_items_in_batch"] = torch.tensor(given["num_items_in_batch"])
    with mock.patch.object(torch.Tensor, "float", lambda self: self):
        return ForCausalLMLoss(logits, labels, logits.shape[-1], **given).numpy()


def main() -> None:
    """Write transformers.json."""
    cases = Cases()
    build(cases)
    write("transformers", transformers.__version__, cases, run)
