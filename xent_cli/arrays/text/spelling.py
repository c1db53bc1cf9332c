"""Cells and texts that are no numbers as xent reads them: what they are, and the way out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Sequence
from pathlib import Path

from xent_cli.arrays.text.cells import is_missing, is_number, swapped
from xent_cli.errors import DataError

_NA = "--na nan reads it as nan, --na skip leaves its row out"
_SAVE = "save plain numbers: np.save('x.npy', tensor.numpy()), np.save('x.npy', np.stack(list))"
_COMPOUND = r"\S*(?:tensor|array|float\d*|int\d*)\(|[\[({]"
_WAYS = (
    (r"[+-]?[\d.]+[dD][+-]?\d", "Fortran's exponent: write it with E, as in 1.5E+03 (tr D E)"),
    (_COMPOUND, f"one number a cell is read; {_SAVE}"),
    (r"[+-]?[\d.]+[+-][\d.]+j", "numbers are real: save the real part, np.save('x.npy', x.real)"),
    (
        r"\S+ \d+:[\d.+-]",
        "svmlight: sklearn.datasets.load_svmlight_file reads it, np.save saves it",
    ),
    (r"0[xX]", "numbers are decimal: float.fromhex reads this one"),
    (r"&|\\|\|", "a table of LaTeX or Markdown: its columns are parted by --delimiter '|' or '&'"),
)
"""What cells begin with that hold something else."""
_JSON = r"\s*(?:\[\s*(?:\[|-?\d[^\s,]*\s*(?:,|\])|\"|\{|$)|\{\s*(?:\"|$))"
_PRINTED = r"\s*\[+\s*-?[\d.]+(?:e[+-]\d+)?\s+-?[\d.]"


def refuse_foreign(lines: Sequence[str], name: str) -> None:
    """Refuses a text that is written for another reader.

    Raises:
        DataError: it is JSON, or an array as Python prints it.
    """
    first = lines[0]
    if re.match(_PRINTED, first):
        raise DataError(
            f"{name}: is an array as NumPy prints it, expected rows of numbers",
            "np.save('x.npy', x) or np.savetxt('x.csv', x, delimiter=',') writes all digits",
        )
    if re.match(_JSON, first):
        stem = Path(name).stem
        raise DataError(
            f"{name}: is JSON, expected rows of numbers",
            'its lists become an array: python -c "import json, numpy; '
            f"numpy.save('{stem}.npy', json.load(open('{name}')))\"",
        )


def is_compound(cell: str) -> bool:
    """Whether a cell holds a list, a tensor or the like.

    >>> is_compound("[0.5, 1.5]"), is_compound("tensor(0.5)"), is_compound("cat")
    (True, True, False)
    """
    return re.match(_COMPOUND, cell.strip()) is not None


def way_out(cell: str, decimal: str, absent: Collection[str]) -> str | None:
    """What to do about a cell that is no number.

    Args:
        cell: as it is written.
        decimal: `.` or `,`.
        absent: words that say that there is no value, in small letters.

    >>> way_out("1,5", ".", ())
    'a number has a point, 1.5; --decimal , reads a comma'
    """
    bare = cell.strip()
    if decimal == "," and is_number(cell):
        return "--decimal , wants a comma, and no point"
    if decimal == "." and is_number(cell.replace(",", ".")):
        return "a number has a point, 1.5; --decimal , reads a comma"
    if is_missing(cell, absent):
        return _NA
    for pattern, way in _WAYS:
        if re.match(pattern, bare):
            return way
    if "#" in bare:
        return "a comment stands in a line of its own"
    if re.fullmatch(r"[+-]?\d[\d_ ',]*\d", swapped(bare, decimal)):
        return "write the digits without separators"
    if any(map(str.isdigit, bare)):
        return "a number is written as 12, -0.5 or 3e-4, and nothing else stands in its cell"
    return (
        f"--na nan:{shlex.quote(bare)} reads it as nan, --na skip:{shlex.quote(bare)} leaves its "
        "row out; --cols chooses columns of numbers"
    )
