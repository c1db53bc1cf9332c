"""The `xent` command, and `python -m xent_cli`."""

import os
import sys

from xent_cli import signals


def run() -> None:
    """Runs the command line of the process, and ends it."""
    signals.catch(signals.leave, {})
    sys.unraisablehook = signals.unraisable
    # NumPy's OpenBLAS starts a thread for every processor as it loads, and they spin: 20 ms on two
    # processors, more on a busy machine. xent calls no BLAS.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import gc

    from xent_cli import guard
    from xent_cli.app import main

    guard.install()
    code = main()
    # Before it exits Python looks for cycles among all objects there are, which takes 15 ms; it
    # passes over frozen ones.
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    run()
