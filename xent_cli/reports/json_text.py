"""JSON: the documented contract, one strict document in full precision."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from xent_cli.reports.pieces import batches
from xent_cli.reports.style import Style
from xent_cli.reports.text import is_hidden
from xent_cli.results.base import Document, Values, strict_numbers


def render(result: Document, _style: Style) -> Iterator[str]:
    """The document of `result` with an indent of two, its values streamed at the end.

    The values stand under `values` as `shape` and `data`, flat and in C order. The text is what
    `json.dumps(document, indent=2)` gives, save that names keep their letters.
    """
    document = strict_numbers(result.to_dict())
    values: Values | None = getattr(result, "values", None)
    if values is None:
        yield f"{_dumps(document)}\n"
        return
    head = _dumps({**document, "values": {"shape": list(values.shape), "data": []}})
    yield head.removesuffix("]\n  }\n}")
    empty = True
    for run in batches(chain.from_iterable(values.chunks())):
        numbers = ",\n      ".join(json.dumps(strict_numbers(run))[1:-1].split(", "))
        yield f"{'' if empty else ','}\n      {numbers}"
        empty = False
    yield "]\n  }\n}\n" if empty else "\n    ]\n  }\n}\n"


def _dumps(document: dict[str, Any]) -> str:
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    if text.replace("\n", "").isprintable():
        return text
    return "".join(json.dumps(c)[1:-1] if is_hidden(c) and c != "\n" else c for c in text)
