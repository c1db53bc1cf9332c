"""The rows of a text and the row above them."""

from __future__ import annotations

import pytest

from xent_cli.arrays.text.frame import frame

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
