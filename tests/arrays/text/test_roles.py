"""What columns are, in one text and in two: every clause of the rule, for and against."""

from __future__ import annotations

import shlex

import pytest

from xent_cli.arrays.text.frame import frame
from xent_cli.arrays.text.header import NAMES, Context, read_header
from xent_cli.arrays.text.pairs import check_dense, join_ids, shared_ids
from xent_cli.arrays.text.profile import Rows
from xent_cli.arrays.text.roles import Table, check_index, find_roles, index_places
from xent_cli.errors import DataError, UsageError


def _table(text: str, name: str = "x.csv", delimiter: str = ",", **kind) -> Table:
    """A text as its reader makes a table of it; `|` begins a new row."""
    lines = text.replace("|", "\n").splitlines()
    made = frame(lines, delimiter)
    header = read_header(made, Context(name, is_labels=kind.get("is_labels", False)))
    below = made.below
    if header.reading != NAMES:
        below = Rows.cut(lines, delimiter)
    return Table(name, header.columns, below, made.row_names, **kind)


def _shown(table: Table, **ways) -> str:
    """A letter a column: value, index, id, label."""
    roles = find_roles(table, **ways)
    assert set(roles.values).isdisjoint(part.place for part in roles.aside)
    letters = {"value": "v", "index": "i", "id": "d", "label": "l"}
    return "".join(letters[roles.role(place)] for place in range(roles.width))


CERTAIN = {
    # A first column without a name, over distinct whole numbers in any order or over words.
    ",a,b|0,0.5,1.5|1,2.5,0.25": "ivv",
    ",a,b|7,0.5,1.5|3,2.5,0.25": "ivv",
    ",a,b|0,1,2|1,2,3": "ivv",
    ",a,b|x,0.5,1.5|x,2.5,0.25": "ivv",
    "Unnamed: 0,a|0,0.5|1,2.5": "iv",
    "Unnamed: 0.1,Unnamed: 0,a|0,0,0.5|1,1,2.5": "iiv",
    "a,Unnamed: 1|0.5,0|2.5,1": "vv",
    ",0,1,2|0,0.5,1.5,1|1,2.5,0.25,3": "ivvv",
    # Words under a name that is or ends in id.
    "id,a|x1,0.5|x2,1.5": "dv",
    "a,PostId|0.5,x|1.5,x": "vd",
    "ID,user_id,a|x,y,0.5": "ddv",
    "name,a|x,0.5|y,1.5": "vv",
    "idle,a|x,0.5|y,1.5": "vv",
    # Values.
    "a,b|0.5,1.5|1.5,2.5|2.5,3": "vv",
    "a,b|1,2|3,4|5,6": "vv",
    "0.5,1.5|1.5,2.5|2.5,3": "vv",
    # Fewer than three rows are no evidence, nor are cells that are there twice.
    "id,a|101,0.5|102,1.5": "vv",
    "valid,invalid|2,0|0,3": "vv",
    "id,a|101,0.5|102,1.5|102,2": "vv",
    "id,a|1.5,0.5|2.5,1.5|3.5,2": "vv",
    # Nothing else would remain.
    "id|1|2|3": "v",
    "index|5|6|7": "v",
    # A first column that counts, or is large, beside columns without fractions.
    "n,a,b|0,1,2|1,5,6|2,7,8": "vvv",
    "n,a,b|0,1,2.5|1,5,6.5|2,7,8.5": "vvv",
    "n,a|0.0,0.5|1.0,1.5|2.0,2.5": "vv",
    "n,a|2,0.5|3,1.5|4,2.5": "vv",
    "n,a|0,0.5|1,1.5|3,2.5": "vv",
    "a,n|0.5,0|1.5,1|2.5,2": "vv",
    "n,a|0,0.5|1,1.5": "vv",
    "n,a|1001,0.5|1000,1.5|1002,2.5": "vv",
    "n,a|1001,0.5|1001,1.5|1002,2.5": "vv",
    "5001,0.5|5003,1.5|5002,2.5|5007,2.5": "vv",
    # Predictions, beside fewer than two values; fractions are none.
    "a,pred|0.5,1|1.5,0|0.5,1": "vv",
    "a,b,pred|0.5,1.5,0.5|1.5,1.5,0.25|0.5,0.5,1": "vvv",
    "a,b,pred|0.5,1.5,0|1.5,1.5,1": "vvv",
}


@pytest.mark.parametrize("text", CERTAIN)
def test_what_is_certain(text: str) -> None:
    assert _shown(_table(text)) == CERTAIN[text]


def test_rs_row_names() -> None:
    table = _table("a b|1 0.5 1.5|2 2.5 0.25", delimiter=" ")
    roles = find_roles(table)
    assert roles.values == (1, 2)
    assert roles.aside[0].reason == "the header is one cell short: it is R's row names"


LIKELY = {
    "id,a,b|101,0.5,1|105,1.5,2|103,2.5,3": ("id", "2-3"),
    "a,Index|0.5,7|1.5,5|2.5,6": ("Index", "1"),
    "a,ROW,b|0.5,7,1|1.5,5,1|2.5,6,1": ("ROW", "1,3"),
    "index,a|x,0.5|y,1.5|z,2.5": ("index", "2"),
    "my PostId,a|11,0.5|13,1.5|12,2": ("my PostId", "2"),
    "n,a,b|0,0.5,1.5|1,1.5,1.5|2,2.5,3": ("n", "2-3"),
    "n,a,b|1,0.5,1.5|2,1.5,1.5|3,2.5,3": ("n", "2-3"),
    "n,a|5001,0.5|5003,1.5|5002,2.5": ("n", "2"),
    "0,0.5,0.1|1,1.5,0.2|2,2.5,0.5|3,1.5,0.5": (None, "2-3"),
    "1,0.5|2,1.5|3,2.5|4,0.5": (None, "2"),
    ",a,b|0,0.5,1.5|0,1.5,2.5": (None, "2-3"),
    "a,b,Predicted|0.5,1.5,0|1.5,1.5,1|0.5,0.5,1": ("Predicted", "1-2"),
    "a,b,pred|0.5,1.5,ant|1.5,1.5,bee|0.5,0.5,ant": ("pred", "1-2"),
    "a,b,prediction|1,2,0|2,3,1|3,4,1": ("prediction", "1-2"),
    "id,a,b,pred|7,0.5,1.5,0|8,1.5,1.5,1|9,0.5,0.5,1": ("id,pred", "2-3"),
    "n,a,b,pred|0,0.5,1.5,0|1,1.5,1.5,1|2,0.5,0.5,1": ("n,pred", "2-3"),
}


@pytest.mark.parametrize("text", LIKELY)
def test_what_is_likely_is_refused(text: str) -> None:
    name, places = LIKELY[text]
    table = _table(text, "my file.csv")
    with pytest.raises(DataError) as caught:
        find_roles(table)
    message, hint = caught.value.message, caught.value.hint
    assert message.startswith("my file.csv: column ")
    assert " looks like " in message
    assert f"'my file.csv':{places} chooses the other columns" in hint
    assert ("--index none" in hint) == ("ant" not in text and "x," not in text)
    assert (name is None) == ("--index none" in hint and hint.count("--index") == 1)
    if name is not None:
        # Followed, each hint leads on.
        assert hint.startswith(f"--index {shlex.quote(name)} sets ")
        assert set(find_roles(table, name).values).isdisjoint(index_places(name, table.columns))
    assert find_roles(table, "none").values == range(table.rows.width)


def test_columns_that_were_chosen_as_labels_are_not_asked() -> None:
    table = _table("n,a,b,y|0,0.5,1.5,1|1,1.5,1.5,0|2,2.5,3,1")
    with pytest.raises(DataError) as caught:
        find_roles(table, labels=(3,))
    assert "x.csv:2-3 chooses the other columns" in caught.value.hint
    assert _shown(table, index="n", labels=(3,)) == "ivvl"
    assert _shown(_table(",a,y|0,0.5,1|1,1.5,0"), labels=(2,)) == "ivl"
    assert _shown(_table("id,a|x,0.5|y,1.5"), labels=(0,)) == "lv"


LABELS = {
    "id,label|101,1|102,0|103,1": "dl",
    "label,Index|1,5|0,7": "ld",
    "PostId,label|x,3|y,3": "dl",
    ",label|0,2|1,0": "il",
    "Unnamed: 0,label|5,2|3,0": "il",
    ",id,label|0,101,1|1,102,0": "idl",
    "id,label|101,1|101,0": "vv",
    "a,b|101,1|102,0": "vv",
    "id,PostId|101,1|102,0": "vv",
    "label|1|2|0": "v",
    "label_id|1|2|0": "v",
    "0,2|1,0|2,1": "vv",
    "a,b,c|1,0,0|0,1,0|0,0,1": "vvv",
}


@pytest.mark.parametrize("text", LABELS)
def test_columns_of_labels(text: str) -> None:
    assert _shown(_table(text, is_labels=True)) == LABELS[text]


def test_an_id_beside_dense_labels_is_likely() -> None:
    with pytest.raises(DataError, match=r"column 1 'id' looks like ids"):
        find_roles(_table("id,a,b|7,1,0|8,0,1|9,1,0", is_labels=True))


def test_an_index_that_is_named() -> None:
    table = _table("n,a,b|0,0.5,1.5|1,1.5,1.5|2,2.5,3")
    assert _shown(table, index="n") == "ivv"
    assert _shown(_table("a,b|1,2|3,4"), index="z") == "vv"
    assert index_places("a,b", ("a,b", "a")) == (0,)
    check_index("n", [table])
    check_index("auto", [])
    with pytest.raises(UsageError, match="no text has a column 'm'") as caught:
        check_index("n,m", [table])
    assert caught.value.hint


def test_what_is_left_after_a_name_is_asked_with_it() -> None:
    table = _table("id,row,a|7,1,0.5|8,2,1.5|9,3,2.5")
    with pytest.raises(DataError) as caught:
        find_roles(table, "id")
    assert caught.value.hint.startswith("--index id,row sets it aside")
    assert _shown(table, index="id,row") == "iiv"


SHARED = {
    ("id,p|7,0.9|8,0.2", "id,label|8,1|7,0"): ((0, 0),),
    ("id,p|7,0.9|8,0.2", "label,id|1,7|0,8"): ((0, 1),),
    ("name,p|x,0.9|y,0.2", "name,label|y,1|x,0"): ((0, 0),),
    ("PostId,a,b|11,.7,.3|12,.2,.8", "PostId,a,b|11,1,0|12,0,1"): ((0, 0),),
    ("PostId,a,b|11,1,0|12,0,1", "PostId,a,b|11,1,0|12,0,1"): ((0, 0),),
    (",a|0,0.5|1,1.5", "Unnamed: 0,label|1,1|0,0"): ((0, 0),),
    ("k,a|7,0.5|8,1.5|9,2.5", "k,label|7,1|9,1|8,0"): ((0, 0),),
    # Some ids are missing, or more: by a name of ids, or of enough rows.
    ("id,p|7,0.9|8,0.2", "id,label|8,1|9,0"): ((0, 0),),
    ("id,p|7,0.9|8,0.2", "id,label|8,1|7,0|9,1"): ((0, 0),),
    ("k,p|7,0.9|8,0.2|6,0.1", "k,label|8,1|7,0|9,1|6,1"): ((0, 0),),
    # Other ids, ids that are there twice, other names, fractions, too little evidence.
    ("id,p|7,0.9|8,0.2", "id,label|5,1|9,0"): (),
    ("k,p|7,0.9|8,0.2", "k,label|8,1|7,0|9,1"): (),
    ("k,p|7,0.9|8,0.2|6,0.1", "k,label|8,1|7,0|9,1"): (),
    ("id,p|7,0.9|7,0.2", "id,label|7,1|7,0"): (),
    ("id,p|7,0.9|8,0.2", "ID,label|7,1|8,0"): (),
    ("a,b|0.5,1.5|2.5,3.5", "a,b|0.5,1.5|2.5,3.5"): (),
    ("a,b|5,1|7,3", "a,b|5,2|7,9"): (),
    ("a,b|1,0|0,1|1,1", "a,b|0,1|1,0|1,0"): (),
    ("a,b|1,0|2,1|3,2", "a,b|1,0|2,1|3,2"): (),
    ("7,0.9|8,0.2", "id,label|8,1|7,0"): (),
    ("id,p|7,0.9|8,0.2", "id|7|8"): (),
}


@pytest.mark.parametrize(("logits", "labels"), SHARED)
def test_ids_of_both(logits: str, labels: str) -> None:
    tables = _table(logits), _table(labels, "y.csv", is_labels=True)
    pairs = shared_ids(*tables)
    assert pairs == SHARED[logits, labels]
    if pairs:
        roles = find_roles(tables[0], keys={first: "both have it" for first, _ in pairs})
        assert roles.role(pairs[0][0]) in ("id", "index")
        assert roles.values


def test_ids_are_compared_to_the_end_of_the_files() -> None:
    logits, labels = "k,p|7,0.9|8,0.2|9,0.1", "k,label|8,1|7,0|9,1"
    first = _table(logits, whole_column=lambda place: ["7", "8", "9", "6"])
    second = _table(labels, "y.csv", whole_column=lambda place: ["8", "7", "9", "6"])
    assert shared_ids(first, second) == ((0, 0),)
    third = _table(labels, "y.csv", whole_column=lambda place: ["8", "7", "9", "10"])
    assert shared_ids(first, third) == ()


@pytest.mark.parametrize(
    ("logits", "labels", "inner", "expected"),
    [
        ("abc", "abc", False, (None, None, 0, 0)),
        ("abc", "cab", False, (None, [1, 2, 0], 0, 0)),
        ("ab", "bxa", False, (None, [2, 0], 1, 0)),
        ("ab", "abx", False, (None, None, 1, 0)),
        ("abc", "ca", True, ([0, 2], [1, 0], 0, 1)),
        ("abc", "ax", True, ([0], [0], 1, 2)),
        ("abc", "abc", True, (None, None, 0, 0)),
    ],
)
def test_ids_are_joined(logits: str, labels: str, inner: bool, expected: tuple) -> None:
    join = join_ids(logits, labels, ("x.csv", "y.csv"), inner)
    rows = [None if part is None else list(part) for part in (join.logits, join.labels)]
    assert (*rows, join.extra, join.missing) == expected


@pytest.mark.parametrize(
    ("logits", "labels", "inner", "message", "hint"),
    [
        ("abc", "ab", False, "y.csv: 1 of 3 ids of x.csv are not there: 'c'", "--ids inner"),
        ("abcde", "a", False, "y.csv: 4 of 5 ids of x.csv are not there: 'b', 'c', 'd', ...", ""),
        ("ab", "xy", True, "y.csv: 2 of 2 ids of x.csv are not there: 'a', 'b'", "--index NAME"),
        ("ab", "aba", True, "y.csv: the id 'a' is there twice, in rows 0 and 2", "--index NAME"),
        ("aab", "ab", False, "x.csv: the id 'a' is there twice, in rows 0 and 1", "--index NAME"),
    ],
)
def test_ids_that_cannot_be_joined(logits, labels, inner, message, hint) -> None:
    with pytest.raises(DataError) as caught:
        join_ids(logits, labels, ("x.csv", "y.csv"), inner)
    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint


DENSE = {
    "0.7,0.2,0.1|0.15,0.75,0.1": "its rows sum to 1",
    "1,0,0|0,0,1": "its rows sum to 1",
    "0.33,0.33,0.33|0.5,0.25,0.25": "its rows sum to 1",
    "5e-1,2.5e-1,2.5e-1": "its rows sum to 1",
    "50%,25%,25%|20%,40%,40%": "its rows sum to 1",
    "cat,dog,cow|5,1,2|0,0,0": "its columns are named as the logits are",
    "dog,cow,cat|5,1,2|0,0,0": "its columns are named as the logits are",
}


@pytest.mark.parametrize("text", DENSE)
def test_dense_labels(text: str) -> None:
    assert check_dense(_table(text), range(3), ("cat", "dog", "cow")) == DENSE[text]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,b|1,1|0,1", "row 0 sums to 2"),
        ("a,b|0,2|1,0|2,1", "row 0 sums to 2"),
        ("a,b|0.5,0.5|0.5,0.48", "row 1 sums to 0.98"),
        ("a,b|0.1,0.1|0.5,0.5", "row 0 sums to 0.2"),
        ("a,b|1.5,-0.5", "row 0 has a negative number"),
        ("a,b|0.5,0.5|nan,1", "row 1 has a cell that is no finite number"),
        ("a,b|0.5,0.5|,1", "row 1 has a cell that is no finite number"),
        ("a,b|1.0003,0|0,1", "row 0 sums to 1.0003"),
    ],
)
def test_columns_that_are_no_dense_labels(text: str, why: str) -> None:
    with pytest.raises(DataError) as caught:
        check_dense(_table(text, "y.csv"), range(2), ("c", "d"))
    assert caught.value.message.endswith(f"rows that sum to 1: {why}")
    hint = "choose the labels' column, y.csv:2, or the columns of a dense target, y.csv:1-2"
    assert caught.value.hint == hint


def test_sums_of_rough_numbers_are_no_evidence() -> None:
    row = ",".join(["0.1"] * 10)
    with pytest.raises(
        DataError, match="their decimals are too few to tell from sums of 10 numbers"
    ):
        check_dense(_table(f"{row}|{row}"), range(10), None)
    row = ",".join(["0.10"] * 10)
    assert check_dense(_table(f"{row}|{row}"), range(10), None) == "its rows sum to 1"


def test_of_many_names_that_end_in_id_some_are_looked_at() -> None:
    rows = [",".join(map(str, range(row, 3000 + row))) for row in (0, 9, 5)]
    table = _table("|".join([",".join(f"t{n}id" for n in range(3000)), *rows]))
    assert len(shared_ids(table, table)) == 64
    with pytest.raises(DataError) as caught:
        find_roles(table)
    assert "; and 61 more" in caught.value.message
    assert (
        caught.value.hint
        == "--index none reads them as any other, x.csv:65-3000 chooses the other columns"
    )
