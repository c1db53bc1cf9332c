"""What people type for numbers, lengths and parameters, read and refused in our own words."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from xent_cli.errors import UsageError

TYPED = "xent_cli.typed"
"""Where a context keeps the options as they were typed, by name: for those that are read first."""
_TOO_LARGE = 1 << 63


def whole(text: str) -> int:
    """A whole number; Typer's own reading of numbers and its words change with its version."""
    try:
        return whole_numbers([text], "must be a whole number")[0]
    except UsageError as error:
        raise typer.BadParameter(error.message) from None


def count(text: str) -> int:
    """A whole number from 1 on."""
    value = whole(text)
    if value < 1:
        raise typer.BadParameter(f"must be at least 1; got {value}")
    return value


def real(text: str) -> float:
    """A number."""
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"must be a number; got {text!r}") from None


def parsed(params: list[str] | None) -> dict[str, str]:
    """The `-p NAME=VALUE` options by name; `-` in names is `_`."""
    pairs: dict[str, str] = {}
    for text in params or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"-p takes NAME=VALUE; got {text!r}")
        name = name.strip().replace("-", "_")
        if name in pairs:
            raise UsageError(f"-p {name} is given twice: {pairs[name]} and {value.strip()}")
        pairs[name] = value.strip()
    return pairs


def lengths(shape: str | None) -> tuple[int, ...] | None:
    """The lengths in `100,10`, as people and reports write them; none are a single number's.

    >>> lengths("100,10"), lengths("(100, 10)"), lengths("100 x 10"), lengths("100,"), lengths("")
    ((100, 10), (100, 10), (100, 10), (100,), ())
    """
    if shape is None:
        return None
    parts = shape.strip().removeprefix("(").removesuffix(")").replace("x", ",").split(",")
    if not parts[-1].strip():
        parts.pop()
    return whole_numbers(parts, "--shape takes lengths, such as 100,10")


def row_span(text: str | None) -> tuple[int, int | None] | None:
    """The first row and the one behind the last of `100:200`, `100:` or `:200`.

    >>> row_span("100:200"), row_span(":200"), row_span("100:")
    ((100, 200), (0, 200), (100, None))
    """
    if text is None:
        return None
    rule = "--rows takes A:B, the first row and the one behind the last, counted from 0"
    first, colon, last = text.partition(":")
    if not colon or not (first or last):
        raise UsageError(f"{rule}; got {text!r}")
    start, stop = (whole_numbers([part], rule)[0] if part else None for part in (first, last))
    return start or 0, stop


def whole_numbers(parts: Sequence[str], rule: str) -> tuple[int, ...]:
    """The numbers; a UsageError tells the rule and the first that is none, or has over 64 bits."""
    numbers: list[int] = []
    for part in parts:
        try:
            number = int(part)
        except ValueError:  # Python reads no number of more than 4300 digits
            number = _TOO_LARGE
        if abs(number) >= _TOO_LARGE:
            from xent_cli.arrays.text.cells import brief

            raise UsageError(f"{rule}; got {brief(part)}")
        numbers.append(number)
    return tuple(numbers)
