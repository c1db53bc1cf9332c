"""The layout of the registry: a list, one loss in full, or several side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from xent_cli.array_facts import Scalar
from xent_cli.reports.layouts.arrays import tab_lines
from xent_cli.reports.sheets import Column, Layout, Line, Part, Sheet, facts
from xent_cli.reports.shortening import Listing
from xent_cli.reports.text import NO_BREAK, plural
from xent_cli.results.registry import LossEntry, LossesResult

_HEADER = ("name", "framework", "takes", "labels", "summary")
_MARK = "*"


def lay_out(result: LossesResult) -> Layout:
    """A table or a line a framework; one loss with its parameters; several side by side.

    `plain` is one name a line; of losses in full one term a line, its value for each loss. `csv`
    has the same cells as the table.
    """
    if result.listing:
        return Layout(
            tuple(_in_short(result) if result.short else _listing(result)),
            _HEADER,
            lambda: [_record(loss) for loss in result.losses],
            lambda: [loss.name for loss in result.losses],
        )
    names = [loss.name for loss in result.losses]
    compared = len(names) > 1
    return Layout(
        (_comparison(result), Line(f"{_MARK} differs", "remark"))
        if compared
        else tuple(_in_full(result.losses[0])),
        (*(("differs",) if compared else ()), "term", *names),
        lambda: _terms(result),
        lambda: tab_lines(_terms(result)),
    )


_Groups = list[tuple[str, list[LossEntry]]]
_FORM = Column("takes"), Column("labels")
_SUMMARY = Column("summary", fold=True)


def _record(loss: LossEntry) -> Sequence[Scalar]:
    return loss.name, loss.framework, loss.takes, loss.label_form, loss.summary


def _groups(result: LossesResult) -> _Groups:
    """The losses by what their names have in common; that of own kinds is empty."""
    grouped = groupby(result.losses, key=lambda loss: loss.name.rpartition(".")[0])
    return [(package, list(losses)) for package, losses in grouped]


def _in_short(result: LossesResult) -> Iterator[Part]:
    """The own kinds with their summaries, and a line a framework."""
    lines = []
    for package, losses in _groups(result):
        if not package:
            rows = tuple((loss.name, loss.takes, loss.summary) for loss in losses)
            yield Sheet((Column("name"), _FORM[0], _SUMMARY), rows, "own kinds")
            continue
        names = ", ".join(loss.name.rpartition(".")[2] for loss in losses)
        noun = plural(len(losses), "function")
        lines.append((package, Listing(f"{len(losses)} {noun}: {names}")))
    yield facts(lines, "frameworks")
    yield Line(
        "xent losses WORD lists names with that word, xent losses --all every name", "remark"
    )
    yield Line(_ON_NAMES, "remark")


_ON_NAMES = "xent losses NAME shows one in full, xent losses A B two side by side"


def _listing(result: LossesResult) -> Iterator[Part]:
    """The own kinds with their summaries; functions under what their names have in common."""
    for package, losses in _groups(result):
        if package:
            rows = tuple(
                (loss.name.removeprefix(f"{package}."), loss.own, loss.takes, loss.label_form)
                for loss in losses
            )
            yield Sheet((Column("name"), Column("own kind"), *_FORM), rows, f"{package}.")
        else:
            rows = tuple((loss.name, loss.takes, loss.label_form, loss.summary) for loss in losses)
            yield Sheet((Column("name"), *_FORM, _SUMMARY), rows, "own kinds")
    functions = [loss.name for loss in result.losses if loss.framework]
    if functions:
        example = f"--kind{NO_BREAK}{functions[0]}"
        yield Line(f"names go with what stands above them: {example}", "remark")
    yield Line(_ON_NAMES, "remark")


def _in_full(loss: LossEntry) -> Iterator[Part]:
    yield Line(f"{loss.name}: {loss.summary}", "title")
    pairs = [
        ("formula", loss.formula),
        ("takes", loss.takes),
        ("labels", loss.labels),
        *loss.rules.items(),
        ("gradient", "yes" if loss.gradient else "no"),
        ("differs", loss.differs),
    ]
    is_link = loss.reference.startswith("https://")
    if not is_link:
        pairs.append(("reference", loss.reference))
    if loss.aliases:
        pairs.append(("also called", ", ".join(loss.aliases)))
    yield facts(pairs)
    if is_link:
        yield Line(loss.reference, "code")
    if not loss.params:
        yield Line("no parameters", "remark")
        return
    columns = (
        Column("parameter"),
        Column("option"),
        Column("default"),
        Column("takes", fold=True),
        Column("meaning", fold=True),
    )
    rows = tuple((p.name, p.flag or "-p", p.default, p.takes, p.doc) for p in loss.params)
    yield Sheet(columns, rows)


def _terms(result: LossesResult) -> list[Sequence[str]]:
    """One row a term: the mark (of several losses), its title, its value for each loss."""
    terms = [loss.terms() for loss in result.losses]
    differing = result.differing()
    return [
        (
            *((_MARK if title in differing else "",) if len(terms) > 1 else ()),
            title,
            *(term.get(title, "") for term in terms),
        )
        for title in result.titles()
    ]


def _comparison(result: LossesResult) -> Sheet:
    columns = (
        Column(""),
        Column("term", fold=True),
        *(Column(loss.name, fold=True) for loss in result.losses),
    )
    return Sheet(columns, tuple(tuple(row) for row in _terms(result)))
