"""Cells that a narrow table shows shorter, with a mark for what is left out."""

from __future__ import annotations

from xent_cli.reports.text import GAP, cells, visible


class Shortened(str):
    """A cell with a shorter form; programs get it whole."""

    __slots__ = ()

    @property
    def least(self) -> str:
        """The form below which no row of a table goes."""
        raise NotImplementedError

    def within(self, width: int, mark: str) -> str:
        """The text in at most `width` cells if that is possible, `mark` for what is left out."""
        raise NotImplementedError


class Name(Shortened):
    """A file's name, cut in the middle: what it is called matters most, then what is near it."""

    __slots__ = ()

    @property
    def least(self) -> str:
        """What the file itself is called, behind a mark."""
        _, slash, base = visible(self).rpartition("/")
        return f"…{slash}{base}" if slash else base

    def within(self, width: int, mark: str) -> str:
        """The last part, and as many at its side and at the beginning as there is room for.

        >>> Name("/data/runs/2024-07-30/epoch-017/logits.npy").within(30, "…")
        '/data/…/epoch-017/logits.npy'
        >>> Name("the-logits-of-the-last-step.npy").within(16, "…")
        'the-log…step.npy'
        """
        text = visible(self)
        if cells(text) <= width:
            return text
        *front, base = text.split("/")
        for count in range(len(front) - 1, -1, -1):
            for head in sorted(range(count + 1), key=lambda head: abs(count - 2 * head)):
                behind = front[len(front) - (count - head) :]
                shorter = "/".join([*front[:head], mark, *behind, base])
                if cells(shorter) <= width:
                    return shorter
        return _ends(base, width, mark)


class Listing(Shortened):
    """Items behind commas, the last of which may be left out."""

    __slots__ = ()

    @property
    def least(self) -> str:
        """The first item."""
        return self.within(0, "")

    def within(self, width: int, mark: str) -> str:
        """As many items as there is room for, one at least.

        >>> Listing("0.5, 2, 3.25, ...").within(13, "…")
        '0.5, 2, ...'
        """
        text = visible(self)
        items = text.removesuffix(f", {GAP}").split(", ")
        while cells(text) > width and len(items) > 1:
            items.pop()
            text = ", ".join([*items, GAP])
        return text


def _ends(text: str, width: int, mark: str) -> str:
    """The two ends of a word, in `width` cells at most."""
    if cells(text) <= width:
        return text
    room = max(0, width - cells(mark))
    head, tail = _first(text, room // 2), _first(text[::-1], room - room // 2)[::-1]
    return f"{head}{mark}{tail}"


def _first(text: str, room: int) -> str:
    """The beginning of a text in `room` cells."""
    end = next((end for end in range(len(text), -1, -1) if cells(text[:end]) <= room), 0)
    return text[:end]
