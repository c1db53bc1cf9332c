"""Rows for every own kind, their exact losses, and how far the calculated ones are from them.

The exact losses are those of `reference.py`: at 50 digits, or (the many rows of the full run) the
same formulas in the 64-bit significands of `numpy.longdouble`, which a test holds against the 50.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import reference as ref
from oracle_rows import Group, adversarial_groups, random_groups

from xent_cli import tier
from xent_cli.dtypes import as_float
from xent_cli.losses import get_loss
from xent_cli.losses.base import Block, Floats
from xent_cli.losses.bounds import row_bounds
from xent_cli.losses.bounds.primitives import is_single

NATIVE, DOUBLE = 5e-7, 4 * 2.0**-52
FAMILY = {
    "softmax-ce", "sparse", "nll", "categorical-ce",
    "sigmoid-bce", "bce", "weighted", "multilabel-soft-margin", "soft-margin",
}  # fmt: skip
UNDERFLOW = 1e-300
"""Losses below it are out of range of relative bounds."""


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
    loss = get_loss(group.kind)
    options = {**loss.fixed, **{p.key: p.default for p in loss.params}, **group.options}
    block = Block(group.logits, group.labels, double, 0, _Place(), loss.rules)
    if loss.rows is not None:
        rows = loss.rows(block, options)
    else:
        assert loss.elements is not None
        rows = loss.elements(block, options).summed()
    return rows.values, row_bounds(loss, block, options, rows)


@dataclass(frozen=True)
class Exact:
    """The exact loss of a row, its largest term, and the weight and target mass on it."""

    loss: Any
    size: float
    mass: float


def _log(value: float) -> float:
    return abs(math.log(value)) if value else 0.0


def _softmax(x: list[float], y: Any, o: dict[str, Any]) -> Exact:
    target = y if isinstance(y, list) else ref.one_hot(y, len(x))
    weight, smoothing = o.get("weight"), o.get("label_smoothing", 0.0)
    weight = None if weight is None else weight.tolist()
    row: Any = x if o.get("softcap") is None else [ref.softcap(v, o["softcap"]) for v in x]
    formula = {
        "logits": ref.softmax_ce_dense,
        "log-probs": ref.nll_dense,
        "probs": ref.categorical_ce,
    }
    takes = o.get("input", "logits")
    loss = formula[takes](row, target, weight, smoothing)
    mixed = [(1 - smoothing) * t + smoothing / len(x) for t in target]
    mass = math.fsum(t * w for t, w in zip(mixed, weight or [1.0] * len(x), strict=True))
    extra = ref.z_loss(row, o["z_loss"]) if o.get("z_loss") else 0
    return Exact(loss + extra, abs(float(loss + extra)), mass + o.get("z_loss", 0.0))


def _elements(one: Callable[..., Any]) -> Callable[..., Exact]:
    """The sum over a row of what `one` gives for its elements: (loss, size of its largest term)."""

    def exact(x: list[float], y: list[float], o: dict[str, Any]) -> Exact:
        found = [one(a, b, c, o) for c, (a, b) in enumerate(zip(x, y, strict=True))]
        return Exact(ref.mp.fsum(v for v, _ in found), max(s for _, s in found), len(x))

    return exact


def _positive(value: Any) -> tuple[Any, float]:
    return value, float(value)


def _bce(x: float, t: float, c: int, o: dict[str, Any]) -> tuple[Any, float]:
    q = o.get("pos_weight")
    factor = 1.0 if q is None else float(np.broadcast_to(q, c + 1 if q.size == 1 else q.shape)[c])
    return _positive(ref.sigmoid_bce(x, t, factor, o.get("label_smoothing", 0.0)))


def _probability_bce(x: float, t: float, c: int, o: dict[str, Any]) -> tuple[Any, float]:
    e = ref.mp.mpf(o.get("label_smoothing", 0.0))
    return _positive(ref.bce(x, (1 - e) * ref.mp.mpf(t) + e / 2))


def _focal(x: list[float], y: Any, o: dict[str, Any]) -> Exact:
    target = y if isinstance(y, list) else ref.one_hot(y, len(x))
    alpha = o.get("alpha")
    alpha = None if alpha is None else alpha.tolist()
    loss = ref.softmax_focal_dense(x, target, o["gamma"], alpha)
    mass = math.fsum(t * a for t, a in zip(target, alpha or [1.0] * len(x), strict=True))
    return Exact(loss, float(loss), mass * (1 + o["gamma"]))


def _sigmoid_focal(x: float, t: float, c: int, o: dict[str, Any]) -> tuple[Any, float]:
    value = ref.sigmoid_focal(x, t, o["gamma"], o.get("alpha"))
    return value, float(value) * (1 + o["gamma"])


def _poly(x: list[float], y: Any, o: dict[str, Any]) -> Exact:
    target = y if isinstance(y, list) else ref.one_hot(y, len(x))
    loss, epsilon = ref.poly(x, target, o["epsilon"]), abs(o["epsilon"])
    plain = ref.softmax_ce_dense(x, target)
    return Exact(loss, float(plain), math.fsum(target) * (1 + epsilon))


def _kl(x: list[float], y: list[float], o: dict[str, Any]) -> Exact:
    logs = [-v for v in ref.class_losses(x)] if o.get("input", "log-probs") == "logits" else x
    if o.get("log_target"):
        terms = [
            math.exp(t) * max(abs(t), abs(float(q)))
            for t, q in zip(y, logs, strict=True)
            if t > -1e4
        ]
        return Exact(
            ref.kl_div(logs, y, True), max(terms, default=0.0), math.fsum(map(math.exp, y))
        )
    terms = [t * max(_log(t), abs(float(q))) for t, q in zip(y, logs, strict=True) if t]
    return Exact(ref.kl_div(logs, y), max(terms, default=0.0), math.fsum(y))


def _js(x: list[float], y: list[float], o: dict[str, Any]) -> Exact:
    loss = ref.js_div(y, x)
    return Exact(loss, float(loss), max(*x, *y))


def _entropy(x: list[float], y: Any, o: dict[str, Any]) -> Exact:
    loss = ref.entropy(x)
    return Exact(loss, float(loss), 1.0)


def _poisson(x: float, t: float, c: int, o: dict[str, Any]) -> tuple[Any, float]:
    sizes = [math.exp(x), abs(t * x)] if o["log_input"] else [x, abs(t) * (1 + _log(x + 1e-08))]
    if o["full"]:
        sizes.append(t * _log(t))
    return ref.poisson_nll(x, t, o["log_input"], o["full"]), max(sizes)


def _gaussian(x: float, t: float, v: float, o: dict[str, Any]) -> tuple[Any, float]:
    kept = max(v, 1e-6)
    return ref.gaussian_nll(x, t, v, o["full"]), max(_log(kept), (x - t) ** 2 / kept)


EXACT: dict[str, Callable[..., Exact]] = {
    "softmax-ce": _softmax,
    "sparse": _softmax,
    "nll": lambda x, y, o: _softmax(x, y, {**o, "input": "log-probs"}),
    "categorical-ce": lambda x, y, o: _softmax(x, y, {**o, "input": "probs"}),
    "sigmoid-bce": _elements(_bce),
    "bce": _elements(_probability_bce),
    "weighted": _elements(_bce),
    "multilabel-soft-margin": lambda x, y, o: Exact(
        ref.multilabel_soft_margin(x, y, None if o.get("weight") is None else o["weight"].tolist()), 0.0, 1.0
    ),
    "soft-margin": _elements(lambda x, t, c, o: _positive(ref.soft_margin(x, t))),
    "softmax-focal": _focal,
    "sigmoid-focal": _elements(_sigmoid_focal),
    "poly": _poly,
    "kl-div": _kl,
    "js-div": _js,
    "entropy": _entropy,
    "poisson-nll": _elements(_poisson),
    "gaussian-nll": _elements(_gaussian),
}  # fmt: skip


def exact_rows(group: Group) -> list[Exact]:
    """The exact losses of a group's rows."""
    formula, found = EXACT[group.kind], []
    x = as_float(group.logits).astype(np.float64).tolist()
    labels = group.labels
    y = (labels if labels.dtype.kind in "iu" else as_float(labels).astype(np.float64)).tolist()
    for index, (row, label) in enumerate(zip(x, y, strict=True)):
        if group.kind == "gaussian-nll":
            var = np.broadcast_to(group.options["var"], group.logits.shape)[index].tolist()
            pairs = [
                _gaussian(a, b, v, group.options) for a, b, v in zip(row, label, var, strict=True)
            ]
            found.append(
                Exact(ref.mp.fsum(v for v, _ in pairs), max(s for _, s in pairs), len(row))
            )
        else:
            found.append(formula(row, label, group.options))
    return found


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
    return (
        f"{group.kind} {group.options} {group.logits.dtype} {x=} {y=} -> {value!r}, exact {exact}"
    )


def measure(group: Group) -> Worst:
    """The group's worst errors: `native` and `double` of every tier."""
    worst, exact = Worst(rows=len(group.logits)), exact_rows(group)
    for name in TIERS:
        for double in (False, True):
            with calculated_by(name):
                single = is_single(group.logits, double=double)
                if not single and not double:
                    continue
                values, bound = calculated(group, double=double)
            assert bound is not None
            bounds = np.broadcast_to(np.asarray(bound), values.shape)
            for index, one in enumerate(exact):
                _take(
                    worst,
                    f"{'native' if single else 'double'} {name}",
                    group,
                    (index, one, values[index], bounds[index]),
                )
    return worst


def _take(worst: Worst, key: str, group: Group, found: tuple[int, Exact, Any, Any]) -> None:
    index, exact, value, bound = found
    place = group, index, value, exact.loss
    value = float(value)
    if not math.isfinite(float(exact.loss)) or not math.isfinite(value):
        same = value == float(exact.loss)
        worst.take("promise", key, 0.0 if same else math.inf, place)
        return
    error = float(abs(ref.mp.mpf(value) - exact.loss))
    x = np.abs(as_float(group.logits[index]).astype(np.float64))
    largest = float(np.max(x, initial=0.0, where=np.isfinite(x)))
    if group.options.get("softcap") is not None:
        largest = min(largest, group.options["softcap"])
    if group.kind == "bce" and group.options.get("label_smoothing"):
        largest = 100.0  # log 0 by the rule: what stands for the largest logit
    size = max(exact.mass, abs(float(exact.loss)))
    if group.kind not in FAMILY:
        size = max(size, exact.size)
    limit = DOUBLE * max(size, exact.mass * largest)
    if key.startswith("native"):
        limit = NATIVE * size + (limit if largest > 50 else 0.0)
    worst.take("promise", key, error / limit if error else 0.0, place)
    worst.take("bound", key, error / (float(bound) + UNDERFLOW), place)


def full_run(kind: str, random: int, adversarial: int) -> Worst:
    """The worst errors of a kind: adversarial rows at 50 digits, random ones in longdouble."""
    worst = Worst()
    for group in adversarial_groups(kind, adversarial):
        worst.merge(measure(group))
    with longdouble():
        for group in random_groups(kind, random, seed=0):
            worst.merge(measure(group))
    return worst
