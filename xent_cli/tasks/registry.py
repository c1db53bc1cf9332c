"""`list_losses` and `describe_losses`: the registry as results."""

from __future__ import annotations

from collections.abc import Sequence

from xent_cli.errors import UsageError
from xent_cli.losses import LOSSES, aliases, get_loss
from xent_cli.losses.base import Loss
from xent_cli.losses.words import param_default, param_takes, rules_in_words
from xent_cli.passes.binding import flag_name
from xent_cli.results import LossEntry, LossesResult, ParamEntry


def list_losses() -> LossesResult:
    """Every loss of the registry: own kinds first, then by framework.

    >>> list_losses().losses[0].name
    'softmax-ce'
    """
    return LossesResult(tuple(entry_of(loss) for loss in LOSSES.values()), listing=True)


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
