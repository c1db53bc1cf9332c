"""How labels were read, and labels that are no class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import fsum, isfinite, log

from xent_cli.diagnoses.base import Finding, Outcome, Subject, Unit, count, own_kind, row_place
from xent_cli.diagnosis import NOTE, WARNING, Fix
from xent_cli.losses import get_loss
from xent_cli.records import record

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


@record
class _Moved:
    """Rows under other labels.

    Attributes:
        side: what the other labels are: `lower`, `before`, ...
        losses: the number of each row, its loss, and its loss with the other label.
    """

    side: str
    losses: list[tuple[int, float, float]]

    def means(self, classes: int) -> tuple[float, float] | None:
        """Both means, where the other labels are far better.

        That is less than half the loss, and better than guessing: random logits do worse than
        guessing, too, but not so much better for other labels.
        """
        if len(self.losses) < _LEAST:
            return None
        own, other = (fsum(each[i] for each in self.losses) / len(self.losses) for i in (1, 2))
        return (own, other) if isfinite(own) and 0 <= other < min(own / 2, log(classes)) else None

    def found(self, outcome: Outcome, told: str, fix: Fix | None) -> Finding:
        """The finding, with some of the rows."""
        name, header = outcome.header.inputs["labels"].name, outcome.header
        evidence = tuple(
            {"row": row_place(header, number), "loss": own, self.side: other}
            for number, own, other in self.losses[:_LEAST]
        )
        return Finding(f"{name} fits far better {told}", None, {"file": name}, evidence, fix)


def _picks(outcome: Outcome) -> bool:
    """Whether the losses of a row differ between two labels by their logits alone."""
    return outcome.header.takes in ("logits", "log-probs") and own_kind(outcome) in _PICK


def _shifted(outcome: Outcome) -> Iterator[Finding]:
    """Labels that fit far better a class lower or higher: counted from 1, or a class off."""
    header, shifts = outcome.header, sorted(outcome.tallies["sample"].shifts.items())
    if header.labels_read_as != "index" or not _picks(outcome):
        return
    ways = (
        (1, "lower", "if the labels count from 1, add --label-base 1", Fix({"label_base": "1"})),
        (2, "higher", "the columns may begin with a class that the labels do not count", None),
    )
    for place, side, way, fix in ways:
        moved = _Moved(side, [(n, each[0], each[0] + each[place]) for n, each in shifts])
        if (means := moved.means(header.classes)) is not None:
            told = (
                f"one class {side}: the rows looked at have a mean loss of {means[0]:.4g}, and "
                f"{means[1]:.4g} so; {way}"
            )
            yield moved.found(outcome, told, fix)


def _row_off(outcome: Outcome) -> Iterator[Finding]:
    """Labels of which the row before or behind fits far better, as of tokens shifted or not."""
    header, rows = outcome.header, sorted(outcome.tallies["neighbours"].rows.items())
    if not _picks(outcome):
        return
    length = header.rows_shape[-1] if header.rows_shape else 1
    sides = {
        "before": [(n, row, row.before) for n, row in rows if n % length],
        "after": [(n, row, row.after) for n, row in rows if (n + 1) % length],
    }
    for side, beside in sides.items():
        grown = [
            (n, row.loss, row.loss + growth) for n, row, growth in beside if growth is not None
        ]
        moved, word = _Moved(side, grown), "before" if side == "before" else "behind"
        if (means := moved.means(header.classes)) is not None:
            way, fix = _other_row(outcome, side)
            told = (
                f"with the label of the row {word}: the first rows have a mean loss of "
                f"{means[0]:.4g}, and {means[1]:.4g} so; {way}"
            )
            yield moved.found(outcome, told, fix)


def _other_row(outcome: Outcome, side: str) -> tuple[str, Fix | None]:
    """What labels may be whose neighbours on one side fit far better."""
    header, causal = outcome.header, "transformers.ForCausalLMLoss"
    if get_loss(header.kind).rules.labels.shift and side == "before":
        way = f"{header.kind} shifts tokens, and these are shifted already: --kind softmax-ce"
        return way, Fix({"kind": "softmax-ce"})
    if len(header.rows_shape) > 1 and side == "after":
        return f"tokens that are to be shifted are for --kind {causal}", Fix({"kind": causal})
    return "one of the files may lack its first row, or have one more", None


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
