"""A first operand that is probably not what it is taken for."""

from __future__ import annotations

import math
from collections.abc import Iterator

from xent_cli.diagnoses.base import Finding, Outcome, Subject, Unit, row_text
from xent_cli.diagnoses.evidence import (
    is_distribution,
    is_off,
    is_unit,
    looks,
    mass_bound,
    mostly,
    sums_to,
)
from xent_cli.diagnosis import ERROR, WARNING
from xent_cli.losses import get_loss
from xent_cli.losses.base import Labels
from xent_cli.tallies.sample import Look


def _chooses(outcome: Outcome) -> bool:
    """Whether a row's numbers are of one choice among classes."""
    header = outcome.header
    return header.classes > 1 and header.labels_read_as in ("index", "dense")


def _name(outcome: Outcome) -> str:
    return outcome.header.inputs["logits"].name


def _dtype(outcome: Outcome) -> str:
    return outcome.header.inputs["logits"].dtype


def _found(outcome: Outcome, message: str) -> Finding:
    return Finding(f"{_name(outcome)} {message}", place={"file": _name(outcome)})


def _takes_probabilities(kind: str, logits: str) -> str:
    """How probabilities are given to a kind; `logits` makes logits of them."""
    if kind == "sigmoid-bce" or get_loss(kind).param("input") is not None:
        return "probabilities need --input probs"
    if kind == "torch.nn.BCEWithLogitsLoss":
        return "probabilities need --kind torch.nn.BCELoss"
    return f"of probabilities p, {logits} are logits"


def _probabilities(outcome: Outcome) -> Iterator[Finding]:
    header, dtype = outcome.header, _dtype(outcome)
    if header.takes != "logits" or not _chooses(outcome):
        return
    if mostly(looks(outcome).values(), lambda row: is_distribution(row, dtype)):
        floor = math.log1p((header.classes - 1) * math.exp(-1.0))
        yield _found(
            outcome,
            "looks like probabilities (rows of 0 to 1 that sum to 1), but "
            f"{header.kind} takes logits, and softmax twice keeps a row's loss at or above "
            f"{floor:.4f}; {_takes_probabilities(header.kind, 'np.log(p)')}",
        )


def _sigmoids(outcome: Outcome) -> Iterator[Finding]:
    header = outcome.header
    if header.takes != "logits" or not get_loss(header.kind).yes_or_no:
        return
    if mostly(looks(outcome).values(), lambda row: is_unit(row) and row.decimals != 0):
        yield _found(
            outcome,
            f"looks like probabilities (from 0 to 1), but {header.kind} takes logits, and sigmoid "
            "twice makes all of them 0.5 to 0.7311; "
            f"{_takes_probabilities(header.kind, 'np.log(p / (1 - p))')}",
        )


def _percentages(outcome: Outcome) -> Iterator[Finding]:
    header, dtype = outcome.header, _dtype(outcome)
    if header.takes not in ("logits", "probs") or not _chooses(outcome):
        return

    def shows(row: Look) -> bool:
        return row.low >= 0 and row.high > 1 and sums_to(row, 100, dtype)

    if mostly(looks(outcome).values(), shows):
        yield _found(
            outcome,
            f"looks like percentages (rows that sum to 100), but {header.kind} takes "
            f"{header.takes}; divided by 100 they are probabilities",
        )


def _outside(outcome: Outcome) -> Iterator[Finding]:
    header = outcome.header
    if header.takes != "probs":
        return
    for number, row in looks(outcome).items():
        if row.low < -1e-3 or row.high > 1 + 1e-3:
            value = row.low if row.low < -1e-3 else row.high
            loss = get_loss(header.kind)
            way = "logits need --kind softmax-ce or sigmoid-bce"
            if loss.param("input") is not None:
                way = "logits need --input logits"
            yield _found(
                outcome,
                f"has {value:.9g} in {row_text(header, number)}, which is no probability, and "
                f"{header.kind} takes probabilities; {way}",
            )
            return


def _sums(outcome: Outcome) -> Iterator[Finding]:
    header, dtype = outcome.header, _dtype(outcome)
    if header.takes != "probs" or not _chooses(outcome):
        return
    for number, row in looks(outcome).items():
        if is_unit(row) and is_off(row, dtype):
            yield _found(
                outcome,
                f"has rows of probabilities that do not sum to 1: {row_text(header, number)} sums "
                f"to {row.total:.6g}",
            )
            return


def _logits(outcome: Outcome) -> Iterator[Finding]:
    header = outcome.header
    if header.takes != "log-probs":
        return
    way = "for logits use --kind softmax-ce"
    rows = looks(outcome)
    if any(row.high > mass_bound(_dtype(outcome)) for row in rows.values()):
        yield _found(outcome, f"has values above 0, which no log-probability is; {way}")
        return
    bound = mass_bound(_dtype(outcome))
    off = {n: row.mass for n, row in rows.items() if row.mass is not None and abs(row.mass) > bound}
    if _chooses(outcome) and off and len(off) == len(rows):
        number, mass = next(iter(off.items()))
        yield _found(
            outcome,
            "is of log-probabilities whose rows do not sum to 1: the probabilities of "
            f"{row_text(header, number)} sum to {math.exp(mass):.6g}; {way}",
        )


def _one_class(subject: Subject) -> Iterator[Finding]:
    choice = subject.loss.labels not in (Labels.ELEMENTS, Labels.NONE)
    if choice and subject.geometry.classes == 1 and subject.loss.takes == "logits":
        name = subject.inputs["logits"].name
        yield Finding(
            f"{name} has one column, and a softmax over one class is always sure",
            "one logit a row, for yes or no, is --kind sigmoid-bce",
            place={"file": name},
        )


ONE_CLASS = Unit("one-class", ERROR, "header", _one_class)
PROBABILITIES = Unit("probabilities-as-logits", WARNING, "sample", _probabilities)
SIGMOIDS = Unit("sigmoid-twice", WARNING, "sample", _sigmoids)
PERCENTAGES = Unit("percentages", WARNING, "sample", _percentages)
OUTSIDE = Unit("logits-as-probabilities", WARNING, "sample", _outside)
SUMS = Unit("probabilities-sum", WARNING, "sample", _sums)
LOGITS = Unit("logits-as-log-probabilities", WARNING, "sample", _logits)
