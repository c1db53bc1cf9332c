"""How the rows of a text become numbers: what is settled before the first one is parsed."""

from __future__ import annotations

from collections.abc import Sequence

from xent_cli.arrays.text.dialect import Dialect
from xent_cli.diagnosis import Diagnosis
from xent_cli.records import record


@record
class Reading:
    """What the text is a table of.

    Attributes:
        dialect: how its lines are cut.
        start: the number of the last line above the rows of data.
        columns: the names of all columns; None where they have none.
        values: positions, from 0, of the columns that are the array, in its order.
        labels: positions of the columns that are labels beside it.
        ids: the position of the column whose cells are kept, to be compared with another text's.
        keys: the names of the columns that are set aside and tell the rows apart.
        index: positions of the columns that are set aside because their cells are distinct whole
            numbers, which is seen to for all of them.
        is_row: the one row holds one label for each row of the logits.
        has_thousands: a comma within a number parts thousands (a point, with a decimal comma).
        told: what the user should know of how it was settled.
    """

    dialect: Dialect
    start: int
    columns: tuple[str, ...] | None
    values: Sequence[int]
    labels: tuple[int, ...] = ()
    ids: int | None = None
    keys: tuple[str, ...] = ()
    index: tuple[int, ...] = ()
    is_row: bool = False
    has_thousands: bool = False
    told: tuple[Diagnosis, ...] = ()

    @property
    def value_columns(self) -> tuple[str, ...] | None:
        """The names of the columns that are the array."""
        if self.columns is None or self.values == range(len(self.columns)):
            return self.columns
        return tuple(self.columns[place] for place in self.values)
