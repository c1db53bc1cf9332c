"""Names, shapes and numbers as text that is safe on a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from unicodedata import category, combining, east_asian_width

from xent_cli.array_facts import Scalar

GAP = "..."
NO_BREAK = "\u00a0"
"""In the text of a sheet: a space at which no line may end."""

_DIGITS = {"float16": 4, "bfloat16": 3}
_ARRAY_DIGITS = 7
_FIXED_FROM, _FIXED_BELOW = 1e-4, 1e15


def is_hidden(character: str) -> bool:
    """Whether a terminal could act on `character` or show nothing: controls, bidi marks, ..."""
    kind = category(character)
    return kind[0] == "C" or kind in ("Zl", "Zp")


def visible(text: str) -> str:
    r"""`text` on one line, with hidden characters as escapes: a file name commands no terminal.

    A byte of a file name that is not UTF-8 (a lone surrogate in Python) is written as that byte.

    >>> print(visible("a\x1b[2Jb\nc"))
    a\x1b[2Jb\nc
    """
    if text.isprintable():
        return text
    return "".join(_escape(c) if is_hidden(c) else c for c in text)


def _escape(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def cells(text: str) -> int:
    """The columns that a terminal takes for `text`.

    >>> cells("logits.npy"), cells("模型.npy")
    (10, 8)
    """
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(c) in "WF" else 0 if combining(c) else 1 for c in text)


def shape_text(shape: Sequence[int], mark: int | None = None) -> str:
    """A shape for people; `mark` puts one dim in brackets.

    >>> shape_text((1797, 10)), shape_text((1797, 10), mark=1), shape_text(())
    ('1797 x 10', '1797 x [10]', 'scalar')
    """
    if not shape:
        return "scalar"
    return " x ".join(f"[{n}]" if i == mark else str(n) for i, n in enumerate(shape))


def term_text(shape: Sequence[int]) -> str:
    """A shape in parentheses, as a term of an equation that breaks only between terms."""
    return f"({shape_text(shape)})".replace(" ", NO_BREAK)


def shape_key(shape: Sequence[int]) -> str:
    """A shape for programs, without spaces: `1797x10`; `scalar` for ()."""
    return "x".join(map(str, shape)) or "scalar"


def index_text(index: Sequence[int]) -> str:
    """A place in an array: `row 41`, or `[3, 5]` where there is more than one axis."""
    return f"row {index[0]}" if len(index) == 1 else f"[{', '.join(map(str, index))}]"


def plural(number: int, noun: str) -> str:
    """The noun behind that number: `row` behind 1, `rows` behind others."""
    return noun if number == 1 else f"{noun}s"


def bytes_text(count: int) -> str:
    """A size in bytes, exactly, and in a binary unit from 10 KiB on.

    >>> bytes_text(1), bytes_text(71880)
    ('1 byte', '71,880 bytes (70.2 KiB)')
    """
    exact = f"{count:,} {plural(count, 'byte')}"
    if count < 10 * 1024:
        return exact
    size, unit = float(count), "B"
    for unit in ("KiB", "MiB", "GiB", "TiB", "PiB"):  # noqa: B007
        size /= 1024
        if size < 1024:
            break
    return f"{exact} ({size:.1f} {unit})"


def rounded(value: Scalar, digits: int) -> str:
    """`value` to `digits` significant digits, no trailing zeros; whole digits are never dropped.

    >>> rounded(0.12360804, 7), rounded(2.0, 7), rounded(1.25e-9, 7), rounded(123456789.5, 7)
    ('0.123608', '2', '1.25e-09', '123456790')
    >>> rounded(float("-inf"), 7), rounded(True, 7), rounded(12, 7)
    ('-inf', 'true', '12')
    """
    if not isinstance(value, float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if not math.isfinite(value) or value == 0:
        return "0" if value == 0 else str(value)
    magnitude = abs(value)
    if not _FIXED_FROM <= magnitude < _FIXED_BELOW:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{_trim(mantissa)}e{exponent}"
    return _trim(f"{value:.{_decimals(magnitude, digits)}f}")


def aligned(values: Iterable[Scalar], digits: int) -> list[str]:
    """`values` in one notation and with the same decimals, so that right-aligned points meet.

    Each is rounded to `digits` significant digits; the decimals are those that the largest carries,
    or up to four that the smallest needs. Exponents where the largest is beyond `digits` or the
    smallest below 1e-4.

    >>> aligned([0.5, -12.25, float("nan")], 7)
    ['0.50', '-12.25', 'nan']
    >>> aligned([20.125, 0.05005], 3)
    ['20.10', '0.05']
    >>> aligned([1e-9, 1.0], 7)
    ['1.0e-09', '1.0e+00']
    """
    cells = [_to_digits(v, digits) if isinstance(v, float) else v for v in values]
    sizes = [abs(v) for v in cells if isinstance(v, float) and math.isfinite(v) and v != 0]
    largest, smallest = max(sizes, default=1.0), min(sizes, default=1.0)
    if largest >= 10.0 ** (digits + 1) or smallest < _FIXED_FROM:
        return _with_exponents(cells, digits)
    decimals = max(_decimals(largest, digits), min(4, _decimals(smallest, 2)))
    fixed = [f"{v:.{decimals}f}" if isinstance(v, float) else rounded(v, digits) for v in cells]
    needed = max([1, *(len(_trim(t).partition(".")[2]) for t in fixed)])
    cut = max(0, decimals - needed)
    return [t[:-cut] if cut and "." in t else t for t in fixed]


def _to_digits(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _with_exponents(cells: Sequence[Scalar], digits: int) -> list[str]:
    forms = [f"{v:.{digits - 1}e}" if isinstance(v, float) else rounded(v, digits) for v in cells]
    mantissas = [form.partition("e")[0] for form in forms if form[-1].isdigit()]
    needed = max([1, *(len(_trim(m).partition(".")[2]) for m in mantissas)])
    return [
        f"{v:.{needed}e}" if isinstance(v, float) else form
        for v, form in zip(cells, forms, strict=True)
    ]


def _decimals(magnitude: float, digits: int) -> int:
    return max(0, digits - 1 - math.floor(math.log10(magnitude)))


def _trim(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def array_digits(dtype: str) -> int:
    """Significant digits a table shows of an array's values: what the type carries, at most 7."""
    return _DIGITS.get(dtype, _ARRAY_DIGITS)
