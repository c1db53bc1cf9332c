"""The Typer app, and `main`: the only place that catches errors and chooses the exit code."""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from inspect import Signature
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from xent_cli import __version__, signals
from xent_cli.commands.groups import arguments, parameters
from xent_cli.commands.output import say
from xent_cli.commands.words import TYPED
from xent_cli.errors import ExitCode, PipeClosedError, UsageError, XentError
from xent_cli.stdout import whole_stdout

_LOSSES, _ARRAYS, _FILES, _HELP = "Losses", "Arrays", "Files", "Help"

COMMANDS = {
    "loss": ("loss", _LOSSES),
    "grad": ("grad", _LOSSES),
    "check": ("check", _LOSSES),
    "losses": ("losses", _LOSSES),
    "cat": ("cat", _ARRAYS),
    "stack": ("stack", _ARRAYS),
    "split": ("split", _ARRAYS),
    "chunk": ("split", _ARRAYS),
    "activate": ("activate", _ARRAYS),
    "convert": ("convert", _FILES),
    "show": ("show", _FILES),
    "help": ("help", _HELP),
}
"""Every command, in display order: the module of `xent_cli.commands` that has its function, and the
panel of `xent --help` that it stands in."""


_TyperError: Any = getattr(typer, "TyperException", typer.BadParameter.__base__)
"""Typer's errors: before 0.27.2 they have no public name, but BadParameter is a kind of them."""


class _UnforeseenError(Exception):
    """Carries an error past Typer, as its cause."""


def _print_version(asked: bool) -> None:
    if asked:
        from xent_cli.tier import tier_name

        typer.echo(f"xent {__version__} ({tier_name()})")
        raise typer.Exit


def _common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


def build_app(word: str | None = None) -> typer.Typer:
    """The Typer app with all commands, or with those that a line beginning with `word` needs.

    Typer reads the options of every registered command before it runs one: 2 ms for each.
    """
    app = typer.Typer(
        name="xent",
        help="The loss calculator for the shell: cross-entropy from files, arrays joined.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_common)
    if word in COMMANDS and word != "help":  # which shows that of any other
        needed: Iterable[str] = [word]
    else:
        needed = () if word == "--version" else COMMANDS
    for name in needed:
        module, panel = COMMANDS[name]
        command = getattr(import_module(f"xent_cli.commands.{module}"), name)
        app.command(name, cls=_Command, rich_help_panel=panel)(_as_typer_takes_it(command))
    return app


class _Command(TyperCommand):
    """A command whose options stand once: of two the last would win in silence."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        given: Any
        ctx.meta[TYPED], _, given = self.make_parser(ctx).parse_args(args=list(args))
        single = [
            p for p in given if p.param_type_name == "option" and not (p.multiple or p.is_flag)
        ]
        for option in single:
            if single.count(option) > 1:
                raise UsageError(f"{option.opts[-1]} is given twice", "say it once")
        return super().parse_args(ctx, args)


def _as_typer_takes_it(command: Callable[..., None]) -> Callable[..., None]:
    """The command with its groups of options spread.

    Typer takes the end of a file for an abort, and a closed pipe for an exit with code 1: those
    errors go past it.
    """

    @functools.wraps(command)
    def run(**options: Any) -> None:
        try:
            command(**arguments(command, options))
        except (EOFError, OSError) as error:
            raise _UnforeseenError from error

    run.__signature__ = Signature(parameters(command))  # type: ignore[attr-defined]
    return run


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit code; every failure is one line on stderr."""
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        with signals.Raised(), whole_stdout():
            if hasattr(sys.stderr, "reconfigure"):  # a name that the encoding does not have
                sys.stderr.reconfigure(errors="backslashreplace")
            app = build_app(words[0] if words else None)
            args = [_no_option(word) for word in words]
            return int(app(args=args, prog_name="xent", standalone_mode=False) or 0)
    except _UnforeseenError as error:
        return _tell(error.__cause__ or error, words)
    except BaseException as error:
        return _tell(error, words)


def _no_option(word: str) -> str:
    """`-:label`, what is chosen of stdin, as a name that the parser takes for no option."""
    return f"/dev/stdin{word[1:]}" if word.startswith("-:") else word


def _tell(error: BaseException, words: Sequence[str]) -> int:
    """Says what went wrong; returns the exit code."""
    if sys.stderr is not None and os.environ.get("XENT_DEBUG", "0") not in ("", "0"):
        import traceback

        traceback.print_exception(error)
    match error:
        case PipeClosedError() | BrokenPipeError():
            return ExitCode.PIPE_CLOSED
        case XentError():
            _report(error.message, error.hint)
            return error.exit_code
        case _TyperError():
            if error.format_message():  # without a command Typer has shown the help already
                _report(error.format_message(), _usage_hint(error))
            return ExitCode.USAGE
        case signals.Ended(number=signal.SIGINT) | KeyboardInterrupt() | typer.Abort():
            say("xent", "interrupted")
            return ExitCode.INTERRUPTED
        case signals.Ended():
            return error.exit_code
        case SystemExit():
            return error.code if isinstance(error.code, int) else 0
        case MemoryError():
            smaller = "--block-elements 65536 " if words[:1] in (["loss"], ["grad"]) else ""
            _report("not enough memory", f"less work at once needs less: {smaller}--jobs 1")
        case OSError() if error.errno is not None:
            place = f"{error.filename}: " if isinstance(error.filename, str) else ""
            _report(f"{place}{error.strerror}", f"XENT_DEBUG=1 {_line(words)} shows where")
        case _:
            _report(
                f"xent itself failed: {type(error).__name__}: {error}",
                f"please report it: xent {__version__}, and what this shows: "
                f"XENT_DEBUG=1 {_line(words)}",
            )
    return ExitCode.STORAGE


def _line(words: Sequence[str]) -> str:
    import shlex

    return shlex.join(["xent", *words])


def _report(message: str, hint: str | None) -> None:
    say("xent: error", message)
    if hint:
        say("hint", hint)


def _usage_hint(error: Any) -> str:
    command = getattr(getattr(error, "ctx", None), "command_path", "xent")
    return f"{command} --help"
