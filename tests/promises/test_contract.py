"""The JSON documents keep the keys and types that scripts know."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from conftest import Run
from contract import KEPT, LINES, missing, shape

CASES = json.loads(KEPT.read_text())


def test_every_line_is_kept() -> None:
    assert list(CASES) == LINES


@pytest.mark.parametrize("line", LINES)
def test_no_key_goes_or_changes(line: str, xent: Callable[..., Run]) -> None:
    now = shape(xent(*line.split()).json)
    assert missing(CASES[line], now) == []
    assert [key for key in now if key in CASES[line]] == list(CASES[line])


def test_a_key_that_goes_or_changes_is_seen() -> None:
    assert missing({"a": {"b": "int"}}, {"a": {}}) == [".a.b is gone"]
    assert missing({"a": ["int"]}, {"a": ["str"]}) == [".a was int, is str"]
    assert missing({"a": "int"}, {"a": "int", "b": "str"}) == []
