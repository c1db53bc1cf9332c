"""What is no array, or no file, told before anything of it is read."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from xent_cli.arrays.storage.files import unopened
from xent_cli.errors import DataError, StorageError

_PICKLES = {
    (".pt", ".pth", ".ckpt"): "a PyTorch file is a pickle, and loading one can run any code",
    (".pkl", ".pickle", ".joblib"): "loading a pickle can run any code",
}
_PACKED = {
    b"\x1f\x8b": "zcat",
    b"BZh": "bzcat",
    b"\xfd7zXZ": "xzcat",
    b"\x28\xb5\x2f\xfd": "zstdcat",
}
_SAVE = "save plain numbers: np.save('logits.npy', tensor.float().numpy())"


def refuse_pickles(path: str) -> None:
    """A DataError where the suffix is one of pickles."""
    for suffixes, reason in _PICKLES.items():
        if path.lower().endswith(suffixes):
            raise DataError(f"{path}: {reason}", _SAVE)


def refuse_start(start: bytes, name: str) -> None:
    """A DataError where the first bytes are none, or those of a pickle or of a compression."""
    if not start:
        raise DataError(f"{name}: expected an array, found nothing (0 bytes)")
    for magic, tool in _PACKED.items():
        if start.startswith(magic):
            raise DataError(
                f"{name}: is compressed, expected .npy or text",
                f"on a pipe put {tool} before xent; a file is recognised by its suffix (.npy.gz)",
            )
    if start.startswith(b"\x80"):
        raise DataError(f"{name}: is a pickle, and loading one can run any code", _SAVE)


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
