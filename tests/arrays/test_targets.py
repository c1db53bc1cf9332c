"""Targets are told what is wrong with them before a row is read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays import check_target, create_array
from xent_cli.arrays.storage.files import mode_of
from xent_cli.errors import StorageError, UsageError

COMMANDS = {
    "cat": ["cat", "{0}", "{0}"],
    "stack": ["stack", "{0}", "{0}"],
    "split": ["split", "{0}", "--size", "1"],
    "chunk": ["chunk", "{0}", "--chunks", "2"],
    "activate": ["activate", "softmax", "{0}"],
    "convert": ["convert", "{0}"],
}

REFUSED = [
    ("x.foo", 2, "the suffix names no format that xent writes"),
    ("x.npy.foo", 2, "the suffix names no format that xent writes"),
    ("absent/x.npy", 4, "cannot be written: there is no directory"),
    ("absent/x.csv.gz", 4, "cannot be written: there is no directory"),
    ("absent/x.npz:a", 4, "cannot be written: there is no directory"),
    ("file/x.npy", 4, "cannot be written: Not a directory"),
    ("folder.npy", 2, "is a directory"),
    ("x.npz.gz", 2, "a compressed file takes .npy or text"),
    ("x.safetensors.xz", 2, "a compressed file takes .npy or text"),
]


@pytest.fixture
def places(tmp_path: Path) -> Path:
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "broken.csv").write_text("1,2\n3,x\n")
    return tmp_path


def named(command: str, target: Path | str, source: Path) -> list[str]:
    argv = [word.format(source) for word in COMMANDS[command]]
    return [*argv, str(target)] if command == "convert" else [*argv, "-o", str(target)]


@pytest.mark.parametrize(("target", "status", "words"), REFUSED)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_target_is_refused_before_the_input_is_read(
    command: str, target: str, status: int, words: str, places: Path, xent
) -> None:
    before = sorted(places.rglob("*"))
    run = xent(*named(command, places / target, places / "broken.csv"))
    assert (run.status, words in run.stderr) == (status, True), run.stderr
    assert target.split("/", maxsplit=1)[0] in run.stderr
    assert sorted(places.rglob("*")) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_an_input_is_no_target(command: str, places: Path, xent) -> None:
    broken = places / "broken.csv"
    run = xent(*named(command, broken, broken))
    assert run.status == 2, run.stderr
    assert "is also an input" in run.stderr
    assert broken.read_text() == "1,2\n3,x\n"


def test_a_format_that_contradicts(places: Path, xent) -> None:
    run = xent("cat", places / "broken.csv", "-o", places / "x.npy", "-f", "csv")
    assert (run.status, "its suffix says another format" in run.stderr) == (2, True), run.stderr


def test_a_compression_without_its_package(
    places: Path, xent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    run = xent("cat", places / "broken.csv", "-o", places / "x.npy.zst")
    assert (run.status, ".zst needs the zstandard package" in run.stderr) == (2, True), run.stderr


@pytest.mark.parametrize("form", ["npz", "safetensors"])
def test_formats_that_do_not_go_through_pipes(form: str) -> None:
    with pytest.raises(UsageError, match=r"stdout takes \.npy or text"):
        check_target("-", form)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="Permission denied"):
        check_target(str(tmp_path / "x.npy"))


@pytest.mark.parametrize(("target", "status", "words"), REFUSED)
def test_writers_refuse_what_is_told_early(
    target: str, status: int, words: str, places: Path
) -> None:
    with pytest.raises((UsageError, StorageError), match=words) as refused:
        create_array(places / target, (2,), np.dtype("f4"))
    assert refused.value.exit_code == status


@pytest.mark.parametrize("target", ["x.npy", "x.npz:a", "x.csv.gz", "link.npy", "/dev/null"])
def test_what_is_refused_by_nothing(target: str, places: Path) -> None:
    (places / "link.npy").symlink_to(places / "later.npy")
    check_target(str(places / target))
    assert not mode_of(str(places / "x.npy"))
