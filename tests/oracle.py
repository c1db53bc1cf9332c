"""The judge of the own kinds: how far calculated losses are from exact ones, and from their bounds.

Each kind has a `Kind` beside its tests, in `losses/test_<topic>.py`: the exact loss of a row, and
rows. The exact losses are at 50 digits, or (the many rows of the full run) the same formulas in the
64-bit significands of `numpy.longdouble`, which a test holds against the 50.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reference as ref
from oracle_rows import Array, Operands, Options, adversarial_numbers, random_numbers

from xent_cli import tier
from xent_cli.dtypes import as_float
from xent_cli.losses import get_loss
from xent_cli.losses.base import Block, Floats, Loss
from xent_cli.losses.bounds import row_bounds
from xent_cli.losses.bounds.primitives import is_single
from xent_cli.records import replace

NATIVE, DOUBLE = 5e-7, 4 * 2.0**-52
UNDERFLOW = 1e-300
"""Losses below it are out of range of relative bounds."""


@dataclass(frozen=True)
class Exact:
    """The exact loss of a row, its largest term, and the weight and target mass on it."""

    loss: Any
    size: float
    mass: float


def largest_number(row: Array, options: Options) -> float:
    """The greatest size of a finite number of the row."""
    sizes = np.abs(row)
    return float(np.max(sizes, initial=0.0, where=np.isfinite(sizes)))


@dataclass(frozen=True)
class Kind:
    """An own kind before its judge.

    Attributes:
        name: as in `--kind`.
        exact: of a row, its label or targets, and the options (of arrays over the rows their part).
        rows: of raw numbers (rows, classes), a dtype and a generator of what else it takes.
        relative: the promise is relative to the loss, not to its largest term.
        sure: it is so for losses however small, too.
        largest: the size of the numbers that a row's loss is calculated from, in double.
    """

    name: str
    exact: Callable[[list[float], Any, Options], Exact]
    rows: Callable[[Array, str, np.random.Generator], Operands]
    relative: bool = False
    sure: bool = False
    largest: Callable[[Array, Options], float] = largest_number

    def groups(self, numbers: Iterator[tuple[Array, str, Any]]) -> Iterator[Group]:
        """Groups of rows of those numbers."""
        for x, dtype, rng in numbers:
            yield Group(self, *self.rows(x, dtype, rng))


@dataclass(frozen=True)
class Group:
    """Rows of one kind, dtype, length and choice of options."""

    kind: Kind
    logits: Array
    labels: Array
    options: Options = field(default_factory=dict)

    def exact_rows(self) -> list[Exact]:
        """The exact losses of the rows."""
        return [self.kind.exact(*row) for row in self.rows()]

    def rows(self) -> Iterator[tuple[list[Any], Any, Options]]:
        """The numbers, the label or targets, and the options of each row."""
        x, labels = as_float(self.logits).astype(np.float64).tolist(), self.labels
        y = (labels if labels.dtype.kind in "iu" else as_float(labels).astype(np.float64)).tolist()
        for index, (row, label) in enumerate(zip(x, y, strict=True)):
            yield (
                row,
                label,
                {
                    name: value[index]
                    if isinstance(value, np.ndarray) and value.ndim == 2
                    else value
                    for name, value in self.options.items()
                },
            )

    def exact_slopes(self, where: Array) -> Array:
        """The derivatives of the exact losses by those numbers, to 30 digits; 0 elsewhere."""
        slopes, step = np.zeros(self.logits.shape), ref.mp.mpf(2) ** -60
        for index, (row, label, options) in enumerate(self.rows()):
            for place in np.flatnonzero(where[index]).tolist():
                value = row[place]
                moved = [
                    self.kind.exact(
                        [*row[:place], ref.mp.mpf(value) + s, *row[place + 1 :]], label, options
                    )
                    for s in (step, -step)
                ]
                slopes[index, place] = (moved[0].loss - moved[1].loss) / (2 * step)
        return slopes

    def call(self, *, double: bool) -> tuple[Loss, Block, Any]:
        """The loss, and what its functions take."""
        loss = get_loss(self.kind.name)
        defaults = {param.name: param.default for param in loss.params}
        options = replace(loss.options, **{**defaults, **self.options})
        return loss, Block(self.logits, self.labels, double, 0, _Place(), loss.rules), options


def elements(
    one: Callable[[float, float, int, Options], tuple[Any, float]],
) -> Callable[[list[float], list[float], Options], Exact]:
    """The sum over a row of what `one` gives for its elements: (loss, size of its largest term)."""

    def exact(x: list[float], y: list[float], o: Options) -> Exact:
        terms = [one(a, b, c, o) for c, (a, b) in enumerate(zip(x, y, strict=True))]
        return Exact(ref.mp.fsum(v for v, _ in terms), max(s for _, s in terms), len(x))

    return exact


class _LongDouble:
    """What `reference.py` uses of an mpmath context, in numpy.longdouble."""

    mpf = staticmethod(np.longdouble)
    inf, ninf, pi = (
        np.longdouble(np.inf),
        np.longdouble(-np.inf),
        np.longdouble("3.14159265358979323846264338327950288"),
    )

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return getattr(np, name)

    @staticmethod
    def fsum(terms: Any) -> Any:
        return sum(terms, np.longdouble(0))


HAS_LONGDOUBLE = np.finfo(np.longdouble).nmant >= 63


@contextmanager
def longdouble() -> Iterator[None]:
    """The reference in numpy.longdouble; at 50 digits where that is no wider than float64."""
    given = ref.mp
    if HAS_LONGDOUBLE:
        ref.mp = _LongDouble()  # type: ignore[assignment]
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        ref.mp = given


@contextmanager
def calculated_by(name: str) -> Iterator[None]:
    """`numpy` or `compiled` calculates."""
    given = tier.load
    if name == "numpy":
        tier.load = lambda: None  # type: ignore[assignment]
    try:
        yield
    finally:
        tier.load = given


TIERS = ("compiled", "numpy") if tier.load() is not None else ("numpy",)


class _Place:
    logits, labels = "x", "y"

    def row(self, index: int) -> str:
        return f"row {index}"


def calculated(group: Group, *, double: bool) -> tuple[Floats, Any]:
    """The rows' losses and their bounds, as the task calculates them."""
    loss, block, options = group.call(double=double)
    if loss.rows is not None:
        rows = loss.rows(block, options)
    else:
        assert loss.elements is not None
        rows = loss.elements(block, options).summed()
    return rows.values, row_bounds(loss, block, options, rows)


@dataclass
class Worst:
    """The largest errors in units of the promise, and of the bound, and where."""

    promise: dict[str, float] = field(default_factory=dict)
    bound: dict[str, float] = field(default_factory=dict)
    places: dict[str, Any] = field(default_factory=dict)
    rows: int = 0

    def take(self, name: str, key: str, ratio: float, place: Any) -> None:
        table = getattr(self, name)
        if ratio > table.get(key, -1.0):
            table[key] = ratio
            self.places[f"{name} {key}"] = place

    def merge(self, other: Worst) -> None:
        for name in ("promise", "bound"):
            for key, ratio in getattr(other, name).items():
                self.take(name, key, ratio, other.places[f"{name} {key}"])
        self.rows += other.rows

    def failures(self) -> list[str]:
        return [
            f"{name} {key}: {ratio:.3g} {_said(*self.places[f'{name} {key}'])}"
            for name in ("promise", "bound")
            for key, ratio in getattr(self, name).items()
            if not ratio <= 1
        ]


def _said(group: Group, index: int, value: Any, exact: Any) -> str:
    """The row of a failure, in full."""
    x, y = as_float(group.logits[index]).tolist(), group.labels[index].tolist()
    name, dtype = group.kind.name, group.logits.dtype
    return f"{name} {group.options} {dtype} {x=} {y=} -> {value!r}, exact {exact}"


def measure(group: Group, exact: list[Exact] | None = None) -> Worst:
    """The group's worst errors: `native` and `double` of every tier.

    `exact` are its exact losses where they are not those of its kind's formula.
    """
    worst = Worst(rows=len(group.logits))
    exact = group.exact_rows() if exact is None else exact
    for name in TIERS:
        for double in (False, True):
            with calculated_by(name):
                single = is_single(group.logits, double=double)
                if not single and not double:
                    continue
                values, bound = calculated(group, double=double)
            bounds = np.broadcast_to(np.nan if bound is None else np.asarray(bound), values.shape)
            for index, one in enumerate(exact):
                _take(
                    worst,
                    f"{'native' if single else 'double'} {name}",
                    group,
                    (index, one, values[index], bounds[index]),
                )
    return worst


def _take(worst: Worst, key: str, group: Group, row: tuple[int, Exact, Any, Any]) -> None:
    index, exact, value, bound = row
    place = group, index, value, exact.loss
    value = float(value)
    if not math.isfinite(float(exact.loss)) or not math.isfinite(value):
        same = value == float(exact.loss)
        worst.take("promise", key, 0.0 if same else math.inf, place)
        return
    error = float(abs(ref.mp.mpf(value) - exact.loss))
    x = as_float(group.logits[index]).astype(np.float64)
    largest = group.kind.largest(x, group.options)
    size = max(exact.mass, abs(float(exact.loss)))
    if not group.kind.relative:
        size = max(size, exact.size)
    limit = DOUBLE * max(size, exact.mass * largest)
    if key.startswith("native"):
        limit = NATIVE * size + (limit if largest > 50 else 0.0)
    if group.kind.sure:
        single = key.startswith("native") and group.logits.dtype != np.float64
        limit = (NATIVE if single else 2 * DOUBLE) * abs(float(exact.loss))
        weight = np.max(group.options.get("pos_weight", 1.0), initial=1.0)
        limit += 2.0**-1074 * max(1.0, exact.mass) * weight
    worst.take("promise", key, error / limit if error else 0.0, place)
    if get_loss(group.kind.name).bounds:
        worst.take("bound", key, error / (float(bound) + UNDERFLOW), place)


def full_run(kind: Kind, random: int, adversarial: int) -> Worst:
    """The worst errors of a kind: adversarial rows at 50 digits, random ones in longdouble."""
    worst = Worst()
    for group in kind.groups(adversarial_numbers(kind.name, adversarial)):
        worst.merge(measure(group))
    with longdouble():
        for group in kind.groups(random_numbers(kind.name, random, seed=0)):
            worst.merge(measure(group))
    return worst


def tests_of(*kinds: Kind) -> type:
    """The tests of those kinds: promise 2, figure by figure, and that the judge is one."""
    each = pytest.mark.parametrize("kind", kinds, ids=lambda kind: kind.name)
    differentiable = [kind for kind in kinds if get_loss(kind.name).gradient is not None]

    class Tests:
        @each
        def test_random_and_adversarial_rows(self, kind: Kind) -> None:
            worst = full_run(kind, 300, 200)
            assert worst.rows >= 500
            assert worst.failures() == [], "\n".join(worst.failures())
            keys = {f"{precision} {name}" for precision in ("native", "double") for name in TIERS}
            assert worst.promise.keys() == keys
            bounds = worst.bound if get_loss(kind.name).bounds else dict.fromkeys(keys, 1.0)
            assert all(bounds[key] > 0 for key in keys)

        @pytest.mark.oracle
        @each
        def test_a_hundred_thousand_rows(self, kind: Kind) -> None:
            worst = full_run(kind, 100_000, 1_000)
            print(kind.name, worst.rows, worst.promise, worst.bound)
            assert worst.failures() == []

        @each
        def test_longdouble_gives_what_50_digits_give(self, kind: Kind) -> None:
            """To 1/200 of the tightest promise: as good as exact."""
            if not HAS_LONGDOUBLE:
                assert np.finfo(np.longdouble).nmant == 52  # the full run is at 50 digits then
                return
            for group in kind.groups(random_numbers(kind.name, 100, seed=1)):
                exact = group.exact_rows()
                with longdouble():
                    rough = group.exact_rows()
                x = np.abs(np.asarray(as_float(group.logits), dtype=float)).max()
                for one, other in zip(exact, rough, strict=True):
                    with longdouble():
                        high = np.float64(other.loss)
                        low = np.float64(other.loss - high)
                    size = max(one.mass * max(1.0, x), one.size, abs(float(one.loss)))
                    error = abs(ref.mp.mpf(float(high)) + ref.mp.mpf(float(low)) - one.loss)
                    assert error <= DOUBLE * size / 200

        @each
        def test_the_judge_sees_a_loss_that_is_off(
            self, kind: Kind, monkeypatch: pytest.MonkeyPatch
        ) -> None:
            right = calculated

            def off(group: Group, *, double: bool) -> tuple[Floats, Any]:
                values, bounds = right(group, double=double)
                return values * (1 + 1e-5), bounds

            monkeypatch.setitem(globals(), "calculated", off)
            worst = Worst()
            for group in kind.groups(random_numbers(kind.name, 300, seed=0)):
                worst.merge(measure(group))
            assert len(worst.failures()) >= 2

        @pytest.mark.parametrize("kind", differentiable, ids=lambda kind: kind.name)
        def test_the_gradient_is_the_derivative_of_the_exact_loss(self, kind: Kind) -> None:
            compared = 0
            for x, _, rng in random_numbers(kind.name, 3000, seed=2):
                group = Group(kind, *kind.rows(np.clip(x, -8, 8)[:2, :5], "f8", rng))
                loss, block, options = group.call(double=True)
                assert loss.gradient is not None
                inside = np.isfinite(group.logits)
                if loss.operand(options) == "probs":  # at the ends rules stand for derivatives
                    inside = (group.logits > 1e-3) & (group.logits < 1 - 1e-3)
                slopes, exact = loss.gradient(block, options), group.exact_slopes(inside)
                assert slopes[inside] == pytest.approx(exact[inside], rel=1e-9, abs=1e-11)
                compared += np.count_nonzero(exact)
            assert compared >= 30

    return Tests


def all_kinds() -> tuple[Kind, ...]:
    """The kinds of all tests of losses, which have them as `KINDS`."""
    kinds: list[Kind] = []
    for path in sorted((Path(__file__).parent / "losses").glob("test_*.py")):
        if "\nKINDS = (" in path.read_text():
            spec = importlib.util.spec_from_file_location(f"kinds_of_{path.stem}", path)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            kinds += module.KINDS
    return tuple(kinds)
