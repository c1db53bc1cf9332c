"""What a start must not load: each case pins modules that its command line has no use for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import xent_cli
from xent_cli.app import COMMANDS
from xent_cli.losses import OWN

PACKAGE = Path(xent_cli.__file__).parent
SAMPLES = Path(__file__).parent.parent.parent / "samples"
LOSS = {
    form: ["loss", f"{SAMPLES}/tiny-logits.{form}", f"{SAMPLES}/tiny-labels.{form}", "-q"]
    for form in ("npy", "csv")
}


def ours(room: str, *names: str) -> set[str]:
    """The modules in a room of the package, at any depth, that are in a file or folder so called.

    A name that is nowhere would pin nothing, so it is an error.
    """
    found = set()
    for name in names:
        files = [*(PACKAGE / room).rglob(f"{name}.py"), *(PACKAGE / room).rglob(f"{name}/*.py")]
        assert files, f"xent_cli/{room} has no {name}"
        found |= {
            ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in files
        }
    return found


def loaded(argv: list[str], **env: str) -> set[str]:
    """The modules that are there after main(argv), which may exit."""
    code = (
        f"import sys\nfrom xent_cli.app import main\n"
        f"try: main({argv!r})\nexcept SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **env},
    )
    return set(done.stderr.split())


SCREEN = {"rich", "typer.rich_utils", "markdown_it", "pygments"}
ELSEWHERE = {"yaml", "dask", "zstandard", "asyncio", "multiprocessing", "concurrent.futures"}
TEXT = ours("arrays/text", "*")
ARCHIVES = ours("arrays/formats", "npz", "safetensors", "raw")
LOSSES = ours("losses", "frameworks", *{module for module, _ in OWN.values()})
METRICS = ours("tallies", "accuracy", "label_counts")
PAGES = ours("reports", "table", "markdown", "json_text", "yaml_text", "csv_text")
OTHERS = ours("commands", *{module for module, _ in COMMANDS.values()}) | ours(
    "tasks", "activate", "concatenate", "convert", "grad", "registry", "show", "split", "stack"
)
FOR_A_LOSS = ours("commands", "loss") | ours("losses", "softmax") | ours("reports", "plain")
UNUSED = SCREEN | ELSEWHERE | ARCHIVES | LOSSES | METRICS | PAGES | OTHERS
COMPLETE = {"_XENT_COMPLETE": "complete_bash", "COMP_CWORD": "1", "COMP_WORDS": "xent lo"}
COMPLETE_OPTION = {**COMPLETE, "COMP_CWORD": "2", "COMP_WORDS": "xent loss --ki"}


@pytest.mark.parametrize(
    ("argv", "env", "needed", "pinned"),
    [
        (["--version"], {}, "xent_cli.tier", {"numpy"} | UNUSED),
        (["--help"], {}, "xent_cli.commands.loss", {"numpy"} | ELSEWHERE),
        (["loss", "--help"], {}, "xent_cli.commands.loss", {"numpy"} | ELSEWHERE),
        (["losses", "--help"], {}, "xent_cli.commands.losses", {"numpy"} | ELSEWHERE),
        ([], COMPLETE, "xent_cli.commands.loss", {"numpy"} | SCREEN | ELSEWHERE),
        ([], COMPLETE_OPTION, "xent_cli.commands.loss", {"numpy"} | SCREEN | ELSEWHERE),
        (LOSS["npy"], {}, "numpy", TEXT | UNUSED - FOR_A_LOSS),
        (LOSS["csv"], {}, "numpy", UNUSED - FOR_A_LOSS),
        ([*LOSS["npy"], "-f", "json"], {}, "json", TEXT | SCREEN | ELSEWHERE),
        ([*LOSS["npy"], "-f", "table"], {}, "rich", TEXT | ELSEWHERE),
        (["show", LOSS["npy"][1]], {}, "numpy", SCREEN | ELSEWHERE | LOSSES),
        (["cat", LOSS["npy"][1], "-o", os.devnull], {}, "numpy", SCREEN | ELSEWHERE | LOSSES),
    ],
    ids=[
        "--version", "--help", "loss --help", "losses --help", "completed command",
        "completed option", "loss", "loss of text", "loss as JSON", "loss as a table", "show", "cat",
    ],
)  # fmt: skip
def test_what_is_not_used_is_not_loaded(
    argv: list[str], env: dict[str, str], needed: str, pinned: set[str]
) -> None:
    modules = loaded(argv, **env)
    assert needed in modules
    assert not modules & pinned


def test_a_pin_sees_what_is_loaded() -> None:
    assert loaded(["loss", "--help"]) & SCREEN
    assert TEXT & loaded(LOSS["csv"])
