"""A number of a result, with all that a report says of it."""

from __future__ import annotations

from typing import Any

from xent_cli.records import record


@record
class Figure:
    """A number of a result.

    Attributes:
        name: in JSON, CSV and gates.
        value: None where there is none.
        title: what people read; empty: the name.
        unit: `nats`, `bits`, or empty.
        rows: of how many rows (or elements) it is; None: of all, or that goes without saying.
        digits: the significant digits it carries; None: all it has.
        row: where it is of one row: which, in C order.
        index: the same as one number an axis of the labels.
    """

    name: str
    value: float | int | None
    title: str = ""
    unit: str = ""
    rows: int | None = None
    digits: int | None = None
    row: int | None = None
    index: tuple[int, ...] | None = None

    def to_json(self) -> Any:
        """The number; of a row an object that says which."""
        if self.row is None:
            return self.value
        return {"loss": self.value, "row": self.row, "index": list(self.index or ())}
