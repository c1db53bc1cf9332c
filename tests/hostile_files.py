"""Files made to break their reader: name -> (file, bytes, words of the error).

After the list of attacks of the formats' own documentation and their published vulnerabilities
(numpy/numpy#12759, PyYAML's and Keras' advisories, safetensors' checks, zip and gzip bombs).
"""

from __future__ import annotations

import bz2
import functools
import gzip
import importlib
import importlib.util
import io
import json
import lzma
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator

MB = 1 << 20


def npy(
    shape: str = "(2, 2)", data: bytes = b"", descr: str = "'<f4'", fortran: str = "False"
) -> bytes:
    """A .npy file of version 1 with any header."""
    return (
        with_header(f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n")
        + data
    )


def with_header(text: str | bytes, version: int = 1) -> bytes:
    """Magic, version, length and header."""
    raw = text.encode() if isinstance(text, str) else text
    return (
        b"\x93NUMPY"
        + bytes([version, 0])
        + len(raw).to_bytes(2 if version == 1 else 4, "little")
        + raw
    )


FLOATS = npy(data=bytes(16))
GOOD_CSV = b"1,2\n3,4\n"


def headers() -> Iterator[tuple[str, bytes, str]]:
    """Headers of .npy: they come as a file, through a pipe and compressed."""
    for shape in (
        "(-1,)",
        "(-8,)",
        "(-1, 2)",
        "(-2, -4)",
        "(True, 8)",
        "(2.0,)",
        "('2',)",
        "[2, 2]",
        "2",
        "(1e3,)",
    ):
        yield f"shape {shape}", npy(shape, bytes(64)), "shape"
    for power in ("2**40", "2**62"):
        yield (
            f"shape {power}",
            npy(f"({eval(power)},)", bytes(64), "'<f8'"),
            "expected|needs|cut off",
        )
    yield "shape 2^32 x 2^32", npy(f"({2**32}, {2**32})", bytes(64)), "expected|needs|cut off"
    for power in (63, 64, 4000):
        yield f"shape 2^{power}", npy(f"({2**power},)", bytes(64)), "2\\*\\*63|less than|too"
    yield "a digit too many", npy("(" + "9" * 50_000 + ",)"), "header"
    yield "truncated", FLOATS[:-1], "needs|expected"
    yield "trailing byte", FLOATS + b"x", "expected|too many"
    for descr in ("'|V0'", "'|S0'", "'<U0'"):
        yield f"itemsize 0 {descr}", npy(f"({10**12},)", b"", descr), "."
    yield "objects", npy("(1,)", b"\x80\x04K\x01.", "'|O'"), "pickle"
    for descr in (
        "[('a', '<f4')]",
        "'f8,f8'",
        "('<f4', (2,))",
        "'<U2'",
        "'<M8[s]'",
        "'<m8'",
        "'<f16'",
        "'<c8'",
        "'|S4'",
        "'<f3'",
        "'x'",
        "3",
        "None",
    ):
        yield f"dtype {descr}", npy("(2,)", bytes(64), descr), "."
    yield "65 dims", npy("(" + "1, " * 65 + ")", bytes(4)), "dimensions|64"
    yield "nested descr", npy("(1,)", bytes(4), "[('a', " * 400 + "'<f4'" + ")]" * 400), "."
    yield "nested brackets", with_header("[" * 30_000 + "]" * 30_000 + "\n"), "."
    yield "nested minus", with_header("-" * 60_000 + "1\n"), "."
    yield (
        "header of 4 GiB, absent",
        b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1) + bytes(1000),
        "claims",
    )
    yield (
        "header of 100 MiB, present",
        b"\x93NUMPY\x02\x00" + struct.pack("<I", 100 * MB) + b" " * (100 * MB),
        "claims",
    )
    yield "header of code", with_header("__import__('os').system('touch pwned')\n"), "."
    yield "header with code", npy("(__import__('os').system('touch pwned'),)", bytes(4)), "."
    yield (
        "a key too many",
        with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}\n") + bytes(4),
        ".",
    )
    yield "a key missing", with_header("{'descr': '<f4', 'shape': ()}\n") + bytes(4), "."
    yield "fortran_order 2", npy("(2, 2)", bytes(16), fortran="2"), "fortran_order"
    yield "version 9", b"\x93NUMPY\x09\x00" + FLOATS[8:], "version"
    yield "magic alone", b"\x93NUMPY", "cut off"
    yield "header cut off", FLOATS[:40], "cut off"
    yield "header of NUL", with_header(bytes(100)), "."
    yield "header not UTF-8", with_header(b"{'descr': '\xff\xfe'}\n", version=3), "."


def texts() -> Iterator[tuple[str, bytes, str]]:
    """Texts: they come as a file, through a pipe and compressed."""
    yield "UTF-16 cut short", "1,2\n3,4\n".encode("utf-16")[:-1], "truncated"
    yield "UTF-16 without", "1,2\n3,4\n".encode("utf-16-le"), "NUL"
    yield "UTF-32 of no characters", b"\xff\xfe\0\0" + b"\xff" * 8, "utf-32-le"
    yield "NUL", b"1.5,2\n3,\x004\n", "x:2: found a NUL"
    yield "Latin-1", b"1.5,2\n3,\xe9\n", "x:2: found the byte 0xe9"
    yield "two marks", b"\xef\xbb\xbf\xef\xbb\xbf1,2\n3,x\n", "x: the first row"
    yield "ragged", b"1.5,2\n3\n", "x:2: expected 2 cells, got 1"
    yield "a comma too many", b"1.5,2\n3,\n", "x:2:2: the cell is empty"
    yield "unclosed quote", b'1.5,2\n3,"4\n5,6\n', "x:2:2: the quote"
    yield "unclosed quote, last line", b'1.5,2\n3,"4', "x:2:2: the quote"
    yield "unclosed quote in a header", b'a,"b\n3,4\n', "x:1:2: the quote"
    yield "quote within a cell", b'1.5,2\n3,4"\n', "x:2"
    yield "text behind a quote", b'1.5,2\n"3"4,5\n', "x:2"
    yield "a bomb of quotes", b"1.5,2\n" + b'"' * (20 * MB), "x:2"
    yield "hex", b"1.5,2\n3,0x10\n", "x:2:2"
    yield "underscores", b"1.5,2\n3,1_000\n", "x:2:2"
    yield "wide digits", "1.5,2\n3,\uff14\n".encode(), "x:2:2"
    yield "too large", b"1.5,2\n3,1e400\n", "x:2:2: '1e400' is too large"
    yield "a cell of 7 million digits", b"1.5,2\n3," + b"9" * (7 * MB) + b"\n", "x:2:2"
    yield "100 million digits", b"9" * (100 * MB), "a line of more than"
    yield (
        "a fraction of 7 million digits, and a letter",
        b"1,0." + b"3" * (7 * MB) + b"x\n1,2\n3\n",
        "x:",
    )
    yield "a long exponent", b"1.5,2\n3,1e" + b"9" * (6 * MB) + b"\n", "x:2:2"
    yield "no line end, commas", b"1," * (60 * MB), "line of more than|columns"
    yield "a line of 3 million cells", b"1," * (3 * MB) + b"1\n1\n", "columns"
    yield "a line of 7 million semicolons", b";" * (7 * MB) + b"\n1\n", "columns"
    yield "a line of 2 million words", b"11 " * (2 * MB) + b"\n1\n", "columns"
    yield "a header of 3 million names", b"a," * (3 * MB) + b"b\n1\n", "columns"
    yield (
        "a row of half a million cells, and a letter",
        b"1.5,2\n" + b"11,12," * (MB // 4 - 1) + b"1,x\n",
        "x:2: expected 2 cells",
    )
    yield (
        "300 000 names",
        b"".join(b"a%d," % i for i in range(299_999)) + b"x\n" + b"1," * 299_999 + b"y\n",
        "x:2:300000",
    )
    yield (
        "300 000 numbers, and a letter",
        b"0.12345," * 299_999 + b"1\n" + b"0.12345," * 299_999 + b"x\n",
        "x:2:300000",
    )
    yield "a row of a million long cells", b"0.12345," * (MB - 100) + b"1,x\n", "columns"
    yield "a column of letters at the end", b"1\n" * MB + b"x\n", "x:1048577:1"
    yield (
        "a million quoted cells, and a letter",
        b'"12","13"\n' * (MB // 2) + b'"12",x\n',
        "x:524289:2",
    )
    yield "odd quotes", b'"12" ,"13"\n' * (MB // 4) + b'"12",x\n', "x:262145:2"
    yield "blank lines", b"\n" * (100 * MB), "no lines"
    yield "comments without end", b"#" * (100 * MB), "a line of more than"
    yield "short comments", b"1.5,2\n" + b"#\n" * (4 * MB) + b"x,1", "x:4194306:1"
    yield "carriage returns", b"\r" * (60 * MB), "no lines"
    yield "empty", b"", "nothing|no lines"
    yield "a mark alone", b"\xef\xbb\xbf", "no lines"
    yield "a pickle", b"\x80\x04\x95" + bytes(40), "pickle|NUL|byte"


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": functools.partial(lzma.compress, preset=0),
}
if importlib.util.find_spec("zstandard"):
    PACK["zst"] = lambda data: importlib.import_module("zstandard").compress(data)


def compressed() -> Iterator[tuple[str, bytes, str]]:
    """Compressed .npy files: the name of each says by what."""
    for suffix, pack in PACK.items():
        good = pack(npy("(1000,)", bytes(4000)))
        changed = bytearray(good)
        changed[len(good) // 2] ^= 0xFF
        yield f"cut.{suffix}", good[:-3], "cut|ended|end"
        yield f"cut in half.{suffix}", good[: len(good) // 2], "."
        yield f"two bytes.{suffix}", good[:2], "."
        yield f"nothing.{suffix}", b"", "."
        yield f"changed.{suffix}", bytes(changed), "."
        yield f"junk behind.{suffix}", good + b"junk", "."
        if suffix in ("bz2", "zst"):  # padding of the others
            yield f"zeros behind.{suffix}", good + bytes(5), "."
        yield f"an array behind.{suffix}", good + good, "another|too many"
        yield f"not compressed.{suffix}", FLOATS, "decompressed"
        yield f"within itself.{suffix}", pack(good), "."
        yield f"text of NUL.{suffix}", pack(bytes(50 * MB)), "."
        yield f"a bomb that lies.{suffix}", bomb(suffix, 100), "cut off"
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}]
    yield "memory.xz", lzma.compress(FLOATS, filters=filters), "Memory usage limit"


@functools.cache
def bomb(suffix: str, size: int) -> bytes:
    """A .npy that claims a terabyte, and `size` MiB of zeros packed into little."""
    return PACK[suffix](npy(f"({1 << 40},)", bytes(size * MB), "'|u1'"))


def _zip(members: list[tuple[str, bytes]], how: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", how) as archive:
        warnings.simplefilter("ignore")  # names that are there twice
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def _with_fields(data: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    """An archive with a field changed in every header of that signature."""
    changed, place = bytearray(data), data.find(signature)
    while place >= 0:
        changed[place + offset : place + offset + len(value)] = value
        place = data.find(signature, place + 4)
    return bytes(changed)


LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def archives() -> Iterator[tuple[str, bytes, str]]:
    """.npz archives."""
    good = _zip([("a.npy", FLOATS)])
    packed = _zip([("a.npy", npy("(1000,)", bytes(4000)))], zipfile.ZIP_DEFLATED)
    yield "twice", _zip([("a.npy", FLOATS), ("a.npy", FLOATS)]), "there twice"
    yield "none", _zip([]), "no arrays"
    yield "nested", _zip([("a.npz", good)]), "no arrays"
    yield "nested as npy", _zip([("a.npy", good)]), "expected a .npy"
    yield "a pickle inside", _zip([("a.npy", npy("(1,)", b"\x80\x04K\x01.", "'|O'"))]), "pickle"
    yield "a member that is cut", _zip([("a.npy", FLOATS[:-1])]), "cut off|expected"
    yield "a member too long", _zip([("a.npy", FLOATS + b"x")]), "too many|expected"
    yield "a huge shape", _zip([("a.npy", npy(f"({2**40},)"))]), "cut off|expected"
    yield (
        "a huge shape, packed",
        _zip([("a.npy", npy(f"({2**40},)"))], zipfile.ZIP_DEFLATED),
        "cut off|expected",
    )
    yield (
        "encrypted",
        _with_fields(_with_fields(good, LOCAL, 6, b"\1\0"), CENTRAL, 8, b"\1\0"),
        "encrypted",
    )
    yield (
        "an unknown method",
        _with_fields(_with_fields(good, LOCAL, 8, b"\x63\0"), CENTRAL, 10, b"\x63\0"),
        ".",
    )
    yield "a size that lies", _with_fields(packed, CENTRAL, 24, struct.pack("<I", 2**31)), "."
    yield (
        "a bad checksum",
        _with_fields(_with_fields(packed, LOCAL, 14, b"abcd"), CENTRAL, 16, b"abcd"),
        ".",
    )
    yield "no directory", good[: good.find(CENTRAL)], "."
    yield "a directory elsewhere", _with_fields(good, END, 16, struct.pack("<I", 2**31)), "."
    yield "a local header elsewhere", _with_fields(good, CENTRAL, 42, struct.pack("<I", 60)), "."
    yield (
        "a bomb",
        _zip([("a.npy", npy(f"({80 * MB},)", bytes(80 * MB), "'|u1'"))], zipfile.ZIP_DEFLATED),
        "1000-fold",
    )
    yield (
        "a bomb of bz2",
        _zip([("a.npy", npy(f"({80 * MB},)", bytes(80 * MB), "'|u1'"))], zipfile.ZIP_BZIP2),
        "1000-fold",
    )
    yield "a bomb that lies", _lying_bomb(), "."
    yield "70 000 members", _zip_of_many(70_000), "holds 70000 arrays"
    yield "a million members", _zip_of_many(800_000), "."
    yield (
        "a PyTorch file",
        _zip([("archive/data.pkl", b"\x80\x02."), ("archive/data/0", bytes(40))]),
        "no arrays|pickle",
    )
    yield "PK alone", b"PK\x03\x04", "."


def _lying_bomb() -> bytes:
    """A member that is said to have 144 bytes, and has many more."""
    data = _zip([("a.npy", npy("(2, 2)", bytes(100 * MB)))], zipfile.ZIP_DEFLATED)
    return _with_fields(
        _with_fields(data, LOCAL, 22, struct.pack("<I", len(FLOATS))),
        CENTRAL,
        24,
        struct.pack("<I", len(FLOATS)),
    )


def _zip_of_many(count: int) -> bytes:
    """A directory of a million entries, all of the same bytes."""
    name = b"%07d.npy"
    entry = struct.pack("<4s6H3I5H2I", CENTRAL, 20, 20, 0, 0, 0, 33, 0, 0, 0, 11, 0, 0, 0, 0, 0, 0)
    directory = b"".join(entry + name % i for i in range(count))
    end64 = struct.pack(
        "<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(directory), 0
    )
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(directory), 1)
    return (
        directory
        + end64
        + locator
        + struct.pack("<4s4H2IH", END, 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    )


def tensors() -> Iterator[tuple[str, bytes, str]]:
    """.safetensors files."""

    def file(header: object, data: bytes = bytes(8), length: int | None = None) -> bytes:
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        return (len(text) if length is None else length).to_bytes(8, "little") + text + data

    def entry(
        dtype: str = "F32", shape: object = (2,), offsets: object = (0, 8)
    ) -> dict[str, object]:
        return {"dtype": dtype, "shape": shape, "data_offsets": offsets}

    yield "a hole", file({"a": entry(offsets=(4, 12))}, bytes(12)), "expected from 0"
    yield (
        "an overlap",
        file({"a": entry(), "b": entry(offsets=(4, 12))}, bytes(12)),
        "expected from 8",
    )
    yield "bytes behind", file({"a": entry()}, bytes(9)), "expected 8 bytes"
    yield "cut", file({"a": entry()}, bytes(7)), "expected 8 bytes"
    yield "a huge shape", file({"a": entry(shape=(2**40, 2**40))}), "needs"
    yield (
        "a shape whose product wraps",
        file({"a": entry("U8", (2**32, 2**32), (0, 0))}, b""),
        "needs",
    )
    yield "a negative length", file({"a": entry(shape=(-2,))}), "whole numbers"
    yield "65 dimensions", file({"a": entry(shape=(2,) + (1,) * 64)}), "64"
    yield "a long integer", file({"a": entry(shape=(10**4000,))}), "."
    yield "a name twice", file(b'{"a": 1, "a": 2}'), "twice"
    yield "deep nesting", file(b'{"a":' * 800_000), "JSON"
    yield "deep lists", file(b"[" * (4 * MB - 1)), "JSON"
    yield "no JSON", file(b"{"), "JSON"
    yield "NaN in JSON", file(b'{"a": NaN}'), "data_offsets"
    yield "UTF-16", file(json.dumps({"a": entry()}).encode("utf-16")), "JSON"
    yield "a header of 2^63 bytes", file({"a": entry()}, length=2**63), "length"
    yield "a header of 50 MB", file(b" " * (50 * MB)), "length"
    yield "a header of 4 MB of blanks", file(b" " * (4 * MB)), "JSON"
    many = {f"t{i}": entry("U8", (0,), (0, 0)) for i in range(55_000)}
    yield "55 000 tensors", file(many, b""), "holds 55000 arrays"
    yield (
        "100 000 tensors",
        file(many | {f"u{i}": entry("U8", (0,), (0, 0)) for i in range(50_000)}, b""),
        "length",
    )
    yield (
        "lists of 2 million numbers",
        file(b'{"a": {"shape": [' + b"1," * (2 * MB - 20) + b"1]}}"),
        ".",
    )
    yield "empty", b"", "."
    yield "a dtype of eight bits", file({"a": entry("F8_E4M3", (8,))}), "expected one of"


def documents() -> Iterator[tuple[str, bytes, str]]:
    """YAML documents, read as weights and as class names."""
    laughs = b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    for one, other in ("ab", "bc", "cd", "de", "ef", "fg", "gh", "hi"):
        laughs += f"{other}: &{other} [{','.join([f'*{one}'] * 9)}]\n".encode()
    yield "billion laughs", laughs, "aliases"
    yield "an alias of itself", b"&a [*a]", "aliases"
    yield "merge keys", b"a: &a {x: 1}\nb: {<<: *a}\n", "aliases|merge"
    yield "deep brackets", b"[" * 500_000, "deep"
    yield "deep braces", b"{a: " * 250_000, "deep"
    yield "deep blocks", b"".join(b" " * i + b"- \n" for i in range(1000)), "."
    yield "code", b"!!python/object/apply:os.system ['touch pwned']\n", "."
    yield "more code", b"!!python/object/new:subprocess.Popen [['touch', 'pwned']]\n", "."
    yield "a key twice", b"0: 1\n0: 2\n1: 1\n", "twice"
    yield "2 MiB", b"#" * (2 * MB), "1 MiB"
    yield "a long integer", b"[1, 2, " + b"9" * 900_000 + b"]", "."
    yield "base 60", b"[1, 2, " + b"1:" * 100_000 + b"1]", "."
    yield "many numbers", b"[" + b"1," * 500_000 + b"1]", "."
    yield "many anchors", b"[" + b"".join(b"&a%d 1," % i for i in range(100_000)) + b"1]", "."
    yield "two documents", b"[1, 2]\n---\n[1, 2]\n", "."
    yield "UTF-16", "[1, 2, 3]".encode("utf-16"), "."
    yield "NUL", b"[1, 2\0]", "YAML"
    yield "binary", bytes(range(256)), "YAML"
    yield "a string", b'"' + b"x" * MB + b'"', "."
    yield "a key of a list", b"? [1, 2]\n: 3\n", "."
    yield "nothing", b"", "."
