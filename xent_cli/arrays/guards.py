"""What is no file, told with the names like it."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from xent_cli.arrays.storage.files import unopened
from xent_cli.errors import StorageError


def file_mode(path: str) -> int:
    """The mode of a file that is there.

    Raises:
        StorageError: it is not, or cannot be reached; names like it are told.
    """
    try:
        return Path(path).stat().st_mode
    except FileNotFoundError as error:
        raise StorageError(f"{path}: no such file", _close_names(path)) from error
    except (OSError, ValueError) as error:
        raise unopened(path, error) from error


def _close_names(path: str) -> str | None:
    folder = Path(path).parent
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError:
        return f"there is no directory {folder}"
    close = get_close_matches(Path(path).name, names, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(str(folder / name) for name in close)}?" if close else None
