"""What is found where arrays are read and written: by those who read and write them."""

from __future__ import annotations

from xent_cli.diagnoses.base import Unit
from xent_cli.diagnosis import NOTE, WARNING

READING = tuple(
    Unit(id, level, "reading")
    for level, ids in {
        NOTE: (
            "text-header",
            "text-columns",
            "text-index",
            "comments-above",
            "comments-skipped",
            "blank-lines-skipped",
            "truths",
            "percents",
            "thousands",
            "columns-in-order",
            "rows-by-class",
            "ids-joined",
            "ids-extra",
            "ids-missing",
            "empty-cells-skipped",
            "empty-cells-nan",
            "copied-first",
            "shards",
            "order",
            "members",
            "not-listed",
            "labels-sorted",
            "threads-fewer",
            "target-loses",
            "pieces-replaced",
            "pieces-from-before",
        ),
        WARNING: (
            "text-no-rows",
            "columns-differ",
            "whole-number-rounded",
            "lossy-promotion",
            "cells-not-finite",
            "activation-nan",
        ),
    }.items()
    for id in ids
)
