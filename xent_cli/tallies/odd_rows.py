"""The first row whose loss is NaN, and the first whose loss is infinite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from xent_cli.dtypes import as_float
from xent_cli.figure import Figure
from xent_cli.records import mutable_record

if TYPE_CHECKING:
    from xent_cli.header import Header
    from xent_cli.losses.base import Array
    from xent_cli.tallies.base import Tallies
    from xent_cli.tallies.rows import Rows


@mutable_record
class OddRows:
    """The numbers of these rows in C order; None where there is none.

    Attributes:
        nan: the first row with a loss of NaN.
        source: why: `NaN or infinity in targets`, say; empty where the first operand has them.
        infinite: the first row with an infinite loss.
        smoothed: its label is no class of -inf: smoothing gives one of the others a share.
    """

    needs = ()

    nan: int | None = None
    source: str = ""
    infinite: int | None = None
    smoothed: bool = False

    def add(self, rows: Rows) -> None:
        """Takes in the rows of a block; most have none."""
        total = rows.summary.total
        if total.nan:
            index = int(np.argmax(np.isnan(rows.values)))
            self.merge(OddRows(rows.row(index), _source(rows, index)))
        if total.posinf or total.neginf:
            index = int(np.argmax(np.isinf(rows.values)))
            self.merge(OddRows(infinite=rows.row(index), smoothed=_is_smoothed(rows, index)))

    def merge(self, other: OddRows) -> None:
        """Takes in other rows."""
        if other.nan is not None and (self.nan is None or other.nan < self.nan):
            self.nan, self.source = other.nan, other.source
        if other.infinite is not None and (self.infinite is None or other.infinite < self.infinite):
            self.infinite, self.smoothed = other.infinite, other.smoothed

    def figures(self, header: Header, tallies: Tallies) -> Iterator[Figure]:
        """None: diagnoses tell of them."""
        yield from ()


def _source(rows: Rows, counting: int) -> str:
    """What makes the loss of a row that counts NaN."""
    index = counting if rows.counting is None else int(rows.counting[counting])
    labels, takes = rows.block.labels, rows.loss.operand(rows.options)
    if labels.ndim == 2 and _has_nan(labels[index]):
        return "NaN or infinity in targets"
    if rows.factors is not None and not np.isfinite(rows.factors.values[index]).all():
        return "NaN or infinity in weights"
    if not np.isfinite(as_float(rows.block.logits[index])).all() or takes == "logits":
        return ""
    if labels.ndim == 2 and (as_float(labels[index]) < 0).any():
        return "targets below 0 have no logarithm"
    return f"{takes} that have no logarithm"


def _is_smoothed(rows: Rows, counting: int) -> bool:
    """Whether the label of a row with an infinite loss has a finite logit, and another has none."""
    index = counting if rows.counting is None else int(rows.counting[counting])
    if rows.block.labels.ndim != 1 or not getattr(rows.options, "label_smoothing", 0):
        return False
    label, logits = int(rows.label_classes[index]), as_float(rows.block.logits[index])
    return 0 <= label < len(logits) and bool(np.isfinite(logits[label]) & np.isinf(logits).any())


def _has_nan(numbers: Array) -> bool:
    return bool(np.isnan(as_float(numbers)).any())
