"""What columns are, in one text and in two: every clause of the rule, for and against."""

from __future__ import annotations

import shlex

import pytest
from tables import as_table

from xent_cli.arrays.text.pairs import shared_ids
from xent_cli.arrays.text.roles import Table, check_index, find_roles, index_places
from xent_cli.errors import DataError, UsageError


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
    assert _shown(as_table(text)) == CERTAIN[text]


def test_rs_row_names() -> None:
    table = as_table("a b|1 0.5 1.5|2 2.5 0.25", delimiter=" ")
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
    table = as_table(text, "my file.csv")
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
    table = as_table("n,a,b,y|0,0.5,1.5,1|1,1.5,1.5,0|2,2.5,3,1")
    with pytest.raises(DataError) as caught:
        find_roles(table, labels=(3,))
    assert "x.csv:2-3 chooses the other columns" in caught.value.hint
    assert _shown(table, index="n", labels=(3,)) == "ivvl"
    assert _shown(as_table(",a,y|0,0.5,1|1,1.5,0"), labels=(2,)) == "ivl"
    assert _shown(as_table("id,a|x,0.5|y,1.5"), labels=(0,)) == "lv"


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
    assert _shown(as_table(text, is_labels=True)) == LABELS[text]


def test_an_id_beside_dense_labels_is_likely() -> None:
    with pytest.raises(DataError, match=r"column 1 'id' looks like ids"):
        find_roles(as_table("id,a,b|7,1,0|8,0,1|9,1,0", is_labels=True))


def test_an_index_that_is_named() -> None:
    table = as_table("n,a,b|0,0.5,1.5|1,1.5,1.5|2,2.5,3")
    assert _shown(table, index="n") == "ivv"
    assert _shown(as_table("a,b|1,2|3,4"), index="z") == "vv"
    assert index_places("a,b", ("a,b", "a")) == (0,)
    check_index("n", [table])
    check_index("auto", [])
    with pytest.raises(UsageError, match="no text has a column 'm'") as caught:
        check_index("n,m", [table])
    assert caught.value.hint


def test_what_is_left_after_a_name_is_asked_with_it() -> None:
    table = as_table("id,row,a|7,1,0.5|8,2,1.5|9,3,2.5")
    with pytest.raises(DataError) as caught:
        find_roles(table, "id")
    assert caught.value.hint.startswith("--index id,row sets it aside")
    assert _shown(table, index="id,row") == "iiv"


def test_of_many_names_that_end_in_id_some_are_looked_at() -> None:
    rows = [",".join(map(str, range(row, 3000 + row))) for row in (0, 9, 5)]
    table = as_table("|".join([",".join(f"t{n}id" for n in range(3000)), *rows]))
    assert len(shared_ids(table, table)) == 64
    with pytest.raises(DataError) as caught:
        find_roles(table)
    assert "; and 61 more" in caught.value.message
    assert (
        caught.value.hint
        == "--index none reads them as any other, x.csv:65-3000 chooses the other columns"
    )
