"""Dense targets that are probably not what they are taken for."""

from __future__ import annotations

import math
from collections.abc import Iterator

from xent_cli.diagnoses.base import Finding, Outcome, Unit, row_text
from xent_cli.diagnoses.evidence import SLACK, is_off, is_unit, looks, off_by
from xent_cli.diagnosis import ERROR, WARNING
from xent_cli.losses import get_loss
from xent_cli.tallies.sample import Look

_DIVERGENCES = {"kl-div", "js-div"}
_YES_OR_NO = {"sigmoid-bce", "bce", "weighted", "sigmoid-focal", "multilabel-soft-margin"}
"""Kinds whose targets are from 0 to 1."""


def _own(outcome: Outcome) -> str:
    """The own kind, also of a framework's function."""
    kind = outcome.header.kind
    return get_loss(kind).own or kind


def _are_distributions(outcome: Outcome) -> bool:
    """Whether the targets of a row should sum to 1."""
    header, fixed = outcome.header, get_loss(outcome.header.kind).options
    for name in ("log_target", "generalized"):
        if header.options.get(name) or getattr(fixed, name, False):
            return False
    dense = header.labels_read_as == "dense" or _own(outcome) in _DIVERGENCES
    return dense and header.classes > 1


def _labels(outcome: Outcome) -> str:
    return outcome.header.inputs["labels"].name


def _found(outcome: Outcome, message: str, hint: str | None = None) -> Finding:
    return Finding(f"{_labels(outcome)} {message}", hint, place={"file": _labels(outcome)})


def _is_score(row: Look) -> bool:
    """Whether a row can be of logits alone: below 0 or above 1, and no whole numbers."""
    return (row.low < 0 or row.high > 1) and row.decimals != 0


def _negative(outcome: Outcome) -> Iterator[Finding]:
    if not _are_distributions(outcome):
        return
    header, rows = outcome.header, looks(outcome, "labels")
    bad = next((number for number, row in rows.items() if row.low < -SLACK), None)
    if bad is None:
        return
    logits = header.inputs["logits"].name
    low, place = f"{rows[bad].low:.9g}", row_text(header, bad)
    told = f"has {low} in {place}, and targets of {header.kind} are probabilities"
    if all(map(_is_score, rows.values())):
        operand = looks(outcome).values()
        if all(map(is_unit, operand)):
            yield _found(
                outcome,
                f"looks like logits, and {logits} like targets",
                f"the logits come first: xent loss {_labels(outcome)} {logits}",
            )
            return
        told = f"looks like logits, as {logits} does ({place} has {low})"
        hint = "two models are compared by the loss of each against the labels"
        yield _found(outcome, told, hint)
        return
    yield _found(outcome, told, "-1 and 1 of yes-or-no questions are for --kind soft-margin")


def _is_lone(outcome: Outcome) -> bool:
    """Whether there is one row of classes, which may be meant as rows of one question."""
    header = outcome.header
    return header.labels_read_as == "dense" and header.rows_shape == () and header.classes > 1


def _lone(outcome: Outcome) -> Iterator[Finding]:
    if not _is_lone(outcome) or not _are_distributions(outcome):
        return
    header, labels = outcome.header, outcome.header.inputs["labels"]
    rows = looks(outcome, "labels").values()
    whole = labels.dtype.startswith(("int", "uint", "bool"))
    if whole or any(row.high > 0 and is_off(row, labels.dtype) for row in rows):
        yield _found(
            outcome,
            f"and {header.inputs['logits'].name} have one axis: one row of {header.classes} "
            "classes has targets that sum to 1",
            "one logit a row, for yes or no, is --kind sigmoid-bce",
        )


def _sums(outcome: Outcome) -> Iterator[Finding]:
    if not _are_distributions(outcome) or _is_lone(outcome):
        return
    header, rows = outcome.header, looks(outcome, "labels")
    dtype = header.inputs["labels"].dtype
    if any(row.low < -SLACK for row in rows.values()):
        return
    off = {
        number: row
        for number, row in rows.items()
        if row.high > 0 and not row.nan and is_off(row, dtype)
    }
    if not off:
        return
    number, row = next(iter(off.items()))
    if all(look.decimals == 0 for look in rows.values()):
        if max(look.high for look in rows.values()) > 1:
            told = f"has whole numbers up to {max(look.high for look in rows.values()):.9g}"
            way = "class indices stand one in a row; 255 of a mask is 1: y / 255"
        else:
            told = f"has {off_by(row, 0):.9g} classes in {row_text(header, number)}"
            way = "several classes of one row are questions of their own: --kind sigmoid-bce"
        yield _found(outcome, f"{told}, and {header.kind} takes distributions; {way}")
        return
    shown = f"more than {row.high:.6g}" if row.total is None else f"{row.total:.6g}"
    yield _found(
        outcome,
        f"has rows that do not sum to 1: {row_text(header, number)} sums to {shown}; "
        f"{header.kind} takes distributions",
    )


def _outside(outcome: Outcome) -> Iterator[Finding]:
    header, rows = outcome.header, looks(outcome, "labels")
    if header.labels_read_as != "targets" or _own(outcome) not in _YES_OR_NO:
        return
    bad = next((n for n, row in rows.items() if row.low < 0 or row.high > 1), None)
    if bad is None:
        return
    low, high = min(r.low for r in rows.values()), max(r.high for r in rows.values())
    value = rows[bad].low if rows[bad].low < 0 else rows[bad].high
    way = "targets are from 0 to 1"
    if (low, high) == (-1, 1):
        way = "--kind torch.nn.SoftMarginLoss takes -1 and 1"
    elif low >= 0 and high == 255:
        way = "255 of a mask is 1: y / 255"
    elif all(row.decimals == 0 for row in rows.values()):
        way = "class indices are for --kind softmax-ce, with one logit for each class"
    elif all(map(_is_score, rows.values())):
        way = "if these are logits, they come first: xent loss LOGITS LABELS"
    yield _found(
        outcome,
        f"has {value:.9g} in {row_text(header, bad)}, which is no target from 0 to 1; {way}",
    )


def _not_finite(outcome: Outcome) -> Iterator[Finding]:
    if _are_distributions(outcome):
        yield from _odd(outcome)


def _nan(outcome: Outcome) -> Iterator[Finding]:
    if not _are_distributions(outcome):
        yield from _odd(outcome)


def _odd(outcome: Outcome) -> Iterator[Finding]:
    for number, row in looks(outcome, "labels").items():
        if row.nan or math.inf in (row.high, -row.low):
            what = "NaN" if row.nan else "infinity"
            yield _found(
                outcome,
                f"has {what} in {row_text(outcome.header, number)}, and targets are numbers",
            )
            return


NEGATIVE = Unit("targets-negative", ERROR, "sample", _negative)
LONE = Unit("lone-row", ERROR, "sample", _lone)
SUMS = Unit("targets-sum", WARNING, "sample", _sums)
OUTSIDE = Unit("targets-outside", WARNING, "sample", _outside)
NOT_FINITE = Unit("targets-not-finite", ERROR, "sample", _not_finite)
NAN = Unit("targets-nan", WARNING, "sample", _nan)
