"""`check_inputs`: whether the inputs of a loss are what they are taken for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np

from xent_cli.array_facts import ArrayFacts
from xent_cli.arrays.base import Array, ReadOptions
from xent_cli.arrays.session import session
from xent_cli.diagnoses import DIAGNOSES
from xent_cli.diagnosis import ERROR, NOTE, WARNING, Diagnosis, Fix
from xent_cli.engines import Workers
from xent_cli.errors import DataError, UsageError
from xent_cli.losses import LOSSES, get_loss
from xent_cli.losses.base import Labels, Loss
from xent_cli.passes.finish import finish
from xent_cli.passes.plan import Plan, choose, plan_loss
from xent_cli.passes.request import LossRequest
from xent_cli.passes.sources import of_one_file
from xent_cli.records import record, replace
from xent_cli.results.check import CheckResult, DiagnosesResult, DiagnosisEntry, FittingKind
from xent_cli.tasks.loss import read_rows

Line = Callable[[Fix], str | None]
"""Writes a fix as the command line of a loss."""

_TRIED = 1 << 20
"""Logits of the first rows that kinds are tried on, and at least 16 rows."""
_COMMON = ("logits", "probs", "log-probs")
_VECTORS = ("weight", "pos_weight")
_STAGES = {
    "reading": "as the inputs are read",
    "header": "by shapes and options",
    "sample": "by some rows",
    "tally": "by all rows",
    "check": "by some rows, by check alone",
}


def check_inputs(
    request: LossRequest, *, line: Line = lambda _: None, kinds: bool = False
) -> CheckResult:
    """Looks at the inputs of a loss, in one read of them.

    Args:
        request: the loss; the entropy of LOGITS where there are no labels, and `kinds` are asked
            for.
        line: writes a fix as a command line.
        kinds: find the kinds that the data fits, too.

    Returns:
        All diagnoses, the errors first; what the loss would refuse is an error as any other.

    Raises:
        UsageError: the request cannot be right, whatever the data.
        StorageError: a file cannot be read.

    >>> p = np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]])
    >>> check_inputs(LossRequest(p, np.array([0, 2, 1]))).diagnoses[0].id
    'probabilities-as-logits'

    """
    request = replace(request, checks=True, out=None)
    choose(request)
    if kinds and _stands_alone(request):
        request = replace(request, kind="entropy")
    with session(), ExitStack() as stack:
        look = _look(request, stack, twice=kinds)
        order = (ERROR, WARNING, NOTE)
        found = tuple(sorted(look.diagnoses, key=lambda each: order.index(each.level)))
        return CheckResult(
            choose(request).loss.name,
            look.inputs,
            found,
            tuple(None if each.fix is None else line(_of(request, each.fix)) for each in found),
            _fitting(request, look.plan, line) if kinds else None,
        )


def _of(request: LossRequest, fix: Fix) -> Fix:
    """The fix, which says the kind even where the request did not.

    Parameters that another kind does not have are left out.
    """
    kind = fix.options.get("kind") or get_loss(request.kind).name
    spelled = {param.spelled for param in get_loss(kind).params}
    others = {name: None for name in request.params if name not in spelled}
    return replace(fix, options={**others, **fix.options, "kind": kind})


def list_diagnoses() -> DiagnosesResult:
    """All there is to be found, in the order in which it is told.

    >>> [entry.level for entry in list_diagnoses().entries if entry.id == "one-class"]
    ['error']
    """
    return DiagnosesResult(
        tuple(
            DiagnosisEntry(unit.id, unit.level, _STAGES[unit.stage], unit.about)
            for unit in DIAGNOSES.values()
        )
    )


def _stands_alone(request: LossRequest) -> bool:
    """Whether there are no labels anywhere."""
    if request.labels is not None or request.read.label_col is not None:
        return False
    try:
        of_one_file(request.logits, "")
    except UsageError:
        return True
    return False


@record
class _Look:
    """What a look at the inputs gave; no plan where they do not go together."""

    diagnoses: tuple[Diagnosis, ...]
    inputs: Mapping[str, ArrayFacts]
    plan: Plan | None


def _look(request: LossRequest, stack: ExitStack, *, twice: bool = False) -> _Look:
    """One read of the inputs; they are kept where they are read `twice`.

    Raises:
        StorageError: a file cannot be read.
    """
    workers, plan = Workers(request.jobs), None
    told: tuple[Diagnosis, ...] = ()
    try:
        plan = plan_loss(request, stack, threads=workers.most, twice=twice)
        told = plan.found()
        result = finish(plan.complete(workers.diagnoses), read_rows(plan, workers))
        return _Look(result.diagnoses, result.inputs, plan)
    except (DataError, UsageError) as error:
        refused = Diagnosis("refused", ERROR, error.message, error.hint, fix=error.fix)
        return _Look((refused, *told), {} if plan is None else plan.header.inputs, plan)


def _fitting(request: LossRequest, plan: Plan | None, line: Line) -> tuple[FittingKind, ...] | None:
    """The own kinds with nothing against the first rows; those of counts where no other fits."""
    loaded = _first_rows(request, plan)
    if loaded is None:
        return None
    found: dict[bool, list[FittingKind]] = {True: [], False: []}
    options = [name for name, value in request.options.items() if value is not None]
    named = {*options, *request.params} - {"input"}
    for loss in LOSSES.values():
        if "." in loss.name or not all(map(loss.param, named)):
            continue
        for takes in _operands(loss):
            changes = {"kind": loss.name}
            tried = replace(request, kind=loss.name, checks=False, **loaded)
            if takes != loss.takes:
                changes["input"] = takes
                tried = replace(tried, options={**tried.options, "input": takes})
            if _fits(tried, loss):
                fitting = FittingKind(loss.name, takes, loss.summary, line(Fix(changes)))
                found[loss.takes in _COMMON].append(fitting)
    return tuple(found[True] or found[False])


def _operands(loss: Loss) -> tuple[str, ...]:
    """What the first operand of a kind may hold."""
    param = loss.param("input")
    return (loss.takes,) if param is None or loss.name == "sigmoid-bce" else param.choices


def _fits(request: LossRequest, loss: Loss) -> bool:
    """Whether a kind has nothing against some rows: neither an error nor a warning."""
    if (loss.labels is Labels.NONE) != (request.labels is None):
        return False
    with ExitStack() as stack:
        try:
            choose(request)
        except UsageError:  # a parameter that it needs, say
            return False
        return all(found.level == NOTE for found in _look(request, stack).diagnoses)


def _first_rows(request: LossRequest, plan: Plan | None) -> dict[str, Any] | None:
    """The changes of a request that put arrays of the first rows in the place of files."""
    with ExitStack() as stack:
        if plan is None:
            plan = next(_other_plans(request, stack), None)
        if plan is None:
            return None
        operands, axes = plan.recipe.operands, plan.recipe.geometry.class_dims
        shape = operands["logits"].reader.shape
        rows = shape[0] if shape else 0
        if 0 not in axes and rows:
            rows = min(rows, max(16, _TRIED * rows // max(1, int(np.prod(shape)))))
        arrays: dict[str, Array] = {}
        for role in ("logits", "labels", "mask"):
            if role in operands:
                reader = operands[role].reader
                cut = rows if reader.shape[:1] == shape[:1] else None
                box = tuple(slice(0, length) for length in reader.shape)
                arrays[role] = np.array(reader.read((slice(0, cut), *box[1:]) if cut else box))
    scalars = {n: v for n, v in request.options.items() if n not in _VECTORS and v is not None}
    nothing = {"read": ReadOptions(), "sample_weight": None, "per": "weights", "metrics": ()}
    return {"labels": None, **arrays, "options": scalars, **nothing}


def _other_plans(request: LossRequest, stack: ExitStack) -> Iterator[Plan]:
    """Plans of other kinds, where that of the request was refused, of what can be read again."""
    if "-" in (request.logits, request.labels):
        return
    for kind in ("sigmoid-bce", "entropy"):
        other = replace(request, kind=kind, options={}, params={})
        if kind == "entropy":
            other = replace(other, labels=None)
        try:
            yield plan_loss(other, stack, threads=1)
        except (DataError, UsageError):
            continue
