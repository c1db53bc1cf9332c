"""An array of words as labels: the classes that they name."""

from __future__ import annotations

import re

import numpy as np

from xent_cli.arrays.base import Array, ArrayReader, ReadOptions, with_classes
from xent_cli.arrays.label_names import LabelNames
from xent_cli.arrays.text.cells import TRUTHS
from xent_cli.arrays.views.parts import ArrayView
from xent_cli.errors import DataError
from xent_cli.geometry import Box

_AT_ONCE = 1 << 16
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)


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
        self.names_labels = not self._truths
        self.member = source.member

    def name_classes(self, names: tuple[str, ...]) -> None:
        """The names; where any words may be labels they are looked through, and numbered."""
        self._names = LabelNames(names, self._words)
        if self.again is not None:
            self.again = with_classes(self.again, names)
        if self._names.any_words:
            for start in range(0, self.shape[0] if self.shape else 0, _AT_ONCE):
                rows = slice(start, min(start + _AT_ONCE, self.shape[0]))
                self.read((rows, *(slice(0, length) for length in self.shape[1:])))

    def read(self, box: Box) -> Array:
        """The numbers of the box.

        Raises:
            DataError: a word is no class.
        """
        words = self.source.read(box)
        numbers = np.empty(words.shape, np.int64)
        flat, known = numbers.reshape(-1), self._numbers
        for start in range(0, flat.size, _AT_ONCE):
            some = words.reshape(-1)[start : start + _AT_ONCE].tolist()
            for word in dict.fromkeys(some):
                if word not in known:
                    index = np.unravel_index(start + some.index(word), words.shape)
                    row = int(index[0]) + box[0].start if box else 0
                    known[word] = self._number(word, f"{self.name}: row {row}")
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
        is_number = _WHOLE.fullmatch(name) and not self._names.any_words
        if number is None and is_number and (not self._names.only or name.startswith("-")):
            number = int(name)
        return self._names.word(name, where) if number is None else number

    def close(self) -> None:
        """Closes the source."""
        self.source.close()
