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
import sys
from pathlib import Path
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


def was_asked() -> bool:
    """Whether something was calculated, or is about to be."""
    return load.cache_info().currsize > 0


@functools.cache
def shortfall() -> str | None:
    """What is to be said of a source folder without the compiled tier that this machine could have.

    The folder of the `python` that runs comes before an installed xent, whose last digits differ.
    """
    package = Path(__file__).parent
    if os.environ.get("XENT_KERNEL") or load() is not None or "xent_cli._kernel" in sys.modules:
        return None
    if not ((package / "_kernel.c").exists() and (package.parent / "pyproject.toml").exists()):
        return None
    import shutil
    from importlib.machinery import PathFinder

    if PathFinder.find_spec("xent_cli._kernel", [str(Path(p, "xent_cli")) for p in sys.path]):
        way = "python -P takes the installed xent instead"
    elif any(map(shutil.which, ("cc", "gcc", "clang"))):
        way = "pip install -e . builds it"
    else:
        return None
    return f"no compiled tier in {package}: NumPy's last digits differ; {way}"


@functools.cache
def warn() -> None:
    """`shortfall` for the library: a warning, once."""
    if message := shortfall():
        import warnings

        warnings.warn(message, RuntimeWarning, stacklevel=3)
