"""YAML: the JSON document in YAML 1.1, as `yaml.safe_load` reads it back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import yaml

from xent_cli.reports.pieces import batches
from xent_cli.reports.style import Style
from xent_cli.reports.text import is_hidden
from xent_cli.results.base import Document, Values, strict_numbers


def render(result: Document, _style: Style) -> Iterator[str]:
    """The document of `result`, its values streamed at the end; see `json_text`."""
    yield _dump(strict_numbers(result.to_dict()))
    values: Values | None = getattr(result, "values", None)
    if values is None:
        return
    shape = "".join(f"\n  - {length}" for length in values.shape) or " []"
    yield f"values:\n  shape:{shape}\n  data:"
    empty = True
    for run in batches(chain.from_iterable(values.chunks())):
        empty = False
        yield "".join(f"\n  - {_number(value)}" for value in strict_numbers(run))
    yield " []\n" if empty else "\n"


def _number(value: float | str) -> str:
    """YAML 1.1 takes `1e-07` for a string: its floats have a point."""
    text = str(value)
    return text if "." in text else text.replace("e", ".0e", 1)


def _dump(document: dict[str, Any]) -> str:
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    if any(is_hidden(c) for c in text if c != "\n"):
        return yaml.safe_dump(document, sort_keys=False, allow_unicode=False, width=100)
    return text
