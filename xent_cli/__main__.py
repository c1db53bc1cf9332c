"""The `xent` command, and `python -m xent_cli`."""

import os
import sys

from xent_cli import signals


def run() -> None:
    """Runs the command line of the process, and ends the process."""
    signals.catch(signals.leave, {})
    sys.unraisablehook = signals.unraisable
    # NumPy's OpenBLAS starts a thread for every processor as it loads, and they spin: 20 ms on two
    # processors, more on a busy machine. xent calls no BLAS.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from xent_cli import guard
    from xent_cli.app import main

    guard.install()
    code = main()
    # All is written by now. By Python's rules an exit looks for cycles among all objects first,
    # which takes 15 ms, and waits for threads, also for those that an interrupt left waiting.
    os._exit(code)


if __name__ == "__main__":
    run()
