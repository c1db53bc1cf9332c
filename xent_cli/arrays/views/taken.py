"""Rows of an array in another order: what the ids of two texts make of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader
from xent_cli.arrays.views.parts import ArrayView
from xent_cli.geometry import Box

Rows = np.ndarray[Any, np.dtype[np.int64]]


class TakenRows(ArrayView):
    """The rows of another array, (N, ...), that a list of their numbers takes, in its order.

    Args:
        source: may be read in any order.
        rows: numbers of rows, each at most once.
    """

    def __init__(self, source: ArrayReader, rows: Rows) -> None:
        super().__init__(source, (len(rows), *source.shape[1:]), source.name)
        self.names_labels = source.names_labels
        self._rows = rows

    def read(self, box: Box) -> Array:
        """The box, from the rows between the first and the last that it takes."""
        rows = self._rows[box[0]]
        if not len(rows):
            return self.source.read((slice(0, 0), *box[1:]))
        first = int(rows.min())
        values = self.source.read((slice(first, int(rows.max()) + 1), *box[1:]))
        return values[rows - first]

    def close(self) -> None:
        """Closes the source: nothing else reads it."""
        self.source.close()
