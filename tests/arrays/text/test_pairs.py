"""LOGITS and LABELS as texts side by side: the ids of both, and labels that are dense."""

from __future__ import annotations

import pytest
from tables import as_table

from xent_cli.arrays.text.pairs import check_dense, join_ids, shared_ids
from xent_cli.arrays.text.roles import find_roles
from xent_cli.errors import DataError

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
    tables = as_table(logits), as_table(labels, "y.csv", is_labels=True)
    pairs = shared_ids(*tables)
    assert pairs == SHARED[logits, labels]
    if pairs:
        roles = find_roles(tables[0], keys={first: "both have it" for first, _ in pairs})
        assert roles.role(pairs[0][0]) in ("id", "index")
        assert roles.values


def test_ids_are_compared_to_the_end_of_the_files() -> None:
    logits, labels = "k,p|7,0.9|8,0.2|9,0.1", "k,label|8,1|7,0|9,1"
    first = as_table(logits, whole_column=lambda place: ["7", "8", "9", "6"])
    second = as_table(labels, "y.csv", whole_column=lambda place: ["8", "7", "9", "6"])
    assert shared_ids(first, second) == ((0, 0),)
    third = as_table(labels, "y.csv", whole_column=lambda place: ["8", "7", "9", "10"])
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
    assert check_dense(as_table(text), range(3), ("cat", "dog", "cow")) == DENSE[text]


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
        check_dense(as_table(text, "y.csv"), range(2), ("c", "d"))
    assert caught.value.message.endswith(f"rows that sum to 1: {why}")
    hint = "choose the labels' column, y.csv:2, or the columns of a dense target, y.csv:1-2"
    models = "; two models are compared by the loss of each against the labels"
    assert caught.value.hint == hint + models * ("negative" in why)


def test_sums_of_rough_numbers_are_no_evidence() -> None:
    row = ",".join(["0.1"] * 10)
    with pytest.raises(
        DataError, match="their decimals are too few to tell from sums of 10 numbers"
    ):
        check_dense(as_table(f"{row}|{row}"), range(10), None)
    row = ",".join(["0.10"] * 10)
    assert check_dense(as_table(f"{row}|{row}"), range(10), None) == "its rows sum to 1"
