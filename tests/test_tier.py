"""A source folder whose compiled tier was not built says so, where it could have one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import SAMPLES

from xent_cli import tier

PACKAGE = Path(tier.__file__).parent
NOT_FROM_ELSEWHERE = """
import sys
class Finder:
    @staticmethod
    def find_spec(name, *rest):
        if name == "xent_cli._kernel": raise ImportError
sys.meta_path.insert(0, Finder)
"""
ROWS = [str(SAMPLES / "tiny-logits.npy"), str(SAMPLES / "tiny-labels.npy")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source folder as it is cloned; `cc` is all that PATH has."""
    unbuilt = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(PACKAGE, tmp_path / "source" / "xent_cli", ignore=unbuilt)
    for source in ("_kernel.c", "../pyproject.toml"):  # an installed package has none
        (tmp_path / "source" / "xent_cli" / source).touch()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "cc").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("XENT_KERNEL", raising=False)
    (tmp_path / "bin" / "sitecustomize.py").write_text(NOT_FROM_ELSEWHERE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "bin"))
    return tmp_path / "source"


@pytest.fixture
def unbuilt(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """This process as if it had its package from there, and no other xent on its path."""
    monkeypatch.setattr(tier, "__file__", str(folder / "xent_cli" / "tier.py"))
    monkeypatch.setattr(tier, "load", lambda: None)
    monkeypatch.delitem(sys.modules, "xent_cli._kernel", raising=False)
    monkeypatch.setattr(sys, "path", [str(folder)])
    tier.shortfall.cache_clear()
    yield folder
    tier.shortfall.cache_clear()


def run(folder: Path, *argv: str) -> str:
    done = subprocess.run(
        [sys.executable, *argv], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stderr


def test_a_compiler_could_build_it(unbuilt: Path) -> None:
    assert tier.shortfall() == (
        f"no compiled tier in {unbuilt}/xent_cli: NumPy's last digits differ; "
        "pip install -e . builds it"
    )


def test_an_installed_xent_has_it(unbuilt: Path, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "site" / "xent_cli").mkdir(parents=True)
    (tmp_path / "site" / "xent_cli" / "_kernel.abi3.so").touch()
    monkeypatch.setattr(sys, "path", [str(unbuilt), str(tmp_path / "site")])
    assert str(tier.shortfall()).endswith("python -P takes the installed xent instead")


@pytest.mark.parametrize(
    "missing", ["bin/cc", "source/pyproject.toml", "source/xent_cli/_kernel.c"]
)
def test_nothing_is_said(missing: str, unbuilt: Path, tmp_path: Path) -> None:
    (tmp_path / missing).unlink()
    assert tier.shortfall() is None


def test_numpy_was_asked_for(unbuilt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XENT_KERNEL", "numpy")
    assert tier.shortfall() is None


def test_a_command_says_so_once(folder: Path) -> None:
    said = run(folder, "-m", "xent_cli", "loss", *ROWS)
    assert said.startswith(f"xent: note: no compiled tier in {folder}/xent_cli: NumPy's")
    assert len(said.splitlines()) == 1
    assert run(folder, "-m", "xent_cli", "loss", *ROWS, "-q") == ""
    assert run(folder, "-m", "xent_cli", "show", *ROWS) == ""


def test_the_library_warns_once(folder: Path) -> None:
    code = "from xent_cli import LossRequest, compute_loss\n"
    code += f"for _ in range(2): compute_loss(LossRequest(*{ROWS}))\n"
    said = run(folder, "-W", "always", "-c", code)
    assert said.startswith("<string>:1: RuntimeWarning: no compiled tier in ")
    assert said.count("RuntimeWarning") == 1
    assert run(folder, "-c", "import xent_cli") == ""
