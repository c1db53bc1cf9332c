"""Which tier calculates: the compiled one (`_kernel.c`) where it was built, otherwise NumPy.

`XENT_KERNEL` in the environment forces one: `numpy`, or a target of the compiled tier (`avx512`,
`avx2`, `baseline`), which all give the same bits. An x86 processor that cannot multiply and add in
one instruction (before 2013) takes NumPy: there the C library's fma is slower. Nothing here needs
NumPy: `xent --version` asks.
"""

from __future__ import annotations

import functools
import importlib
import os
from typing import Any

from xent_cli.errors import UsageError

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
