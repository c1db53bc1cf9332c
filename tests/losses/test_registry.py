"""What every loss of the registry must say of itself."""

from __future__ import annotations

import re

import oracle
import pytest

from xent_cli.errors import UsageError
from xent_cli.losses import FRAMEWORKS, LOSSES, OWN, aliases, get_loss
from xent_cli.losses.words import param_default, param_takes, rules_in_words
from xent_cli.passes.binding import ROLES
from xent_cli.records import replace

NAMES = list(LOSSES)


@pytest.mark.parametrize("name", NAMES)
def test_every_loss_explains_itself(name) -> None:
    loss = LOSSES[name]
    for field in ("summary", "formula", "reference", "differs", "takes"):
        text = getattr(loss, field)
        assert len(text) > 4, field
        assert text == " ".join(text.split()), field
    assert "\n" not in loss.summary
    assert len(loss.summary) <= 80
    assert re.search(r"https://|\(\d{4}\)|arXiv:\d", loss.reference)


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_explains_itself(name) -> None:
    loss = LOSSES[name]
    for names in ([p.name for p in loss.params], [p.spelled for p in loss.params]):
        assert len(names) == len(set(names))
    for param in loss.params:
        assert len(param.doc) > 4, param.name
        assert param_takes(param)
        assert param_default(param)
        if param.default is not None and param.kind in ("number", "integer", "boolean", "choice"):
            assert param.parse(param.default) == param.default


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_fills_a_field_or_has_a_role_or_chooses_rules(name) -> None:
    loss = LOSSES[name]
    fields = vars(loss.options).keys()
    for param in loss.params:
        assert (param.name in fields) + (param.name in (*ROLES, "divisor")) + bool(param.rules) == 1
        assert not param.spelling or param.spelling != param.name
        assert all(param.parse(word) == word for word in param.words or ())


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_has_words(name) -> None:
    rules = rules_in_words(LOSSES[name])
    assert all(rules.values())
    assert sum(value.endswith("(default)") for value in rules.values()) == 1
    assert "class axis" in rules


def test_own_kinds_come_first_and_frameworks_are_dotted() -> None:
    assert NAMES[: len(OWN)] == list(OWN)
    assert all("." in name for name in NAMES[len(OWN) :])
    assert not any("." in name for name in OWN)


def test_every_own_kind_is_judged_by_an_exact_formula() -> None:
    names = [kind.name for kind in oracle.all_kinds()]
    assert sorted(names) == sorted(OWN)


def test_an_alias_is_no_other_name_and_leads_to_one_loss() -> None:
    assert not aliases().keys() & LOSSES.keys()
    given = [alias for loss in LOSSES.values() for alias in loss.aliases]
    assert len(given) == len(set(given))
    assert (
        get_loss("optax.softmax_cross_entropy").rules
        is LOSSES["optax.losses.softmax_cross_entropy"].rules
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("softmax-cee", "softmax-ce"),
        ("torch.nn.CrossEntropy", "torch.nn.CrossEntropyLoss"),
        ("keras.losses.categorical_crossentropy", "keras.losses.CategoricalCrossentropy"),
        ("polly", "poly"),
    ],
)
def test_a_misspelt_name_has_a_hint(typed, meant) -> None:
    with pytest.raises(UsageError) as caught:
        get_loss(typed)
    assert typed in caught.value.message
    assert meant in (caught.value.hint or "")


@pytest.mark.parametrize("name", NAMES)
def test_a_loss_is_found_by_its_name_and_by_its_aliases(name) -> None:
    loss = LOSSES[name]
    assert loss.name == name
    assert all(get_loss(alias) == replace(loss, name=alias) for alias in loss.aliases)


def test_every_beginning_of_a_name_is_registered_for_its_module() -> None:
    for module, starts in FRAMEWORKS.items():
        functions = [loss for loss in LOSSES.values() if loss.name.partition(".")[0] in starts]
        names = [name for loss in functions for name in (loss.name, *loss.aliases)]
        assert {name.partition(".")[0] for name in names} >= set(starts), module
