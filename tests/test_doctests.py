"""The examples in the docstrings of the package, run."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import xent_cli

PACKAGE = Path(xent_cli.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text()
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    tried = doctest.testmod(import_module(name))
    assert tried.attempted
    assert not tried.failed
