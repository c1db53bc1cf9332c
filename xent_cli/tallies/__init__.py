"""What is known of many rows: one statistic a file. `TALLIES` is the registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from xent_cli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from xent_cli.header import Header

_PLACES = {
    "extremes": ("extremes", "Extremes"),
    "loss": ("loss", "LossTally"),
    "error": ("error", "ErrorBound"),
    "events": ("events", "Events"),
    "sample": ("sample", "Sample"),
    "neighbours": ("neighbours", "Neighbours"),
    "odd-rows": ("odd_rows", "OddRows"),
    "variety": ("variety", "Variety"),
    "accuracy": ("accuracy", "Accuracy"),
    "label-counts": ("label_counts", "LabelCounts"),
}
"""The tallies in the order in which their figures are shown: the module of each, and its class."""


class _Tallies(Mapping[str, Any]):
    """The tallies by name; a module loads when one of its tallies is asked for."""

    def __getitem__(self, name: str) -> Any:
        module, kind = _PLACES[name]
        return getattr(import_module(f"xent_cli.tallies.{module}"), kind)

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


TALLIES: Mapping[str, Any] = _Tallies()

ALWAYS = ("extremes", "loss", "events", "sample", "neighbours", "odd-rows")
"""The tallies of every loss."""

CHECKS = ("variety",)
"""Those that only `xent check` makes."""

BOUNDS = "error"
"""The tally of error bounds, which the request asks for by itself."""

METRICS = tuple(name for name in TALLIES if name not in (*ALWAYS, *CHECKS, BOUNDS))
"""All others, which are asked for by name."""


def of_request(metrics: Iterable[str], *, bounds: bool) -> tuple[str, ...]:
    """The tallies of a pass: those of every loss, the metrics, and the error bounds if wanted.

    >>> of_request(["accuracy"], bounds=True)
    ('extremes', 'loss', 'events', 'sample', 'neighbours', 'odd-rows', 'error', 'accuracy')
    """
    return (*ALWAYS, *((BOUNDS,) if bounds else ()), *metrics)


def find_metrics(names: Iterable[str]) -> tuple[str, ...]:
    """Metrics by their own names, in the order of the registry, each once.

    Raises:
        UsageError: there is no such metric.

    >>> find_metrics(["acc"])
    ('accuracy',)
    """
    words, chosen = tuple(names), set()
    if not words:
        return ()
    known = {alias: name for name in METRICS for alias in (name, *TALLIES[name].aliases)}
    for word in words:
        name = word.strip().lower().replace("_", "-")
        if name not in known:
            raise UsageError(
                f"there is no metric {word!r}",
                did_you_mean(name, known) or f"metrics: {', '.join(METRICS)}",
            )
        chosen.add(known[name])
    return tuple(name for name in METRICS if name in chosen)


def check_metrics(header: Header) -> None:
    """Refuses metrics that say nothing of a pass.

    Raises:
        UsageError: naming the metric and why.
    """
    for name in header.tallies:
        reason = TALLIES[name].refusal(header) if name in METRICS else None
        if reason is not None:
            raise UsageError(f"--metrics {name} is not for --kind {header.kind}: {reason}")


def with_needed(header: Header, others: Iterable[str]) -> tuple[str, ...]:
    """The tallies of a pass, and those of others that say something of it."""
    more = {name for name in others if TALLIES[name].refusal(header) is None}
    return (*header.tallies, *sorted(more - {*header.tallies}))


def needs(names: Iterable[str]) -> set[str]:
    """The facts that should come with the read of a loss for these tallies."""
    return {fact for name in names for fact in TALLIES[name].needs}


def empty(names: Iterable[str]) -> dict[str, Any]:
    """New tallies of those names."""
    return {name: TALLIES[name]() for name in names}


def merge(total: Mapping[str, Any], part: Mapping[str, Any]) -> None:
    """Merges each tally of `part` into its namesake."""
    for name, tally in part.items():
        total[name].merge(tally)
