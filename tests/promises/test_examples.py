"""README.md and the pages of `xent help` say what is so: their examples are run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from page_examples import DOCUMENTS, as_run

from xent_cli.losses import LOSSES
from xent_cli.pages import TOPICS, read_page
from xent_cli.tier import tier_name

README = DOCUMENTS["README"].read_text()
EXAMPLES = re.compile(r"^\$ |^```python", re.MULTILINE)
NUMBER = re.compile(r"(\d+\.\d{6,})")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_examples_show_what_the_page_says(name: str, tmp_path: Path) -> None:
    text = DOCUMENTS[name].read_text()
    shown = as_run(text, tmp_path)
    if tier_name() == "numpy":
        assert _words(shown) == _words(text)
    else:
        assert shown.split("\n") == text.split("\n")


class _Near(float):
    """A number of the NumPy tier: as near to the compiled tier's as both are to the exact one."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Near) and abs(self - other) <= 5e-7 * max(1.0, abs(self))

    __hash__ = None  # type: ignore[assignment]


def _words(text: str) -> list[list[str | _Near]]:
    """The lines in pieces, numbers of many digits apart; the signature's tier is not compared."""
    lines = re.sub(r"tier:\w+", "tier:any", text).split("\n")
    return [
        [_Near(piece) if NUMBER.fullmatch(piece) else piece for piece in NUMBER.split(line)]
        for line in lines
    ]


def test_the_examples_are_found() -> None:
    counts = {name: len(EXAMPLES.findall(path.read_text())) for name, path in DOCUMENTS.items()}
    assert set(counts) == {"README", *TOPICS}
    assert all(count for name, count in counts.items() if name != "speed"), counts


def test_the_set_up_lines_are_one_line_each() -> None:
    lines = re.findall(r"^python3 -m venv .*$", README, flags=re.MULTILINE)
    assert len(lines) == 2
    assert lines[0].endswith(".venv/bin/xent loss samples/logits.npy samples/labels.npy")
    assert lines[1].endswith("pytest -q")


def test_the_first_page_is_short_and_links_every_page() -> None:
    assert README.count("\n") <= 160
    linked = re.findall(r"\]\(xent_cli/pages/(\w+)\.md\)", README)
    assert list(dict.fromkeys(linked)) == list(TOPICS)


def test_the_tables_of_kinds_are_the_registry() -> None:
    page = read_page("frameworks")
    rows = "\n".join(line for line in page.split("\n") if line.startswith("| "))
    assert re.findall(r"`([\w.-]+)`", rows) == list(LOSSES)
    for name, loss in LOSSES.items():
        if "." not in name:
            assert f"| `{name}` | {loss.takes} |" in page
            assert page.count(f"{loss.summary} |") == 1
