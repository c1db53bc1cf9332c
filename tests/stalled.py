"""A program that waits in the middle of its work for input that does not come: no clock needed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self


class Stalled:
    """`python -m xent_cli argv` in `place`, fed by the named pipe `pipe` there, held open.

    Entered once the program has read all of `feed` and holds a file in `place` that is being
    written; the pipe stays open, so it waits for more.
    """

    def __init__(self, argv: Sequence[str], place: Path, feed: bytes) -> None:
        self.place, self._feed = place, feed
        os.mkfifo(place / "pipe")
        self._pipe = os.open(place / "pipe", os.O_RDWR)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "xent_cli", *argv],
            cwd=place,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        try:
            self._wait()
        except BaseException:
            self._stop()
            raise
        return self

    def _wait(self) -> None:
        feeder = threading.Thread(target=self._write, daemon=True)
        feeder.start()
        deadline = time.monotonic() + 60
        while feeder.is_alive() or self._unread() or not self._is_writing():
            assert self.process.poll() is None, self.process.communicate()[1]
            assert time.monotonic() < deadline, "the program does not get that far"
            time.sleep(0.005)
        feeder.join()

    def _write(self) -> None:
        data = memoryview(self._feed)
        while data:
            data = data[os.write(self._pipe, data) :]

    def _unread(self) -> int:
        count = fcntl.ioctl(self._pipe, termios.FIONREAD, b"\0" * 4)
        return int.from_bytes(count, sys.byteorder)

    def _is_writing(self) -> bool:
        """Whether it holds a regular file of `place` open for writing, with a name or without."""
        folder = Path(f"/proc/{self.process.pid}/fd")
        inputs = {str(path) for path in self.place.iterdir() if path.suffix != ".tmp"}
        held = set()
        for link in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed in the meantime
                held.add(str(link.readlink()))
        return any(name.startswith(f"{self.place}/") for name in held - inputs)

    def end(self, signal: int) -> tuple[int, str]:
        """Sends the signal; returns the exit code and what stood on stderr."""
        self.process.send_signal(signal)
        _, stderr = self.process.communicate(timeout=60)
        return self.process.returncode, stderr

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        os.close(self._pipe)
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
