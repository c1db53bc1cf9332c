"""No failing call of the system costs data, hangs, or ends in more than one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from attack.run import compiler, start

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD is Linux's"),
    pytest.mark.skipif(compiler() is None, reason="the injecting library needs a C compiler"),
]


def test_the_first_calls_of_some_lines(tmp_path: Path) -> None:
    done = start(tmp_path, "--sample")
    assert done.returncode == 0, done.stdout


@pytest.mark.attack
def test_every_call_of_every_line(tmp_path: Path) -> None:
    done = start(tmp_path)
    print(done.stdout)
    assert done.returncode == 0, done.stdout
