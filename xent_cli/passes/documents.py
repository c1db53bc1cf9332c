"""Small YAML documents, built from their events: no object that is not text, number or bool."""

from __future__ import annotations

import re
from typing import Any

from xent_cli.arrays.storage.files import read_small
from xent_cli.errors import DataError

LIMIT = 1 << 20
"""Bytes of a document: a weight for each of 100 000 classes takes a half."""
_DEPTH = 16
_LONGEST = 1000
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17}|\d{1,18}\.\d{0,30})")
_NO_TAG = (None, "!", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map", "tag:yaml.org,2002:str")


def load_yaml(path: str, *, words: bool = False) -> Any:
    """The document in a file; with `words` everything in it is text (`no` is no bool).

    PyYAML's own loader keeps several objects for each number of a list, and follows aliases, which
    make much out of little.

    Raises:
        DataError: not valid, too large or too deep, with aliases, or a key that is there twice.
        StorageError: it cannot be read.
    """
    import yaml

    name = "BaseLoader" if words else "SafeLoader"
    loader_type: Any = getattr(yaml, f"C{name}", None) or getattr(yaml, name)
    text = read_small(path, LIMIT)
    try:
        return _Document(loader_type(text), path, words).build()
    except DataError:
        raise
    except Exception as error:  # PyYAML's constructors raise whatever their parsing meets
        reason = " ".join(str(error).split())
        if "nesting" in reason:  # newer parsers have a limit of their own, and come first
            raise _too_deep(path) from error
        raise DataError(f"{path}: not valid YAML: {reason}") from error


def _too_deep(path: str) -> DataError:
    return DataError(f"{path}: nested more than {_DEPTH} deep, expected a list or map")


class _Document:
    def __init__(self, loader: Any, path: str, words: bool) -> None:
        self._loader, self._path, self._words = loader, path, words

    def build(self) -> Any:
        """The one document of the stream; None if there is none."""
        import yaml

        loader = self._loader
        loader.get_event()
        if loader.check_event(yaml.StreamEndEvent):
            return None
        loader.get_event()
        document = self._value(loader.get_event(), 0)
        loader.get_event()
        if not loader.check_event(yaml.StreamEndEvent):
            raise DataError(f"{self._path}: expected one YAML document, found another behind it")
        return document

    def _value(self, event: Any, depth: int) -> Any:
        import yaml

        if isinstance(event, yaml.AliasEvent):
            raise DataError(f"{self._path}: YAML aliases (*name) are not read", "write them out")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if event.tag not in _NO_TAG:
            raise DataError(f"{self._path}: the YAML tag {event.tag[:80]} is not read")
        if depth == _DEPTH:
            raise _too_deep(self._path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(depth + 1)
        return self._entries(depth + 1)

    def _items(self, depth: int) -> list[Any]:
        import yaml

        items: list[Any] = []
        end = yaml.SequenceEndEvent
        while not isinstance(event := self._loader.get_event(), end):
            items.append(self._value(event, depth))
        return items

    def _entries(self, depth: int) -> dict[Any, Any]:
        import yaml

        entries: dict[Any, Any] = {}
        while not isinstance(event := self._loader.get_event(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise DataError(f"{self._path}: a YAML key must be a word or a number")
            key = self._scalar(event)
            if key in entries:
                raise DataError(f"{self._path}: {key!r} is there twice")
            entries[key] = self._value(self._loader.get_event(), depth)
        return entries

    def _scalar(self, event: Any) -> Any:
        import yaml

        text, loader = event.value, self._loader
        if len(text) > _LONGEST:
            raise DataError(f"{self._path}: a value of {len(text)} characters")
        if self._words:
            return text
        if event.implicit[0] and event.tag is None and _PLAIN_NUMBER.fullmatch(text):
            return float(text) if "." in text else int(text)
        tag = event.tag
        if tag in (None, "!"):
            tag = loader.resolve(yaml.ScalarNode, text, event.implicit)
        if tag == "tag:yaml.org,2002:merge":
            raise DataError(f"{self._path}: YAML merge keys (<<) are not read", "write them out")
        node = yaml.ScalarNode(tag, text, event.start_mark, event.end_mark)
        value = loader.construct_object(node)
        loader.constructed_objects.clear()  # or every number would be kept
        return value
