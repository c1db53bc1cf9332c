"""How wide and how lively a report may be, decided from the stream it goes to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from xent_cli.records import record

_DEFAULT_WIDTH = 80
_LEAST_WIDTH = 20


@record
class Style:
    """The look of a table.

    Attributes:
        width: columns a line may take, at least 20.
        color: colours, bold and dim; where False the text holds no escape sequence at all.
        ascii: rules are drawn with `-` in place of line-drawing characters.
        wraps: the page is a terminal, which breaks by itself what is wider.
    """

    width: int = _DEFAULT_WIDTH
    color: bool = False
    ascii: bool = False
    wraps: bool = False

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str] = os.environ) -> Style:
        """The style for `stream`, which alone decides: not stdin, not stderr.

        Width: `COLUMNS` where it is a positive number, else the terminal's, else 80.
        Colour: `NO_COLOR` (not empty) forbids it, `FORCE_COLOR` (neither empty nor 0) wants it,
        `TERM=dumb` forbids it, else a terminal has it. ASCII: `TERM=dumb`, or an encoding without
        line-drawing characters.

        >>> import io
        >>> Style.of(io.StringIO(), {})
        Style(width=80, color=False, ascii=False, wraps=False)
        >>> Style.of(io.StringIO(), {"COLUMNS": "100", "TERM": "dumb", "FORCE_COLOR": "1"})
        Style(width=100, color=True, ascii=True, wraps=False)
        """
        dumb = environ.get("TERM") == "dumb"
        if environ.get("NO_COLOR"):
            color = False
        elif environ.get("FORCE_COLOR", "") not in ("", "0"):
            color = True
        else:
            color = not dumb and stream.isatty()
        return cls(
            width=max(_LEAST_WIDTH, _width(stream, environ)),
            color=color,
            ascii=dumb or not _draws_lines(stream),
            wraps=stream.isatty(),
        )


def _width(stream: TextIO, environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        if stream.isatty():
            return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_WIDTH
    except (OSError, ValueError):
        pass
    return _DEFAULT_WIDTH


def _draws_lines(stream: TextIO) -> bool:
    try:
        "─".encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
