"""Small vectors, one number a class: from a list, a YAML map or any array file."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from xent_cli.arrays import open_array
from xent_cli.arrays.base import Array, ArrayReader, MemoryArray
from xent_cli.arrays.places import split_place
from xent_cli.arrays.storage.files import mode_of
from xent_cli.arrays.text.cells import brief
from xent_cli.diagnosis import NOTE, Diagnosis, Fix
from xent_cli.dtypes import as_float
from xent_cli.errors import DataError, UsageError
from xent_cli.losses.base import Floats, Param
from xent_cli.losses.misfits import without
from xent_cli.passes.binding import VectorShape
from xent_cli.passes.documents import load_yaml
from xent_cli.passes.operands import Overlay
from xent_cli.records import record, replace


def open_overlay(source: Any, shape: VectorShape, param: Param) -> Overlay:
    """An array parameter that lies over the logits; the reader is open.

    Args:
        source: a number, `1,2,0.5`, an array file, or an array.
        shape: what it must fit.
        param: for its name, and whether the class axis may be missing.

    Text has no ranks: a column of n numbers is (n,), or (n, 1) where only that fits.

    Raises:
        DataError: the shapes do not fit, or a column of text fits in two ways.

    """
    numbers = parse_list(source) if isinstance(source, str) else None
    if numbers is not None:
        source = np.array(numbers if len(numbers) > 1 else numbers[0])
    elif isinstance(source, int | float | list | tuple):
        source = np.asarray(source, dtype=np.float64)
    reader = open_array(source, replace(shape.read, is_draft=True), param.spelled)
    if reader.is_text:
        reader = _settled(reader, shape)
    if shape.rows is not None and reader.shape[:1] > shape.logits_shape[:1]:
        from xent_cli.arrays.views.rows import take_rows  # most runs read all rows

        reader = take_rows(reader, shape.rows)
    lacking = shape.class_dims if param.by_row else ()
    overlay = Overlay.over(reader, shape.logits_shape, lacking)
    if reader.is_column:
        from xent_cli.arrays.views.parts import ColumnArray  # most runs start without it

        flat = Overlay.over(ColumnArray(reader), shape.logits_shape, lacking)
        two_ways = None not in (flat, overlay) and reader.size > 1
        if flat is not None and two_ways and not flat.lacking:
            raise DataError(
                f"{reader.name} ({param.spelled}) is one column of {reader.size} numbers: one for "
                f"each row of {shape.logits_name} {shape.logits_shape}, or for each column?",
                f"as one line of text it is one for each column; xent convert {reader.name} W.npy "
                f"makes it {reader.shape}, one for each row",
            )
        overlay = flat or overlay
    if overlay is None:
        name = param.spelled if reader.name == param.spelled else f"{reader.name} ({param.spelled})"
        raise DataError(
            f"{name} has shape {reader.shape}, which does not lie over {shape.logits_name} "
            f"{shape.logits_shape}",
            "axes are matched from the last; each must be as long or have length 1",
        )
    return overlay


def _settled(reader: ArrayReader, shape: VectorShape) -> ArrayReader:
    """A draft of a text as it lies over the logits: its columns, or rows of classes, by names.

    Whole numbers beside others may as well be weights of the elements of two columns.
    """
    from xent_cli.arrays.text.settling import settle_vector  # most arrays are no text

    keys = settle_vector(reader, shape.names, shape.logits_name, by_index=False)
    if not keys:
        return reader
    with reader:
        vector = _of_keys(reader, keys, shape)
    assert vector.file is not None
    by_class = _kept(vector.values, reader.name, reader.format)
    by_class.diagnoses = vector.file.diagnoses
    return by_class


@record
class Vector:
    """Numbers, (n,) float64, and the array of the file that they come from, if there is one."""

    values: Floats
    file: ArrayReader | None = None


def load_vector(source: Any, shape: VectorShape, role: str) -> Vector:
    """One number for each class.

    Args:
        source: `1,2,0.5` (or one number: the same for all classes), a YAML file, an array file,
            an array, or a mapping of class index or name to number.
        shape: what it must match.
        role: `weight`, `pos_weight`, ... for messages.

    Raises:
        UsageError: a list of another length.
        DataError: a file of another length, a class missing or unknown, a NaN.

    """
    read = _read(source, shape, role, max(1, shape.classes))
    values, name = read.values, role if read.file is None else read.file.name
    if values.ndim == 2 and 1 in values.shape:
        values = values.reshape(-1)
    if values.ndim == 0 or values.shape == (1,):
        values = np.full(shape.classes, values.reshape(-1)[0])
    if values.shape != (shape.classes,):
        kind = UsageError if name == role else DataError
        extent = f"{len(values)}" if values.ndim == 1 else f"an array of shape {values.shape}"
        raise kind(_misfit(name, shape, extent), *_for_rows(role, name, shape, values.shape))
    if np.isnan(values).any():
        raise DataError(f"{name}: class {int(np.argmax(np.isnan(values)))} has NaN as its {role}")
    return Vector(values, read.file)


def _misfit(name: str, shape: VectorShape, extent: str) -> str:
    classes = f"expected {shape.classes} numbers, one for each class of {shape.logits_name}"
    return f"{name}: {classes}, got {extent}"


def _for_rows(
    role: str, path: str, shape: VectorShape, found: tuple[int, ...]
) -> tuple[str | None, Fix | None]:
    """Class weights that are as many as there are rows are sample weights."""
    rows = without(shape.logits_shape, shape.class_dims)
    if role != "weight" or found not in (rows, (*rows, 1)):
        return None, None
    fix = Fix({"weight": None, "sample_weight": path})
    return "a weight for each row is --sample-weight", fix


def load_values(source: Any, shape: VectorShape, role: str) -> Vector:
    """The different numbers of a list or array, sorted."""
    read = _read(source, shape, role)
    return Vector(np.unique(read.values), read.file)


def _read(source: Any, shape: VectorShape, role: str, most: int | None = None) -> Vector:
    """The numbers as float64, in the shape they have; of a file at most `most`."""
    if isinstance(source, Mapping):
        return Vector(_from_map(source, shape, role))
    if isinstance(source, str):
        numbers = parse_list(source)
        if numbers is not None:
            return Vector(np.array(numbers, dtype=np.float64))
    if isinstance(source, str | PathLike):
        path = fspath(source)
        if Path(path).suffix in (".yaml", ".yml"):
            document = load_yaml(path)
            is_map = isinstance(document, Mapping)
            values = _from_map(document, shape, path) if is_map else _from_list(document, path)
            return Vector(values, _kept(values, path, "yaml"))
        return _from_file(path, shape, role, most)
    return Vector(np.asarray(source, dtype=np.float64))


def _from_file(path: str, shape: VectorShape, role: str, most: int | None) -> Vector:
    """The numbers of an array file; those of a text by their classes, where it names them."""
    with open_array(path, replace(shape.read, is_draft=True)) as reader:
        keys: tuple[str, ...] = ()
        if reader.is_text:
            from xent_cli.arrays.text.settling import settle_vector  # most files are no text

            keys = settle_vector(reader, shape.names, shape.logits_name)
        if most is not None and reader.size > most:
            told = _misfit(reader.name, shape, f"an array of shape {reader.shape}")
            raise DataError(told, *_for_rows(role, path, shape, reader.shape))
        return _of_keys(reader, keys, shape)


def _of_keys(reader: ArrayReader, keys: tuple[str, ...], shape: VectorShape) -> Vector:
    """The numbers of an array, in the order of the classes that keys name, where there are some."""
    content = np.array(reader.read_all())
    reader.finish()
    file = _kept(content, reader.name, reader.format)
    file.diagnoses = reader.diagnoses
    numbers = as_float(content).astype(np.float64)
    if keys and keys != tuple(map(str, range(1, len(keys) + 1))):
        numbers = _by_keys(keys, numbers, shape, file)
    return Vector(numbers, file)


def _by_keys(
    keys: tuple[str, ...], numbers: Floats, shape: VectorShape, file: ArrayReader
) -> Floats:
    """The numbers of a text in the order of the classes that stand beside them."""
    names = shape.names or ()
    document = {
        int(key) if key.isdecimal() and key not in names else key: float(number)
        for key, number in zip(keys, numbers.reshape(-1), strict=True)
    }
    if not names and not any(isinstance(key, int) for key in document):
        return numbers  # words, and the classes have no names
    by_class = _from_map(document, shape, file.name)
    if by_class.tolist() != numbers.reshape(-1).tolist():
        told = f"{file.name}: its rows are put in the order of the classes that they name"
        note = Diagnosis("rows-by-class", NOTE, told, place={"file": file.name})
        file.diagnoses = (*file.diagnoses, note)
    return by_class


def _kept(values: Array, name: str, format: str) -> ArrayReader:
    """A file's array that outlives the file."""
    array = MemoryArray(values, name)
    array.format = format
    return array


def parse_list(text: str) -> list[float] | None:
    """The numbers of `1,2,0.5`; None if any part is not a number (then it names a file)."""
    numbers: list[float] = []
    for part in (parts := text.split(",")):
        try:
            numbers.append(float(part))
        except ValueError:
            if len(parts) == 1 or mode_of(split_place(text).path):
                return None
            raise UsageError(
                f"expected a list of numbers such as 1,2,0.5, or a file; got {brief(text)}, "
                f"where number {len(numbers) + 1} is {brief(part)}"
            ) from None
    return numbers


def _from_list(document: Any, name: str) -> Floats:
    if not isinstance(document, list) or not all(_is_number(item) for item in document):
        raise DataError(
            f"{name}: expected a list of numbers or a map of class to number, "
            f"got {type(document).__name__}"
        )
    try:
        return np.array(document, dtype=np.float64)
    except OverflowError:
        raise DataError(f"{name}: a number is too large for float64") from None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _from_map(document: Mapping[Any, Any], shape: VectorShape, name: str) -> Floats:
    """One number a class from a map whose keys are class indices or names of the header."""
    index_of: dict[Any, int] = {index: index for index in range(shape.classes)}
    index_of |= {label: index for index, label in enumerate(shape.names or ())}
    values = np.full(shape.classes, np.nan)
    for key, value in document.items():
        if isinstance(key, bool) or key not in index_of:
            known = f"0 to {shape.classes - 1}"
            if shape.names:
                known = ", ".join(shape.names[:8]) + (", ..." if len(shape.names) > 8 else "")
            raise DataError(
                f"{name}: there is no class {key!r} in {shape.logits_name}",
                f"classes: {known}"
                if shape.names
                else f"classes: {known}; names need a header row in the logits' file",
            )
        if not _is_number(value):
            raise DataError(f"{name}: class {key!r} has {value!r}, expected a number")
        values[index_of[key]] = value
    missing = np.flatnonzero(np.isnan(values))
    if len(missing):
        first = int(missing[0])
        label = repr(shape.names[first]) if shape.names else str(first)
        raise DataError(
            f"{name}: class {label} has no number ({len(missing)} of {shape.classes} missing)",
            "every class needs one",
        )
    return values
