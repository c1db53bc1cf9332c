"""How each kind of result is laid out: one file a kind, all in `LAYOUTS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xent_cli.reports.layouts.array import lay_out_array
from xent_cli.reports.layouts.cat import lay_out_cat
from xent_cli.reports.layouts.loss import lay_out_loss
from xent_cli.reports.layouts.show import lay_out_show
from xent_cli.reports.sheets import Layout
from xent_cli.results import ArrayResult, CatResult, Document, LossResult, ShowResult

LAYOUTS: dict[type, Callable[[Any], Layout]] = {
    LossResult: lay_out_loss,
    CatResult: lay_out_cat,
    ArrayResult: lay_out_array,
    ShowResult: lay_out_show,
}
"""The layout of a result, by its class."""


def lay_out(result: Document) -> Layout:
    """`result` as sheets, records and lines; a result without a layout is a mistake of ours."""
    return LAYOUTS[type(result)](result)
