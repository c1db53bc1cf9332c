"""What is probably wrong, or should be known: `DIAGNOSES` is the registry, in the order told."""

from __future__ import annotations

from xent_cli.diagnoses import labels, numbers, reading, targets, variety, weights
from xent_cli.diagnoses import scale as operand
from xent_cli.diagnoses.base import Outcome, Subject, Unit
from xent_cli.diagnosis import ERROR, NOTE, WARNING, Diagnosis

__all__ = ["DIAGNOSES", "Outcome", "Subject", "Unit", "diagnose", "needed_tallies"]

DIAGNOSES: dict[str, Unit] = {
    unit.id: unit
    for unit in (
        *reading.READING,
        labels.SQUEEZED,
        labels.CONVERTED,
        operand.ONE_CLASS,
        targets.BROADCAST,
        weights.NEGATIVE_CLASSES,
        weights.INFINITE_CLASSES,
        weights.ZERO_CLASSES,
        weights.IDLE_ALPHA,
        operand.PROBABILITIES,
        operand.SIGMOIDS,
        operand.LOG_PROBABILITIES,
        operand.PERCENTAGES,
        operand.OUTSIDE,
        operand.SUMS,
        operand.LOGITS,
        labels.SHIFTED,
        labels.ROW_OFF,
        targets.NOT_FINITE,
        targets.NEGATIVE,
        targets.LONE,
        targets.SUMS,
        targets.OUTSIDE,
        targets.NAN,
        numbers.NO_ROWS,
        numbers.ALL_IGNORED,
        numbers.NO_WEIGHT,
        weights.NEGATIVE_ROWS,
        weights.ODD_ROWS,
        labels.UNMATCHED,
        labels.WRAPPED,
        labels.NAN,
        labels.ZERO,
        numbers.CLAMPED,
        numbers.CLIPPED,
        numbers.BELOW_ZERO,
        numbers.OVERFLOW,
        numbers.RAISED,
        numbers.NAN,
        numbers.INFINITE,
        variety.UNSEEN,
        variety.CONSTANT,
        variety.DUPLICATES,
        variety.ONE_ANSWER,
    )
}
"""The units by id."""


def diagnose(stages: tuple[str, ...], subject: Subject | Outcome) -> tuple[Diagnosis, ...]:
    """What the units of some stages find; those whose tallies were not made have no say."""
    made = subject.tallies.keys() if isinstance(subject, Outcome) else ()
    told = list(subject.header.diagnoses) if isinstance(subject, Outcome) else []
    found: list[Diagnosis] = []
    for unit in DIAGNOSES.values():
        if unit.stage not in stages or not all(name in made for name in unit.tallies):
            continue
        if unit.else_silent and any(each.level != NOTE for each in (*told, *found)):
            continue
        level = _level(unit, subject)
        found += [Diagnosis(unit.id, level, **vars(each)) for each in unit.find(subject)]
    return tuple(found)


def _level(unit: Unit, subject: Subject | Outcome) -> str:
    """The level of a unit; what is an error of ours a framework's function has a number for."""
    kind = subject.header.kind if isinstance(subject, Outcome) else subject.loss.name
    return WARNING if unit.level == ERROR and "." in kind else unit.level


def needed_tallies(*, checks: bool) -> set[str]:
    """The tallies that units read beside those of every loss.

    Args:
        checks: those of `xent check`, too.
    """
    units = (unit for unit in DIAGNOSES.values() if checks or unit.stage != "check")
    return {name for unit in units for name in unit.tallies}
