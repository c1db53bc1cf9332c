"""Whether a first row names the columns: every clause of the rule, for and against."""

from __future__ import annotations

import pytest

from xent_cli.arrays.text.frame import frame
from xent_cli.arrays.text.header import DATA, NAMES, UNSETTLED, Context, Header, read_header
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


def test_a_short_header_is_names() -> None:
    header = _header("1 2\nx 0.5 1.5", " ")
    assert (_mark(header), header.columns) == ("names", ("", "1", "2"))


def test_comments_name_columns_only_over_data() -> None:
    assert _header("0.5,1.5\n2,3", comment=" a,b").columns == ("a", "b")
    named = _header("0,1\n0.5,1.5", comment=" a,b")
    assert (_mark(named), named.columns) == ("data", ("a", "b"))
    assert _header("x,y\n0.5,1.5", comment=" a,b").columns == ("x", "y")
