"""Dense targets that are probably not what they are taken for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from xent_cli.diagnoses.base import Finding, Outcome, Subject, Unit, own_kind, row_text
from xent_cli.diagnoses.evidence import SLACK, is_off, is_unit, looks, mass_bound, off_by, shown
from xent_cli.diagnosis import ERROR, WARNING, Fix
from xent_cli.dtypes import number_text
from xent_cli.losses import get_loss
from xent_cli.losses.base import Labels
from xent_cli.losses.misfits import SISTERS
from xent_cli.tallies.sample import Look

_DIVERGENCES = {"kl-div", "js-div"}
_ALIKE = 1e-3
"""Sums that are no further apart are the same."""
_YES_OR_NO = {"sigmoid-bce", "bce", "weighted", "sigmoid-focal", "multilabel-soft-margin"}
"""Kinds whose targets are from 0 to 1."""


def _are_distributions(outcome: Outcome) -> bool:
    """Whether the targets of a row should sum to 1."""
    header, fixed = outcome.header, get_loss(outcome.header.kind).options
    for name in ("log_target", "generalized"):
        if header.options.get(name) or getattr(fixed, name, False):
            return False
    dense = header.labels_read_as == "dense" or own_kind(outcome) in _DIVERGENCES
    return dense and header.classes > 1


def _labels(outcome: Outcome) -> str:
    return outcome.header.inputs["labels"].name


def _found(
    outcome: Outcome, message: str, rows: Mapping[int, Look], hint: tuple[str | None, Fix | None]
) -> Finding:
    """What is found in the targets, with the rows that show it, and what to do about them."""
    name, evidence = _labels(outcome), shown(outcome, rows)
    return Finding(f"{name} {message}", hint[0], {"file": name}, evidence, hint[1])


def _is_score(row: Look) -> bool:
    """Whether a row can be of logits alone: below 0 or above 1, and no whole numbers."""
    return (row.low < 0 or row.high > 1) and row.decimals != 0


def _negative(outcome: Outcome) -> Iterator[Finding]:
    if not _are_distributions(outcome):
        return
    header, looked = outcome.header, looks(outcome, "labels")
    rows = {number: row for number, row in looked.items() if row.low < -SLACK}
    if not rows:
        return
    bad, logits = next(iter(rows)), header.inputs["logits"].name
    low, place = number_text(rows[bad].low), row_text(header, bad)
    told = f"has {low} in {place}, and targets of {header.kind} are probabilities"
    hint: tuple[str | None, Fix | None] = (None, None)
    bound = mass_bound(header.inputs["labels"].dtype)
    if all(row.mass is not None and abs(row.mass) <= bound for row in looked.values()):
        told = f"looks like log-probabilities, and targets of {header.kind} are probabilities"
        hint = ("of log-probabilities y, np.exp(y) are", Fix({}, "labels", "np.exp(x)"))
        if get_loss(header.kind).param("log_target") is not None:
            hint = (
                "targets that are logarithms need -p log_target=true",
                Fix({"log_target": "true"}),
            )
    elif all(map(_is_score, looked.values())):
        told = f"looks like logits, as {logits} does ({place} has {low})"
        hint = ("two models are compared by the loss of each against the labels", None)
        if all(map(is_unit, looks(outcome).values())):
            told = f"looks like logits, and {logits} like targets"
            way = f"the logits come first: xent loss {_labels(outcome)} {logits}"
            hint = (way, Fix(swapped=True))
    elif _range(looked) == (-1, 1):
        way = "-1 and 1 of yes-or-no questions are for --kind soft-margin"
        hint = (way, Fix({"kind": "soft-margin"}))
    yield _found(outcome, told, rows, hint)


def _range(rows: Mapping[int, Look]) -> tuple[float, float]:
    """The lowest and the highest target of some rows."""
    return min(row.low for row in rows.values()), max(row.high for row in rows.values())


def _is_lone(outcome: Outcome) -> bool:
    """Whether there is one row of classes, which may be meant as rows of one question."""
    header = outcome.header
    return header.labels_read_as == "dense" and header.rows_shape == () and header.classes > 1


def _lone(outcome: Outcome) -> Iterator[Finding]:
    if not _is_lone(outcome) or not _are_distributions(outcome):
        return
    header, labels = outcome.header, outcome.header.inputs["labels"]
    rows = looks(outcome, "labels")
    whole = labels.dtype.startswith(("int", "uint", "bool"))
    if whole or any(row.high > 0 and is_off(row, labels.dtype) for row in rows.values()):
        told = (
            f"and {header.inputs['logits'].name} have one axis: one row of {header.classes} "
            "classes has targets that sum to 1"
        )
        way = "one logit a row, for yes or no, is --kind sigmoid-bce"
        yield _found(outcome, told, rows, (way, Fix({"kind": "sigmoid-bce"})))


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
    if rows and all(row.low == row.high == 0 for row in rows.values()):
        told = "is 0 in all rows looked at, whose loss is 0; rows to leave out are for --mask"
        yield _found(outcome, told, rows, (None, None))
    if not off:
        return
    number, row = next(iter(off.items()))
    place, high = row_text(header, number), _range(rows)[1]
    axis = header.class_dim if isinstance(header.class_dim, int) else -1
    fix: Fix | None = Fix({}, "labels", f"x / x.sum({axis}, keepdims=True)")
    total = f"more than {row.high:.6g}" if row.total is None else f"{row.total:.6g}"
    told = f"has rows that do not sum to 1: {place} sums to {total}"
    way = ""
    if _columns_sum(outcome, rows):
        told, fix = f"{told}, but its columns may", Fix({"class_dim": "0"})
        way = "; classes along the first axis are --class-dim 0"
    elif all(look.decimals == 0 for look in rows.values()) and high == 255:
        told, way = "has whole numbers up to 255", "; 255 of a mask is 1: y / 255"
        fix = Fix({}, "labels", "x / 255")
    elif all(look.decimals == 0 for look in rows.values()) and high > 1:
        told, fix = f"has whole numbers up to {number_text(high)}", None
        way = "; class indices stand one in a row"
    elif all(look.decimals == 0 for look in rows.values()):
        told = f"has {number_text(off_by(row, 0))} classes in {place}"
        way = "; several classes of one row are questions of their own: --kind sigmoid-bce"
        fix = Fix({"kind": "sigmoid-bce"})
    yield _found(outcome, f"{told}, and {header.kind} takes distributions{way}", off, (None, fix))


def _columns_sum(outcome: Outcome, rows: Mapping[int, Look]) -> bool:
    """Whether all rows, which were looked at, have as much in all as columns that sum to 1."""
    header, totals = outcome.header, [row.total for row in rows.values() if row.total is not None]
    if len(header.rows_shape) != 1 or header.class_dim != 1 or len(totals) != header.rows_shape[0]:
        return False
    return 1 < len(totals) < header.classes and abs(sum(totals) - header.classes) < _ALIKE


def _outside(outcome: Outcome) -> Iterator[Finding]:
    header, looked = outcome.header, looks(outcome, "labels")
    own = own_kind(outcome)
    if header.labels_read_as != "targets" or own not in (*_YES_OR_NO, "soft-margin"):
        return
    least = -1 if own == "soft-margin" else 0
    rows = {n: row for n, row in looked.items() if row.low < least or row.high > 1}
    if least < 0 and not rows and looked and all(row.low >= 0 for row in looked.values()):
        rows = {n: row for n, row in looked.items() if row.low < 1}  # answers of 0
    if not rows:
        return
    number, row = next(iter(rows.items()))
    value = row.low if row.low < least or row.high <= 1 else row.high
    what = "no answer of -1 or 1" if least < 0 else "no target from 0 to 1"
    way, fix = _other_targets(outcome, looked)
    told = f"has {number_text(value)} in {row_text(header, number)}, which is {what}; {way}"
    yield _found(outcome, told, rows, (None, fix))


def _other_targets(outcome: Outcome, rows: Mapping[int, Look]) -> tuple[str, Fix | None]:
    """What targets of yes-or-no questions may be that are outside their range."""
    low, high = _range(rows)
    if (low, high) == (-1, 1):
        return "--kind torch.nn.SoftMarginLoss takes -1 and 1", Fix(
            {"kind": "torch.nn.SoftMarginLoss"}
        )
    if low >= 0 and high == 255:
        return "255 of a mask is 1: y / 255", Fix({}, "labels", "x / 255")
    if low >= 0 and high <= 1:
        return "--kind sigmoid-bce takes 0 and 1", Fix({"kind": "sigmoid-bce"})
    if all(row.decimals == 0 for row in rows.values()):
        return "class indices are for --kind softmax-ce, with one logit for each class", None
    if all(map(_is_score, rows.values())):
        way = "if these are logits, they come first: xent loss LOGITS LABELS"
        return way, Fix(swapped=True)
    return "targets are from 0 to 1", None


def _not_finite(outcome: Outcome) -> Iterator[Finding]:
    if _are_distributions(outcome):
        yield from _odd(outcome)


def _nan(outcome: Outcome) -> Iterator[Finding]:
    if not _are_distributions(outcome):
        yield from _odd(outcome)


def _odd(outcome: Outcome) -> Iterator[Finding]:
    rows = {
        number: row
        for number, row in looks(outcome, "labels").items()
        if row.nan or math.inf in (row.high, -row.low)
    }
    if rows:
        number, row = next(iter(rows.items()))
        what = "NaN" if row.nan else "infinity"
        told = f"has {what} in {row_text(outcome.header, number)}, and targets are numbers"
        yield _found(outcome, told, rows, (None, None))


def _broadcast(subject: Subject) -> Iterator[Finding]:
    """One number a row, which the framework lays over all classes."""
    labels, logits = subject.inputs.get("labels"), subject.inputs["logits"]
    rows, classes = subject.geometry.rows_shape, subject.geometry.classes
    if labels is None or labels.is_text or classes < 2 or subject.loss.labels is Labels.NONE:
        return
    if subject.loss.rules.axes.broadcast and labels.shape == (*rows, 1):
        sister = SISTERS.get(subject.loss.name)
        way = "" if sister is None else f"; class indices are for --kind {sister}"
        yield Finding(
            f"{labels.name} {labels.shape} is laid over {logits.name} {logits.shape}: the same "
            f"target for all {classes} classes of a row{way}",
            place={"file": labels.name},
            fix=None if sister is None else Fix({"kind": sister}, "labels", "x.squeeze(-1)"),
        )


BROADCAST = Unit(
    "targets-broadcast",
    WARNING,
    "header",
    "one target a row, which the framework lays over all classes: class indices as targets",
    _broadcast,
)
NEGATIVE = Unit(
    "targets-negative",
    ERROR,
    "sample",
    "dense targets below 0: logits, swapped files, or answers of -1 and 1",
    _negative,
)
LONE = Unit(
    "lone-row",
    ERROR,
    "sample",
    "logits and targets of one axis: one row of classes, or one question a row",
    _lone,
)
SUMS = Unit(
    "targets-sum",
    WARNING,
    "sample",
    "dense targets whose rows do not sum to 1: several classes of a row, class ids, masks of 255",
    _sums,
)
OUTSIDE = Unit(
    "targets-outside",
    WARNING,
    "sample",
    "targets of yes-or-no questions outside [0, 1], or answers that are not -1 and 1",
    _outside,
)
NOT_FINITE = Unit(
    "targets-not-finite",
    ERROR,
    "sample",
    "NaN or infinity in dense targets of a softmax kind",
    _not_finite,
)
NAN = Unit("targets-nan", WARNING, "sample", "NaN or infinity in targets of other kinds", _nan)
