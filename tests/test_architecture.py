"""The house plan, as tests: who imports whom, what loads when, where output leaves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import xent_cli

PACKAGE = Path(xent_cli.__file__).parent

# What a part of the package may import of the package. `xent_cli` itself is __version__ alone.
GROUND = {"errors", "dtypes", "records", "diagnosis", "array_facts", "figure", "header", "geometry"}
MAY_IMPORT = {
    "__init__": {"passes", "tasks", "results", "tier"},
    "__main__": {"app", "guard", "signals"},
    "errors": {"diagnosis"},  # in annotations
    "geometry": {"errors"},
    "dtypes": set(),
    "tier": {"errors"},
    "guard": set(),
    "signals": set(),
    "stdout": {"errors"},
    "records": set(),
    "diagnosis": {"records"},
    "array_facts": {"records"},
    "figure": {"records"},
    "header": {"array_facts", "diagnosis", "records"},
    "losses": {"losses", "errors", "diagnosis", "dtypes", "geometry", "tier", "records"},
    "arrays": {
        "arrays",
        "errors",
        "dtypes",
        "geometry",
        "records",
        "guard",
        "diagnosis",
        "array_facts",
        "stdout",
    },
    "reduction": {"reduction", "errors", "dtypes", "geometry", "tier", "records"},
    "results": {"results", *GROUND},
    "tallies": {"tallies", "losses", "reduction", *GROUND},
    "diagnoses": {"diagnoses", "tallies", "losses", *GROUND},
    "passes": {
        "passes",
        "tallies",
        "diagnoses",
        "losses",
        "arrays",
        "reduction",
        "results",
        "tier",  # the signature names it
        "__init__",
        *GROUND,
    },
    "engines": {"engines", "errors", "diagnosis"},
    "tasks": {
        "tasks",
        "passes",
        "engines",
        "tallies",
        "diagnoses",
        "losses",
        "arrays",
        "reduction",
        "results",
        *GROUND,
    },
    "reports": {"reports", "results", *GROUND},
    "commands": {
        "commands",
        "tasks",
        "passes",
        "tallies",  # whose names the help lists
        "reports",
        "results",
        "arrays",
        "pages",
        "tier",
        *GROUND,
    },
    "pages": set(),
    "app": {
        "commands",
        "errors",
        "tier",
        "signals",
        "stdout",
        "__init__",
    },  # tier: what --version tells
}


def _part(module: str) -> str:
    names = module.split(".")
    return names[1] if len(names) > 1 else "__init__"


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            # `from xent_cli import app` imports a part
            if node.module == "xent_cli":
                found.discard("xent_cli")
                for alias in node.names:
                    is_part = (PACKAGE / alias.name).exists() or (
                        PACKAGE / f"{alias.name}.py"
                    ).exists()
                    found.add(f"xent_cli.{alias.name}" if is_part else "xent_cli")
    return found


FILES = sorted(PACKAGE.rglob("*.py"))


def _names() -> list[str]:
    return [str(path.relative_to(PACKAGE)) for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=_names())
def test_import_directions(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    ours = {_part(name) for name in _imports(path) if name.split(".")[0] == "xent_cli"}
    assert ours <= MAY_IMPORT[part], f"{part} must not import {ours - MAY_IMPORT[part]}"


QUIET = [path for path in FILES if path.relative_to(PACKAGE).parts[0] != "commands"]


@pytest.mark.parametrize("path", QUIET, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_commands_print(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print", f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=_names())
def test_files_are_not_drawers(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 420


def test_exp_and_log_live_in_two_files() -> None:
    for path in (PACKAGE / "losses").rglob("*.py"):
        if path.name in ("stable.py", "softplus.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                called = f"{node.value.id}.{node.attr}"
                assert called not in {
                    "np.exp",
                    "np.log",
                    "np.log1p",
                    "np.expm1",
                    "math.exp",
                    "math.log",
                }, f"{path}:{node.lineno} calls {called}"


TESTS = Path(__file__).parent
APART = ("promises", "texts", "attack")
"""What the program keeps to as a whole, through its own door: no module is mirrored there."""
THROUGH = {
    # Modules that are tested by the tests of what uses them.
    "__main__": "promises/test_interrupt",
    "app": "promises/test_last_resort",
    "signals": "promises/test_interrupt",
    "stdout": "promises/test_stdout",
    "errors": "promises/test_hints",
    "geometry": "promises/test_bad_input",
    "header": "promises/test_contract",
    "figure": "promises/test_contract",
    "array_facts": "test_doctests",
    "diagnosis": "diagnoses/test_registry",
    "arrays/base": "promises/test_reading",
    "arrays/opening": "promises/test_reading",
    "arrays/guards": "promises/test_hints",
    "arrays/label_names": "arrays/views/test_words",
    "arrays/formats/csv": "arrays/text/test_delimited",
    "arrays/formats/tsv": "arrays/text/test_delimited",
    "arrays/formats/npy_header": "arrays/formats/test_npy",
    "arrays/storage/*": "arrays/test_session",
    "arrays/text/*": "texts/test_texts",
    "arrays/views/*": "arrays/views/test_joining",
    "commands/*": "promises/test_reading",
    "diagnoses/*": "diagnoses/test_registry",
    "engines/serial": "engines/test_registry",
    "losses/*": "losses/test_registry",
    "losses/bounds/*": "losses/bounds/test_primitives",
    "losses/frameworks/*": "promises/test_golden",
    "passes/*": "promises/test_passes",
    "reports/*": "reports/test_registry",
    "reports/layouts/*": "reports/test_table",
    "results/*": "promises/test_contract",
    "tallies/*": "tallies/test_registry",
    "tasks/*": "promises/test_safety",
}


def _mirrored() -> dict[str, Path]:
    """The tests by the module that they mirror; `pages/registry` is of a package itself."""
    found = {}
    for path in TESTS.rglob("test_*.py"):
        place = path.relative_to(TESTS)
        if place.parts[0] not in APART:
            found[(place.parent / place.stem.removeprefix("test_")).as_posix()] = path
    return found


def _modules() -> set[str]:
    return {path.relative_to(PACKAGE).with_suffix("").as_posix() for path in FILES}


def test_every_test_mirrors_a_module() -> None:
    own = {"architecture", "doctests"}
    packages = {module.replace("__init__", "registry") for module in _modules()}
    assert _mirrored().keys() - own <= _modules() | packages


def test_every_module_is_tested_where_it_is_looked_for() -> None:
    left = {name for name in _modules() - _mirrored().keys() if not name.endswith("__init__")}
    used = set()
    for module in sorted(left):
        folder = f"{module.rpartition('/')[0]}/*"
        place = module if module in THROUGH else folder
        assert place in THROUGH, f"{module}: there is no tests/{module} and no word where it is"
        used.add(place)
    assert used == THROUGH.keys(), "what has its own test now needs no other"
    assert all((TESTS / f"{test}.py").exists() for test in THROUGH.values())
