"""A file that is cut while it is mapped is an error like others, and not the end of the process.

The compiled part (`_guard.c`) catches SIGBUS, which takes the whole process: the program installs
it, the library does not. Where it was not built, the system ends the process (exit code 135).
"""

from __future__ import annotations

import functools
import importlib
from typing import Any


@functools.cache
def _module() -> Any:
    try:
        return importlib.import_module("xent_cli._guard")
    except ImportError:
        return None


def install() -> None:
    """From now on, pages of mapped files that are gone read as zeros."""
    if (module := _module()) is not None:
        module.install()


def pages_lost() -> bool:
    """Whether a page was gone: then nothing that was read from maps can be trusted."""
    module = _module()
    return module is not None and module.lost()
