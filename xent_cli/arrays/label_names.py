"""Labels that are words: the classes that they name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from xent_cli.arrays.text.cells import brief, is_number
from xent_cli.errors import DataError

MOST_WORDS = 1 << 16
"""Different labels that may be words: each is kept."""

_SHOWN = 8


class LabelNames:
    """The numbers that labels stand for where they are words.

    Attributes:
        only: names alone stand for classes, and numbers do not: some names are numbers.
        used: a label stood as a name.
        any_words: labels may be any words.

    Args:
        names: of the classes, in order; an empty one is none.
        words: those met beside the names, each with its number, which follow those of the names
            (None: there may be none).
    """

    def __init__(self, names: Sequence[str], words: dict[str, int] | None) -> None:
        self._numbers = {name: number for number, name in enumerate(names) if name}
        self._words, self._first = words, len(names)
        self.any_words = words is not None
        self.only = any(map(is_number, self._numbers))
        self.used = False

    def find(self, name: str) -> int | None:
        """The class of that name."""
        number = self._numbers.get(name)
        self.used |= number is not None
        return number

    def word(self, word: str, where: str) -> int:
        """The number of a word that is no name.

        Args:
            word: as it stands.
            where: the file, and the place in it.

        Raises:
            DataError: labels are names alone, or there are too many words.
        """
        if self._words is None:
            raise self._unknown(word, where)
        self.used = True
        if word not in self._words and len(self._words) == MOST_WORDS:
            raise DataError(f"{where}: more than {MOST_WORDS} different words as labels")
        return self._words.setdefault(word, self._first + len(self._words))

    def _unknown(self, word: str, where: str) -> DataError:
        names: Collection[str] = self._numbers
        if not names:
            return DataError(
                f"{where}: the label {brief(word)} is not a number, and the classes have no names",
                "--classes FILE.yaml names them, or a header row in the logits' file",
            )
        close = get_close_matches(word, names, n=1)
        listed = ", ".join(list(names)[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
        return DataError(
            f"{where}: the label {brief(word)} is none of the classes",
            f"did you mean {close[0]}?" if close else f"classes: {listed}",
        )
