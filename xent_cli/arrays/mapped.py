"""An array that lies without gaps in a part of a file, whatever the file's format."""

from __future__ import annotations

import os

from xent_cli.arrays.base import Array, ArrayReader, Box
from xent_cli.arrays.extents import Extent
from xent_cli.arrays.layout import Layout, MappedFile
from xent_cli.dtypes import BFLOAT16, is_bfloat16
from xent_cli.errors import StorageError


class MappedArray(ArrayReader):
    """The array that `layout` describes in the file at `path`; read in boxes, on short-lived maps.

    Args:
        path: the file.
        name: as the user named the array.
        format: a key of `FORMATS`.
        layout: shape, dtype, order and place; checked against the size of the file by the caller.

    Raises:
        StorageError: the file cannot be opened.
    """

    _descriptor = -1
    _mapped: MappedFile | None = None

    def __init__(self, path: str, name: str, format: str, layout: Layout) -> None:
        self.name, self.format, self.shape = name, format, layout.shape
        stored = layout.dtype
        self.dtype = BFLOAT16 if is_bfloat16(stored) else stored.newbyteorder("=")
        self.fortran = layout.fortran and len(layout.shape) > 1
        try:
            self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise StorageError(f"{name}: cannot be opened: {error.strerror or error}") from error
        self._mapped = MappedFile(self._descriptor, layout, name)

    def read(self, box: Box) -> Array:
        """A read-only view of the box, or a copy."""
        if self._mapped is None or self._descriptor < 0:
            raise ValueError("the reader is closed")
        return self._mapped.read(box)

    def finish(self) -> None:
        """Raises a DataError if the file was cut while it was read."""
        if self._mapped is not None and self._descriptor >= 0:
            self._mapped.check()

    def extent(self) -> Extent | None:
        """The file's own bytes, where they are what is written of the array."""
        return None if self._mapped is None else self._mapped.extent()

    def close(self) -> None:
        """Closes the file; arrays read from it stay valid."""
        if self._mapped is not None:
            self._mapped.close()
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()
