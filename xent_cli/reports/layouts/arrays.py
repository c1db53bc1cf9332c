"""An array as cells for programs, shared by every layout that lists arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from xent_cli.array_facts import ArrayFacts, Scalar
from xent_cli.reports.text import shape_key, visible

ARRAY_HEADER = ("name", "format", "shape", "dtype", "order")


def array_record(array: ArrayFacts) -> tuple[str, ...]:
    """The cells under `ARRAY_HEADER`."""
    return array.name, array.format, shape_key(array.shape), array.dtype, array.order


def tab_lines(records: Iterable[Sequence[Scalar | None]]) -> Iterator[str]:
    """One line a record, its cells separated by tabs (names hold none once they are `visible`)."""
    for record in records:
        yield "\t".join("" if cell is None else visible(str(cell)) for cell in record)
