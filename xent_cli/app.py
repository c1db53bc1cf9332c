"""The Typer app, and `main`: the only place that catches errors and chooses the exit code."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib import import_module
from types import FrameType
from typing import Annotated, Any

import typer

from xent_cli import __version__, guard
from xent_cli.commands.output import say
from xent_cli.errors import ExitCode, PipeClosedError, XentError, write_failure

COMMANDS = {
    "loss": "loss",
    "grad": "grad",
    "cat": "cat",
    "stack": "stack",
    "split": "split",
    "chunk": "split",
    "activate": "activate",
    "convert": "convert",
    "show": "show",
    "losses": "losses",
}
"""Every command, in display order, and the module of `xent_cli.commands` that has its function."""


_TyperError: Any = getattr(typer, "TyperException", typer.BadParameter.__base__)
"""Typer's errors: before 0.27.2 they have no public name, but BadParameter is a kind of them."""


class _Terminated(BaseException):
    """SIGTERM or SIGHUP, as an exception, so that temporary files are removed on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


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
    needed = [word] if word in COMMANDS else () if word == "--version" else COMMANDS
    for name in needed:
        module = import_module(f"xent_cli.commands.{COMMANDS[name]}")
        app.command(name)(getattr(module, name))
    return app


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit code; every failure is one line on stderr."""
    try:
        with _signals_raise():
            for stream in (sys.stdout, sys.stderr):
                if hasattr(stream, "reconfigure"):  # a name or a box the encoding does not have
                    stream.reconfigure(errors="backslashreplace")
            words = sys.argv[1:] if argv is None else list(argv)
            app = build_app(words[0] if words else None)
            code = app(args=words, prog_name="xent", standalone_mode=False)
            _flush_stdout()
        return int(code or 0)
    except XentError as error:
        _mute_stdout()
        if not isinstance(error, PipeClosedError):
            _report(error.message, error.hint)
        return error.exit_code
    except _TyperError as error:
        if error.format_message():  # without a command Typer has shown the help, and has no message
            _report(error.format_message(), _usage_hint(error))
        return ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        _mute_stdout()
        say("xent", "interrupted")
        return ExitCode.INTERRUPTED
    except _Terminated as ended:
        _mute_stdout()
        return ended.exit_code
    except MemoryError:
        _report("not enough memory", "smaller blocks need less: --block-elements 65536 --jobs 1")
        return ExitCode.STORAGE


def run() -> None:
    """The entry point of the `xent` command."""
    # NumPy's OpenBLAS starts a thread for every processor as it loads, and they spin: 20 ms on two
    # processors, more on a busy machine. xent calls no BLAS.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    guard.install()
    code = main()
    # Before it exits Python looks for cycles among all objects there are, which takes 15 ms; it
    # passes over frozen ones.
    gc.freeze()
    sys.exit(code)


def _report(message: str, hint: str | None) -> None:
    say("xent: error", message)
    if hint:
        say("hint", hint)


def _usage_hint(error: Any) -> str:
    command = getattr(getattr(error, "ctx", None), "command_path", "xent")
    return f"{command} --help"


def _flush_stdout() -> None:
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError as error:
        raise write_failure("stdout", error) from error


def _mute_stdout() -> None:
    """Points stdout at nothing, or the interpreter's own flush at exit would fail once more."""
    if sys.stdout is None:
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        return
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


@contextlib.contextmanager
def _signals_raise() -> Iterator[None]:
    def stop(signum: int, frame: FrameType | None) -> None:
        raise _Terminated(signum)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # A signal that is ignored (nohup) stays ignored.
    caught = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in caught}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
