"""Bad input of every kind ends in one line with its place, the right exit code and a hint."""

from __future__ import annotations

import ctypes
import errno
import gzip
import io
import os
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Run

from xent_cli.arrays import open_array
from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.storage import spool
from xent_cli.arrays.text import block as text_block
from xent_cli.arrays.text import lines as text_lines
from xent_cli.errors import StorageError
from xent_cli.tasks.show import ShowRequest, describe

LONG = "n" * 300
DIGITS = "1" * 5000
LIST = ",".join(["1." + "0" * 40] * 10)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", rng.standard_normal((20, 10)))
    np.save(tmp_path / "y.npy", rng.integers(0, 10, 20))
    np.savetxt(tmp_path / "x.csv", rng.standard_normal((20, 10)), delimiter=",")
    (tmp_path / "empty.bin").touch()
    return tmp_path


@pytest.fixture
def here(
    xent: Callable[..., Run], place: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Run]:
    monkeypatch.chdir(place)
    return xent


def one_line(run: Run, status: int, words: str) -> str:
    """What a failed run says: its line and its hint."""
    line, *hint = run.stderr.splitlines()
    assert run.status == status, run.stderr
    assert line.startswith("xent: error: ")
    assert words in line
    assert len(hint) <= 1
    assert len(line) < 400
    return "".join(hint)


@pytest.mark.parametrize(
    "argv",
    [
        ["show", f"{LONG}.npy"],
        ["show", "p/" * 3000 + "x.npy"],
        ["show", f"@{LONG}"],
        ["show", f"{LONG}.npz:a"],
        ["show", f"{LONG}.npy.gz"],
        ["loss", f"{LONG}.npy", "y.npy"],
        ["loss", "x.npy", f"{LONG}.npy"],
        ["loss", "x.npy", "y.npy", "--weight", f"{LONG}.npy"],
        ["loss", "x.npy", "y.npy", "--weight", f"{LONG}.yaml"],
        ["loss", "x.npy", "y.npy", "--sample-weight", f"{LONG}.npy"],
        ["loss", "x.npy", "y.npy", "--classes", f"{LONG}.yaml"],
    ],
)
def test_a_name_that_is_too_long(here: Callable[..., Run], argv: list[str]) -> None:
    hint = one_line(here(*argv), 4, "cannot be opened: File name too long")
    assert "255 bytes" in hint


@pytest.mark.parametrize(
    "argv",
    [
        ["cat", "x.npy", "-o", f"{LONG}.npy"],
        ["cat", "x.npy", "-o", f"{LONG}.npz:a"],
        ["loss", "x.npy", "y.npy", "-o", f"{LONG}.npy"],
        ["split", "x.npy", "--size", "10", "-o", f"{LONG}-{{}}.npy"],
    ],
)
def test_a_target_whose_name_is_too_long(here: Callable[..., Run], argv: list[str]) -> None:
    run = here(*argv)
    assert (run.status, "File name too long" in run.stderr) == (4, True)


def test_a_pattern_that_is_too_long_matches_nothing(here: Callable[..., Run]) -> None:
    run = here("show", f"{LONG}*")
    assert (run.status, "no file matches" in run.stderr) == (4, True)


def test_a_long_list_of_weights_is_a_list(here: Callable[..., Run], place: Path) -> None:
    plain = here("loss", "x.npy", "y.npy")
    assert here("loss", "x.npy", "y.npy", "--weight", LIST).number == plain.number
    assert here("loss", "x.npy", "y.npy", "--weight", LIST, "-o", "out.npy").status == 0
    assert np.load(place / "out.npy") == plain.number
    for bad in (f"{LIST},abc", f"{LIST},", f"{LIST},{LONG}"):
        run = here("loss", "x.npy", "y.npy", "--weight", bad)
        one_line(run, 2, "expected a list of numbers such as 1,2,0.5, or a file")
        assert "number 11 is" in run.stderr


def _without_privileges() -> None:
    """Root, too, may no longer enter what its mode forbids (capabilities 1 and 2)."""
    if os.geteuid() == 0:
        for capability in (1, 2):
            ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        (["show", "d"], "read"),
        (["show", "d/*.npy"], "read"),
        (["show", "d/x.npy"], "enter"),
        (["show", "@d/list"], "enter"),
        (["show", "d/x.npz:a"], "enter"),
        (["loss", "x.npy", "y.npy", "--weight", "d/w.yaml"], "enter"),
    ],
)
def test_a_directory_that_may_not_be_entered(
    program: Callable[..., Run], place: Path, argv: list[str], what: str
) -> None:
    (place / "d").mkdir(mode=0)
    run = program(*argv, cwd=place, preexec_fn=_without_privileges)
    hint = one_line(run, 4, "cannot be opened: Permission denied")
    assert hint == f"hint: ls -ld d shows who may {what} it"


def test_a_file_that_may_not_be_read(program: Callable[..., Run], place: Path) -> None:
    (place / "x.npy").chmod(0)
    run = program("show", "x.npy", cwd=place, preexec_fn=_without_privileges)
    hint = one_line(run, 4, "x.npy: cannot be opened: Permission denied")
    assert hint == "hint: ls -ld x.npy shows who may read it"


@pytest.mark.parametrize(
    "argv",
    [
        ["show", "x.csv", "--cols", DIGITS],
        ["show", "x.csv", "--cols", f"2-{DIGITS}"],
        ["show", "x.csv", "--cols", f"{DIGITS}-"],
        ["loss", "x.csv", "--label-col", DIGITS],
        ["split", "x.npy", "--sizes", DIGITS],
        ["split", "x.npy", "--sizes", "9" * 4300 + "," + "9" * 4300],
        ["chunk", "x.npy", "--tensor-split", f"{DIGITS},"],
        ["show", "empty.bin", "--raw", "f4", "--shape", DIGITS],
        ["show", "empty.bin", "--raw", "f4", "--shape", "0,9223372036854775808"],
        ["show", "empty.bin", "--raw", "f4", "--shape", "0,9223372036854775807"],
        ["convert", "empty.bin", "o.npy", "--raw", "f4", "--shape", f"0,{1 << 32},{1 << 32}"],
    ],
)
def test_numbers_without_end(here: Callable[..., Run], argv: list[str]) -> None:
    one_line(here(*argv), 2, argv[-2])


@pytest.mark.parametrize("option", ["--class-dim", "--ignore-index", "-j", "--block-elements"])
def test_numbers_without_end_that_typer_reads(here: Callable[..., Run], option: str) -> None:
    run = here("loss", "x.npy", "y.npy", option, DIGITS)
    assert (run.status, run.stderr.count("\n")) == (2, 2)


def test_an_array_of_nothing_that_numpy_cannot_describe(here: Callable[..., Run]) -> None:
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4611686018427387904), }"
    text = b"\x93NUMPY\x01\x00" + (len(header) + 1).to_bytes(2, "little") + header.encode() + b"\n"
    Path("x.npy").write_bytes(text)
    Path("x.npy.gz").write_bytes(gzip.compress(text))
    for name in ("x.npy", "x.npy.gz"):
        one_line(here("show", name), 3, "the lengths in the header are too large")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x.npy\n\n# c\nx\0.npy\n", "list:4: expected the name of a file, got a NUL byte"),
        (b"x.npy\n" + b"n" * 5000, "list:2: expected the name of a file, got 5000 bytes"),
        (b"x\n" * (spool._CHUNK * 4 + 1), "list:262145: more than 262144 names"),
        (b"\n" * (17 << 20), "list: expected at most 16 MiB"),
    ],
)
def test_a_list_that_cannot_be_one(here: Callable[..., Run], content: bytes, words: str) -> None:
    Path("list").write_bytes(content)
    one_line(here("show", "@list"), 3, words)


def test_a_list_without_end_takes_bounded_memory(here: Callable[..., Run]) -> None:
    tracemalloc.start()
    try:
        one_line(here("show", "@/dev/zero"), 3, "expected at most 16 MiB")
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_a_list_of_names_that_are_no_text(here: Callable[..., Run]) -> None:
    Path("list").write_bytes(b"caf\xe9.npy\r\n")
    Path(os.fsdecode(b"caf\xe9.npy")).write_bytes(Path("x.npy").read_bytes())
    assert here("show", "@list").status == 0


@pytest.mark.parametrize("source", ["a\0.npy", "@a\0", "a\0*", "a\0/*.npy", "a\0.npz:b"])
def test_a_nul_in_a_name(source: str) -> None:
    with pytest.raises(StorageError, match="NUL"):
        open_array(source)


@pytest.mark.parametrize("mark", ["\x1c", "\x1d", "\x1e", "\x1f"])
@pytest.mark.parametrize("cell", ["2{}", "{}2", "{}", "2{}3"])
@pytest.mark.parametrize("options", [[], ["--cols", "1-2"], ["--delimiter", " "]])
def test_control_characters_are_no_blanks(
    here: Callable[..., Run], mark: str, cell: str, options: list[str]
) -> None:
    between = " " if "--delimiter" in options else ","
    bad = cell.format(mark)
    Path("c.csv").write_text(f"1.5{between}2\n3{between}{bad}\n")
    run = here("show", "c.csv", *options)
    assert (run.status, run.stderr.startswith("xent: error: c.csv:2:2: ")) == (3, True), run.stderr


@pytest.mark.parametrize("options", [[], ["--cols", "1-3"]])
def test_an_empty_cell_beside_an_integer_that_is_too_long(
    here: Callable[..., Run], options: list[str]
) -> None:
    for row in (
        "\t12345678901234567890\t1",
        "1\t\t12345678901234567890",
        "12345678901234567890\t1\t",
    ):
        Path("e.tsv").write_text(f"1\t5\t3\n{row}\n")
        one_line(here("show", "e.tsv", *options), 3, "the cell is empty")
        assert here("show", "e.tsv", *options, "--na", "nan").status == 0
    Path("z.csv").write_text(f"{'0' * 200},12345678901234567890\n")
    assert here("show", "z.csv").status == 0


def test_member_names_that_claim_to_be_utf8(here: Callable[..., Run]) -> None:
    archive = io.BytesIO()
    np.savez(archive, aé=np.ones(3))
    Path("u.npz").write_bytes(archive.getvalue().replace("é".encode(), b"\xff\xfe"))
    one_line(here("show", "u.npz"), 3, "u.npz: the name of a member claims to be UTF-8")
    with zipfile.ZipFile("u.npz", "w") as plain:
        plain.writestr("ü.npy", Path("x.npy").read_bytes())
    assert here("show", "u.npz:ü").status == 0


@contextmanager
def no_room(how: str) -> Iterator[None]:
    """Temporary files cannot be made, or are full; everything goes into them."""

    def unusable(*args: Any, **named: Any) -> Any:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/t']")

    def full(*args: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "IN_MEMORY", 0)
        patch.setattr(spool, "_TEXT_IN_MEMORY", 1)
        patch.setenv("TMPDIR", "/t")
        if how == "unusable":
            patch.setattr(tempfile, "gettempdir", unusable)
            patch.setattr(tempfile, "TemporaryFile", unusable)
        else:
            patch.setattr(tempfile, "gettempdir", lambda: "/t")
            patch.setattr(tempfile.SpooledTemporaryFile, "write", full)
            patch.setattr(os, "pwrite", full)
        yield


@pytest.mark.parametrize("how", ["unusable", "full"])
@pytest.mark.parametrize(
    "argv",
    [["show", "x.csv"], ["show", "x.npy.gz"], ["cat", "x.csv", "x.csv"], ["cat", "x.csv.gz"]],
)
def test_no_room_for_temporary_files(here: Callable[..., Run], how: str, argv: list[str]) -> None:
    for name in ("x.npy", "x.csv"):
        Path(f"{name}.gz").write_bytes(gzip.compress(Path(name).read_bytes()))
    with no_room(how):
        run = here(*argv)
    hint = one_line(run, 4, f"{argv[1]}: cannot be kept in a temporary file: No ")
    assert hint.startswith("hint: TMPDIR names the directory for it (now /t")


def test_whole_numbers_that_become_floats_find_no_room() -> None:
    rows = spool.GrowingSpool("x.csv", 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "IN_MEMORY", 0)
        rows.append(np.ones((4, 2), np.int64))
    with no_room("full"), pytest.raises(StorageError, match=r"x\.csv: cannot be kept"):
        rows.append(np.ones((4, 2)))
    rows.close()


@pytest.mark.parametrize("call", ["fstat", "pread", "lseek", "stat", "close"])
@pytest.mark.parametrize("source", ["x.npy", "x.csv", "x.npy.gz", "z.npz", "@list"])
def test_calls_that_fail_while_a_file_is_read(
    place: Path, monkeypatch: pytest.MonkeyPatch, call: str, source: str
) -> None:
    """Each call in turn fails: an error of its own, or none where nothing depends on the call."""
    monkeypatch.chdir(place)
    np.savez("z.npz", a=np.ones((3, 4)))
    Path("list").write_text("x.npy\n")
    Path("x.npy.gz").write_bytes(gzip.compress(Path("x.npy").read_bytes()))
    real, left = getattr(os, call), 0

    def failing(*args: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(errno.EIO, "Input/output error")
        return real(*args, **named)

    for turn in range(1, 40):
        left = turn
        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing)
            try:
                describe(ShowRequest((source,)))
            except StorageError as error:
                assert "Input/output error" in error.message
        if left > 0:
            return
    pytest.fail("the calls did not end")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b" \t\n"])
@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
def test_blank_lines_at_the_end_are_skipped_in_bounded_memory(
    here: Callable[..., Run], end: bytes, suffix: str
) -> None:
    text = b"1,2\n3,4\n" + end * (9_500_000 // len(end))
    Path(f"b.{suffix}").write_bytes(gzip.compress(text, 1) if suffix.endswith("gz") else text)
    del text
    tracemalloc.start()
    try:
        with open_array(f"b.{suffix}") as reader:
            assert reader.read_all().tolist() == [[1, 2], [3, 4]]
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("block", [5, 64, 4096, 2 << 20])
def test_blank_lines_elsewhere_keep_their_meaning(
    here: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(text_lines, "_BLOCK", block)
    monkeypatch.setattr(text_block, "_PART", block)
    monkeypatch.setattr(text_lines, "_LONGEST", 9000)
    blank = b"\n" * 3000
    Path("b.csv").write_bytes(b"1,2\n" + blank + b"3,4\n")
    run = here("show", "b.csv")
    assert run.status == 0
    assert run.stderr == "xent: note: b.csv: 3000 blank lines among the rows passed over\n"
    Path("b.csv").write_bytes(blank + b"# c\n" + blank + b"3,4\n3\n")
    one_line(here("show", "b.csv"), 3, "b.csv:6003: expected 2 cells, got 1")
    Path("b.csv").write_bytes(b"1,2\n" + blank * 6 + b"3,4\n")
    run = here("show", "b.csv")
    assert (run.status, block < 9000) == (0, False) or run.status == 3, run.stderr
    Path("b.csv").write_bytes(b"1\n" + blank + b"2\n" + blank)
    with open_array("b.csv", ReadOptions(na="nan")) as reader:
        assert reader.shape == (3002, 1)
    with open_array("b.csv", ReadOptions(na="skip")) as reader:
        assert reader.read_all().tolist() == [[1], [2]]


def test_stdin_that_does_not_tell_its_place(
    here: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Untold(io.FileIO):
        def tell(self) -> int:
            raise OSError(errno.EIO, "Input/output error")

    plain = here("show", "x.npy", "-f", "json").json["arrays"][0]
    with io.TextIOWrapper(io.BufferedReader(Untold("x.npy"))) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        told = here("show", "-", "-f", "json").json["arrays"][0]
    assert {**told, "name": "x.npy"} == plain
