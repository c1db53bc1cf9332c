"""A first operand that is probably not what it is taken for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from xent_cli.diagnoses.base import Finding, Outcome, Subject, Unit, row_text
from xent_cli.diagnoses.evidence import (
    is_distribution,
    is_off,
    is_unit,
    looks,
    mass_bound,
    mostly,
    shown,
    sums_to,
)
from xent_cli.diagnosis import ERROR, WARNING, Fix
from xent_cli.dtypes import number_text
from xent_cli.losses import get_loss
from xent_cli.losses.base import Labels, Loss
from xent_cli.tallies.sample import Look

_OF_PROBABILITIES = {
    "torch.nn.BCEWithLogitsLoss": "torch.nn.BCELoss",
    "torch.nn.NLLLoss": "softmax-ce",
    "nll": "softmax-ce",
}
"""Kinds that have another one for probabilities."""
_OF_LOGITS = {"torch.nn.NLLLoss": "torch.nn.CrossEntropyLoss", "torch.nn.BCELoss": "sigmoid-bce"}


def _chooses(outcome: Outcome) -> bool:
    """Whether a row's numbers are of one choice among classes."""
    header = outcome.header
    return header.classes > 1 and header.labels_read_as != "targets"


def _dtype(outcome: Outcome) -> str:
    return outcome.header.inputs["logits"].dtype


def _found(
    outcome: Outcome, message: str, rows: dict[int, Look], fix: Fix | None = None
) -> Finding:
    """What is found in the first operand, with the rows that show it."""
    name = outcome.header.inputs["logits"].name
    return Finding(
        f"{name} {message}", place={"file": name}, evidence=shown(outcome, rows), fix=fix
    )


def _takes_probabilities(kind: str, formula: str) -> tuple[str, Fix]:
    """How probabilities are given to a kind; the formula makes of p what it takes."""
    other = _OF_PROBABILITIES.get(kind, kind)
    changes = {"kind": other} if other != kind else {}
    changes |= _given_as(get_loss(other), "probs")
    if changes:
        return f"probabilities need {_flags(changes)}", Fix(changes)
    shape = formula.replace("x", "p")
    return f"of probabilities p, {shape} are {get_loss(kind).takes}", Fix({}, "logits", formula)


def _given_as(loss: Loss, operand: str) -> dict[str, str]:
    """The option that says what the first operand of a kind is; none where it has no such."""
    param = loss.param("input")
    if param is None:
        return {}
    return {param.spelled: str(param.word_for(operand)).lower()}


def _flags(changes: Mapping[str, str]) -> str:
    """Options as they are typed: `--input probs`; of parameters `-p from_logits=true`."""
    return " ".join(
        f"--{name} {word}" if name in ("kind", "input") else f"-p {name}={word}"
        for name, word in changes.items()
    )


def _takes_logits(outcome: Outcome) -> tuple[str, Fix]:
    """How logits are given to a kind."""
    loss = get_loss(outcome.header.kind)
    changes = _given_as(loss, "logits")
    if not changes:
        own = get_loss(loss.own or loss.name)
        sigmoid = outcome.header.labels_read_as == "targets"
        if loss.name in _OF_LOGITS:
            changes = {"kind": _OF_LOGITS[loss.name]}
        elif own.param("input") is not None:
            changes = {"kind": own.name, **_given_as(own, "logits")}
        else:
            changes = {"kind": "sigmoid-bce" if sigmoid else "softmax-ce"}
    return f"logits need {_flags(changes)}", Fix(changes)


def _probabilities(outcome: Outcome) -> Iterator[Finding]:
    header, dtype, rows = outcome.header, _dtype(outcome), looks(outcome)
    if header.takes not in ("logits", "log-probs") or header.classes < 2:
        return
    if header.takes == "logits" and not _chooses(outcome):
        return
    if not _are_probabilities(rows, dtype, few=header.takes == "log-probs"):
        return
    way, fix = _takes_probabilities(header.kind, "np.log(x)")
    what = f"but {header.kind} takes {header.takes}"
    if header.takes == "logits":
        most = math.e / (math.e + header.classes - 1)
        what += f", and softmax twice leaves no probability above {most:.4g}"
    told = f"looks like probabilities (rows of 0 to 1 that sum to 1), {what}; {way}"
    yield _found(outcome, told, rows, fix)


def _are_probabilities(rows: dict[int, Look], dtype: str, *, few: bool) -> bool:
    """Whether rows look like probabilities; a few are enough where they cannot be right."""

    def shows(row: Look) -> bool:
        return is_distribution(row, dtype)

    return all(map(shows, rows.values())) if few else mostly(rows.values(), shows)


def _sigmoids(outcome: Outcome) -> Iterator[Finding]:
    header, rows = outcome.header, looks(outcome)
    if header.takes != "logits" or not get_loss(header.kind).yes_or_no:
        return
    if mostly(rows.values(), lambda row: is_unit(row) and row.decimals != 0):
        way, fix = _takes_probabilities(header.kind, "np.log(x / (1 - x))")
        told = (
            f"looks like probabilities (from 0 to 1), but {header.kind} takes logits, and sigmoid "
            f"twice makes all of them 0.5 to 0.7311; {way}"
        )
        yield _found(outcome, told, rows, fix)


def _log_probabilities(outcome: Outcome) -> Iterator[Finding]:
    """Rows of log-softmax where each number is a question of its own."""
    header, rows = outcome.header, looks(outcome)
    if header.takes != "logits" or not get_loss(header.kind).yes_or_no or header.classes < 2:
        return
    bound = mass_bound(_dtype(outcome))
    if mostly(rows.values(), lambda row: row.mass is not None and abs(row.mass) <= bound):
        told = (
            "looks like log-probabilities (whose probabilities sum to 1 in a row), but "
            f"{header.kind} takes logits; of log-probabilities x, x - np.log1p(-np.exp(x)) are"
        )
        fix = Fix({}, "logits", "x - np.log1p(-np.exp(x))")
        yield _found(outcome, told, rows, fix)


def _percentages(outcome: Outcome) -> Iterator[Finding]:
    header, dtype, rows = outcome.header, _dtype(outcome), looks(outcome)
    if header.takes not in ("logits", "probs") or not _chooses(outcome):
        return

    def shows(row: Look) -> bool:
        return row.low >= 0 and row.high > 1 and sums_to(row, 100, dtype)

    if mostly(rows.values(), shows):
        told = (
            f"looks like percentages (rows that sum to 100), but {header.kind} takes "
            f"{header.takes}; divided by 100 they are probabilities"
        )
        fix = Fix({}, "logits", "x / 100")
        if header.takes == "logits":
            way = _takes_probabilities(header.kind, "np.log(x / 100)")[1]
            fix = Fix(way.options, "logits", way.formula or fix.formula)
        yield _found(outcome, told, rows, fix)


def _outside(outcome: Outcome) -> Iterator[Finding]:
    header = outcome.header
    if header.takes != "probs":
        return
    rows = {n: r for n, r in looks(outcome).items() if r.low < -1e-3 or r.high > 1 + 1e-3}
    if not rows:
        return
    number, row = next(iter(rows.items()))
    value = row.low if row.low < -1e-3 else row.high
    way, fix = _takes_logits(outcome)
    told = (
        f"has {number_text(value)} in {row_text(header, number)}, which is no probability, and "
        f"{header.kind} takes probabilities; {way}"
    )
    yield _found(outcome, told, rows, fix)


def _sums(outcome: Outcome) -> Iterator[Finding]:
    header, dtype = outcome.header, _dtype(outcome)
    if header.takes != "probs" or not _chooses(outcome):
        return
    rows = {n: row for n, row in looks(outcome).items() if is_unit(row) and is_off(row, dtype)}
    if rows:
        number, row = next(iter(rows.items()))
        told = (
            f"has rows of probabilities that do not sum to 1: {row_text(header, number)} sums to "
            f"{row.total:.6g}"
        )
        axis = header.class_dim if isinstance(header.class_dim, int) else -1
        fix = Fix({}, "logits", f"x / x.sum({axis}, keepdims=True)")
        yield _found(outcome, told, rows, fix)


def _logits(outcome: Outcome) -> Iterator[Finding]:
    header, rows, dtype = outcome.header, looks(outcome), _dtype(outcome)
    if header.takes != "log-probs":
        return
    bound = mass_bound(dtype)
    above = {number: row for number, row in rows.items() if row.high > bound}
    if header.classes > 1 and _are_probabilities(rows, dtype, few=True):
        return
    way, fix = _takes_logits(outcome)
    if above:
        told = f"has values above 0, which no log-probability is; {way}"
        yield _found(outcome, told, above, fix)
        return
    off = {n: row.mass for n, row in rows.items() if row.mass is not None and abs(row.mass) > bound}
    if _chooses(outcome) and off and len(off) == len(rows):
        number, mass = next(iter(off.items()))
        told = (
            "is of log-probabilities whose rows do not sum to 1: the probabilities of "
            f"{row_text(header, number)} sum to {math.exp(mass):.6g}; {way}"
        )
        yield _found(outcome, told, rows, fix)


def _one_class(subject: Subject) -> Iterator[Finding]:
    choice = subject.loss.labels not in (Labels.ELEMENTS, Labels.NONE)
    if choice and subject.geometry.classes == 1 and subject.loss.takes == "logits":
        name = subject.inputs["logits"].name
        yield Finding(
            f"{name} has one column, and a softmax over one class is always sure",
            "one logit a row, for yes or no, is --kind sigmoid-bce",
            place={"file": name},
            fix=Fix({"kind": "sigmoid-bce"}),
        )


ONE_CLASS = Unit(
    "one-class", ERROR, "header", "a softmax over one column, which is always sure", _one_class
)
PROBABILITIES = Unit(
    "probabilities-as-logits",
    WARNING,
    "sample",
    "rows of probabilities where the kind takes logits: softmax twice",
    _probabilities,
)
SIGMOIDS = Unit(
    "sigmoid-twice",
    WARNING,
    "sample",
    "numbers from 0 to 1 where the kind takes logits: sigmoid twice",
    _sigmoids,
)
LOG_PROBABILITIES = Unit(
    "log-probabilities-as-logits",
    WARNING,
    "sample",
    "rows of log-probabilities where each number is a yes-or-no question of its own",
    _log_probabilities,
)
PERCENTAGES = Unit(
    "percentages",
    WARNING,
    "sample",
    "rows that sum to 100 where probabilities or logits belong",
    _percentages,
)
OUTSIDE = Unit(
    "logits-as-probabilities",
    WARNING,
    "sample",
    "numbers outside [0, 1] where probabilities belong: a forgotten from_logits",
    _outside,
)
SUMS = Unit(
    "probabilities-sum", WARNING, "sample", "rows of probabilities that do not sum to 1", _sums
)
LOGITS = Unit(
    "logits-as-log-probabilities",
    WARNING,
    "sample",
    "numbers above 0, or rows whose probabilities do not sum to 1, where log-probabilities belong",
    _logits,
)
