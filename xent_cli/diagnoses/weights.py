"""Weights that frameworks take without a word, and that are seldom meant."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xent_cli.diagnoses.base import Finding, Outcome, Subject, Unit, count
from xent_cli.diagnosis import WARNING, Fix
from xent_cli.losses.base import Flags, Floats


def _vectors(subject: Subject) -> Iterator[tuple[str, Floats]]:
    """The parameters that have a number for each class, as users write them."""
    for param in subject.loss.params:
        values = subject.values.get(param.name)
        if param.kind == "classes" and values is not None:
            yield param.spelled, values


def _chosen(name: str, chosen: Flags, message: str) -> Finding:
    """`message` of `class 3`, `class 3 and 2 more`, or `every class`."""
    first, *more = np.flatnonzero(chosen).tolist()
    classes = f"class {first} and {len(more)} more" if more else f"class {first}"
    if chosen.all() and more:
        classes = "every class"
    return Finding(message.format(classes), place={"parameter": name, "class": first})


def _negative_classes(subject: Subject) -> Iterator[Finding]:
    for name, values in _vectors(subject):
        if (values < 0).any():
            told = f"{name} is below 0 for {{}}: what it weighs is subtracted"
            yield _chosen(name, values < 0, told)


def _infinite_classes(subject: Subject) -> Iterator[Finding]:
    for name, values in _vectors(subject):
        if np.isinf(values).any():
            yield _chosen(name, np.isinf(values), f"{name} is infinite for {{}}")


def _zero_classes(subject: Subject) -> Iterator[Finding]:
    for name, values in _vectors(subject):
        if len(values) and not values.any() and name == "weight":
            yield _chosen(name, values == 0, f"{name} is 0 for {{}}: nothing is left")


def _idle_alpha(subject: Subject) -> Iterator[Finding]:
    """An alpha that the kind leaves aside."""
    balanced = subject.loss.param("balanced")
    if balanced is None or subject.values.get("balanced") or "alpha" not in subject.chosen:
        return
    told = f"alpha has no effect without -p {balanced.spelled}=true"
    yield Finding(told, place={"parameter": "alpha"}, fix=Fix({balanced.spelled: "true"}))


def _negative_rows(outcome: Outcome) -> Iterator[Finding]:
    negative = outcome.tallies["events"].counts["negative_weights"]
    if negative:
        its = "its loss is" if negative == 1 else "their losses are"
        yield Finding(f"{count(negative, 'sample weight')} below 0: {its} subtracted")


def _odd_rows(outcome: Outcome) -> Iterator[Finding]:
    odd = outcome.tallies["events"].counts["odd_weights"]
    if odd:
        yield Finding(f"{count(odd, 'sample weight')} of NaN or infinity")


NEGATIVE_CLASSES = Unit(
    "negative-class-weight",
    WARNING,
    "header",
    "class weights below 0: what they weigh is subtracted",
    _negative_classes,
)
INFINITE_CLASSES = Unit(
    "infinite-class-weight", WARNING, "header", "class weights that are infinite", _infinite_classes
)
ZERO_CLASSES = Unit(
    "zero-class-weights", WARNING, "header", "class weights that are all 0", _zero_classes
)
IDLE_ALPHA = Unit(
    "alpha-idle",
    WARNING,
    "header",
    "an alpha that the kind leaves aside without another parameter",
    _idle_alpha,
)
NEGATIVE_ROWS = Unit(
    "negative-sample-weight",
    WARNING,
    "tally",
    "sample weights below 0: what they weigh is subtracted",
    _negative_rows,
)
ODD_ROWS = Unit(
    "odd-sample-weight", WARNING, "tally", "sample weights of NaN or infinity", _odd_rows
)
