"""Records behave as frozen dataclasses do."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import dataclass

import pytest

from xent_cli import LossRequest
from xent_cli.records import as_dict, field, mutable_record, record, replace


@record
class Inner:
    value: float


@record
class Outer:
    name: str
    parts: tuple[Inner, ...] = ()
    table: dict[str, int] = field(default_factory=dict)
    size: int = 3

    @property
    def doubled(self) -> int:
        return 2 * self.size


@dataclass(frozen=True)
class AsDataclass:
    name: str
    parts: tuple = ()
    table: dict = None
    size: int = 3


@mutable_record
class Tally:
    total: int = 0


def test_positions_names_and_defaults() -> None:
    made = Outer("a", (Inner(1.0),), size=4)
    assert (made.name, made.parts, made.table, made.size, made.doubled) == (
        "a",
        (Inner(1.0),),
        {},
        4,
        8,
    )


def test_a_factory_makes_a_value_for_each_record() -> None:
    first, second = Outer("a"), Outer("b")
    assert first.table is not second.table
    assert not hasattr(Outer, "table")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Outer, r"Outer\(\) needs name"),
        (lambda: Outer("a", name="b"), r"Outer\(\) got name twice"),
        (lambda: Outer("a", colour=1), r"Outer\(\) has no field colour"),
        (lambda: Outer(colour=1), r"Outer\(\) has no field colour"),
        (lambda: Inner(1, 2), r"Inner\(\) takes 1 arguments; got 2"),
        (lambda: replace(Inner(1), other=2), r"Inner\(\) has no field other"),
    ],
)
def test_misfits(make, message) -> None:
    with pytest.raises(TypeError, match=message):
        make()


def test_equality_is_by_value_and_class() -> None:
    assert Outer("a") == Outer(name="a")
    assert Outer("a") != Outer("b")
    assert Inner(3) != Tally(3)
    assert hash(Inner(1.5)) == hash(Inner(1.5))
    with pytest.raises(TypeError, match="unhashable"):
        hash(Tally())


def test_fields_are_frozen() -> None:
    made = Inner(1.0)
    with pytest.raises(AttributeError, match="Inner is frozen: value"):
        made.value = 2.0
    with pytest.raises(AttributeError, match="Inner is frozen: value"):
        del made.value
    tally = Tally()
    tally.total += 2
    assert tally == Tally(2)


def test_text_is_that_of_a_dataclass() -> None:
    text = repr(AsDataclass("a", (1,), {"b": 2}))
    assert repr(Outer("a", (1,), {"b": 2})) == text.replace("AsDataclass", "Outer")


def test_copies() -> None:
    made = Outer("a", table={"x": 1})
    assert replace(made, size=9) == Outer("a", table={"x": 1}, size=9)
    assert pickle.loads(pickle.dumps(made)) == made
    assert copy.deepcopy(made) == made


def test_as_dict_goes_into_records() -> None:
    made = Outer("a", (Inner(1.0), Inner(2.0)))
    assert as_dict(made) == {
        "name": "a",
        "parts": ({"value": 1.0}, {"value": 2.0}),
        "table": {},
        "size": 3,
    }


def test_inspect_shows_the_constructor() -> None:
    assert (
        str(inspect.signature(Outer)) == "(name: 'str', parts: 'tuple[Inner, ...]' = (), "
        "table: 'dict[str, int]' = {}, size: 'int' = 3)"
    )
    assert next(iter(inspect.signature(LossRequest).parameters)) == "logits"


def test_a_record_has_the_fields_of_the_one_it_extends() -> None:
    @record
    class Wider(Outer):
        size: int = 5
        colour: str = "red"

    made = Wider("a")
    assert as_dict(made) == {"name": "a", "parts": (), "table": {}, "size": 5, "colour": "red"}
    assert made.doubled == 10
    assert made != Outer("a", size=5)
    assert (Outer("a").size, replace(made, size=1).colour) == (3, "red")
    assert made.table is not Wider("a").table
    assert list(inspect.signature(Wider).parameters) == [
        *inspect.signature(Outer).parameters,
        "colour",
    ]
    with pytest.raises(TypeError, match=r"Outer\(\) has no field colour"):
        Outer("a", colour="red")
