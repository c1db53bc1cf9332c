"""What is found where arrays are read and written: by those who read and write them."""

from __future__ import annotations

from xent_cli.diagnoses.base import Unit
from xent_cli.diagnosis import ERROR, NOTE, WARNING

READING = tuple(
    Unit(id, level, "reading", about)
    for level, abouts in {
        ERROR: {"refused": "what the loss refuses outright, in its own words"},
        NOTE: {
            "text-header": "whether the first row of a text is read as column names",
            "text-columns": "the columns of a text that the array is made of",
            "text-index": "columns of a text that are an index or ids, and no numbers",
            "comments-above": "lines of comments above the first row",
            "comments-skipped": "lines of comments between rows",
            "blank-lines-skipped": "blank lines between rows",
            "truths": "True, False, yes and no are read as 1 and 0",
            "percents": "cells with a % sign are divided by 100",
            "thousands": "marks between thousands are no part of a number",
            "columns-in-order": "columns of LABELS are put in the order of LOGITS by their names",
            "rows-by-class": "weights are put in the order of the classes by their names",
            "ids-joined": "rows of LABELS are put in the order of LOGITS by their ids",
            "ids-extra": "rows of LABELS whose ids LOGITS do not have",
            "ids-missing": "rows of LOGITS whose ids LABELS do not have",
            "empty-cells-skipped": "rows with empty cells are left out",
            "empty-cells-nan": "empty cells are NaN",
            "copied-first": "an input that cannot be read in order is copied first",
            "shards": "the files that are read as one, and their order",
            "order": "files in the order of a shell, which puts 10 before 2",
            "members": "the members of a file that are read as logits and labels",
            "not-listed": "members of a file that cannot be read",
            "labels-sorted": "the framework sorts the labels, which columns do not follow",
            "threads-fewer": "fewer threads than --jobs asked for",
            "target-loses": "a file that is replaced has links or permissions of its own",
            "pieces-replaced": "pieces of a split that replace older ones",
            "pieces-from-before": "pieces of an earlier split that are still there",
        },
        WARNING: {
            "text-no-rows": "a text has column names and no rows",
            "columns-differ": "texts that are read together name their columns differently",
            "whole-number-rounded": "whole numbers too long for float64",
            "lossy-promotion": "the dtype of arrays together does not hold all their values",
            "cells-not-finite": "cells of a text that are NaN or infinity",
            "activation-nan": "rows whose activation is NaN",
        },
    }.items()
    for id, about in abouts.items()
)
