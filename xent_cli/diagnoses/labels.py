"""How labels were read, and labels that are no class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import fsum, isfinite, log

from xent_cli.diagnoses.base import Finding, Outcome, Subject, Unit, count, row_place
from xent_cli.diagnosis import NOTE, WARNING, Fix
from xent_cli.losses import get_loss

_LEAST = 8
"""Rows from which labels are compared with their neighbours."""
_PICK = {"softmax-ce", "sparse", "nll"}
"""Kinds whose loss of a row differs between two labels by their logits alone."""


def _squeezed(subject: Subject) -> Iterator[Finding]:
    labels = subject.inputs.get("labels")
    if labels is not None and subject.geometry.squeezed and not labels.is_text:
        told = f"{labels.name}: shape {labels.shape} is read as {labels.shape[:-1]}"
        yield Finding(told, place={"file": labels.name})


def _converted(subject: Subject) -> Iterator[Finding]:
    labels, taken = subject.inputs.get("labels"), subject.loss.rules.labels.dtypes
    if labels is None or not taken or subject.geometry.dense or labels.is_text:
        return
    if labels.dtype not in taken:
        yield Finding(
            f"{labels.name}: {subject.loss.name} itself takes labels of {' or '.join(taken)} "
            f"only, not {labels.dtype}; the number is that of the same labels converted",
            place={"file": labels.name},
        )


def _rows_with_a_label(event: str, words: str) -> Callable[[Outcome], Iterator[Finding]]:
    """Rows whose label is no class, where the rules of the loss have a way with them."""

    def find(outcome: Outcome) -> Iterator[Finding]:
        rows = outcome.tallies["events"].counts[event]
        if rows:
            hint = "--mask FILE leaves rows out, where it is 0"
            if get_loss(outcome.header.kind).param("ignore_index") is not None:
                hint = "if it marks rows to leave out, --ignore-index names it"
            yield Finding(words.format(count(rows, "row") + " with a label"), hint)

    return find


def _shifted(outcome: Outcome) -> Iterator[Finding]:
    """Labels that fit far better a class lower or higher: counted from 1, or a class off."""
    header, shifts = outcome.header, outcome.tallies["sample"].shifts
    loss = get_loss(header.kind)
    if header.labels_read_as != "index" or (loss.own or loss.name) not in _PICK:
        return
    if len(shifts) < _LEAST or header.takes not in ("logits", "log-probs"):
        return
    mean = fsum(each[0] for each in shifts.values()) / len(shifts)
    name = header.inputs["labels"].name
    ways = (
        (1, "lower", "if the labels count from 1, add --label-base 1", Fix({"label_base": "1"})),
        (2, "higher", "the columns may begin with a class that the labels do not count", None),
    )
    for place, side, way, fix in ways:
        moved = mean + fsum(each[place] for each in shifts.values()) / len(shifts)
        if _is_better(mean, moved, header.classes):
            evidence = tuple(
                {"row": row_place(header, n), "loss": each[0], side: each[0] + each[place]}
                for n, each in sorted(shifts.items())[:_LEAST]
            )
            yield Finding(
                f"{name} fits far better one class {side}: the rows looked at have a mean loss of "
                f"{mean:.4g}, and {moved:.4g} so; {way}",
                place={"file": name},
                evidence=evidence,
                fix=fix,
            )


def _is_better(mean: float, moved: float, classes: int) -> bool:
    """Whether other labels are far better: less than half the loss, and better than guessing.

    Random logits do worse than guessing, too, but not so much better for other labels.
    """
    return isfinite(mean) and 0 <= moved < min(mean / 2, log(classes))


def _row_off(outcome: Outcome) -> Iterator[Finding]:
    """Labels of which the row before or behind fits far better, as of tokens shifted or not."""
    header, rows = outcome.header, outcome.tallies["neighbours"].rows
    loss = get_loss(header.kind)
    if header.takes not in ("logits", "log-probs") or (loss.own or loss.name) not in _PICK:
        return
    length = header.rows_shape[-1] if header.rows_shape else 1
    losses: dict[str, list[tuple[int, float, float]]] = {"before": [], "after": []}
    for number, row in sorted(rows.items()):
        if row.before is not None and number % length:
            losses["before"].append((number, row.loss, row.loss + row.before))
        if row.after is not None and (number + 1) % length:
            losses["after"].append((number, row.loss, row.loss + row.after))
    for side, found in losses.items():
        if len(found) < _LEAST:
            continue
        mean = fsum(each[1] for each in found) / len(found)
        moved = fsum(each[2] for each in found) / len(found)
        if _is_better(mean, moved, header.classes):
            yield _shifted_row(outcome, side, found, (mean, moved))


def _shifted_row(
    outcome: Outcome,
    side: str,
    found: list[tuple[int, float, float]],
    means: tuple[float, float],
) -> Finding:
    """What labels may be whose neighbours on one side fit far better."""
    header = outcome.header
    name, causal = header.inputs["labels"].name, "transformers.ForCausalLMLoss"
    way, fix = "one of the files may lack its first row, or have one more", None
    if get_loss(header.kind).rules.labels.shift and side == "before":
        way = f"{header.kind} shifts tokens, and these are shifted already: --kind softmax-ce"
        fix = Fix({"kind": "softmax-ce"})
    elif len(header.rows_shape) > 1 and side == "after":
        way = f"tokens that are to be shifted are for --kind {causal}"
        fix = Fix({"kind": causal})
    evidence = tuple(
        {"row": row_place(header, number), "loss": loss, side: other}
        for number, loss, other in found[:_LEAST]
    )
    other = "row before" if side == "before" else "row behind"
    return Finding(
        f"{name} fits far better with the label of the {other}: the first rows have a mean loss "
        f"of {means[0]:.4g}, and {means[1]:.4g} so; {way}",
        place={"file": name},
        evidence=evidence,
        fix=fix,
    )


def _unmatched(outcome: Outcome) -> Iterator[Finding]:
    """An ignore index that was given, and that no row has."""
    header, total = outcome.header, outcome.tallies["loss"]
    given = header.options.get("ignore_index")
    if given is None or "ignore_index" not in header.changed or not total.rows:
        return
    targets = header.labels_read_as == "targets"
    left_out = outcome.tallies["events"].counts["left_out"] if targets else total.ignored
    if not left_out:
        name = header.inputs["labels"].name
        told = f"{name}: no row has the label {given}, which leaves rows out"
        if targets:
            told = f"{name}: no target is {given}, which leaves targets out"
        yield Finding(told, place={"file": name}, fix=Fix({"ignore_index": None}))


UNMATCHED = Unit(
    "ignore-index-unmatched",
    NOTE,
    "tally",
    "the ignore index that was given is no row's label",
    _unmatched,
)
SHIFTED = Unit(
    "labels-shifted",
    WARNING,
    "sample",
    "labels that fit far better one class lower or higher: counted from 1, or a class off",
    _shifted,
)
ROW_OFF = Unit(
    "labels-row-off",
    WARNING,
    "sample",
    "labels that fit far better a row earlier or later: tokens shifted twice, or not at all",
    _row_off,
)
SQUEEZED = Unit(
    "label-column-squeezed", NOTE, "header", "labels of shape (N, 1) are read as (N,)", _squeezed
)
CONVERTED = Unit(
    "label-dtype-converted",
    NOTE,
    "header",
    "the framework itself refuses labels of this dtype",
    _converted,
)
WRAPPED = Unit(
    "label-wrapped",
    WARNING,
    "tally",
    "labels below 0 that the framework counts from the last class",
    _rows_with_a_label("wrapped", "{} below 0, counted from the last class"),
)
NAN = Unit(
    "label-absent-nan",
    WARNING,
    "tally",
    "labels that are no class, for which the framework gives NaN",
    _rows_with_a_label("absent_nan", "{} that is no class, where this kind gives NaN"),
)
ZERO = Unit(
    "label-absent-zero",
    WARNING,
    "tally",
    "labels that are no class, for which the framework gives a loss of 0",
    _rows_with_a_label("absent_zero", "{} that is no class, where this kind gives a loss of 0"),
)
