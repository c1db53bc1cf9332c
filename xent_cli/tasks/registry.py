"""`list_losses` and `describe_losses`: the registry as results."""

from __future__ import annotations

from collections.abc import Sequence

from xent_cli.errors import UsageError
from xent_cli.losses import LOSSES, aliases, get_loss
from xent_cli.losses.base import Loss
from xent_cli.losses.words import param_default, param_takes, rules_in_words
from xent_cli.passes.binding import flag_name
from xent_cli.results.registry import LossEntry, LossesResult, ParamEntry


def list_losses(*, short: bool = False) -> LossesResult:
    """Every loss of the registry: own kinds first, then by framework.

    >>> list_losses().losses[0].name
    'softmax-ce'
    """
    entries = tuple(entry_of(loss) for loss in LOSSES.values())
    return LossesResult(entries, listing=True, short=short)


def find_losses(words: Sequence[str]) -> LossesResult:
    """Losses by their names, in full; by words of which one is no name, those that have one in it.

    Case is of no account in words. Where a single loss has one, it is shown in full.

    Raises:
        UsageError: a word that no name has in it (with the closest ones), or the same loss twice.

    >>> [loss.name for loss in find_losses(["focal"]).losses][:2]
    ['softmax-focal', 'sigmoid-focal']
    """
    called = {loss.name: [loss.name, *loss.aliases] for loss in LOSSES.values()}
    known = {name for names in called.values() for name in names}
    having = {
        word: {
            loss for loss, names in called.items() if any(word.lower() in n.lower() for n in names)
        }
        for word in words
    }
    if all(word in known or not having[word] for word in words):
        return describe_losses(words)
    if nowhere := [word for word in words if not having[word]]:
        return describe_losses(nowhere)
    chosen = [LOSSES[name] for name in called if any(name in names for names in having.values())]
    return LossesResult(tuple(map(entry_of, chosen)), listing=len(chosen) > 1)


def describe_losses(names: Sequence[str]) -> LossesResult:
    """The losses of those names, in full; several to be read side by side.

    Raises:
        UsageError: an unknown name (with the closest ones), or the same loss twice.

    >>> describe_losses(["sparse", "nll"]).differing()[:2]
    ('summary', 'formula')
    """
    entries = tuple(entry_of(get_loss(name)) for name in names)
    for place, entry in enumerate(entries):
        for other in entries[:place]:
            if entry.name == other.name or entry.name in other.aliases:
                raise UsageError(
                    f"{other.name} and {entry.name} are the same loss",
                    "name two that differ" if entry.name == other.name else None,
                )
    return LossesResult(entries)


def entry_of(loss: Loss) -> LossEntry:
    """A loss in words."""
    names = {aliases().get(loss.name, loss.name), *loss.aliases} - {loss.name}
    return LossEntry(
        name=loss.name,
        framework=loss.name.partition(".")[0] if "." in loss.name else "",
        summary=loss.summary,
        formula=loss.formula,
        takes=loss.takes,
        labels=loss.labels.value,
        label_form=loss.labels.name.lower(),
        params=tuple(
            ParamEntry(
                name=param.spelled,
                role=param.name,
                takes=param_takes(param),
                default=param_default(param),
                doc=param.doc,
                flag=flag_name(param.name) if param.is_general else None,
            )
            for param in loss.params
        ),
        rules=rules_in_words(loss),
        differs=loss.differs,
        reference=loss.reference,
        aliases=tuple(sorted(names)),
        gradient=loss.gradient is not None,
        own=loss.own,
    )
