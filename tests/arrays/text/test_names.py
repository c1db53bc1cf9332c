"""Names of columns: in comments, of keys, and those of two files."""

from __future__ import annotations

import pytest

from xent_cli.arrays.text.names import is_key_name, is_nameless, match_names, names_in_comment


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
