"""What every array source and sink offers, whatever its format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from xent_cli.array_facts import FileFacts
from xent_cli.arrays.storage.extents import Extent
from xent_cli.arrays.storage.files import InputFile
from xent_cli.diagnosis import NOTE, WARNING, Diagnosis, Messages
from xent_cli.errors import DataError, StorageError, UsageError
from xent_cli.geometry import Box
from xent_cli.records import record, replace

if TYPE_CHECKING:
    from xent_cli.arrays.text.reading import Reading

Array = np.ndarray[Any, Any]
RowSpan = tuple[int, int | None]
"""The number of the first row, and of the one behind the last (None: to the end)."""

RAW_EXAMPLE = "for 100 rows of 10 numbers of float32: --raw f4 --shape 100,10"


def _is_span(rows: RowSpan) -> bool:
    first, last = rows
    return first >= 0 and (last is None or first < last)


def span_text(rows: RowSpan) -> str:
    """A range of rows as it is typed."""
    return f"{rows[0]}:{'' if rows[1] is None else rows[1]}"


@record
class ReadOptions:
    """How text and raw numbers are read; formats that say it themselves (.npy) take no notice.

    Attributes:
        header: whether the first row names the columns (None: as the columns tell).
        labels_header: the same of LABELS, where it differs.
        delimiter: the cell separator (None: found from the text).
        keep_text: the cells are wanted as they were written, too (`ArrayReader.text_rows`).
        decimal: `.` or `,`, what stands before the fraction of a number.
        na: what becomes of empty cells: `error`, `nan`, or `skip` (their rows are left out); with
            words behind a colon that say, too, that there is no value (`nan:None,-999`).
        choice: what is chosen of a file: its member or tensor, or the columns of a text.
        cols: the columns that are read, as `2-11` (from 1) or names (None: all).
        label_col: the columns that are labels (`ArrayReader.labels`), as `cols`.
        classes: the names that labels may have in place of class indices, in order.
        is_labels: the one column of this text holds labels, so `classes` may stand in it.
        words: labels may be any words: those met beside `classes`, each with the number in its
            place (None: there may be none).
        truths: True, False, yes and no are 1 and 0.
        index: which columns are an index or ids: `auto`, `none` or names.
        ids: `all`, or `inner`: rows whose id the other text does not have are left out.
        comment: what starts a comment: a character or `none` (None: `#`, above the first row).
        skip: lines that are passed over at the start; `labels_skip` those of LABELS.
        weighs: it is one weight a row: beside a column of ids the other one.
        needs_proof: several columns are dense targets only where their rows or names say so.
        is_draft: the text is looked at alone, and read once both texts are settled.
        reading: how its rows become numbers, where that is settled.
        rows: the rows that are read, of what was settled and joined (None: all).
        encoding: of texts without a byte order mark, as Python calls it (None: UTF-8).
        raw: the dtype of a file of nothing but numbers (`f4`, `>i8`, `bf16`).
        shape: the shape of such a file.
        raw_by_suffix: `raw` is for files whose suffix tells nothing else (.bin, .raw).
    """

    header: bool | None = None
    labels_header: bool | None = None
    delimiter: str | None = None
    keep_text: bool = False
    decimal: str = "."
    na: str = "error"
    choice: str | None = None
    cols: str | None = None
    label_col: str | None = None
    classes: tuple[str, ...] | None = None
    is_labels: bool = False
    words: dict[str, int] | None = None
    truths: bool = False
    index: str = "auto"
    ids: str = "all"
    comment: str | None = None
    skip: int = 0
    labels_skip: int = 0
    weighs: bool = False
    needs_proof: bool = False
    is_draft: bool = False
    reading: Reading | None = None
    rows: RowSpan | None = None
    encoding: str | None = None
    raw: str | None = None
    shape: tuple[int, ...] | None = None
    raw_by_suffix: bool = False

    def check(self) -> None:
        """Refuses options that say nothing.

        Raises:
            UsageError: naming the option.
        """
        if self.decimal not in (".", ","):
            raise UsageError(f"--decimal takes . or a comma; got {self.decimal!r}")
        if self.na_rule not in ("error", "nan", "skip"):
            raise UsageError(
                f"--na takes error, nan or skip; got {self.na!r}",
                "words that say that there is no value stand behind it: --na nan:None,-999",
            )
        if self.ids not in ("all", "inner"):
            raise UsageError(f"--ids takes all or inner; got {self.ids!r}")
        if self.comment is not None and self.comment != "none" and len(self.comment) != 1:
            raise UsageError(f"--comment takes one character or none; got {self.comment!r}")
        if min(self.skip, self.labels_skip) < 0:
            raise UsageError("--skip takes a number of lines, 0 or more")
        if self.rows is not None and not _is_span(self.rows):
            raise UsageError(
                f"--rows {span_text(self.rows)} holds no row",
                "--rows 100:200 is row 100 to 199, counted from 0; --rows :10 the first ten",
            )
        if self.shape is not None and self.raw is None:
            raise UsageError("--shape is the shape of a --raw array", RAW_EXAMPLE)

    @property
    def na_rule(self) -> str:
        """What becomes of empty cells: `error`, `nan` or `skip`."""
        return self.na.partition(":")[0]

    @property
    def others(self) -> ReadOptions:
        """How the other arrays of a command are read: without what is told of the first alone."""
        first = replace(self, cols=None, label_col=None, classes=None, skip=0, rows=None)
        return replace(first, raw=None, shape=None)

    @property
    def next(self) -> ReadOptions:
        """How arrays of one kind are read behind the first: one that tells its dtype is not raw."""
        return replace(self, raw_by_suffix=True)


@record
class Outline:
    """An array that is to be written; `columns` are the names of its last axis."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    columns: tuple[str, ...] | None = None


Again = tuple[Callable[..., "ArrayReader"], tuple[Any, ...]]
"""What opens an array once more: a function, and its arguments."""


def with_classes(again: Again, names: tuple[str, ...]) -> Again:
    """What opens labels with the names of the classes told."""
    opens, arguments = again
    told = (
        replace(argument, classes=names) if isinstance(argument, ReadOptions) else argument
        for argument in arguments
    )
    return opens, tuple(told)


class ArrayReader(ABC):
    """An array that can be read in boxes. Use as a context manager.

    Attributes:
        name: the source as the user named it, for messages (`labels.npy`, `stdin`).
        format: the key in `FORMATS` (`npy`, `csv`, ...), or `memory`; for reports.
        is_text: its cells are text in the source, which has no dtypes and no ranks.
        shape: never negative, checked against the size of the source.
        dtype: in native byte order; `xent_cli.dtypes.BFLOAT16` for bfloat16.
        fortran: the first axis varies fastest in the source.
        seekable: boxes may be read in any order, by several threads at once. Where False, boxes
            must follow each other in C order without a gap, and each can be read once.
        columns: the names of the last axis where the source carries them (a CSV header).
        labels: what `ReadOptions.label_col` names in the same source, (rows, columns).
        names_labels: labels stood as class names in the source, and are indices from 0 now.
        keys: names of columns of ids, which are not a part of the array.
        member: of a file of several named arrays the name of the one that is read.
        diagnoses: what the user should know of how the source was understood, and of its content.
        file: that it is read from, or was.
        again: what opens it in another process, a function and its arguments; None: nothing does.
        composed: it is made of other arrays, which open there by themselves.
    """

    name: str
    format: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool = False
    seekable: bool = True
    is_text: bool = False
    columns: tuple[str, ...] | None = None
    labels: ArrayReader | None = None
    names_labels: bool = False
    keys: tuple[str, ...] = ()
    member: str | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    file: InputFile | None = None
    again: Again | None = None
    composed: bool = False
    notes, warnings = Messages(NOTE), Messages(WARNING)

    def __reduce__(self) -> Any:
        """Goes to another process as what opens it there: no descriptor travels, and no content.

        Raises:
            StorageError: it comes from a pipe, or is in memory.
        """
        if self.composed:
            return _blank, (type(self),), vars(self)
        if self.again is None:
            raise StorageError(
                f"{self.name}: cannot be opened by another process", "name a file that both can see"
            )
        return self.again

    @property
    def size(self) -> int:
        """The number of elements."""
        size = 1
        for length in self.shape:
            size *= length
        return size

    @property
    def is_column(self) -> bool:
        """Whether it is one column of text: text has no ranks, so (N, 1) may be meant as (N,)."""
        return self.is_text and len(self.shape) == 2 and self.shape[1] == 1

    @abstractmethod
    def read(self, box: Box) -> Array:
        """The elements of `box`: shape of the box, native byte order, any strides.

        The array may be a read-only view of the source, which stays mapped as long as the array
        lives: drop it before the next box to keep memory bounded.

        Raises:
            DataError: the source ends early, or does not hold what its header promised.
            StorageError: the source cannot be read.
        """

    def read_run(self, count: int) -> Array:
        """The next `count` elements in the order of the source, 1-D; of one that is not `seekable`.

        Raises:
            DataError: the source ends early, or has no order of its own.
        """
        raise DataError(f"{self.name}: cannot be read out of order")

    def read_all(self) -> Array:
        """The whole array; for those known to be small (weights, corners)."""
        return self.read(tuple(slice(0, length) for length in self.shape))

    def extent(self) -> Extent | None:
        """The bytes of the array in C order as one run of a file; None where they are not."""
        return None

    def extents(self) -> Iterator[Extent] | None:
        """The same as several runs, one after another; None where copying them is no gain."""
        whole = self.extent()
        return None if whole is None else iter((whole,))

    def text_rows(self, delimiter: str) -> Iterator[bytes] | None:
        """The rows as they were written, checked: blocks of whole lines, cells cut by `delimiter`.

        Without comments, quotes and header. None where they are not text, or not kept
        (`ReadOptions.keep_text`).
        """
        return None

    def name_classes(self, names: tuple[str, ...]) -> None:  # noqa: B027 - numbers need no names
        """Tells labels that are words which classes there are; of text its reading does."""

    def files(self) -> tuple[FileFacts, ...]:
        """The files that it is read from; none of a pipe or of memory."""
        facts = None if self.file is None else self.file.facts()
        return () if facts is None else (facts,)

    def finish(self) -> None:
        """Checks what can be checked only at the end of the reading, before anything is made of it.

        Raises:
            DataError: the file is another one by now, or a stream does not end with its last
                element.
        """
        if self.file is not None:
            self.file.check()

    def close(self) -> None:
        """Releases the source."""
        if self.file is not None:
            self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _blank(kind: type[ArrayReader]) -> ArrayReader:
    """A reader to which another process gives its attributes."""
    return kind.__new__(kind)


class ArrayWriter(ABC):
    """An array that is written in boxes, and appears whole or not at all.

    As a context manager it commits on success and aborts on an exception.

    Attributes:
        name: the target as the user named it.
        shape, dtype: of the array to be written; the layout is always C order.
        seekable: boxes may be written in any order. Where False they must follow each other in
            C order without a gap.
        delimiter: parts the cells of text that is written as it is (`write_text`); None: none is.
        diagnoses: what the user should know of the target.
    """

    name: str
    format: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    seekable: bool = True
    delimiter: str | None = None
    diagnoses: tuple[Diagnosis, ...] = ()

    @abstractmethod
    def write(self, box: Box, values: Array) -> None:
        """Writes `values` (shape of the box, converted to `dtype` by the caller) at `box`.

        Raises:
            StorageError: the target cannot be written (full, gone, closed).
        """

    def copy(self, extents: Iterable[Extent]) -> bool:
        """Copies the whole array from files; False where the writer has to see the values."""
        return False

    def write_text(self, rows: bytes) -> None:
        """Writes whole rows that are text already, their cells cut by `delimiter`."""
        raise NotImplementedError

    @abstractmethod
    def commit(self) -> None:
        """Makes the array appear under its name; nothing may be written afterwards."""

    @abstractmethod
    def abort(self) -> None:
        """Removes what was written; whatever stood under the name before stays."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, exc_type: type[BaseException] | None, *rest: object) -> None:
        if exc_type is None:
            self.commit()
        else:
            self.abort()


class MemoryArray(ArrayReader):
    """An array that is in memory already, read as any other (the library door takes them)."""

    format = "memory"

    def __init__(self, values: Array, name: str = "array") -> None:
        self.name = name
        self.values = values
        self.shape = values.shape
        self.dtype = values.dtype
        self.fortran = (
            values.ndim > 1 and values.flags.f_contiguous and not values.flags.c_contiguous
        )

    def read(self, box: Box) -> Array:
        """A view of the box."""
        return self.values[box]
