"""An array of words as labels: the classes that they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader, ReadOptions, with_classes
from xent_cli.arrays.label_names import LabelNames
from xent_cli.arrays.text.cells import TRUTHS, brief
from xent_cli.arrays.views.parts import ArrayView
from xent_cli.errors import DataError
from xent_cli.geometry import Box

_AT_ONCE = 1 << 16
_WHOLE = re.compile(r"[+-]?\d{1,15}(?:\.0*)?", re.ASCII)


def _whole(word: str | bytes) -> bool:
    text = word.decode("latin-1") if isinstance(word, bytes) else word
    return _WHOLE.fullmatch(text.strip()) is not None


class WordArray(ArrayView):
    """An array of strings (NumPy's `str_` or `bytes_`), read as whole numbers.

    Args:
        source: closed with it; seekable.
        options: which names and words there are, and whether True and no are numbers.
    """

    composed = False

    def __init__(self, source: ArrayReader, options: ReadOptions) -> None:
        super().__init__(source, source.shape, source.name)
        self.dtype = np.dtype(np.int64)
        self._words = options.words
        self._names = LabelNames(options.classes or (), options.words)
        self._truths = TRUTHS if options.truths else {}
        self._numbers: dict[str | bytes, int] = {}
        self.member = source.member
        first = next(self._spans(), None)
        words = [] if first is None else source.read(first).reshape(-1).tolist()
        are_numbers = bool(self._truths) or all(map(_whole, words))
        self.names_labels = self._names.any_words or not are_numbers

    def name_classes(self, names: tuple[str, ...]) -> None:
        """The names; where any words may be labels they are looked through, and numbered."""
        self._names = LabelNames(names, self._words)
        if self.again is not None:
            self.again = with_classes(self.again, names)
        if self._names.any_words:
            for box in self._spans():
                self.read(box)

    def _spans(self) -> Iterator[Box]:
        """The array in pieces of rows."""
        step = max(1, _AT_ONCE // max(1, prod(self.shape[1:])))
        for start in range(0, self.shape[0] if self.shape else 0, step):
            rows = slice(start, min(start + step, self.shape[0]))
            yield (rows, *(slice(0, length) for length in self.shape[1:]))

    def read(self, box: Box) -> Array:
        """The numbers of the box.

        Raises:
            DataError: a word is no class.
        """
        words = np.ascontiguousarray(self.source.read(box))
        numbers = np.empty(words.shape, np.int64)
        flat, known, row = numbers.reshape(-1), self._numbers, max(1, prod(words.shape[1:]))
        for start in range(0, flat.size, _AT_ONCE):
            some = words.reshape(-1)[start : start + _AT_ONCE].tolist()
            for place, word in enumerate(some) if not known.keys() >= {*some} else ():
                if word not in known:
                    number = (start + place) // row + (box[0].start if box else 0)
                    known[word] = self._number(word, f"{self.name}: row {number}")
            flat[start : start + len(some)] = [known[word] for word in some]
        return numbers

    def _number(self, word: str | bytes, where: str) -> int:
        try:
            name = (word if isinstance(word, str) else word.decode()).strip()
        except UnicodeDecodeError as error:
            raise DataError(f"{where}: {word!r} is no UTF-8 text") from error
        number = self._names.find(name)
        if number is None and name.lower() in self._truths:
            number = int(self._truths[name.lower()])
        if number is not None and not (self.names_labels or self._truths):
            raise DataError(f"{where}: the label {brief(name)} is a name, and numbers are above it")
        is_number = _whole(name) and not self._names.any_words
        if number is None and is_number and (not self._names.only or name.startswith("-")):
            number = int(float(name))
        return self._names.word(name, where) if number is None else number

    def close(self) -> None:
        """Closes the source."""
        self.source.close()
