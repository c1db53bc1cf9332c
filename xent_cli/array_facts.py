"""An array as reports show it: what it is, and the values at its corners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xent_cli.records import record

Scalar = int | float | bool | str


@record
class Corner:
    """The values at the corners of an array: the first and last few along every axis.

    `axes[i]` are the indices kept along axis i, in order (a jump is a gap); `values` are the kept
    elements in C order.
    """

    axes: tuple[tuple[int, ...], ...]
    values: tuple[Scalar, ...]

    @staticmethod
    def axes_of(shape: Sequence[int]) -> tuple[tuple[int, ...], ...]:
        """The indices to keep of an array of `shape`: at most 360 values, whatever the shape.

        The last axis keeps 10, or the first 5 and last 4; the one before keeps 8, or the first and
        last 4; of the axes before, at most four slices are kept, the outermost axis first.

        >>> Corner.axes_of((1797, 10))
        ((0, 1, 2, 3, 1793, 1794, 1795, 1796), (0, 1, 2, 3, 4, 5, 6, 7, 8, 9))
        >>> Corner.axes_of((3, 2, 2, 2))
        ((0, 1, 2), (0,), (0, 1), (0, 1))
        """
        slices = 4
        axes = []
        for length in shape[:-2]:
            ends = _ends(length, slices, slices // 2, slices // 2)
            slices //= max(1, len(ends))
            axes.append(ends)
        if len(shape) > 1:
            axes.append(_ends(shape[-2], 8, 4, 4))
        if shape:
            axes.append(_ends(shape[-1], 10, 5, 4))
        return tuple(axes)


def _ends(length: int, most: int, first: int, last: int) -> tuple[int, ...]:
    if length <= most:
        return tuple(range(length))
    if last == 0:
        return tuple(range(most))
    return (*range(first), *range(length - last, length))


@record
class FileFacts:
    """A file that was read: its absolute name, its bytes, and when it was last written (ns)."""

    name: str
    bytes: int
    modified: int


@record
class ArrayFacts:
    """An array as a report shows it."""

    name: str
    format: str
    shape: tuple[int, ...]
    dtype: str
    order: str  # "C" or "F"
    columns: tuple[str, ...] | None = None
    corner: Corner | None = None
    is_text: bool = False  # without ranks and dtypes in its source

    def to_dict(self) -> dict[str, Any]:
        """Name, format, shape, dtype, order, and columns where there are any."""
        facts: dict[str, Any] = {
            "name": self.name,
            "format": self.format,
            "shape": list(self.shape),
            "dtype": self.dtype,
            "order": self.order,
        }
        if self.columns is not None:
            facts["columns"] = list(self.columns)
        return facts
