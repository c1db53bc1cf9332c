"""What a source names: a file, or what is chosen of it behind a colon."""

from __future__ import annotations

import re
from glob import glob, has_magic

from xent_cli.arrays.registry import format_of, split_compression
from xent_cli.arrays.storage.files import mode_of
from xent_cli.records import record

_STDIN = "/dev/stdin"


@record
class Place:
    """A source as it is typed, cut at its colon.

    Attributes:
        path: a file, `-` for stdin, or what stands for several: a glob, a directory, `@list`.
        choice: a member, a tensor, or columns of a text; None: the whole.
    """

    path: str
    choice: str | None = None

    @property
    def name(self) -> str:
        """The source as it is typed."""
        return self.path if self.choice is None else f"{self.path}:{self.choice}"


def split_place(source: str) -> Place:
    """The file that a source reads, and what is chosen of it.

    A path that exists wins; then the longest existing path before a colon. Where nothing exists,
    the last colon behind the suffix of a format separates, for messages. The colon of `scheme://`
    never does.

    >>> split_place("run/logits.npz:probs"), split_place("-:2-4").choice, split_place("a:b").choice
    (Place(path='run/logits.npz', choice='probs'), '2-4', None)
    """
    if source == _STDIN:
        return Place("-")
    if mode_of(source):
        return Place(source)
    colons = [i for i, character in enumerate(source) if character == ":" and i]
    heads = [i for i in reversed(colons) if not source.startswith("://", i)]
    for known in (_is_there, _has_suffix):
        for place in heads:
            if known(source[:place]):
                path = source[:place]
                return Place("-" if path == _STDIN else path, source[place + 1 :])
    return Place(source)


def split_target(target: str) -> Place:
    """The file that is written, and the member of it that the array becomes.

    >>> split_target("run.npz:probs").choice, split_target("a:b.csv").choice
    ('probs', None)
    """
    if not mode_of(target):
        for colon in re.finditer(":", target):
            path, member = target[: colon.start()], target[colon.end() :]
            form = format_of(path)
            if form is not None and form.members == "names":
                return Place(path, member)
    return Place(target)


def _is_there(path: str) -> bool:
    if path == "-" or mode_of(path):
        return True
    if path.startswith("@"):
        return mode_of(path[1:]) != 0
    return "\0" not in path and has_magic(path) and bool(glob(path))  # noqa: PTH207


def _has_suffix(path: str) -> bool:
    return format_of(split_compression(path)[0]) is not None
