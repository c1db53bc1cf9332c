"""Several sources of one command: each is read by its own rules, and stdin once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.places import split_place
from xent_cli.errors import UsageError
from xent_cli.passes.request import Source


def single_stdin(sources: Iterable[Source]) -> None:
    """Refuses a second `-`: stdin can be read once."""
    if sum(isinstance(source, str) and split_place(source).path == "-" for source in sources) > 1:
        raise UsageError("stdin (-) can be read only once", "name a file for the other input")


def read_each(
    sources: Sequence[Source], read: ReadOptions, *, rows_belong_together: bool = False
) -> Iterator[tuple[Source, ReadOptions]]:
    """Each of several arrays of one kind, and how it is read.

    Args:
        sources: at most one of them stdin.
        read: how the first is read.
        rows_belong_together: row i of one is row i of the others.

    Raises:
        UsageError: rows would be left out of each by itself.
    """
    single_stdin(sources)
    if rows_belong_together and len(sources) > 1:
        refuse_skipping(read)
    for index, source in enumerate(sources):
        yield source, read if index == 0 else read.next


def refuse_skipping(read: ReadOptions, way_out: str = "") -> None:
    """Refuses `--na skip` where rows of several files belong together."""
    if read.na_rule == "skip":
        raise UsageError(
            "--na skip leaves rows out of each file, and rows of several files would no longer "
            "belong together",
            f"--na nan keeps the rows{way_out}",
        )
