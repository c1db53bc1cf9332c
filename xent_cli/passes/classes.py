"""The names of the classes: from a file, or from the header of the logits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from os import PathLike, fspath
from typing import Any

from xent_cli.arrays.base import ArrayReader, ReadOptions
from xent_cli.errors import DataError
from xent_cli.losses.base import Labels, Loss
from xent_cli.records import replace


def load_classes(source: str | PathLike[str]) -> tuple[str, ...]:
    """The class names in a YAML (or JSON) file, in the order of the classes.

    Args:
        source: a list of names, a map of index to name (`0: cat`), or of name to index (`cat: 0`).

    Raises:
        DataError: it is none of these, or an index or a name is missing or there twice.
        StorageError: it cannot be read.
    """
    from xent_cli.passes.documents import load_yaml

    name = fspath(source)
    document = load_yaml(name, words=True)
    if isinstance(document, Mapping):
        return _from_map(document, name)
    if not isinstance(document, list) or not all(isinstance(item, str) for item in document):
        raise DataError(
            f"{name}: expected a list of class names or a map of index to name, "
            f"got {type(document).__name__}"
        )
    return _distinct(tuple(document), name)


def _from_map(document: Mapping[Any, Any], name: str) -> tuple[str, ...]:
    keys, values = list(document), list(document.values())
    if not all(isinstance(value, str) for value in values):
        raise DataError(f"{name}: expected a map of index to name")
    pairs = [(key, value) if key.isdecimal() else (value, key) for key, value in document.items()]
    if all(word.isdecimal() for word in (*keys, *values)):
        pairs = list(zip(keys, values, strict=True))
    indices = [int(index) if index.isdecimal() else -1 for index, _ in pairs]
    if sorted(indices) != list(range(len(pairs))):
        raise DataError(
            f"{name}: expected the indices 0 to {len(pairs) - 1}, each with one name",
            "write a list: [cat, dog]; or a map: {0: cat, 1: dog}",
        )
    return _distinct(
        tuple(label for _, (_, label) in sorted(zip(indices, pairs, strict=True))), name
    )


def _distinct(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    twice = next((label for label, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise DataError(f"{name}: the class {twice!r} is there twice")
    return names


def read_of_labels(read: ReadOptions, logits: ArrayReader, loss: Loss) -> ReadOptions:
    """How the labels' own file is read: names may stand in it for class indices."""
    names = read.classes
    if names is None and logits.columns is not None:
        names = names_of_columns(logits)
    header = read.header if read.labels_header is None else read.labels_header
    return replace(
        read.others,
        classes=names,
        is_labels=True,
        header=header,
        skip=read.labels_skip,
        truths=loss.labels is Labels.ELEMENTS,
        needs_proof=loss.labels is Labels.EITHER,
        is_draft=True,
    )


def names_of_columns(logits: ArrayReader) -> tuple[str, ...]:
    """The names that labels may have, from the header of the logits."""
    if logits.columns is None:
        return ()
    from xent_cli.arrays.text.converter import label_names  # of text, which has columns alone

    return label_names(logits.columns)


def name_classes(logits: ArrayReader, names: tuple[str, ...] | None, classes: int) -> None:
    """Gives the logits' columns the names of `--classes` where a header gives none.

    Raises:
        DataError: there are not as many, or the header has the same names in another order.
    """
    if names is None:
        return
    if len(names) != classes:
        raise DataError(
            f"--classes names {len(names)} classes, but {logits.name} has {classes} classes"
        )
    if logits.columns is None:
        logits.columns = names
    elif logits.columns != names and set(logits.columns) == set(names):
        raise DataError(
            f"--classes and the header of {logits.name} name the same classes in another order",
            f"the columns are {', '.join(logits.columns[:8])}",
        )


def refuse_base(label_base: int, labels: ArrayReader | None) -> None:
    """Labels that are names have no first number.

    Raises:
        DataError: `--label-base 1` where labels were matched by name.
    """
    if label_base and labels is not None and labels.names_labels:
        raise DataError(
            f"{labels.name}: labels are class names, so --label-base {label_base} cannot hold",
            "leave it out",
        )
