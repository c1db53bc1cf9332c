"""What a loss comes across as it reads the rows of a block, for whoever wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.losses.kernel import Indices, row_chunks

if TYPE_CHECKING:
    from typing import ParamSpec, TypeVar

    from xent_cli.losses.checks import RowLabels

    P = ParamSpec("P")
    T = TypeVar("T")

Array = np.ndarray[Any, Any]


class Byproducts:
    """Facts of a block's rows that come with the read of its loss, each found once.

    Args:
        wants: of `top` (the largest number of a row, and the lowest class that has it), `hit`
            (whether that class is the label) and `bounds` (what is between the rows and their
            losses) those that somebody asks for; the others are left out.

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
        self._kept: dict[Any, Any] = {}

    def once(self, calculate: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """What `calculate` gives of the block; kept for the next who asks if bounds are wanted."""
        if "bounds" not in self.wants:
            return calculate(*args, **named)
        if calculate not in self._kept:
            self._kept[calculate] = calculate(*args, **named)
        value: T = self._kept[calculate]
        return value

    def missing(self) -> bool:
        """Whether something that is wanted was not found yet."""
        return ("top" in self.wants and self.top_class is None) or (
            "hit" in self.wants and self.hit is None
        )


class Tops:
    """The largest number of each row and the lowest class that has it; NaN and -1 beside a NaN."""

    def __init__(self, rows: int) -> None:
        self.values, self.classes = np.full(rows, np.nan), np.full(rows, -1)

    def take(self, part: slice, floats: Array) -> None:
        """Notes the tops of a run of rows; argmax stops at a row's first NaN."""
        if not floats.size:
            return
        classes = floats.argmax(axis=1)
        values = floats[np.arange(len(floats)), classes]
        self.values[part] = values
        self.classes[part] = np.where(np.isnan(values), -1, classes)


def find_tops(x: Array, by: Byproducts, labels: Indices | None = None) -> None:
    """Finds the tops that are wanted of rows that are not read for their logsumexp.

    Args:
        x: (rows, classes), any real dtype.
        by: takes them.
        labels: (rows,) int64, where hits are wanted; None: there are none.

    >>> by = Byproducts(["top"])
    >>> find_tops(np.array([[1.0, 3.0, 3.0], [0.0, np.nan, 1.0]]), by)
    >>> by.top_class
    array([ 1, -1])

    """
    if by.top_class is None:
        tops = Tops(len(x))
        for part in row_chunks(len(x), x.shape[1], 4):
            tops.take(part, as_float(x[part]))
        by.top, by.top_class = tops.values, tops.classes
    if labels is not None:
        by.hit = by.top_class == labels
