"""xent: the loss calculator for the shell, and as a library.

>>> import numpy as np
>>> from xent_cli import LossRequest, compute_loss
>>> logits, labels = np.array([[2.0, 0.0], [0.0, 0.0]]), np.array([0, 1])
>>> round(compute_loss(LossRequest(logits, labels)).loss, 6)
0.410038
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # `typing` takes as long to load as all the rest before a signal is caught
if TYPE_CHECKING:
    from typing import Any

    from xent_cli.passes.request import LossRequest as LossRequest
    from xent_cli.results.check import CheckResult as CheckResult
    from xent_cli.results.loss import LossResult as LossResult
    from xent_cli.tasks.check import check_inputs as check_inputs
    from xent_cli.tasks.loss import compute_loss as compute_loss

_DOOR = {
    "CheckResult": "xent_cli.results.check",
    "LossRequest": "xent_cli.passes.request",
    "LossResult": "xent_cli.results.loss",
    "check_inputs": "xent_cli.tasks.check",
    "compute_loss": "xent_cli.tasks.loss",
}

__all__ = [
    "CheckResult",
    "LossRequest",
    "LossResult",
    "__version__",
    "check_inputs",
    "compute_loss",
]


def __getattr__(name: str) -> Any:
    """Loads a name of the library door at its first use, so that the command starts quickly."""
    if name in _DOOR:
        from importlib import import_module

        from xent_cli import tier

        tier.warn()
        return getattr(import_module(_DOOR[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
