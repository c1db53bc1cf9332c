"""Several arrays read as one, joined along a dimension; nothing is copied ahead of need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from math import prod
from typing import Any

import numpy as np

from xent_cli.array_facts import FileFacts
from xent_cli.arrays.base import Array, ArrayReader
from xent_cli.arrays.storage.extents import Extent, interleaved
from xent_cli.diagnosis import WARNING, Diagnosis
from xent_cli.dtypes import (
    as_float,
    convert,
    dtype_name,
    is_bfloat16,
    native,
    significand_bits,
    widen_bfloat16,
)
from xent_cli.errors import DataError
from xent_cli.geometry import Box
from xent_cli.records import replace

_SEVERAL = 3
_ROWS = 1 << 10
"""Rows of text joined at once."""


class JoinedArray(ArrayReader):
    """The parts, one after another along `dim`.

    Args:
        parts: readers whose shapes agree in every other dimension (`joining.joined_shape` checks).
        dim: the dimension they are joined along, not negative.
        dtype: what the values are converted to.
        name: for messages.
        as_written: `dtype` comes of the parts' by a rule, so text is what it was (`text_rows`).
    """

    format = "joined"
    composed = True

    def __init__(
        self,
        parts: Sequence[ArrayReader],
        dim: int,
        dtype: np.dtype[Any],
        name: str,
        *,
        as_written: bool = False,
    ) -> None:
        self._as_written = as_written
        self._lost: list[tuple[str, int, int]] = []
        self.parts = tuple(parts)
        self.dim = dim
        self.dtype = dtype
        self.name = name
        first = self.parts[0].shape
        length = sum(part.shape[dim] for part in self.parts)
        self.shape = (*first[:dim], length, *first[dim + 1 :])
        self.is_text = all(part.is_text for part in self.parts)
        self.seekable = all(part.seekable for part in self.parts)
        self.fortran = all(part.fortran for part in self.parts)
        self.diagnoses = tuple(_told(self.parts))
        self.columns = self._joined_columns()
        self.keys = tuple({key: None for part in self.parts for key in part.keys})

    def _joined_columns(self) -> tuple[str, ...] | None:
        named = [part.columns for part in self.parts]
        if any(columns is None for columns in named):
            return None
        if self.dim == len(self.shape) - 1:
            return tuple(name for columns in named for name in columns or ())
        return named[0]

    def read(self, box: Box) -> Array:
        """The box, from the parts that it touches."""
        pieces, start = [], 0
        cut = box[self.dim]
        for part in self.parts:
            stop = start + part.shape[self.dim]
            low, high = max(cut.start, start), min(cut.stop, stop)
            if low < high:
                own = (*box[: self.dim], slice(low - start, high - start), *box[self.dim + 1 :])
                values = native(part.read(own))
                check_conversion(values, self.dtype, part.name)
                converted = convert(values, self.dtype)
                if self._as_written:
                    self._compare(part.name, values, converted)
                pieces.append(converted)
            start = stop
        if not pieces:
            return np.empty([s.stop - s.start for s in box], dtype=self.dtype)
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=self.dim)

    def _compare(self, name: str, values: Array, converted: Array) -> None:
        """Counts whole numbers that a float of the rule's dtype does not hold."""
        if values.dtype.kind not in "iu" or self.dtype.kind in "biu" or not values.size:
            return
        lost = values[_is_lost(values, converted)]
        if lost.size:
            largest = max(int(lost.min()), int(lost.max()), key=abs)
            self._lost.append((name, lost.size, largest))

    def lost(self) -> Iterator[Diagnosis]:
        """What is told of the whole numbers that the boxes read so far do not hold any more."""
        for name in dict.fromkeys(name for name, _, _ in self._lost):
            lost = [(count, number) for part, count, number in self._lost if part == name]
            count = sum(count for count, _ in lost)
            largest = max((number for _, number in lost), key=abs)
            told = (
                f"{name}: {dtype_name(self.dtype)} does not hold {count} of its whole numbers, the "
                f"largest {largest} (--dtype names another)"
            )
            yield Diagnosis("lossy-promotion", WARNING, told, place={"file": name})

    def extents(self) -> Iterator[Extent] | None:
        """The runs of the parts in turn, where no value changes on the way."""
        if any(part.dtype != self.dtype for part in self.parts):
            return None
        count = prod(self.shape[: self.dim])
        if count == 1:
            runs = [part.extents() for part in self.parts]
            copied = [run for run in runs if run is not None]
            return chain(*copied) if len(copied) == len(runs) else None
        whole = [extent for part in self.parts if (extent := part.extent()) is not None]
        return interleaved(whole, count) if count and len(whole) == len(self.parts) else None

    def text_rows(self, delimiter: str) -> Iterator[bytes] | None:
        """The rows of the parts, one after another or beside each other."""
        texts = [part.text_rows(delimiter) for part in self.parts] if self._as_written else [None]
        blocks = [text for text in texts if text is not None]
        if len(blocks) < len(texts):
            return None
        return chain(*blocks) if self.dim == 0 else _beside(blocks, delimiter)

    def name_classes(self, names: tuple[str, ...]) -> None:
        """Tells every part."""
        for part in self.parts:
            part.name_classes(names)

    def files(self) -> tuple[FileFacts, ...]:
        """Those of the parts."""
        return tuple(facts for part in self.parts for facts in part.files())

    def finish(self) -> None:
        """Checks the end of every part."""
        for part in self.parts:
            part.finish()

    def close(self) -> None:
        """Closes every part."""
        for part in self.parts:
            part.close()


def _told(parts: Sequence[ArrayReader]) -> Iterator[Diagnosis]:
    """What is told of the parts; once, of the first, where the same is told of many."""
    same: dict[tuple[str, str], list[Diagnosis]] = {}
    for part in parts:
        for told in part.diagnoses:
            about = told.message.removeprefix(f"{part.name}: ")
            same.setdefault((told.id, about), []).append(told)
    for (_, about), each in same.items():
        if len(each) <= _SEVERAL:
            yield from each
        else:
            first = each[0].message.removesuffix(f": {about}")
            yield replace(each[0], message=f"{first} and {len(each) - 1} others: {about}")


def _is_lost(values: Array, converted: Array) -> Array:
    """Where a float is not the whole number that it was made of: it has too many binary digits."""
    whole, most = values.astype(np.uint64), 1 << significand_bits(converted.dtype)
    if values.dtype.kind == "i":
        np.copyto(whole, -whole, where=values < 0)
    if not whole.max() > most:
        return np.zeros(values.shape, dtype=bool)
    digits = whole // np.maximum(whole & -whole, 1)
    lost: Array = (digits > most) | np.isinf(as_float(converted))
    return lost


def _beside(texts: list[Iterator[bytes]], delimiter: str) -> Iterator[bytes]:
    """Texts of as many rows each, row beside row, in blocks of whole lines."""

    def rows(text: Iterator[bytes]) -> Iterator[bytes]:
        for block in text:
            yield from block.removesuffix(b"\n").split(b"\n")

    joined = map(delimiter.encode().join, zip(*map(rows, texts), strict=True))
    while some := list(islice(joined, _ROWS)):
        yield b"\n".join(some) + b"\n"


def check_conversion(values: Array, dtype: np.dtype[Any], name: str) -> None:
    """Refuses numbers that an integer dtype cannot hold; fractions are cut off, as casts do.

    Raises:
        DataError: naming the file and the number.
    """
    if dtype.kind not in "iu" or not values.size or values.dtype == dtype:
        return
    numbers = widen_bfloat16(values) if is_bfloat16(values.dtype) else values
    limits = np.iinfo(dtype)
    low, high = numbers.min(), numbers.max()
    for number in (low, high):
        if not (np.isfinite(number) and limits.min <= int(number) <= limits.max):
            raise DataError(
                f"{name}: holds {number}, which {dtype.name} cannot",
                "name a wider dtype, or a float",
            )
