"""The .npy format: every header that lies is refused before anything is allocated."""

from __future__ import annotations

import io
import os
import resource
import struct
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xent_cli.arrays import create_array, open_array, spooled
from xent_cli.arrays.formats.npy import NpyStream
from xent_cli.arrays.storage.streams import ByteSource
from xent_cli.dtypes import BFLOAT16
from xent_cli.errors import DataError, StorageError
from xent_cli.reduction.blocks import plan_boxes

DTYPES = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]


def _file(header: str | bytes, data: bytes = b"", version: int = 1) -> bytes:
    text = header.encode() if isinstance(header, str) else header
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def _header(descr: str = "'<f4'", fortran: str = "False", shape: str = "(2, 2)") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n"


LIARS = {
    "negative dim": (_header(shape="(-1,)"), 16),
    "two negative dims": (_header(shape="(-2, -4)"), 32),
    "bool dim": (_header(shape="(True, 8)"), 32),
    "float dim": (_header(shape="(2.0,)"), 8),
    "text dim": (_header(shape="('2',)"), 8),
    "8 TiB": (_header("'<f8'", shape=f"({2**40},)"), 16),
    "product wraps to 0": (_header(shape=f"({2**32}, {2**32})"), 0),
    "2**63": (_header(shape=f"({2**63},)"), 16),
    "2**64": (_header(shape=f"({2**64},)"), 16),
    "short": (_header(), 15),
    "trailing byte": (_header(), 17),
    "itemsize 0 void": (_header("'|V0'", shape="(1000000000,)"), 0),
    "itemsize 0 bytes": (_header("'|S0'", shape="(1000000000000,)"), 0),
    "objects": (_header("'|O'"), 16),
    "structured": (_header("[('a', '<f4'), ('b', '<f4')]"), 32),
    "text": (_header("'<U2'"), 32),
    "bytes": (_header("'|S4'"), 16),
    "dates": (_header("'<M8[s]'"), 32),
    "complex": (_header("'<c8'"), 32),
    "long double": (_header("'<f16'"), 64),
    "subarray": (_header("('<f4', (2,))"), 32),
    "65 dims": (_header(shape="(" + "1, " * 65 + ")"), 4),
    "deep nesting": ("[" * 400 + "]" * 400 + "\n", 0),
    "missing key": ("{'descr': '<f4', 'shape': (2, 2)}\n", 16),
    "extra key": ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), 'x': 1}\n", 16),
    "not a dict": ("[1, 2]\n", 16),
    "not Python": ("{'descr'\n", 16),
    "a call": ("__import__('os').getcwd()\n", 16),
    "fortran_order is 2": (_header(fortran="2"), 16),
    "not text": (b"\xff\xfe\x00\n", 16),
}


@pytest.mark.parametrize("case", LIARS)
def test_a_header_that_lies_is_refused(case: str, tmp_path: Path) -> None:
    header, size = LIARS[case]
    path = tmp_path / "x.npy"
    path.write_bytes(_file(header, bytes(size)))
    with pytest.raises(DataError) as caught:
        open_array(path).read_all()
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "content", [b"", b"\x93NUM", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x04\x00\x10\x00"]
)
def test_files_cut_in_the_header(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(DataError):
        open_array(tmp_path / "x.npy")


@pytest.mark.parametrize("length", [2**32 - 1, 300 << 20])
def test_a_long_header_is_refused_without_reading_it(length: int, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(b"\x93NUMPY\x02\x00" + struct.pack("<I", length) + bytes(1000))
    with pytest.raises(DataError):
        open_array(tmp_path / "x.npy")


def test_short_and_trailing_data_name_both_sizes(tmp_path: Path) -> None:
    for size in (15, 17):
        (tmp_path / "x.npy").write_bytes(_file(_header(), bytes(size)))
        with pytest.raises(DataError, match=r"needs|expected"):
            open_array(tmp_path / "x.npy")


@pytest.mark.parametrize("version", [1, 2, 3])
def test_versions(version: int, tmp_path: Path) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    with (tmp_path / "x.npy").open("wb") as file:
        np.lib.format.write_array(file, values, version=(version, 0))
    np.testing.assert_array_equal(open_array(tmp_path / "x.npy").read_all(), values)


SHAPES = st.lists(st.integers(0, 5), max_size=4).map(tuple)


@settings(max_examples=150, deadline=None)
@given(SHAPES, st.sampled_from(DTYPES), st.sampled_from("CF"), st.sampled_from("<>"), st.data())
def test_boxes_equal_slices(tmp_path_factory, shape, dtype, order, byteorder, data) -> None:
    path = tmp_path_factory.mktemp("npy") / "x.npy"
    count = int(np.prod(shape))
    values = (np.arange(count) % (2 if dtype == "?" else 100)).astype(dtype).reshape(shape)
    np.save(path, np.asarray(values.astype(np.dtype(dtype).newbyteorder(byteorder)), order=order))
    box = []
    for length in shape:
        start = data.draw(st.integers(0, length))
        box.append(slice(start, data.draw(st.integers(start, length))))
    with open_array(path) as reader:
        assert reader.dtype == values.dtype
        assert reader.dtype.isnative
        np.testing.assert_array_equal(reader.read(tuple(box)), values[tuple(box)])
        np.testing.assert_array_equal(reader.read_all(), values)
    with path.open("rb") as file:
        stream = spooled(NpyStream(ByteSource(file, "stdin")))
        np.testing.assert_array_equal(stream.read_all(), values)


@settings(max_examples=100, deadline=None)
@given(SHAPES, st.sampled_from([*DTYPES, "bf16"]), st.integers(1, 20), st.booleans())
def test_what_is_written_reads_back_in_numpy_and_here(
    tmp_path_factory, shape, dtype, limit, backwards
) -> None:
    path = tmp_path_factory.mktemp("npy") / "x.npy"
    real = BFLOAT16 if dtype == "bf16" else np.dtype(dtype)
    values = (np.arange(int(np.prod(shape))) % 2).astype("u2" if dtype == "bf16" else dtype)
    values = values.view(real).reshape(shape)
    boxes = list(plan_boxes(shape, limit=limit, fortran=backwards))
    with create_array(path, shape, real) as writer:
        for box in boxes[::-1] if backwards else boxes:
            writer.write(box, np.ascontiguousarray(values[box]))
    assert open_array(path).dtype == real
    assert open_array(path).read_all().tobytes() == values.tobytes()
    assert np.load(path).tobytes() == values.tobytes()
    assert np.load(path).shape == shape


def test_bfloat16_as_ml_dtypes_saves_it(tmp_path: Path) -> None:
    for descr in ("'<V2'", "'|V2'"):
        (tmp_path / "x.npy").write_bytes(_file(_header(descr), bytes(range(8))))
        reader = open_array(tmp_path / "x.npy")
        assert reader.dtype == BFLOAT16
        assert reader.read_all().tobytes() == bytes(range(8))


@pytest.mark.parametrize(
    ("descr", "dtype"),
    [
        ("<f", "f4"), ("|f4", "f4"), ("=f8", "f8"), ("float32", "f4"), ("half", "f2"), (">d", ">f8"),
        ("float", "f8"), ("bool", "?"), ("<b1", "?"), ("l", "i8"), ("int", "i8"), ("uint8", "u1"),
        ("bfloat16", BFLOAT16),
    ],
)  # fmt: skip
def test_every_spelling_of_a_dtype_that_numpy_reads(descr: str, dtype, tmp_path: Path) -> None:
    content = bytes(range(4 * np.dtype(dtype).itemsize))
    content = bytes([0, 1, 1, 0]) if dtype == "?" else content
    (tmp_path / "x.npy").write_bytes(_file(_header(repr(descr), shape="(4,)"), content))
    values = open_array(tmp_path / "x.npy").read_all()
    assert values.tobytes() == np.frombuffer(content, dtype).astype(values.dtype).tobytes()
    if dtype is not BFLOAT16:
        np.testing.assert_array_equal(values, np.load(tmp_path / "x.npy"))


@pytest.mark.parametrize(
    "descr",
    ["os.system", "float33", "f3", "longdouble", "U3", "(2,)f4", "datetime64[ns]", "V4", "T", "c"],
)
def test_spellings_of_what_is_not_read(descr: str, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(_file(_header(repr(descr), shape="(4,)"), bytes(32)))
    with pytest.raises(DataError):
        open_array(tmp_path / "x.npy")


def test_a_stream_is_read_to_its_end_and_no_further() -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(6.0))
    for tail, words in ((b"x", "too many"), (buffer.getvalue(), "another")):
        stream = NpyStream(ByteSource(io.BytesIO(buffer.getvalue() + tail), "stdin"))
        stream.read((slice(0, 6),))
        with pytest.raises(DataError, match=words):
            stream.finish()
    cut = NpyStream(ByteSource(io.BytesIO(buffer.getvalue()[:-1]), "stdin"))
    with pytest.raises(DataError, match=r"expected 176 bytes, got 175"):
        cut.read((slice(0, 6),))


def test_a_fifo_is_a_stream(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    values = np.arange(10.0)
    buffer = io.BytesIO()
    np.save(buffer, values)
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(buffer.getvalue()))
    writer.start()
    with open_array(tmp_path / "pipe") as reader:
        assert not reader.seekable
        np.testing.assert_array_equal(reader.read((slice(0, 10),)), values)
    writer.join()


def test_a_file_that_shrinks_is_an_error_not_a_crash(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(1 << 20))
    reader = open_array(tmp_path / "x.npy")
    os.truncate(tmp_path / "x.npy", 4096)
    with pytest.raises(DataError, match="shrank"):
        reader.read((slice(1 << 19, 1 << 20),))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("whole", [(), (0,), (1,)])
def test_a_large_file_in_little_memory(order: str, whole: tuple[int, ...], tmp_path: Path) -> None:
    """A sparse file of 256 MiB, walked box by box in a process of its own."""
    path = tmp_path / "big.npy"
    shape = (1 << 13, 1 << 13)
    header = _header(fortran=str(order == "F"), shape=str(shape))
    path.write_bytes(_file(header))
    os.truncate(path, len(_file(header)) + shape[0] * shape[1] * 4)
    code = f"""
import re
from pathlib import Path
from xent_cli.arrays import open_array
from xent_cli.reduction.blocks import plan_boxes
reader = open_array({str(path)!r})
boxes = list(plan_boxes(reader.shape, limit=1 << 20, whole={whole}, fortran=reader.fortran))
assert len(boxes) == 64
for box in boxes:
    reader.read(box).max()
print(int(re.search("VmHWM: *(.*) kB", Path("/proc/self/status").read_text())[1]) >> 10)
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=100
    )
    assert int(done.stdout) < 200


def test_what_lies_behind_four_gigabytes(tmp_path: Path) -> None:
    header = _file(_header(shape="(1048577, 1024)"))
    with (tmp_path / "x.npy").open("wb") as file:
        file.write(header)
        file.truncate(len(header) + (1 << 32))
        file.seek(0, os.SEEK_END)
        file.write(np.arange(1024, dtype="<f4").tobytes())
    with open_array(tmp_path / "x.npy") as reader:
        last = reader.read((slice(1 << 20, (1 << 20) + 1), slice(0, 1024)))
        assert last.ravel().tolist() == list(range(1024))


def test_opening_a_lie_allocates_nothing(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for case, (header, size) in LIARS.items():
        path = tmp_path / f"{case}.npy"
        path.write_bytes(_file(header, bytes(size)))
        with pytest.raises(DataError):
            open_array(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


@pytest.mark.parametrize("when", ["write", "commit"])
def test_a_killed_writer_leaves_the_old_file(when: str, tmp_path: Path) -> None:
    target = tmp_path / "x.npy"
    target.write_bytes(b"old")
    code = f"""
import os, signal
import numpy as np
from xent_cli.arrays import create_array
writer = create_array({str(target)!r}, (1000,), np.dtype("f8"))
writer.write((slice(0, 500),), np.zeros(500))
if {when!r} == "commit":
    os.fsync = lambda fd: os.kill(os.getpid(), signal.SIGKILL)
    writer.write((slice(500, 1000),), np.zeros(500))
    writer.commit()
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], check=False, timeout=60)
    assert done.returncode == -9
    assert target.read_bytes() == b"old"


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match="No space left"),
        create_array("/dev/full", (1 << 16,), np.dtype("f8"), format="npy") as writer,
    ):
        writer.write((slice(0, 1 << 16),), np.zeros(1 << 16))
