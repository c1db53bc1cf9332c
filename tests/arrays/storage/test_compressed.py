"""Compressed streams: every cut and every byte too many is told, and a bomb takes no memory."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays import create_array, open_array
from xent_cli.arrays.storage.compressed import COMPRESSIONS
from xent_cli.errors import DataError

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": partial(lzma.compress, preset=0),
}
X = np.random.default_rng(5).standard_normal((500, 7))


def _npy(path: Path) -> bytes:
    np.save(path, X)
    return path.read_bytes()


def _read(path: Path) -> np.ndarray:
    with open_array(path) as reader:
        values = np.ascontiguousarray(reader.read((slice(0, 500), slice(0, 7))))
        reader.finish()
        return values


@pytest.mark.parametrize("suffix", PACK)
def test_frames_follow_each_other(suffix: str, tmp_path: Path) -> None:
    data, path = _npy(tmp_path / "x.npy"), tmp_path / f"x.npy.{suffix}"
    path.write_bytes(PACK[suffix](data[:1000]) + PACK[suffix](b"") + PACK[suffix](data[1000:]))
    np.testing.assert_array_equal(_read(path), X)


@pytest.mark.parametrize("suffix", PACK)
def test_cut_changed_and_prolonged(suffix: str, tmp_path: Path) -> None:
    packed, path = PACK[suffix](_npy(tmp_path / "x.npy")), tmp_path / f"x.npy.{suffix}"
    flipped = bytearray(packed)
    flipped[len(packed) // 2] ^= 0xFF
    broken = [packed[:cut] for cut in (0, 1, 9, len(packed) // 2, len(packed) - 1)]
    for data in (*broken, bytes(flipped), packed + b"junk", packed + packed, b"junk" + packed):
        path.write_bytes(data)
        with pytest.raises(DataError, match=rf"x\.npy\.{suffix}"):
            _read(path)


def test_padding_of_xz(tmp_path: Path) -> None:
    path = tmp_path / "x.npy.xz"
    path.write_bytes(lzma.compress(_npy(tmp_path / "x.npy")) + bytes(4096))
    np.testing.assert_array_equal(_read(path), X)


def test_xz_that_wants_gigabytes(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 28}]
    encoder = lzma.LZMACompressor(filters=filters)
    (tmp_path / "x.npy.xz").write_bytes(
        encoder.compress(_npy(tmp_path / "x.npy")) + encoder.flush()
    )
    with pytest.raises(DataError, match="cannot be decompressed: Memory usage limit"):
        open_array(tmp_path / "x.npy.xz")


@pytest.mark.parametrize("suffix", PACK)
def test_the_same_array_gives_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    found = []
    for name in ("x", "y"):
        with create_array(tmp_path / f"{name}.npy.{suffix}", X.shape, X.dtype) as writer:
            writer.write((slice(0, 500), slice(0, 7)), X)
        found.append((tmp_path / f"{name}.npy.{suffix}").read_bytes())
    assert found[0] == found[1]
    assert f".{suffix}" in COMPRESSIONS


# Not ru_maxrss, which starts with the memory of the process that started this one.
_MEASURED = """
import re, sys
from pathlib import Path
from xent_cli.app import main
status = main(["convert", sys.argv[1], sys.argv[2], "-q"])
print(status, re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.parametrize("suffix", PACK)
def test_a_bomb_that_lies_takes_no_memory(suffix: str, tmp_path: Path) -> None:
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({1 << 40},), }}\n".encode()
    start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    path = tmp_path / f"x.npy.{suffix}"
    path.write_bytes(PACK[suffix](start + bytes(100 << 20)))
    run = subprocess.run(
        [sys.executable, "-P", "-c", _MEASURED, path, tmp_path / "y.npy"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    status, kib = map(int, run.stdout.split())
    assert status == 3
    assert "is cut off" in run.stderr
    assert kib < 110 << 10
    assert not (tmp_path / "y.npy").exists()


class _StoredFrame:
    """A stand-in for zstandard's frame: `F`, two bytes of length, the bytes, one of checksum."""

    def __init__(self) -> None:
        self.eof, self.unused_data, self._have = False, b"", b""

    def decompress(self, data) -> bytes:
        self._have += bytes(data)
        if self._have[:1] not in (b"", b"F"):
            raise _ZstdError("Unknown frame descriptor")
        size = int.from_bytes(self._have[1:3], "little")
        if len(self._have) < size + 4:
            return b""
        self.eof, self.unused_data = True, self._have[size + 4 :]
        return self._have[3 : size + 3]


class _ZstdError(Exception):
    pass


class _Zstandard:
    ZstdError = _ZstdError

    class ZstdDecompressor:
        def decompressobj(self) -> _StoredFrame:
            return _StoredFrame()


def _stored(data: bytes) -> bytes:
    pieces = [data[i : i + 1000] for i in range(0, len(data), 1000)]
    return b"".join(b"F" + len(p).to_bytes(2, "little") + p + b"!" for p in pieces)


def test_frames_of_zst(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", _Zstandard)
    packed, path = _stored(_npy(tmp_path / "x.npy")), tmp_path / "x.npy.zst"
    path.write_bytes(packed)
    np.testing.assert_array_equal(_read(path), X)
    for data in (b"", packed[:-1], packed[:500], packed + b"junk", packed + packed, b"x" + packed):
        path.write_bytes(data)
        with pytest.raises(DataError, match=r"x\.npy\.zst"):
            _read(path)
