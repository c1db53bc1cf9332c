"""What the row counts of two files make of their first rows."""

from __future__ import annotations

import pytest

from xent_cli.arrays.text.counts import Counted, needs_count, settle
from xent_cli.arrays.text.frame import frame
from xent_cli.arrays.text.header import NAMES, Context, Header, read_header
from xent_cli.errors import DataError


def _header(text: str, delimiter: str = ",", decimal: str = ".", **context) -> Header:
    lines = text.splitlines()
    return read_header(frame(lines, delimiter, decimal=decimal), Context("x.csv", **context))


# Readings of LOGITS and LABELS, each with its number of lines -> what counts make of them.
ZERO_TO_TWO = _header("0,1,2\n1.5,0.2,-0.1\n0.1,0.8,0.1")
OPEN = _header("0,1,2\n2.5,-1,0.5\n-0.5,3,0.25")
PLAIN = _header("0.5,1.5\n1,2")
NAMED = _header("a,b\n1,2")
ZERO = _header("0\n0\n1")
FIVE = _header("5\n0\n1")
WORDS = _header("label\nant\nbee", is_labels=True)
ONE_HOT = _header("0,1,2\n1,0,0\n0,1,0")

SETTLED = [
    # An open first row goes by the count that is certain.
    (OPEN, 4, PLAIN, 4, "data data"),
    (OPEN, 4, PLAIN, 3, "names data"),
    (OPEN, 4, NAMED, 4, "names names"),
    (OPEN, 4, NAMED, 5, "data names"),
    (OPEN, 4, None, 3, "names -"),
    (OPEN, 4, None, 4, "data -"),
    (OPEN, 4, ZERO, 3, "names data"),
    (OPEN, 3, ZERO, 4, "data names"),
    (OPEN, 4, ONE_HOT, 4, "names names"),
    (PLAIN, 3, WORDS, 4, "data names"),
    (PLAIN, 4, WORDS, 4, "data data"),
    (NAMED, 4, WORDS, 4, "names names"),
    # Counts go against a header that is certain by its numbers, and against a 0.
    (ZERO_TO_TWO, 4, PLAIN, 3, "names data"),
    (ZERO_TO_TWO, 4, PLAIN, 4, "data data"),
    (ZERO_TO_TWO, 4, None, 4, "data -"),
    (ZERO_TO_TWO, 4, ZERO, 3, "names data"),
    (ZERO_TO_TWO, 4, ZERO, 4, "names names"),
    (ZERO_TO_TWO, 4, ONE_HOT, 4, "names names"),
    (ZERO_TO_TWO, 4, ONE_HOT, 3, "names data"),
    (PLAIN, 3, ZERO, 4, "data names"),
    (PLAIN, 4, ZERO, 4, "data data"),
    (ZERO, 4, ZERO, 4, "data data"),
    (ZERO, 5, ZERO, 4, "names data"),
    (None, 3, ZERO, 4, "- names"),
    (PLAIN, 2, ZERO, 3, "data names"),
    (PLAIN, 1, ZERO, 2, "data data"),
    # Counts that fit nothing turn nothing; the readers of shapes tell what is wrong.
    (ZERO_TO_TWO, 9, PLAIN, 4, "names data"),
    (PLAIN, 3, FIVE, 4, "data data"),
    (PLAIN, 3, NAMED, 3, "data names"),
    (PLAIN, 9, ZERO, 4, "data data"),
    (ZERO_TO_TWO, None, ZERO, 4, "names data"),
]


@pytest.mark.parametrize(("logits", "rows", "labels", "labelled", "expected"), SETTLED)
def test_counts(logits, rows, labels, labelled, expected) -> None:
    before = (logits, labels)
    after = settle(Counted("x.csv", logits, rows), Counted("y.csv", labels, labelled))
    readings = [header.reading if header is not None else "-" for header in after]
    assert " ".join(readings) == expected
    for header, was in zip(after, before, strict=True):
        if header is not None and header.reading != was.reading:
            assert header.certain
            assert header.columns == (was.names if header.reading == NAMES else None)
            assert header.reason.startswith("only so has it as many rows as ")


REFUSED = [
    (OPEN, 4, ZERO, 4, "x.csv", "--header reads it as names, --no-header as data"),
    (OPEN, 9, PLAIN, 4, "x.csv", "--header --no-labels-header reads it as names, --no-header as"),
    (OPEN, 9, NAMED, 4, "x.csv", "--header reads it as names, --no-header --labels-header as data"),
    (OPEN, 9, None, 4, "x.csv", "--header reads it as names, --no-header as data"),
    (OPEN, 4, OPEN, 4, "x.csv", "--header reads it as names, --no-header as data"),
    (PLAIN, 9, WORDS, 4, "y.csv", "--labels-header reads it as names, --no-labels-header as data"),
    (None, 9, WORDS, 4, "y.csv", "--labels-header reads it as names, --no-labels-header as data"),
    (OPEN, None, ZERO, 4, "x.csv", "--header --no-labels-header reads it as names, --no-header"),
]


@pytest.mark.parametrize(("logits", "rows", "labels", "labelled", "name", "hint"), REFUSED)
def test_what_counts_leave_open_is_refused(logits, rows, labels, labelled, name, hint) -> None:
    with pytest.raises(DataError) as caught:
        settle(Counted("x.csv", logits, rows), Counted("y.csv", labels, labelled))
    reason = (labels if name == "y.csv" else logits).reason
    start = f"{name}: the first row may be column names or data: {reason}"
    assert caught.value.message.startswith(start)
    assert caught.value.message.endswith("either way") == (rows == labelled)
    assert caught.value.hint.startswith(hint)


def test_a_single_file() -> None:
    assert settle(Counted("x.csv", ZERO_TO_TWO, 4)) == (ZERO_TO_TWO, None)
    with pytest.raises(DataError, match="the first row may be") as caught:
        settle(Counted("x.csv", OPEN, 4))
    assert caught.value.hint == "--header reads it as names, --no-header as data"


def test_lines_are_counted_only_where_they_may_be_needed() -> None:
    assert [needs_count(header) for header in (OPEN, WORDS, ZERO)] == [True] * 3
    others = (ZERO_TO_TWO, ONE_HOT, PLAIN, NAMED, FIVE)
    assert [needs_count(header) for header in others] == [False] * 5
