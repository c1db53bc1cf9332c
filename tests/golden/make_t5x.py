"""Golden numbers of t5x.compute_weighted_cross_entropy, by its formula.

T5X is not on the package index in a form that installs, so this is the rule of
https://github.com/google-research/t5x/blob/main/t5x/losses.py written anew in NumPy: with C classes and
smoothing e the target holds 1 - e at the label and e / (C - 1) elsewhere (everywhere, when the label
is outside the classes); a token's loss is the cross entropy with it, plus z_loss * logsumexp^2, minus the
target's own entropy, in which log is taken of e / (C - 1) + 1e-20; tokens are multiplied by weights,
divided by loss_normalizing_factor, and summed. The result is the first of the three the function returns.
"""

from typing import Any

import numpy as np
from golden_cases import Cases, index, real, seeded, unit, write

F = "t5x.compute_weighted_cross_entropy"


def compute(
    logits: np.ndarray, labels: np.ndarray, weights: np.ndarray | None, options: dict[str, float]
) -> Any:
    """The sum over tokens; logits (..., C), labels (...)."""
    if logits.ndim != labels.ndim + 1:
        raise ValueError(
            f"Incorrect shapes. Got shape {logits.shape} logits and {labels.shape} targets"
        )
    classes = logits.shape[-1]
    on = 1.0 - options.get("label_smoothing", 0.0)
    off = (1.0 - on) / (classes - 1)
    target = np.where(labels[..., None] == np.arange(classes), on, off)
    own = on * np.log(on) + (classes - 1) * off * np.log(off + 1e-20)
    top = logits.max(axis=-1, keepdims=True)
    log_z = top + np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    loss = (target * (log_z - logits)).sum(axis=-1) + own
    loss = loss + options.get("z_loss", 0.0) * log_z[..., 0] ** 2
    if weights is not None:
        loss = loss * weights
    return (loss / options.get("loss_normalizing_factor", 1.0)).sum()


def build(cases: Cases) -> None:
    """Shapes x smoothing x z_loss x weights x factor."""
    rng = seeded(F)
    for shape in [(2, 3, 4), (1, 5, 2), (3, 1, 6), (4, 5), (0, 3, 4)]:
        name = "x".join(map(str, shape))
        for smoothing, z, weighted, factor in [
            (None, None, False, None), (0.125, None, False, None), (None, 2.0**-10, False, None), (0.25, 2.0**-10, True, 3.0), (None, None, True, None), (0.125, None, True, 6.0),
        ]:  # fmt: skip
            extra = {"weights": unit(rng, shape[:-1])} if weighted else {}
            x, y = real(rng, shape), index(rng, shape[:-1], shape[-1])
            tag = f"{name}-s{smoothing}-z{z}-w{weighted:d}-f{factor}"
            cases.add(
                F,
                tag,
                x,
                y,
                extra=extra,
                label_smoothing=smoothing,
                z_loss=z,
                loss_normalizing_factor=factor,
            )
    x, y = real(rng, (2, 3, 4)), index(rng, (2, 3), 4)
    for label in (-1, 4):
        cases.add(F, f"label{label}", x, np.full((2, 3), label), label_smoothing=0.125)
        cases.add(F, f"label{label}-hard", x, np.full((2, 3), label))
    cases.add(F, "wrong-shapes", x, y[..., None])
    cases.add(F, "padding-weights", x, y, extra={"weights": np.array([[1.0, 1, 0], [1, 0, 0]])})
    cases.add(F, "large", x * 400, y, label_smoothing=0.125)


def run(_function: str, args: dict[str, Any], inputs: dict[str, np.ndarray]) -> Any:
    """In the dtype of the inputs."""
    return compute(inputs["logits"], inputs["labels"], inputs.get("weights"), args)


def main() -> None:
    """Write t5x.json."""
    cases = Cases()
    build(cases)
    write("t5x", "formula of 08058ed", cases, run)
