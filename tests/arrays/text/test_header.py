"""Whether a first row names the columns: every clause of the rule, for and against."""

from __future__ import annotations

import pytest

from xent_cli.arrays.text.counts import Counted, needs_count, settle
from xent_cli.arrays.text.frame import frame
from xent_cli.arrays.text.header import DATA, NAMES, UNSETTLED, Context, Header, read_header
from xent_cli.arrays.text.names import is_key_name, is_nameless, match_names, names_in_comment
from xent_cli.errors import DataError


def _header(text: str, delimiter: str = ",", decimal: str = ".", **context) -> Header:
    lines = text.splitlines()
    return read_header(frame(lines, delimiter, decimal=decimal), Context("x.csv", **context))


def _wide(first: str, cell: str, columns: int) -> str:
    row = ",".join([cell] * columns)
    return f"{first}\n{row}\n{row}"


# `names` and `data` are certain; `names?` and `data?` are so unless row counts say otherwise.
CASES = {
    # Words over numbers are names.
    "a,b\n0.5,1.5": "names",
    "a,b\n1,2\n3,4": "names",
    "a\n1.5": "names",
    "label\n0\n1": "names",
    "a name,b name\n1,2": "names",
    "a,2\n1,2": "names",
    "1st,2nd\n0.5,1.5": "names",
    "cat,dog\nnan,inf\n0.5,2": "names",
    "a,b\n1,\nNA,2": "names",
    "猫,犬\n0.5,1.5": "names",
    "a,True\n1,2": "names",
    "id,label\nx1,3\nx2,5": "names",
    "score\n0.5\n0.7\noops": "names",
    'price\n"1,234"\n"2,345.5"': "names",
    "share\n50%\n20 %": "names",
    # A typing error in a first row of data looks like that.
    "0.25,1O\n0.5,1.5": "unsettled",
    "1.5x\n2.5\n3.5": "unsettled",
    "?,2\n1,3\n2,3": "unsettled",
    "a,a\n1,2": "unsettled",
    # Names may be quantiles where an index or an id stands beside them.
    "id,0.1,0.5\n7,1.5,2.5": "names",
    "Unnamed: 0,0.1,0.5\n0,1.5,2.5": "names",
    # An empty first cell over distinct whole numbers or words.
    ",a,b\n0,0.5,1.5\n1,2.5,0.25": "names",
    ",0,1,2\n0,1.5,0.2,-0.1\n1,0.1,0.8,0.1": "names",
    ",0,1\n5,1,2\n3,4,5": "names",
    ",x\nann,1\nbob,2": "names",
    ",0.1,0.5\n3,1.5,2.5\n4,1.5,2.5": "names?",
    ",0,1,2\n0,1.5,0.2,0.1\n0,0.1,0.8,0.1": "names?",
    ",0.5\n0.1,0.2": "data",
    ",5\n7,2\n7,9": "data",
    # True and False, words for missing, and words over words say nothing.
    "True,0.5\nFalse,0.25": "data",
    "NA,3\n1,4\n2,5": "data",
    "yes,1\nno,0": "data",
    "ann,0.5,1.5\nbob,2.5,0.25": "data",
    "ann,5,2\nbob,1,8": "data",
    "ann,0\nbob,1": "data",
    "EX0,1,0\nEX1,0,1": "data",
    "name,0,1,2\nx,0.5,0.2,0.3\ny,0.5,0.2,0.3": "names?",
    "id,0,1\nEX0,0.4,0.6\nEX1,0.1,0.9": "names?",
    "id,0,1\nEX0,1,0\nEX1,0,1": "unsettled",
    "id,0.1,0.5\nEX0,0.4,0.6": "unsettled",
    # A one-line file.
    "0,1,2": "data",
    "a,b": "data",
    "0": "data",
    # A point, an exponent or a sign in the first row.
    "0.0,1.0,2.0\n0.5,1.5,2.5": "data",
    "0,1e0,2\n0.5,1.5,2.5": "data",
    "0,+1,2\n0.5,1.5,2.5": "data",
    "-1,0,1\n0.5,1.5,2.5": "data",
    "nan,1\n0.5,1.5": "data",
    '"2,019",5\n0.5,1.5': "data",
    # One column of whole numbers.
    "0\n0\n1": "data?",
    "0\n1\n2": "data?",
    "0\n\n1": "data?",
    "1\n0\n1": "data",
    "5\n1\n2": "data",
    "2019\n1\n2": "data",
    "007\n8\n9": "data",
    # Columns of only 0 and 1, the first row included.
    "1,0,0\n0,1,0\n0,0,1": "data",
    "0,1\n1,0\n0,1": "data?",
    "1,0\n1,0\n0,1": "data",
    # Numbers in order over fractions.
    "0,1,2\n1.5,0.2,-0.1\n0.1,0.8,0.1": "names?",
    "1,2,3\n1.5,0.2,-0.1\n0.1,0.8,0.1": "names?",
    "0,1,2\n1.5,2.0,0.1": "names?",
    "0,1,2\n1.5,2,3e0\n1,2.5,3": "names?",
    "00,01,02\n1.5,0.2,-0.1": "names?",
    " 0, 1, 2\n1.5,0.2,-0.1": "names?",
    '"0","1","2"\n1.5,0.2,-0.1': "names?",
    "0,1\n0.9,0.1\n0.2,0.8": "names?",
    "1,2\n0.9,0.1\n0.2,0.8": "names?",
    "0,1\n2.5,0.1\n0.3,1.9": "unsettled",
    "0,1\n0.5,1.0": "unsettled",
    "1,2\n1.5,0.1\n0.3,1.9": "unsettled",
    "0,1,2\n2.5,-1,0.5\n-0.5,3,0.25": "unsettled",
    "0,1,2\n3,1,4\n1,5,9": "unsettled",
    "0,2,1\n1.5,0.2,-0.1": "data",
    "2,3,4\n1.5,0.2,-0.1\n2.5,3.5,4.5\n0.5,0.5,0.5": "data",
    # Numbers in order over 0 and 1.
    "0,1,2\n1,0,0\n0,1,0": "names?",
    "1,2,3\n1,0,0\n0,1,0": "names?",
    "1,2\n1,0\n0,1": "unsettled",
    "0,1,2\n1,0,2\n0,1,0": "unsettled",
    # One column: a 0 over fractions, or over words.
    "0\n0.9\n0.2": "unsettled",
    "1\n0.9\n0.2": "data",
    "1\n0.9\n0.2\n1.5": "data",
    "0\nTrue\nFalse": "unsettled",
    # Years.
    "2019,2020,2021\n1.5,0.2,-0.1": "names?",
    "2021,1999\n1.5,-199.5": "names?",
    "2021,1999\n1.5,-200.5": "data",
    "2021,1999\n1.5,-200.5\n1.5,2.5\n0.5,2.5": "unsettled",
    "2019,2019\n1.5,0.2": "data",
    "2019,2020\n1,2": "data",
    "12019,12020\n1.5,0.2": "data",
    "0019,0020\n1.5,0.2": "data",
    "2019\n1.5\n0.2": "unsettled",
    # Other distinct numbers out of the range of at least three rows of fractions.
    "3,7,9\n0.5,0.2,0.3\n0.1,0.8,0.1\n0.3,0.3,0.4": "unsettled",
    "3,7,9\n0.5,0.2,0.3\n0.1,0.8,0.1": "data",
    "3,7,9\n0.5,0.2,0.3\n0.1,8.5,0.1\n0.3,0.3,0.4": "data",
    "3,3,9\n0.5,0.2,0.3\n0.1,0.8,0.1\n0.3,0.3,0.4": "data",
    "3,7,9\n0.5,2,0.3\n0.1,1,0.1\n0.3,0,0.4": "data",
    "3,7\n1,2\n2,1\n1,1": "data",
    "7\n0.9\n0.2\n0.6": "unsettled",
    # All others.
    "5,2\n0.5,1.5": "data",
    "3,1,4\n1,5,9": "data",
    "1,1\n2,2": "data",
}


def _mark(header: Header) -> str:
    return header.reading + ("" if header.certain or header.reading == UNSETTLED else "?")


@pytest.mark.parametrize("text", CASES)
def test_first_rows(text: str) -> None:
    header = _header(text)
    assert _mark(header) == CASES[text], header.reason
    first = frame(text.splitlines(), ",").first
    assert header.columns == (first if header.reading == NAMES else None)
    assert header.names == (() if header.certain else first)
    assert header.reason


@pytest.mark.parametrize("text", [text for text, mark in CASES.items() if "\n" in text])
def test_readings_are_the_same_with_tabs(text: str) -> None:
    if '"' not in text and "," in text and " ," not in text:
        assert _mark(_header(text.replace(",", "\t"), "\t")) == CASES[text]


# Of LABELS: columns of words alone.
LABELS = {
    "ant\nbee\nant": ("data", ()),
    "label\nant\nbee": ("unsettled", ()),
    "ant\nbee\ncat": ("unsettled", ()),
    "ant\nbee\ncat ": ("data", ("ant", "bee", "cat")),
    "label\nant\nbee ": ("unsettled", ("ant", "bee")),
    "True\nFalse": ("data", ()),
    "answer\nTrue\nFalse": ("unsettled", ()),
    "ant\n-100\n-100": ("names", ()),
    "ant\n-100\nbee\nant": ("data", ()),
    "id,label\nx1,ant\nx2,bee": ("unsettled", ()),
    "x1,ant\nx2,bee\nx3,ant": ("data", ()),
    "0\nant\nbee": ("unsettled", ()),
    "-100\nant\nbee": ("data", ()),
}


@pytest.mark.parametrize("text", LABELS)
def test_labels_of_words(text: str) -> None:
    reading, classes = LABELS[text]
    assert _header(text, is_labels=True, classes=classes).reading == reading


def test_words_are_no_names_where_numbers_are_expected() -> None:
    assert _mark(_header("tensor(1),x\ntensor(2),y")) == "data"


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        (_wide(",".join(map(str, range(10_000))), "0.5", 10_000), "names?"),
        (_wide(",".join(map(str, range(1, 10_001))), "0", 10_000), "names?"),
        (_wide(",".join(map(str, range(10_000))), "7", 10_000), "unsettled"),
        (_wide(",".join(["0.25"] * 10_000), "0.5", 10_000), "data"),
        (_wide(",".join(f"t{n}" for n in range(10_000)), "0.5", 10_000), "names"),
    ],
)
def test_wide_texts(text: str, reading: str) -> None:
    assert _mark(_header(text)) == reading


def test_the_file_may_go_on_behind_its_only_row() -> None:
    assert _header("0,1,2").reading == DATA
    assert _header("0,1,2", is_whole=False).reading == UNSETTLED


def test_decimal_commas() -> None:
    assert _mark(_header("0;1;2\n0,5;1,5;0,1", ";", ",")) == "names?"
    assert _mark(_header("0,5;1;2\n0,5;1,5;0,1", ";", ",")) == "data"
    assert _mark(_header("a;b\n0,5;1,5", ";", ",")) == "names"


def test_names_by_which_columns_are_chosen_settle_what_is_open() -> None:
    text = "id,label\nx1,ant\nx2,bee"
    assert _header(text, is_labels=True, chosen=("label",)).columns == ("id", "label")
    assert _header(text, is_labels=True, chosen=("name",)).reading == UNSETTLED
    assert _header("0.5,1\n1.5,2", chosen=("1",)).reading == DATA


def test_the_users_words_for_missing_say_nothing() -> None:
    lines = ["?,5", "1,2", "2,3"]
    assert read_header(frame(lines, ",", frozenset({"?"})), Context("x.csv")).reading == DATA


@pytest.mark.parametrize(
    ("text", "skip"),
    [
        ("a,b\nx,y\n0.5,1.5", 1),
        ("a,b\nx,y\nu,v\n1,2\n3,4", 2),
        (",a,b\nid,,\n0,0.5,1.5\n1,0.5,2.5", 1),
        ("score\npoints\n1\n2", 1),
    ],
)
def test_rows_of_words_over_numbers(text: str, skip: int) -> None:
    with pytest.raises(DataError) as caught:
        _header(text, line=3)
    assert caught.value.message == (
        f"x.csv:3: {skip + 1} rows of words stand over the numbers, expected one row of column names"
    )
    assert caught.value.hint.startswith(f"--skip {2 + skip} keeps the last of them, ")
    # Followed, the hint leads to the last of these rows.
    assert _header("\n".join(text.splitlines()[skip:])).reading == NAMES


@pytest.mark.parametrize(
    "text",
    ["id,a\nx1,NA\nx2,0.5", "a,b\nx,2\n3,4", "a,b\n?,?\n1,2", "id,label\nx,ant\ny,bee"],
)
def test_second_rows_that_are_data(text: str) -> None:
    assert _header(text, is_labels=True).reading in (NAMES, UNSETTLED)


FRAMES = {
    # R's write.table: the header is one cell short.
    "a b\n1 0.5 1.5\n2 2.5 0.25": (("", "a", "b"), True, False),
    "a b\nx 0.5 1.5\ny 2.5 0.25": (("", "a", "b"), True, False),
    "1 2\nx 0.5 1.5": (("", "1", "2"), True, False),
    "a b\n0.1 0.5 1.5\n0.2 2.5 0.25": (("a", "b"), False, False),
    "1 1\n1 0.5 1.5\n2 2.5 0.25": (("1", "1"), False, False),
    "0.5 1.5\n1 0.5 1.5": (("0.5", "1.5"), False, False),
    "a b\n1 2\n3 4": (("a", "b"), False, False),
    # Trailing delimiters.
    "1,2,\n3,4,": (("1", "2"), False, True),
    "a,b,\n1,2,\n3,4,": (("a", "b"), False, True),
    "a,b\n1,2,\n3,4,": (("a", "b"), False, True),
    "a,b,\n1,2\n3,4": (("a", "b"), False, True),
    "a,b, \n1,2, \n3,4,": (("a", "b"), False, True),
    "1,2,": (("1", "2"), False, True),
    "a,b,c\n1,2,\n3,4,": (("a", "b", "c"), False, False),
    "1,2,\n3,4,5": (("1", "2", ""), False, False),
    "1,2,3\n3,4,": (("1", "2", "3"), False, False),
}


@pytest.mark.parametrize("text", FRAMES)
def test_frames(text: str) -> None:
    made = frame(text.splitlines(), " " if " 0" in text or " 2" in text else ",")
    assert (made.first, made.row_names, made.trailing) == FRAMES[text]
    if made.trailing and made.below.lines:
        assert made.below.width == len(made.first)


def test_a_short_header_is_names() -> None:
    header = _header("1 2\nx 0.5 1.5", " ")
    assert (_mark(header), header.columns) == ("names", ("", "1", "2"))


@pytest.mark.parametrize(
    ("comment", "delimiter", "width", "names"),
    [
        (" a,b", ",", 2, ("a", "b")),
        ("id,score", ",", 2, ("id", "score")),
        (" a b", " ", 2, ("a", "b")),
        ("\ta\tb", "\t", 2, ("a", "b")),
        (' "a, x",b', ",", 2, ("a, x", "b")),
        (" score", ",", 1, ("score",)),
        (" made by hand", ",", 1, None),
        (" a,b,c", ",", 2, None),
        (" a,2", ",", 2, None),
        (" 0,1", ",", 2, None),
        (" a,True", ",", 2, None),
        (' "a,b', ",", 2, None),
        ("", ",", 1, None),
    ],
)
def test_names_in_comments(comment: str, delimiter: str, width: int, names: tuple | None) -> None:
    assert names_in_comment(comment, delimiter, width) == names


def test_comments_name_columns_only_over_data() -> None:
    assert _header("0.5,1.5\n2,3", comment=" a,b").columns == ("a", "b")
    named = _header("0,1\n0.5,1.5", comment=" a,b")
    assert (_mark(named), named.columns) == ("data", ("a", "b"))
    assert _header("x,y\n0.5,1.5", comment=" a,b").columns == ("x", "y")


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


@pytest.mark.parametrize(
    ("logits", "others", "order", "different"),
    [
        (("cat", "dog"), ("cat", "dog"), None, None),
        (("cat", "dog"), ("dog", "cat"), (1, 0), None),
        (("a", "b", "c"), ("c", "a", "b"), (1, 2, 0), None),
        (("Cat", "Dog"), ("cat", "dog"), None, None),
        (("Cat", "Dog"), ("dog", "cat"), (1, 0), None),
        (("a", "A"), ("A", "a"), (1, 0), None),
        (("cat", "dog"), ("cat", "cow"), None, ("dog", "cow")),
        (("a", "a"), ("a", "a"), None, None),
        (("a", "b", "a"), ("a", "a", "b"), None, ("b", "a")),
        (("0", "1"), ("a", "b"), None, None),
        (("1", "2"), ("0", "1"), None, None),
        (("1", "3"), ("a", "b"), None, ("1", "a")),
        (("p_ant", "p_bee"), ("bee", "ant"), (1, 0), None),
        (("p10", "p11", "p2"), ("y2", "y10", "y11"), (1, 2, 0), None),
        (("p1", "p2"), ("y1", "y2"), None, None),
        (("bat", "bar"), ("t", "r"), None, ("bat", "t")),
        (("cat", "dog"), None, None, None),
        (None, ("cat", "dog"), None, None),
        (("cat", "dog"), ("cat",), None, None),
        (("cat",), ("dog",), None, ("cat", "dog")),
    ],
)
def test_names_of_two_files(logits, others, order, different) -> None:
    match = match_names(logits, others)
    assert (match.order, match.different) == (order, different)
    if order is not None:
        ends = zip(logits, (others[place] for place in order), strict=True)
        assert all(a.lstrip("py_").casefold() == b.lstrip("py_").casefold() for a, b in ends)


def test_names_of_keys() -> None:
    keys = ("id", "ID", "PostId", "user_id", "index", "Row", "uuid")
    assert all(map(is_key_name, keys))
    assert not any(map(is_key_name, ("idx", "rows", "label", "", "a")))
    assert all(map(is_nameless, ("", "Unnamed: 0", "Unnamed: 0.1")))
    assert not any(map(is_nameless, ("Unnamed", "a")))
