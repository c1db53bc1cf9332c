"""What is said on a terminal's stderr: wrapped at words, the level in colour.

Without rich, which takes longer to load than most errors take to appear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from xent_cli.reports.style import Style
from xent_cli.reports.text import cells, visible

_COLORS = {"error": "1;31", "warning": "1;33", "note": "2", "hint": "36"}
"""SGR parameters by level, legible on light and on dark."""

_INDENT = 6
"""Of the lines behind the first: the width of `xent: ` and of `hint: `."""

_WORD = re.compile(r"(?:(?<!\w)'[^']*'(?!\w)|\S)+")
_CODE = re.compile(r"-|--?\w.*|.*[/=_*|<>].*|.*\w[.]\w.*|[A-Z]+|xent")
_OPTION = re.compile(r"--?[a-z][a-z-]*")
_END = ",;:.)"
"""What a command does not go on behind."""


def wrapped(level: str, message: str, style: Style) -> str:
    r"""A message behind its level (`xent: error`, `hint`), over as many lines as the page needs.

    Words stay whole, and so do commands, and options with their values: what is too long for a line
    is left to the terminal, so that copying gives it back.

    >>> print(wrapped("hint", "others: xent convert y.bin y.npy --raw i8 makes one", Style(44)))
    hint: others:
          xent convert y.bin y.npy --raw i8
          makes one
    """
    width, place, pieces = style.width, cells(level) + 2, [_colored(level, style), ": "]
    for gap, chunk in _chunks(visible(message)):
        length = cells(chunk)
        if gap and place + len(gap) + length > width:
            pieces.append("\n" + " " * _INDENT)
            place = _INDENT
        else:
            pieces.append(gap)
            place += len(gap)
        pieces.append(chunk)
        place = (place + length - 1) % width + 1
    return "".join(pieces)


def _colored(level: str, style: Style) -> str:
    """`xent: error` with its last word in colour."""
    before, space, word = level.rpartition(" ")
    if not style.color or word not in _COLORS:
        return level
    return f"{before}{space}\x1b[{_COLORS[word]}m{word}\x1b[0m"


def _chunks(text: str) -> Iterator[tuple[str, str]]:
    """Words, or runs of words that are better not broken, each with the space before it."""
    behind = start = end = 0
    last, was_code, is_called = "", False, False
    for match in _WORD.finditer(text):
        word = match[0]
        is_code = is_called or _CODE.fullmatch(word.lstrip("(").rstrip(_END)) is not None
        binds = last == "xent" or _OPTION.fullmatch(last) or (was_code and is_code)
        if last and (last[-1] in _END or not binds):
            yield text[behind:start], text[start:end]
            behind, start = end, match.start()
        end = match.end()
        last, was_code, is_called = word, is_code, word == "xent"
    if last:
        yield text[behind:start], text[start:end]
