"""What a loss comes across as it reads the rows of a block, for whoever wants it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from xent_cli.losses.checks import RowLabels

Array = np.ndarray[Any, Any]


class Byproducts:
    """Facts of a block's rows that come with the read of its loss, each found once.

    Args:
        wants: of `top` (the largest number of a row, and the lowest class that has it) and `hit`
            (whether that class is the label) those that somebody asks for; the others are left out.

    Attributes:
        labels: the index labels as classes; None where there are none.
        top: (rows,) float64; NaN in a row with NaN, which has no top.
        top_class: (rows,) int64; -1 in a row with NaN, or without classes.
        hit: (rows,) bool; of rows whose label is a class.
    """

    def __init__(self, wants: Iterable[str] = ()) -> None:
        self.wants = frozenset(wants)
        self.labels: RowLabels | None = None
        self.top: Array | None = None
        self.top_class: Array | None = None
        self.hit: Array | None = None

    def missing(self) -> bool:
        """Whether something that is wanted was not found yet."""
        return ("top" in self.wants and self.top_class is None) or (
            "hit" in self.wants and self.hit is None
        )
