"""Which tier calculates: the compiled one (`_kernel.c`) where it was built, otherwise NumPy.

`XENT_KERNEL` in the environment forces one: `numpy`, or a target of the compiled tier (`avx512`,
`avx2`, `baseline`), which all give the same bits. An x86 processor that cannot multiply and add in
one instruction (before 2013) takes NumPy: there the C library's fma is slower.
"""

from __future__ import annotations

import functools
import importlib
import os
from typing import Any

import numpy as np

from xent_cli.dtypes import as_float, is_bfloat16, native
from xent_cli.errors import UsageError

Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Indices = np.ndarray[Any, np.dtype[np.int64]]

_TARGETS = ("avx512", "avx2", "baseline")


@functools.cache
def load() -> Any:
    """The compiled module, its target chosen; None where NumPy calculates.

    Raises:
        UsageError: `XENT_KERNEL` names something else, or what this installation does not have.

    """
    wanted = os.environ.get("XENT_KERNEL", "")
    if wanted not in ("", "numpy", *_TARGETS):
        raise UsageError(
            f"XENT_KERNEL: expected numpy, {', '.join(_TARGETS)} or nothing, found '{wanted}'"
        )
    if wanted == "numpy":
        return None
    try:
        module = importlib.import_module("xent_cli._kernel")
    except ImportError:
        if wanted:
            raise UsageError(
                f"XENT_KERNEL={wanted}: this installation has no compiled tier; "
                "install with a C compiler, or unset it"
            ) from None
        return None
    if wanted and wanted not in module.targets():
        raise UsageError(
            f"XENT_KERNEL={wanted}: this processor has {', '.join(module.targets())} only"
        )
    if wanted:
        module.choose(wanted)
    return module if wanted or module.fused else None


def tier_name() -> str:
    """`numpy`, or `c-` and the target of the compiled tier: `c-avx512`, `c-avx2`, `c-baseline`."""
    module = load()
    return "numpy" if module is None else f"c-{module.target()}"


def operand(x: Array) -> tuple[Array, str]:
    """`x` as the compiled tier reads it, and its kind: the same memory for contiguous floats.

    Args:
        x: any real dtype and layout; integers and bool become what `as_float` says.

    Returns:
        A C-contiguous array and one of 'f4', 'f8', 'f2', 'bf'.

    >>> operand(np.zeros((2, 3), dtype=np.int8))[1]
    'f4'

    """
    if is_bfloat16(x.dtype):
        return np.ascontiguousarray(native(x)).view(np.uint16), "bf"
    if x.dtype.kind != "f":
        x = as_float(x)
    return np.ascontiguousarray(native(x)), x.dtype.str[1:]


def logsumexp(x: Array, *, double: bool) -> Floats:
    """`stable.logsumexp` by the compiled tier, which must be there."""
    out = np.empty(x.shape[0], dtype=np.float64)
    values, kind = operand(as_float(x) if double else x)
    load().logsumexp(values, kind, double, *x.shape, out, b"", bytearray())
    return out


def picked_gaps(x: Array, labels: Indices, *, double: bool) -> tuple[Floats, Floats]:
    """`stable.picked_gaps` by the compiled tier."""
    lse, gaps = np.empty(x.shape[0], dtype=np.float64), np.empty(x.shape[0], dtype=np.float64)
    values, kind = operand(as_float(x) if double else x)
    load().logsumexp(values, kind, double, *x.shape, lse, np.ascontiguousarray(labels), gaps)
    return lse, gaps


def cross_mass(x: Array, lse: Floats, mass: Array, *, nan_products: bool) -> Floats:
    """`stable.cross_mass` by the compiled tier."""
    out = np.empty(x.shape[0], dtype=np.float64)
    values, kind = operand(x)
    weights, weights_kind = operand(as_float(mass))
    load().cross_mass(
        values, kind, weights, weights_kind, lse, mass.ndim == 1, nan_products, *x.shape, out
    )
    return out


def binary_cross_entropy_sums(x: Array, targets: Array, *, double: bool) -> Floats:
    """`stable.binary_cross_entropy_sums` by the compiled tier."""
    out = np.empty(x.shape[0], dtype=np.float64)
    values, kind = operand(as_float(x) if double else x)
    wide = double or kind == "f8"
    labels, labels_kind = np.ascontiguousarray(native(targets)), "u1"
    if wide:
        labels, labels_kind = as_float(labels).astype(np.float64, copy=False), "f8"
    elif labels.dtype not in (np.bool_, np.uint8):
        labels, labels_kind = as_float(labels).astype(np.float32, copy=False), "f4"
    load().bce_sums(values, kind, labels, labels_kind, wide, *x.shape, out)
    return out
