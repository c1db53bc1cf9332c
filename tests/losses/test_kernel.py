"""The compiled tier: one set of bits from every target, its accuracy, and its refusals."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numpy as np
import pytest

from xent_cli import tier
from xent_cli.dtypes import BFLOAT16, as_float, narrow_to_bfloat16
from xent_cli.errors import UsageError
from xent_cli.losses import softplus, stable
from xent_cli.losses.byproducts import Byproducts
from xent_cli.reduction.exact import ExactSum

CLASSES = [
    0,
    1,
    2,
    3,
    10,
    31,
    32,
    33,
    64,
    96,
    127,
    128,
    129,
    160,
    256,
    500,
    1000,
    8192,
    8200,
    32000,
]
FLOATS = [np.float32, np.float64, np.float16, BFLOAT16]
TARGETS = [np.bool_, np.uint8, np.int64, np.float32, np.float64, np.float16]


def module() -> Any:
    return pytest.importorskip("xent_cli._kernel", reason="no compiled tier here")


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The compiled tier whatever XENT_KERNEL says, with its target as it was afterwards."""
    found = module()
    before = found.target()
    monkeypatch.setattr(tier, "load", lambda: found)
    yield found
    found.choose(before)


def numbers(rows: int, classes: int, dtype: Any, scale: float = 10.0) -> np.ndarray:
    values = np.random.default_rng(classes).standard_normal((rows, classes)) * scale
    return narrow_to_bfloat16(values) if dtype == BFLOAT16 else values.astype(dtype)


def on_every_target(calculate: Callable[[], np.ndarray]) -> np.ndarray:
    """The result, which must not differ in a bit between the targets of this machine."""
    found = module()
    results = []
    for name in found.targets():
        found.choose(name)
        results.append(calculate())
    # The sign of a NaN is the compiler's affair.
    first, *others = (np.where(np.isnan(result), np.nan, result) for result in results)
    for other in others:
        assert first.tobytes() == other.tobytes()
    return results[0]


def exact_logsumexp(row: np.ndarray) -> float:
    wide = row.astype(np.longdouble)
    top = wide.max()
    return float(top + np.log(np.exp(wide - top).sum()))


def labels_of(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    drawn = np.random.default_rng(9).random(shape)
    return drawn.astype(dtype) if np.dtype(dtype).kind == "f" else (drawn < 0.5).astype(dtype)


def test_the_baseline_and_the_best_target_are_there(compiled: Any) -> None:
    assert compiled.targets()[-1] == "baseline"
    compiled.choose("baseline")
    assert tier.tier_name() == "c-baseline"


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("classes", CLASSES)
def test_logsumexp_on_every_target_and_in_any_blocks(
    classes: int, dtype: Any, double: bool
) -> None:
    x = numbers(16, classes, dtype)
    whole = on_every_target(lambda: stable.logsumexp(x, double=double))
    for rows in (1, 7):
        cut = [stable.logsumexp(x[i : i + rows], double=double) for i in range(0, 16, rows)]
        assert np.concatenate(cut).tobytes() == whole.tobytes()
    for value, row in zip(whole, as_float(x), strict=True):
        bits = 2.0**-52 * 4 if double or dtype == np.float64 else 5e-7
        exact = exact_logsumexp(row) if classes else -np.inf
        largest = np.abs(row.astype(np.float64)).max(initial=1.0)
        assert value == exact or abs(value - exact) <= bits * (largest if bits < 1e-9 else 1)


def test_double_is_the_same_for_every_type_that_holds_the_numbers() -> None:
    x = numbers(9, 1000, np.float16)
    wide = stable.logsumexp(x.astype(np.float64))
    for dtype in (np.float16, np.float32):
        assert np.array_equal(stable.logsumexp(x.astype(dtype), double=True), wide)


def test_a_thousand_rows_at_once_or_one_by_one() -> None:
    x = numbers(1000, 10, np.float32)
    whole = stable.logsumexp(x)
    assert np.array_equal(whole, np.concatenate([stable.logsumexp(row[None]) for row in x]))


@pytest.mark.parametrize("classes", [2, 100, 127, 128, 1000])
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("double", [False, True])
def test_infinities_nan_and_rows_outside_the_range(classes: int, dtype: Any, double: bool) -> None:
    rows = np.zeros((9, classes))
    rows[0, 1] = np.nan
    rows[1, 0], rows[1, 1] = np.inf, np.nan
    rows[2, -1] = np.inf
    rows[3] = -np.inf
    rows[4, 1:] = -np.inf
    rows[5] = 1000
    rows[6] = -1000
    rows[7, 0], rows[7, 1:] = 60000, -60000
    rows[8, 0], rows[8, 1:] = 100, -np.inf
    x = narrow_to_bfloat16(rows) if dtype == BFLOAT16 else rows.astype(dtype)
    got = on_every_target(lambda: stable.logsumexp(x, double=double))
    first = as_float(x)[:, 0].astype(np.float64)
    expected = [np.nan, np.nan, np.inf, -np.inf, 0.0, first[5] + np.log(classes)]
    expected += [first[6] + np.log(classes), first[7], first[8]]
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


def test_every_float16_and_bfloat16_is_read_exactly() -> None:
    bits = np.arange(1 << 16, dtype=np.uint16)[:, None]
    for x in (bits.view(np.float16), bits.view(BFLOAT16)):
        got = on_every_target(lambda x=x: stable.logsumexp(x, double=True))
        with np.errstate(invalid="ignore"):
            wide = as_float(x)[:, 0].astype(np.float64)
        np.testing.assert_allclose(got, wide, rtol=1e-15, atol=1e-15)


def test_exp_of_float32_at_every_exponent() -> None:
    """A row of one class gives log(exp(x)), whose distance from x is exp's relative error."""
    mantissas = 1 + np.arange(64) / 64
    x = np.concatenate([np.ldexp(mantissas, k) for k in range(-149, 6)])
    x = np.concatenate([x, -x[x < 46], np.random.default_rng(1).uniform(-46, 69, 200_000)])
    x = x.astype(np.float32)[:, None]
    got = on_every_target(lambda: stable.logsumexp(x))
    assert np.abs(got - x[:, 0].astype(np.float64)).max() <= 1.1e-7


def test_exp_and_log_of_float64_at_every_exponent_against_mpmath() -> None:
    """Rows (x, 0) give log1p(exp(x))."""
    rng = np.random.default_rng(2)
    x = np.ldexp(rng.uniform(1, 2, 2000), rng.integers(-60, 5, 2000)) * rng.choice([-1, 1], 2000)
    got = on_every_target(lambda: stable.logsumexp(np.stack([x, np.zeros_like(x)], axis=1)))
    with mpmath.workdps(40):
        exact = [float(mpmath.log1p(mpmath.exp(mpmath.mpf(float(v))))) for v in x]
    assert (np.abs(got - exact) <= 2 * 2.0**-52 * np.maximum(1, np.abs(x))).all()


@pytest.mark.parametrize("classes", [2, 128, 1000, 1 << 17])
@pytest.mark.parametrize("scale", [0.0, 0.1, 3.0, 20.0])
def test_the_promise_at_its_bounds(classes: int, scale: float) -> None:
    """Constant rows (scale 0) are the worst: every error is the same."""
    x = numbers(4, classes, np.float64, scale) + np.array([[0.0], [1.7], [-3.3], [0.35]])
    for dtype, double, unit in ((np.float32, False, 5e-7), (np.float64, True, 4 * 2.0**-52)):
        rows = np.clip(x, -50, 50).astype(dtype)
        for value, row in zip(stable.logsumexp(rows, double=double), rows, strict=True):
            loss = np.abs(value - row.astype(np.float64)).min()
            largest = np.abs(row.astype(np.float64)).max()
            scaled = max(1.0, loss, float(largest) if double else 0.0)
            assert abs(value - exact_logsumexp(row)) <= unit * scaled


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("mass_dtype", [np.float32, np.float64, np.float16])
@pytest.mark.parametrize("classes", [0, 1, 10, 31, 128, 129, 1000])
def test_cross_mass(classes: int, dtype: Any, mass_dtype: Any) -> None:
    x = numbers(9, classes, dtype)
    mass = np.random.default_rng(7).random((9, classes)).astype(mass_dtype)
    lse = stable.logsumexp(x)
    for own in (mass, mass[0]):
        got = on_every_target(lambda own=own: stable.cross_mass(x, lse, own))
        gaps = np.where(np.isfinite(lse), lse, 0)[:, None] - as_float(x).astype(np.float64)
        exact = (gaps.astype(np.longdouble) * own.astype(np.longdouble)).sum(axis=1)
        np.testing.assert_allclose(got, exact.astype(np.float64), rtol=1e-14)
        one = [
            stable.cross_mass(x[i : i + 1], lse[i : i + 1], own[i : i + 1] if own is mass else own)
            for i in range(9)
        ]
        assert np.concatenate(one).tobytes() == got.tobytes()


def test_a_class_without_mass_adds_nothing_unless_asked() -> None:
    for classes in (3, 200):
        x = np.zeros((1, classes))
        x[0, 0] = -np.inf
        mass = np.full((1, classes), 0.5)
        lse = stable.logsumexp(x)
        assert stable.cross_mass(x, lse, mass)[0] == np.inf
        mass[0, 0] = 0
        np.testing.assert_allclose(stable.cross_mass(x, lse, mass), lse * mass.sum(), rtol=1e-15)
        assert np.isnan(stable.cross_mass(x, lse, mass, nan_products=True)[0])


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("classes", [0, 1, 10, 33, 127, 128, 500, 600, 8200, 20000])
def test_binary_cross_entropy(classes: int, target: Any, dtype: Any, double: bool) -> None:
    x = numbers(5, classes, dtype)
    t = labels_of(x.shape, target)
    got = on_every_target(lambda: softplus.binary_cross_entropy_sums(x, t, double=double))
    one = [
        softplus.binary_cross_entropy_sums(x[i : i + 1], t[i : i + 1], double=double)
        for i in range(5)
    ]
    assert np.concatenate(one).tobytes() == got.tobytes()
    wide, u = as_float(x).astype(np.longdouble), t.astype(np.longdouble)
    terms = np.maximum(wide, 0) - wide * u + np.log1p(np.exp(-np.abs(wide)))
    exact = terms.sum(axis=1).astype(np.float64)
    unit = 4 * 2.0**-52 if double or dtype == np.float64 else 2e-7
    bound = unit * np.maximum(1, np.maximum(terms, 1).sum(axis=1).astype(np.float64))
    assert (np.abs(got - exact) <= bound).all()


@pytest.mark.parametrize("classes", [2, 200])
def test_binary_cross_entropy_of_infinities(classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """max(x, 0) - x t + log(1 + exp(-|x|)) as IEEE 754 has it: inf - inf and 0 x inf are NaN."""
    x = np.zeros((6, classes), dtype=np.float32)
    x[:, 0] = [np.inf, -np.inf, np.inf, -np.inf, np.nan, 3e38]
    t = np.zeros((6, classes), dtype=np.uint8)
    t[:, 0] = [1, 0, 0, 1, 1, 1]
    expected = [np.nan, np.nan, np.nan, np.inf, np.nan, (classes - 1) * np.log(2)]
    got = on_every_target(lambda: softplus.binary_cross_entropy_sums(x, t))
    np.testing.assert_allclose(got, expected, rtol=1e-6)
    monkeypatch.setattr(tier, "load", lambda: None)
    np.testing.assert_allclose(softplus.binary_cross_entropy_sums(x, t), expected, rtol=1e-6)


def test_layouts_and_byte_orders_are_gathered() -> None:
    x = numbers(20, 300, np.float32)
    whole = stable.logsumexp(x)
    for same in (np.asfortranarray(x), x.astype(">f4"), np.repeat(x, 2, axis=1)[:, ::2]):
        assert np.array_equal(stable.logsumexp(same), whole)


NONE = (bytearray(),) * 4
"""In place of gaps, tops, their classes and hits."""


def test_bad_buffers_are_refused(compiled: Any) -> None:
    x, out = np.zeros((2, 3), dtype=np.float32), np.zeros(2)
    labels = np.zeros(2, dtype=np.int64)
    refused = [
        (x, "f4", b"", "i8", out, *NONE, 2, 4),
        (x, "f4", b"", "i8", out, *NONE, -2, -3),
        (x, "f4", b"", "i8", out, *NONE, 1 << 62, 1 << 62),
        (x, "f9", b"", "i8", out, *NONE, 2, 3),
        (x, "f4i8", b"", "", out, *NONE, 2, 3),
        (x, "u1", b"", "i8", out, *NONE, 2, 12),
        (x, "f4", b"", "i8", np.zeros(3), *NONE, 2, 3),
        (x, "f4", b"", "i8", np.zeros(17, dtype=np.uint8)[1:], *NONE, 2, 3),
        (x, "f4", labels[:1], "i8", out, out, *NONE[1:], 2, 3),
        (x, "f4", labels, "f4", out, out, *NONE[1:], 2, 3),
        (x, "f4", labels, "i8", out, bytearray(8), *NONE[1:], 2, 3),
        (x, "f4", labels, "i8", out, out, np.zeros(3), labels.copy(), bytearray(), 2, 3),
        (x, "f4", labels, "i8", out, out, np.zeros(2), labels[:1].copy(), bytearray(), 2, 3),
        (x, "f4", labels, "i8", out, out, bytearray(), bytearray(), bytearray(3), 2, 3),
        (x, "f4", b"", "i8", out, *NONE[:3], bytearray(2), 2, 3),
    ]
    for arguments in refused:
        with pytest.raises(ValueError, match="expected"):
            compiled.logsumexp(*arguments)
    with pytest.raises((TypeError, BufferError)):
        compiled.logsumexp(x, "f4", b"", "i8", bytes(16), *NONE, 2, 3)
    with pytest.raises((ValueError, BufferError)):
        holes = np.zeros((3, 4), dtype=np.float32)[:, ::2]
        compiled.logsumexp(holes, "f4", b"", "i8", np.zeros(3), *NONE, 3, 2)
    wide = np.zeros((2, 3))
    for pair in ((x, "f4", wide, "f8"), (wide, "f8", x, "f4"), (x, "f4", labels, "i8")):
        with pytest.raises(ValueError, match="no loop"):
            compiled.bce_sums(*pair, b"", out, 2, 3)
    for pair in ((x, "f4", np.zeros((2, 3), np.uint8), "u1"), (wide, "f8", x, "f4")):
        with pytest.raises(ValueError, match="no loop"):
            compiled.cross_mass(*pair, out, out, 2, 3, 0)
    with pytest.raises(ValueError, match="expected"):
        compiled.cross_mass(x, "f4", x[:1, :2].copy(), "f4", out, out, 2, 3, 0)
    with pytest.raises(ValueError, match="expected"):
        compiled.cross_mass(x, "f4", x, "f4", b"", out, 2, 3, 0)
    with pytest.raises(ValueError, match="expected"):
        compiled.bce_sums(x, "f4", x[0], "f4", b"", out, 2, 3)
    with pytest.raises(ValueError, match="expected"):
        compiled.summary(bytes(7))
    with pytest.raises(ValueError, match="no target"):
        compiled.choose("avx1024")


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("classes", [1, 3, 40, 200])
def test_picked_gaps(classes: int, dtype: Any) -> None:
    x = numbers(70, classes, dtype)
    labels = np.random.default_rng(3).integers(0, classes, 70)
    got = on_every_target(lambda: np.concatenate(stable.picked_gaps(x, labels)[:2]))
    lse = stable.logsumexp(x)
    assert np.array_equal(got[:70], lse)
    largest = stable.picked_gaps(x, labels)[2]
    assert largest == np.abs(got).max()
    plain = np.maximum(stable.gaps_below(lse, x, labels), 0)
    own = as_float(x)[np.arange(70), labels].astype(np.float64)
    reach = 4.0 if x.dtype == np.float64 else 2.0**24
    kept = (plain >= 0.75) & (np.abs(own) <= plain * reach)  # the others are done again
    assert np.array_equal(got[70:][kept], plain[kept])
    np.testing.assert_allclose(got[70:], plain, atol=1e-12 if x.dtype == np.float64 else 1e-6)


def _hard_rows(classes: int, dtype: Any) -> np.ndarray:
    """Ties, infinities, NaN, and tops in every place."""
    rng = np.random.default_rng(classes)
    rows = rng.integers(-3, 4, (300, classes)).astype(np.float64)
    rows[100:200] = rng.standard_normal((100, classes)) * 5
    rows[np.arange(200, 260), rng.integers(0, classes, 60)] = np.inf
    rows[np.arange(250, 280), rng.integers(0, classes, 30)] = np.nan
    rows[280:] = -np.inf
    rows[290] = -0.0
    rows[290, classes // 2 :] = 0.0
    return narrow_to_bfloat16(rows) if dtype == BFLOAT16 else rows.astype(dtype)


@pytest.mark.parametrize("dtype", [*FLOATS, np.int16])
@pytest.mark.parametrize("classes", [1, 2, 7, 8, 9, 16, 17, 64, 127, 128, 129, 300, 1000])
@pytest.mark.parametrize("wants", [("hit",), ("top",), ("hit", "top")])
def test_tops_and_hits_come_with_the_same_read(
    classes: int, dtype: Any, wants: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    x = (
        np.nan_to_num(_hard_rows(classes, np.float64)).clip(-9, 9).astype(dtype)
        if dtype == np.int16
        else _hard_rows(classes, dtype)
    )
    labels = np.random.default_rng(1).integers(0, classes, len(x))
    wide = as_float(x).astype(np.float64)
    odd = np.isnan(wide).any(axis=1)
    classes_of = np.where(odd, -1, np.where(odd[:, None], 0, wide).argmax(axis=1))
    values = np.where(odd, np.nan, wide.max(axis=1))
    plain = stable.picked_gaps(x, labels)[1].tobytes()

    def check(double: bool = False) -> np.ndarray:
        by = Byproducts(wants)
        gaps = stable.picked_gaps(x, labels, double=double, by=by)[1]
        assert double or gaps.tobytes() == plain
        if "top" in wants:
            np.testing.assert_array_equal(by.top, values)
            np.testing.assert_array_equal(by.top_class, classes_of)
        if "hit" in wants:
            np.testing.assert_array_equal(by.hit, classes_of == labels)
        else:
            assert by.hit is None
        return gaps

    on_every_target(check)
    check(double=True)
    if "top" in wants:
        by = Byproducts(wants)
        stable.logsumexp(x, by=by)
        np.testing.assert_array_equal(by.top_class, classes_of)
    monkeypatch.setattr(tier, "load", lambda: None)
    plain = stable.picked_gaps(x, labels)[1].tobytes()
    check()


def test_every_float16_and_bfloat16_is_picked_exactly() -> None:
    bits = np.arange(1 << 16, dtype=np.uint16)[:, None]
    for x in (bits.view(np.float16), bits.view(BFLOAT16)):
        lse, gaps, _ = stable.picked_gaps(x, np.zeros(len(x), dtype=np.int64))
        with np.errstate(invalid="ignore"):
            own = as_float(x)[:, 0]
            expected = np.where(np.isfinite(own), 0, np.maximum(lse - own, 0))
            np.testing.assert_array_equal(gaps, expected)  # one class is sure


def test_a_label_that_is_no_class_picks_nothing() -> None:
    labels = np.array([-1, 3, 1 << 40, -(1 << 63)])
    assert np.isnan(stable.picked_gaps(np.zeros((4, 3)), labels)[1]).all()


def test_exact_sums_of_the_compiled_tier_and_of_numpy(
    compiled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    values = rng.standard_normal(70_000) * 2.0 ** rng.integers(-1070, 1000, 70_000)
    values[:6] = [np.nan, np.inf, -np.inf, 5e-324, -1.7e308, -0.0]
    narrow = rng.exponential(size=5000)
    narrow[[17, 4000]] = 0.0
    narrow[[2100, 2101]] = 40.0
    sure = np.append(narrow, [1e-40, np.nan])
    for given, least, greatest in (
        (values, 2, 1),
        (narrow, 17, 2100),
        (sure, 17, 2100),
        (narrow[:30], 17, int(narrow[:30].argmax())),
        (np.full(1030, np.nan), -1, -1),
        (np.full(1030, np.inf), 0, 0),
        (np.zeros(0), -1, -1),
    ):
        sums, places = [], []
        for module, target in ((compiled, name) for name in compiled.targets()):
            module.choose(target)
            sums.append(ExactSum())
            places.append(sums[-1].add_and_find(given))
        monkeypatch.setattr(tier, "load", lambda: None)
        sums.append(ExactSum())
        places.append(sums[-1].add_and_find(given))
        monkeypatch.setattr(tier, "load", lambda: compiled)
        assert all(found == sums[0] for found in sums)
        assert set(places) == {(least, greatest)}
        if np.isfinite(given).all():
            assert sums[0].value() == math.fsum(given)


@pytest.mark.parametrize("name", ["numpy", "baseline"])
def test_the_environment_chooses(name: str) -> None:
    code = "from xent_cli import tier; print(tier.tier_name())"
    shown = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env={**os.environ, "XENT_KERNEL": name},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == (name if name == "numpy" else f"c-{name}")


def test_an_unknown_tier_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("XENT_KERNEL", "fast")
    tier.load.cache_clear()
    try:
        with pytest.raises(UsageError, match="expected numpy, avx512, avx2, baseline"):
            tier.load()
    finally:
        monkeypatch.undo()
        tier.load.cache_clear()
