"""Signals that end the program: at once, or as an exception while there is something to clean up.

Imports next to nothing: `leave` is in place before anything else is loaded.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    Handler = Callable[[int, FrameType | None], None]
else:  # `signal` makes enums of all numbers first: 2 ms more in which none is caught
    import _signal as signal


class Ended(BaseException):
    """SIGINT, SIGTERM or SIGHUP, as an exception."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
        self.exit_code = 128 + number


def leave(number: int, frame: FrameType | None = None) -> None:
    """Ends the process here and now."""
    try:
        if number == signal.SIGINT and sys.stderr is not None:
            os.write(2, b"xent: interrupted\n")  # sys.stderr may be in the middle of a line
    finally:
        os._exit(128 + number)


def catch(handler: Handler, before: dict[int, Any]) -> None:
    """Sets the handler of all three signals, and notes the ones there were.

    A signal that is ignored (nohup) stays ignored.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.getsignal(number)
            signal.signal(number, handler)


class Raised:
    """Inside, a signal is raised as `Ended`; a second one goes to the handler there was before.

    So does one that comes where an exception does harm (`_fragile`).
    """

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._number = 0

    def __enter__(self) -> None:
        import threading

        if threading.current_thread() is threading.main_thread():  # others may not
            catch(self._raise, self._before)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._restore()
        if self._number and error is not None and not isinstance(error, Ended):
            raise Ended(self._number) from error  # on its way it became another

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _raise(self, number: int, frame: FrameType | None) -> None:
        self._restore()
        before = self._before[number]
        if callable(before) and _fragile(frame):
            before(number, frame)
        self._number = number
        raise Ended(number)


def _fragile(frame: FrameType | None) -> bool:
    """Whether an exception could be swallowed here, or leave a lock behind that nobody opens.

    Imports swallow them (in the callbacks of their locks) or print them (NumPy's `import_array`).
    Between the end of `Condition.__enter__` and the block it guards the lock is nobody's: one of 13
    interrupts of two threads with tiny blocks hung there.
    """
    if frame is not None and frame.f_code.co_name in ("__enter__", "__exit__"):
        return True
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def unraisable(what: Any) -> None:
    """`sys.unraisablehook`: a signal that came in the middle of a destructor is not lost."""
    if isinstance(what.exc_value, Ended):
        leave(what.exc_value.number)
    sys.__unraisablehook__(what)
