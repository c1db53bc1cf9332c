"""How labels were read, and labels that are no class."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from xent_cli.diagnoses.base import Finding, Outcome, Subject, Unit, count
from xent_cli.diagnosis import NOTE, WARNING


def _squeezed(subject: Subject) -> Iterator[Finding]:
    labels = subject.inputs.get("labels")
    if labels is not None and subject.geometry.squeezed and not labels.is_text:
        told = f"{labels.name}: shape {labels.shape} is read as {labels.shape[:-1]}"
        yield Finding(told, place={"file": labels.name})


def _converted(subject: Subject) -> Iterator[Finding]:
    labels, taken = subject.inputs.get("labels"), subject.loss.rules.label_dtypes
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
            yield Finding(words.format(count(rows, "row") + " with a label"))

    return find


SQUEEZED = Unit("label-column-squeezed", NOTE, "header", _squeezed)
CONVERTED = Unit("label-dtype-converted", NOTE, "header", _converted)
WRAPPED = Unit(
    "label-wrapped",
    WARNING,
    "tally",
    _rows_with_a_label("wrapped", "{} below 0, counted from the last class"),
)
NAN = Unit(
    "label-absent-nan",
    WARNING,
    "tally",
    _rows_with_a_label("absent_nan", "{} that is no class, where this kind gives NaN"),
)
ZERO = Unit(
    "label-absent-zero",
    WARNING,
    "tally",
    _rows_with_a_label("absent_zero", "{} that is no class, where this kind gives a loss of 0"),
)
