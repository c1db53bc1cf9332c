"""The diagnoses are a closed set: whatever the program can tell has an id in the registry."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import xent_cli
from xent_cli import LossRequest, compute_loss
from xent_cli.diagnoses import DIAGNOSES
from xent_cli.diagnosis import ERROR, NOTE, WARNING

PACKAGE = Path(xent_cli.__file__).parent
LEVELS = {"NOTE": NOTE, "WARNING": WARNING, "ERROR": ERROR}


def told() -> Iterator[tuple[str, str]]:
    """The ids and levels that are written where a diagnosis is made."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first, level = node.args[:2]
            if name in ("Diagnosis", "_diagnosis") and isinstance(first, ast.Constant):
                yield first.value, LEVELS[getattr(level, "id", "")]


def test_every_id_that_is_told_is_in_the_registry_with_its_level() -> None:
    found = dict(told())
    assert found
    assert {id: DIAGNOSES[id].level for id in found} == found


def test_every_unit_of_reading_is_told_somewhere() -> None:
    reading = {id for id, unit in DIAGNOSES.items() if unit.stage == "reading"}
    assert reading == set(dict(told()))


@pytest.mark.parametrize("id", DIAGNOSES)
def test_units_are_well_formed(id: str) -> None:
    unit = DIAGNOSES[id]
    assert re.fullmatch("[a-z]+(-[a-z]+)*", id)
    assert unit.level in LEVELS.values()
    assert unit.stage in ("reading", "header", "sample", "tally", "check")
    assert unit.about and unit.about[-1] != "." and len(unit.about) < 100


def test_a_result_tells_sentences_and_objects_alike() -> None:
    logits, labels = np.zeros((2, 3)), np.array([[0], [1]])
    result = compute_loss(LossRequest(logits, labels, options={"weight": "1,-2,3"}))
    document = result.to_dict()
    assert [(d["id"], d["level"]) for d in document["diagnoses"]] == [
        ("label-column-squeezed", "note"),
        ("negative-class-weight", "warning"),
    ]
    assert document["notes"] == [document["diagnoses"][0]["message"]]
    assert document["warnings"] == [document["diagnoses"][1]["message"]]
    assert document["diagnoses"][1]["place"] == {"parameter": "weight", "class": 1}
