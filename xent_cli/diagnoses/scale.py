"""A first operand that is probably not what it is taken for."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from xent_cli.diagnoses.base import Finding, Subject, Unit
from xent_cli.diagnosis import WARNING

_SUM_TOLERANCE = 1e-3


def _takes(subject: Subject) -> str:
    """What the loss takes the first operand for; empty where it has no perplexity."""
    return subject.loss.operand(subject.options) if subject.loss.perplexity else ""


def _probabilities(subject: Subject) -> Iterator[Finding]:
    rows, name = subject.sample, subject.inputs["logits"].name
    if rows is None or _takes(subject) != "logits":
        return
    sums = rows.sum(axis=1)
    if rows.min() >= 0 and rows.max() <= 1 and np.abs(sums - 1).max() <= _SUM_TOLERANCE:
        floor = math.log1p((rows.shape[1] - 1) * math.exp(-1.0))
        yield Finding(
            f"{name} looks like probabilities (rows of 0 to 1 that sum to 1), but "
            f"{subject.loss.name} takes logits, and softmax twice keeps a row's loss at or above "
            f"{floor:.4f}; probabilities need --input probs",
            place={"file": name},
        )


def _logits(subject: Subject) -> Iterator[Finding]:
    rows, name = subject.sample, subject.inputs["logits"].name
    if rows is not None and _takes(subject) == "log-probs" and rows.max() > 0:
        yield Finding(
            f"{name} has values above 0, which no log-probability is; for logits use "
            "--kind softmax-ce",
            place={"file": name},
        )


PROBABILITIES = Unit("probabilities-as-logits", WARNING, "sample", _probabilities)
LOGITS = Unit("logits-as-log-probabilities", WARNING, "sample", _logits)
