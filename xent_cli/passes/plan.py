"""Opens what a loss request names, looks at it once, and plans the pass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from typing import Any

import numpy as np

from xent_cli import __version__, tallies
from xent_cli.arrays import check_target, spooled
from xent_cli.arrays.base import ArrayReader
from xent_cli.diagnoses import Subject, diagnose, needed_tallies
from xent_cli.diagnosis import Diagnosis
from xent_cli.errors import UsageError, did_you_mean
from xent_cli.geometry import Box, is_run
from xent_cli.header import UNITS, Header
from xent_cli.losses.base import Labels, Loss
from xent_cli.losses.geometry import Geometry
from xent_cli.losses.rules import Reduce
from xent_cli.passes.binding import ROLES, Bound, VectorShape, bind, choose_loss, claim
from xent_cli.passes.classes import names_of_columns
from xent_cli.passes.facts import facts_of
from xent_cli.passes.limits import BLOCK_ELEMENTS, LEAN_BYTES, PRECISIONS, ROW_BYTES, check_word
from xent_cli.passes.opening import check_targets, open_inputs, operands_of
from xent_cli.passes.operands import Aligned, Operand
from xent_cli.passes.recipe import Recipe
from xent_cli.passes.request import LossRequest, Source
from xent_cli.passes.signature import sign, to_be_signed
from xent_cli.records import record, replace
from xent_cli.reduction.blocks import plan_boxes

_MEANS = (Reduce.MEAN, Reduce.COUNT, Reduce.BATCH)
"""Reductions that divide."""


@record
class Plan:
    """A pass to be made.

    Attributes:
        request: with the names settled that the kind and the metrics know by others.
        recipe: what is done with each box.
        bound: the loss and its parameters.
        header: what is computed, as far as it is known before the read.
        limit: the most elements of a box.
    """

    request: LossRequest
    recipe: Recipe
    bound: Bound
    header: Header
    limit: int

    def readers(self) -> dict[str, ArrayReader]:
        """All arrays that go in, by role: those read box by box, and vectors out of files."""
        read = {name: operand.reader for name, operand in self.recipe.operands.items()}
        return {**read, **self.bound.files}

    def boxes(self) -> Iterator[Box]:
        """The boxes of the logits, in the order of their memory."""
        return _boxes(self.recipe, self.limit)

    def complete(self, more: Iterable[Diagnosis] = ()) -> Header:
        """The header once the inputs were read, which are checked to their ends.

        Args:
            more: what there is to say of the work on them.

        Raises:
            DataError: an input does not end as it should.
        """
        for reader in self.readers().values():
            reader.finish()
        return replace(self.header, diagnoses=self.found(more))

    def found(self, more: Iterable[Diagnosis] = ()) -> tuple[Diagnosis, ...]:
        """What there is to say of the inputs before their rows are read."""
        subject = Subject(
            self.bound.loss,
            self.bound.options,
            self.bound.values,
            self.recipe.geometry,
            self.header.inputs,
            self.bound.chosen,
        )
        read = [told for reader in self.readers().values() for told in reader.diagnoses]
        return (*read, *more, *diagnose(("header",), subject))


@record
class Choice:
    """What a request says before anything is opened.

    Attributes:
        request: with the names settled that the kind and the metrics know by others.
        loss: the loss.
        params: its parameters, as they were given.
        reduction: its name among the loss's reductions.
    """

    request: LossRequest
    loss: Loss
    params: Mapping[str, Any]
    reduction: str

    @property
    def of_rows(self) -> bool:
        """Whether the result is one loss a row."""
        return self.loss.rules.reduction.names[self.reduction] is Reduce.NONE


def choose(request: LossRequest) -> Choice:
    """Settles what can be settled with no input open.

    Raises:
        UsageError: a word or a name that there is not; a target that cannot be written.
        StorageError: a target that cannot be written.
    """
    _check_words(request)
    if request.out is not None:
        check_target(request.out)
    loss = choose_loss(request.kind, request.options.get("input")).variant(request.params)
    roles, params = claim(loss, {role: getattr(request, role) for role in ROLES}, request.params)
    reduction = _choose_reduction(loss, roles["reduction"])
    per = _choose_divisor(request, loss, reduction)
    if request.mask is not None and loss.rules.labels.any_values:
        raise UsageError(
            f"--mask is not for --kind {loss.name}, whose classes are the labels of all rows",
            "an own kind such as categorical-ce takes one",
        )
    request = replace(
        request,
        metrics=tallies.find_metrics(request.metrics),
        class_dim=roles["class_dim"],
        sample_weight=roles["sample_weight"],
        per=per,
    )
    return Choice(request, loss, params, reduction)


def plan_loss(request: LossRequest, stack: ExitStack, *, threads: int, twice: bool = False) -> Plan:
    """Opens the inputs of a request and binds its parameters.

    Args:
        request: as the caller made it.
        stack: closes the inputs.
        threads: that will work on boxes at once.
        twice: the inputs are read more than once, so what comes from a pipe is kept.

    Raises:
        UsageError, DataError, StorageError: as `compute_loss` says.

    """
    choice = choose(request)
    request, loss, reduction = choice.request, choice.loss, choice.reduction
    read = request.read
    if loss.rules.labels.any_values and read.classes is None:
        read = replace(read, words={})
    readers, geometry = open_inputs(replace(request, read=read), loss, stack)
    logits = readers["logits"]
    shape = VectorShape(
        geometry.classes,
        logits.columns,
        logits.name,
        read.others,
        logits.shape,
        geometry.class_dims,
        read.rows,
    )
    bound = bind(loss, request.options, choice.params, shape)
    if loss.rules.labels.any_values:
        from xent_cli.passes.label_values import LabeledInputs, with_label_values

        called = read.classes or names_of_columns(logits)
        words = tuple(read.words or ())
        labeled = LabeledInputs(logits, readers["labels"], geometry, called, words)
        bound = with_label_values(bound, labeled)
    for overlay in bound.aligned.values():
        stack.enter_context(overlay.reader)
    check_targets(bound, geometry, readers.get("labels"))
    operands = {**operands_of(readers, bound, geometry), **bound.aligned}
    weighing = operands.keys() - {"logits", "labels"}
    operands |= {name: to_be_signed(operands[name]) for name in weighing}
    header = _header(request, reduction, operands, bound, geometry)
    tallies.check_metrics(header)
    recipe = Recipe(
        loss=loss,
        options=bound.options,
        geometry=geometry,
        operands=operands,
        tallies=tallies.with_needed(header, needed_tallies(checks=request.checks)),
        double=request.precision == "double",
        label_base=request.label_base,
        first_row=header.first_row,
        with_values=choice.of_rows,
    )
    limit = request.block_elements or _block_elements(recipe, threads)
    first = None if twice else next(_boxes(recipe, limit), None)
    if twice or first is not None:
        recipe = _readable(recipe, first, stack)
    plan = Plan(request, recipe, bound, header, limit)
    readers = plan.readers()
    header = replace(
        header,
        inputs={role: facts_of(r, corners=request.corners) for role, r in readers.items()},
        files={role: reader.files() for role, reader in readers.items()},
    )
    return replace(plan, header=header)


def _header(
    request: LossRequest,
    reduction: str,
    operands: Mapping[str, Operand],
    bound: Bound,
    geometry: Geometry,
) -> Header:
    """What is computed; the inputs as far as they are known before they are read."""
    loss, logits = bound.loss, operands["logits"].reader
    inputs = {"logits": facts_of(logits, corners=False)}
    rule, divisor = loss.rules.reduction.names[reduction], bound.divisor
    if loss.rules.reduction.lone_row and not geometry.rows_shape and rule is not Reduce.NONE:
        rule = Reduce.SUM
    if "per" in operands:
        rule, divisor = Reduce.SHARES, None
    elif isinstance(request.per, float):
        rule, divisor = Reduce.MEAN, request.per
    elif request.per == "rows":
        rule, divisor = Reduce.COUNT, None
    return Header(
        kind=loss.name,
        takes=loss.operand(bound.options),
        reduction=reduction,
        rule=rule.name,
        divisor=divisor,
        nothing=loss.rules.reduction.nothing,
        perplexity=loss.perplexity and not geometry.dense,
        unit=request.unit,
        precision=request.precision,
        yes_or_no=loss.yes_or_no,
        labels_read_as=_reading(loss, geometry),
        class_dim=geometry.class_dim,
        classes=geometry.classes,
        elements=1 if loss.elements is None else geometry.classes,
        rows_shape=geometry.rows_shape,
        batch=logits.shape[0] if logits.shape else 1,
        span=(0, int(np.prod(geometry.rows_shape, dtype=np.int64))),
        inputs=inputs,
        files={},
        options=bound.shown(),
        changed=bound.changed,
        tallies=tallies.of_request(request.metrics, bounds=request.bounds),
        signature=sign(request, bound, reduction, operands, geometry.class_dim),
        version=__version__,
        out=request.out,
        first_row=0 if request.read.rows is None else request.read.rows[0],
    )


def _reading(loss: Loss, geometry: Geometry) -> str:
    if loss.labels is Labels.NONE:
        return "none"
    if loss.labels is Labels.ELEMENTS:
        return "targets"
    return "dense" if geometry.dense else "index"


def _check_words(request: LossRequest) -> None:
    check_word("precision", request.precision, PRECISIONS)
    check_word("unit", request.unit, tuple(UNITS))
    check_word("label-base", request.label_base, (0, 1))
    if request.jobs is not None and request.jobs < 1:
        raise UsageError(f"--jobs must be at least 1; got {request.jobs}")
    if request.block_elements is not None and request.block_elements < 1:
        raise UsageError(f"block_elements must be at least 1; got {request.block_elements}")


def _choose_reduction(loss: Loss, name: str | None) -> str:
    known = loss.rules.reduction.names
    if name is None:
        return next(iter(known))
    if name not in known:
        raise UsageError(
            f"--reduction of {loss.name} takes {', '.join(known)}; got {name!r}",
            did_you_mean(name, known),
        )
    return name


def _choose_divisor(request: LossRequest, loss: Loss, reduction: str) -> Source | float:
    """What the mean is divided by; a number as typed is one.

    Raises:
        UsageError: no mean was asked for, or it is not a number above 0.
    """
    per = request.per
    if isinstance(per, str) and request.divides_by_array:
        with suppress(ValueError):
            per = float(per)
    if isinstance(per, int | float):
        per = float(per)
        if not 0 < per < math.inf:
            raise UsageError(f"--per must be above 0; got {per:g}")
    elif isinstance(per, str) and per == "weights":
        return per
    names = loss.rules.reduction.names
    if names[reduction] not in _MEANS:
        raise UsageError(
            f"--per says what a mean is divided by, and --reduction {reduction} of {loss.name} is "
            "no mean",
            next((f"--reduction {name}" for name, rule in names.items() if rule in _MEANS), None),
        )
    return per


def _block_elements(recipe: Recipe, threads: int) -> int:
    """How many logits to read at once."""
    loss, operands, dense = recipe.loss, recipe.operands, recipe.geometry.dense
    by_element = loss.elements is not None and (recipe.with_values or recipe.by_element)
    aligned = operands.keys() - {"logits", "labels", "sample_weight", "per"}
    lean = loss.lean is not None and loss.lean(recipe.options, dense)
    if by_element or aligned or not lean:
        return BLOCK_ELEMENTS
    each = operands["logits"].reader.dtype.itemsize + ROW_BYTES / max(1, recipe.geometry.classes)
    if dense and "labels" in operands:
        each += operands["labels"].reader.dtype.itemsize
    share = LEAN_BYTES // threads
    return int(min(LEAN_BYTES // 2, max(LEAN_BYTES // 16, share)) / each)


def _boxes(recipe: Recipe, limit: int) -> Iterator[Box]:
    logits, axes = recipe.operands["logits"].reader, recipe.geometry.class_dims
    return plan_boxes(logits.shape, limit=limit, whole=axes, fortran=logits.fortran)


def _readable(recipe: Recipe, first: Box | None, stack: ExitStack) -> Recipe:
    """The recipe, with operands spooled that cannot be read in the order of boxes cut as `first`.

    `first` None: all that are not seekable.
    """
    shape = recipe.operands["logits"].reader.shape
    sequential = first is not None and is_run(shape, first)

    def readable(operand: Operand) -> Operand:
        reader = operand.reader
        aligned = isinstance(operand, Aligned) or reader.shape == shape
        if sequential and aligned and not reader.fortran:
            return operand
        return operand.through(stack.enter_context(spooled(reader)))

    return replace(recipe, operands={n: readable(o) for n, o in recipe.operands.items()})
