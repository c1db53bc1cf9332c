"""The pages of `xent help`: a Markdown file each, whose first line is its title."""

from __future__ import annotations

from pathlib import Path

TOPICS = (
    "tutorial",
    "files",
    "text",
    "arrays",
    "frameworks",
    "numbers",
    "check",
    "json",
    "speed",
    "library",
)
"""The pages by name, in the order to be read."""


def read_page(topic: str) -> str:
    """The Markdown of a page.

    >>> read_page("text").splitlines()[0]
    '# Text as people write it'
    """
    return Path(__file__).with_name(f"{topic}.md").read_text(encoding="utf-8")


def title(topic: str) -> str:
    """What a page is about, in a line: its first one.

    >>> title("text")
    'Text as people write it'
    """
    with Path(__file__).with_name(f"{topic}.md").open(encoding="utf-8") as page:
        return page.readline().removeprefix("# ").rstrip("\n")
