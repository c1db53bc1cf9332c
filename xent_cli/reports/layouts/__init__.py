"""How each kind of result is laid out: one file a kind, all in `LAYOUTS`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xent_cli.reports.sheets import Layout
    from xent_cli.results.base import Document

LAYOUTS = {
    "LossResult": "loss",
    "CatResult": "cat",
    "ArrayResult": "array",
    "ShowResult": "show",
    "LossesResult": "losses",
    "CheckResult": "check",
    "DiagnosesResult": "check",
}
"""The class of a result -> the module here whose `lay_out` lays it out; loaded when used."""


def lay_out(result: Document) -> Layout:
    """`result` as sheets, records and lines; a result without a layout is a mistake of ours."""
    module = import_module(f"{__name__}.{LAYOUTS[type(result).__name__]}")
    layout: Layout = module.lay_out(result)
    return layout
