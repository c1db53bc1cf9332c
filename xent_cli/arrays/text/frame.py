"""A text as a first row and the rows below it, whatever writes delimiters and row names how."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from xent_cli.arrays.text.cells import ABSENT, BLANKS, cells_of
from xent_cli.arrays.text.profile import Rows, profile_of
from xent_cli.records import record


@record
class Frame:
    """A text cut into its first row and those below, all of one width.

    Attributes:
        first: the cells of the first row, without blanks around them; an empty one stands for the
            column of row names that R's write.table does not name.
        below: the other rows.
        delimiter: what parts the cells of a line.
        row_names: the first row was one cell short: the first column is R's row names.
        trailing: the rows end in a delimiter; the empty column behind it is left out.
    """

    first: tuple[str, ...]
    below: Rows
    delimiter: str = ","
    row_names: bool = False
    trailing: bool = False


def frame(
    lines: Sequence[str], delimiter: str, absent: Collection[str] = ABSENT, decimal: str = "."
) -> Frame:
    """The first row and those below it, without a column that trailing delimiters make.

    Args:
        lines: without comments and blank lines, at least one; of one width but the first.
        delimiter: one character; a space stands for any run of blanks.
        absent: words for no value, in small letters.
        decimal: `.` or `,`.

    Raises:
        DataError: quotes that are wrong.

    >>> text = frame(["a,b", "x,1,2", "y,3,4"], ",")
    >>> text.first, text.row_names
    (('', 'a', 'b'), True)
    >>> text = frame(["a,b", "1,2,", "3,4,"], ",")
    >>> text.first, text.below.width, text.trailing
    (('a', 'b'), 2, True)
    """
    first = tuple(cell.strip(BLANKS) for cell in cells_of(lines[0], delimiter))
    below = Rows.cut(lines[1:], delimiter, absent)
    if decimal == ",":
        below = below.with_points()
    excess = len(first) - below.width if below.lines else 0
    if first[-1] == "" and len(first) > 1 and (excess == 1 or not below.lines):
        return Frame(first[:-1], below, delimiter, trailing=True)
    if (excess == -1 or (excess == 0 and first[-1] == "")) and below.ends_empty:
        below = below.without({below.width - 1})
        return Frame(first[: below.width], below, delimiter, trailing=True)
    if excess == -1 and _is_short(first, below):
        return Frame(("", *first), below, delimiter, row_names=True)
    return Frame(first, below, delimiter)


def _is_short(first: Sequence[str], below: Rows) -> bool:
    """Whether the first row names all columns but the first, as R's write.table has it."""
    names, keys = profile_of(first, below.absent), below.profile(0)
    return (names.words > 0 or names.is_key) and (keys.is_key or keys.is_words)
