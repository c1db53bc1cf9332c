"""Whether the first row of a text names its columns, decided over all columns and with a reason.

A first row is `names` or `data`, or it stays `unsettled` until the rows of LOGITS and LABELS are
counted (`settle`); what is left then is refused, with the flags that settle it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import pairwise

from xent_cli.arrays.text.cells import BLANKS, SWAPPED, brief
from xent_cli.arrays.text.frame import Frame
from xent_cli.arrays.text.names import is_key_name, is_name, is_nameless, names_in_comment
from xent_cli.arrays.text.profile import WORD, Profile, Rows, profile_of
from xent_cli.arrays.text.spelling import is_compound
from xent_cli.errors import DataError
from xent_cli.records import record, replace

NAMES, DATA, UNSETTLED = "names", "data", "unsettled"
"""What the first row is."""

_LEAST_ROWS = 3
_LONGEST = 18
"""More digits make no number of a class."""
_MOST_WORD_ROWS = 8


@record
class Header:
    """What the first row is.

    Attributes:
        reading: `names`, `data` or `unsettled`.
        certain: row counts cannot turn it.
        reason: why, as a clause.
        columns: the names of the columns; None where there are none, or none yet.
        names: what the first row would name the columns, where row counts may make it names.
    """

    reading: str
    certain: bool
    reason: str
    columns: tuple[str, ...] | None = None
    names: tuple[str, ...] = ()


@record
class Context:
    """What is known of a text beside its rows.

    Attributes:
        name: the file, for messages.
        is_labels: it is LABELS: its columns may be words.
        classes: the names of the classes, where they are known.
        is_whole: the rows are all there are.
        line: the number of the first row's line, from 1.
        comment: the comment directly above the first row, without its mark.
        chosen: names by which the user chose columns.
    """

    name: str
    is_labels: bool = False
    classes: tuple[str, ...] = ()
    is_whole: bool = True
    line: int = 1
    comment: str | None = None
    chosen: tuple[str, ...] = ()


def read_header(text: Frame, context: Context) -> Header:
    """Whether the first row names the columns.

    Raises:
        DataError: two rows of words stand over the numbers.

    >>> from xent_cli.arrays.text.frame import frame
    >>> def reading(*lines, **context):
    ...     return read_header(frame(lines, ","), Context("x.csv", **context)).reading
    >>> reading("cat,dog", "0.5,1.5"), reading("0.25,1", "0.5,1.5")
    ('names', 'data')
    >>> reading("0,1,2", "0.5,2.5,1.5"), reading("0,1", "0.5,1.5"), reading("0", "1")
    ('names', 'unsettled', 'data')
    """
    header = _decided(text, context)
    if header.reading == UNSETTLED and not set(context.chosen).isdisjoint(text.first):
        return Header(NAMES, True, "columns are chosen by its names", text.first)
    if header.reading == NAMES and header.certain:
        return header
    columns = names_in_comment(context.comment or "", text.delimiter, len(text.first))
    if columns is not None:
        return Header(DATA, True, "the comment above it names the columns", columns)
    return header


def _decided(text: Frame, context: Context) -> Header:
    first, below = text.first, text.below
    if not below.lines and context.is_whole:
        return Header(DATA, True, "it is the only row")
    plain = [cell.translate(SWAPPED) for cell in first] if below.has_commas else first
    row = profile_of(plain, below.absent)
    if text.row_names:
        _refuse_two(text, context)
        return Header(NAMES, True, "it is one cell short, as R's write.table has it", first)
    if not first[0] and row.empty < row.rows:
        index = below.profile(0)
        if index.is_key or index.is_words:
            _refuse_two(text, context)
            what = "words" if index.is_words else "distinct whole numbers"
            certain = row.words > 0 or row.fractions == 0
            return _names(first, f"its first cell is empty, over {what}", certain)
    if row.words == 0:
        skip = {0} if not first[0] and len(first) > 1 else set()
        return _rest(text, skip)
    return _worded(text, row, context)


def _names(first: tuple[str, ...], reason: str, certain: bool) -> Header:
    return Header(NAMES, certain, reason, first, () if certain else first)


def _worded(text: Frame, row: Profile, context: Context) -> Header:
    """Of a first row with words."""
    first, below = text.first, text.below
    _refuse_two(text, context)
    words = bytes(below.kind(cell) == WORD for cell in first)  # a set takes 80 bytes for each
    over = below.first_numbers(words)
    if over is not None:
        return _over(text, row, over)
    if row.words + row.truths + row.missing + row.empty == row.rows:
        return _words_alone(text, words, context)
    # Words over words say nothing: the others speak.
    header = _rest(text, {place for place, is_word in enumerate(words) if is_word})
    if header.reading != DATA:
        return header
    name = next(
        (cell for cell, is_word in zip(first, words, strict=True) if is_word and is_key_name(cell)),
        None,
    )
    if name is not None:
        return _open(first, f"{brief(name)} is a name of ids, over words")
    return Header(DATA, True, header.reason)


def _rest(text: Frame, skip: Collection[int]) -> Header:
    """What the cells say that are numbers."""
    below = text.below.without(skip)
    cells = [cell for place, cell in enumerate(text.first) if place not in skip]
    if below.has_commas:
        cells = [cell.translate(SWAPPED) for cell in cells]
    header = _numeric(cells, below)
    columns = text.first if header.columns is not None else None
    return replace(header, columns=columns, names=text.first if header.names else ())


def _over(text: Frame, row: Profile, place: int) -> Header:
    """Of a first row with a word over numbers: names, unless other cells speak against it."""
    first = text.first
    word, against = brief(first[place]), None
    named = any(is_key_name(name) or (name and is_nameless(name)) for name in first)
    if row.fractions and not named:
        against = "other cells of it have a point or an exponent"
    elif (twice := _twice([name for name in first if name])) is not None:
        against = f"{brief(twice)} is there twice"
    elif not any(map(is_name, first)):
        against = "it may be a number written wrong"
    reason = f"{word} stands over numbers"
    if against is not None:
        return _open(first, f"{reason}, but {against}")
    return _names(first, reason, True)


def _twice(names: Sequence[str]) -> str | None:
    """A name that is there twice; a set of half a million names would take 32 MB."""
    ordered = sorted(names)
    return next((name for name, following in pairwise(ordered) if name == following), None)


def _words_alone(text: Frame, words: bytes, context: Context) -> Header:
    """Of a first row of words, none of which stands over numbers."""
    first, below = text.first, text.below
    if not context.is_labels:
        if below.lines and any(map(is_compound, below.row(0))) and not any(map(is_compound, first)):
            return _names(first, "it stands over cells that hold several numbers", True)
        return Header(DATA, True, "numbers were expected, and no column has any")
    for place, cells in enumerate(below.columns()):
        if not words[place]:
            continue
        if first[place] in context.classes:
            return Header(DATA, True, f"{brief(first[place])} is a class")
        if first[place] in (cell.strip(BLANKS) for cell in cells):
            return Header(DATA, True, f"{brief(first[place])} is there again below")
    word = brief(first[words.index(1)])
    return _open(first, f"{word} stands over words, is no class and is not there again")


def _numeric(first: Sequence[str], below: Rows) -> Header:
    """Of a first row, or a part of it, without words."""
    row = profile_of(first, below.absent)
    if row.whole < row.rows:
        return Header(DATA, True, "its cells are not all whole numbers")
    if not all(cell.isdigit() and cell.isascii() and len(cell) <= _LONGEST for cell in first):
        return Header(DATA, True, "it has a sign, or a mark within a number")
    return _whole(tuple(first), [int(cell) for cell in first], below)


def _whole(first: tuple[str, ...], numbers: Sequence[int], below: Rows) -> Header:
    """Of a first row of whole numbers without a sign."""
    C = len(numbers)
    counts = numbers[0] in (0, 1) and list(numbers) == list(range(numbers[0], numbers[0] + C))
    if not counts and len(set(numbers)) < C:
        return Header(DATA, True, "its numbers are not distinct")
    span = f"{numbers[0]}..{numbers[-1]}" if C > 1 else f"{numbers[0]}"
    if C == 1 and below.lines:
        column = below.profile(0)
        if not column.fractions and not column.words and not column.truths:
            reason = "it is a whole number over whole numbers"
            return Header(DATA, numbers[0] != 0, reason, None, first if numbers[0] == 0 else ())
        if numbers[0] == 0 or not column.fractions:
            what = "fractions" if column.fractions else "words"
            return _open(first, f"it is {span} over {what}")
    fractions = below.all_fractions
    if counts and C > 2 and (fractions or below.all_binary):
        what = "columns with fractions" if fractions else "columns of only 0 and 1"
        return _names(first, f"it is {span} over {what}", False)
    low, high = below.range if fractions else (-math.inf, math.inf)
    outside = all(number < low or number > high for number in numbers)
    four = all(len(cell) == 4 for cell in first) and min(numbers) > 999
    if fractions and four and min(numbers) > 10 * max(abs(low), abs(high)):
        reason = f"it is years or the like ({span}) over fractions"
        return _names(first, reason, False) if C > 1 else _open(first, reason)
    if counts and C == 2 and outside:
        return _names(first, f"it is {span} over columns with fractions, out of their range", False)
    if max(numbers) <= 1 and below.all_binary:
        names = first if counts else ()
        return Header(DATA, not counts, "it is 0 and 1 as are the rows below", None, names)
    if counts and C > 1 and _goes_on(numbers[-1], below):
        return Header(DATA, True, "the row below goes on counting where it ends")
    if counts and C > 1:
        return _open(first, f"it is {span}, as columns are named and as a row may be")
    if outside and len(below) >= _LEAST_ROWS:
        reason = f"it is whole numbers ({span}) out of the range of the fractions below"
        return _open(first, reason)
    return Header(DATA, True, "it is numbers as are the rows below")


def _goes_on(last: int, below: Rows) -> bool:
    """Whether the next row counts on, as a table of 0, 1, 2, ... does that somebody made up."""
    if not below.lines:
        return False
    row = below.row(0)
    return row == [str(last + step) for step in range(1, len(row) + 1)]


def _open(first: tuple[str, ...], reason: str) -> Header:
    return Header(UNSETTLED, False, reason, None, first)


def _refuse_two(text: Frame, context: Context) -> None:
    """Refuses rows of words that stand between the first row and the numbers."""
    below = text.below
    more = 0
    for index in range(min(len(below), _MOST_WORD_ROWS)):
        row = profile_of(below.row(index), below.absent)
        if row.words == 0 or row.whole + row.fractions + row.not_finite > 0:
            break
        more += 1
    if more == 0:
        return
    last = below.row(more - 1)
    places = bytes(below.kind(cell) == WORD and is_name(cell) for cell in last)
    over = below.since(more).first_numbers(places)
    if over is not None:
        raise DataError(
            f"{context.name}:{context.line}: {more + 1} rows of words stand over the numbers, "
            "expected one row of column names",
            f"--skip {context.line - 1 + more} keeps the last of them, {brief(last[over])}",
        )
