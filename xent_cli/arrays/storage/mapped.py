"""An array that lies without gaps in a part of a file, whatever the file's format."""

from __future__ import annotations

from xent_cli.arrays.base import Array, ArrayReader
from xent_cli.arrays.storage.extents import Extent
from xent_cli.arrays.storage.files import InputFile
from xent_cli.arrays.storage.layout import Layout, MappedFile
from xent_cli.dtypes import BFLOAT16, is_bfloat16
from xent_cli.geometry import Box


class MappedArray(ArrayReader):
    """The array that `layout` describes in `file`; read in boxes, on short-lived maps.

    Args:
        file: which is closed with the array.
        name: as the user named the array.
        format: a key of `FORMATS`.
        layout: shape, dtype, order and place; checked against the size of the file by the caller.
    """

    file: InputFile

    def __init__(self, file: InputFile, name: str, format: str, layout: Layout) -> None:
        self.file = file
        self.name, self.format, self.shape = name, format, layout.shape
        stored = layout.dtype
        self.dtype = BFLOAT16 if is_bfloat16(stored) else stored.newbyteorder("=")
        self.fortran = layout.fortran and len(layout.shape) > 1
        self._mapped = MappedFile(file.fileno(), layout, name)

    def read(self, box: Box) -> Array:
        """A read-only view of the box, or a copy."""
        if self.file.closed:
            raise ValueError("the reader is closed")
        return self._mapped.read(box)

    def finish(self) -> None:
        """Raises a DataError if the file was cut, or changed otherwise, while it was read."""
        if not self.file.closed:
            self._mapped.check()
        super().finish()

    def extent(self) -> Extent | None:
        """The file's own bytes, where they are what is written of the array."""
        return self._mapped.extent()

    def close(self) -> None:
        """Closes the file; arrays read from it stay valid."""
        self._mapped.close()
        super().close()
