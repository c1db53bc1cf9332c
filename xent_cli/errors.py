"""What can go wrong, and the exit code that says so. No other module loads with it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xent_cli.diagnosis import Fix


class ExitCode(IntEnum):
    """The exit codes of `xent`, a contract with scripts."""

    DONE = 0
    CONDITION = 1
    USAGE = 2
    DATA = 3
    STORAGE = 4
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    TERMINATED = 143


class XentError(Exception):
    """A failure told in one line, with an optional line on the way out.

    `message` names the file, the place, what was expected and what was found;
    `hint` says what to do, `fix` the same to programs. The class chooses the exit code.
    """

    exit_code = ExitCode.DATA

    def __init__(self, message: str, hint: str | None = None, fix: Fix | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fix = fix


class UsageError(XentError):
    """The command or the request itself cannot be right, whatever the data."""

    exit_code = ExitCode.USAGE


class DataError(XentError):
    """A file was read and its content is wrong."""

    exit_code = ExitCode.DATA


class StorageError(XentError):
    """A file or stream cannot be opened, read or written."""

    exit_code = ExitCode.STORAGE


class PipeClosedError(XentError):
    """Whoever read our output went away: nothing is left to say, and nothing is said."""

    exit_code = ExitCode.PIPE_CLOSED


def did_you_mean(word: object, known: Iterable[object]) -> str | None:
    """A hint with the known words that are close to `word`, the closest first; None if none is.

    >>> did_you_mean("means", ["mean", "sum", "none"])
    'did you mean mean?'
    """
    names = {str(name).lower(): str(name) for name in known}
    close = [names[match] for match in get_close_matches(str(word).lower(), names, 3, 0.5)]
    return f"did you mean {' or '.join(close)}?" if close else None


def write_failure(name: str, error: OSError) -> XentError:
    """The error that an OSError in writing to `name` stands for.

    Typer would end the program with exit code 1 on a BrokenPipeError, so none gets that far.
    """
    if isinstance(error, BrokenPipeError):
        return PipeClosedError(f"{name}: the reader went away")
    return StorageError(f"{name}: cannot be written: {error.strerror or error}")
