"""Shared by all tests: the `xent` command as a function, and the samples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"


@dataclass
class Run:
    """What one run of the program left behind."""

    stdout: bytes
    stderr: str
    status: int

    @property
    def text(self) -> str:
        return self.stdout.decode()

    @property
    def json(self) -> Any:
        def refuse(constant: str) -> None:
            raise AssertionError(f"not strict JSON: {constant}")

        return json.loads(self.stdout, parse_constant=refuse)

    @property
    def number(self) -> float:
        return float(self.stdout)


def run_program(*argv: str | Path, cwd: Path = ROOT, **options: Any) -> Run:
    """Runs the real program in a process of its own."""
    environment = {**os.environ, "NO_COLOR": "1", **options.pop("env", {})}
    done = subprocess.run(
        [sys.executable, "-m", "xent_cli", *map(str, argv)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
        **options,
    )
    return Run(done.stdout, done.stderr.decode(), done.returncode)


@pytest.fixture
def program() -> Callable[..., Run]:
    """The real program: slow to start, but nothing is skipped."""
    return run_program


@pytest.fixture
def xent(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """main(argv) in this process, in the project's root."""
    from xent_cli.app import main

    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*argv: str | Path) -> Run:
        capfdbinary.readouterr()
        status = main([str(arg) for arg in argv])
        out, err = capfdbinary.readouterr()
        return Run(out, err.decode(), int(status))

    return run


@pytest.fixture
def samples() -> Path:
    return SAMPLES
