"""Output files: whole or not at all, whatever stands under the name."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from xent_cli.arrays.storage import atomic
from xent_cli.arrays.storage.atomic import AtomicFile, refuse_input
from xent_cli.diagnosis import NOTE, messages
from xent_cli.errors import StorageError, UsageError


@pytest.fixture(params=["no name", "a name"], autouse=True)
def temporary(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both kinds of temporary file: systems without unnamed ones are served too."""
    if request.param == "a name":
        monkeypatch.setattr(atomic, "_open_unnamed", lambda folder: -1)
    return request.param


def test_nothing_appears_before_commit_and_nothing_is_left_behind(
    tmp_path: Path, temporary: str
) -> None:
    target = tmp_path / "x"
    target.write_bytes(b"old")
    with AtomicFile(target) as file:
        file.write(b"new")
        assert target.read_bytes() == b"old"
        beside = [p.name[:6] for p in tmp_path.iterdir() if p != target]
        assert beside == ([] if temporary == "no name" else [".xent-"])
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "x"
    target.write_bytes(b"old")
    with pytest.raises(error), AtomicFile(target) as file:
        file.write(b"new")
        raise error
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_modes(tmp_path: Path) -> None:
    target = tmp_path / "x"
    before = os.umask(0o027)
    try:
        with AtomicFile(target) as file:
            file.write(b"1")
    finally:
        os.umask(before)
    assert target.stat().st_mode & 0o777 == 0o640
    target.chmod(0o604)
    with AtomicFile(target) as file:
        file.write(b"2")
    assert target.stat().st_mode & 0o777 == 0o604


def test_setuid_and_setgid_do_not_stay(tmp_path: Path) -> None:
    target = tmp_path / "x"
    target.write_bytes(b"old")
    target.chmod(0o6751)
    with AtomicFile(target) as file:
        file.write(b"new")
    assert target.stat().st_mode & 0o7777 == 0o751


@pytest.mark.parametrize(
    ("allowed", "told"),
    [
        ((), ["its owner is ", "its group is "]),
        (("group",), ["its owner is "]),
        (("owner", "group"), []),
    ],
    ids=["nobody", "a member of the group", "root"],
)
def test_an_owner_is_kept_or_its_loss_told(
    allowed: tuple[str, ...], told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "x"
    target.write_bytes(b"old")
    own = target.stat()
    others = {"owner": own.st_uid + 1, "group": own.st_gid + 1}
    given = {"owner": own.st_uid, "group": own.st_gid}

    def chown(where: str | int, owner: int, group: int) -> None:
        wanted = {role: to for role, to in (("owner", owner), ("group", group)) if to != -1}
        if any(to != given[role] and role not in allowed for role, to in wanted.items()):
            raise PermissionError
        given.update(wanted)

    def stat(where: str | int) -> os.stat_result:
        return os.stat_result([*own[:4], given["owner"], given["group"], *own[6:]])

    before = os.stat_result([*own[:4], others["owner"], others["group"], *own[6:]])
    with AtomicFile(tmp_path / "y") as file:
        monkeypatch.setattr(atomic.os, "chown", chown)
        monkeypatch.setattr(atomic.os, "stat", stat)
        file._take_over(before)
        monkeypatch.undo()
    assert len(messages(file.diagnoses, NOTE)) == len(told)
    assert all(
        what in note for note, what in zip(messages(file.diagnoses, NOTE), told, strict=True)
    )
    assert all(given[role] == others[role] for role in allowed)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    real, link = tmp_path / "data" / "real", tmp_path / "link"
    link.symlink_to(real)
    for content in (b"made", b"replaced"):
        with AtomicFile(link) as file:
            file.write(content)
        assert link.is_symlink()
        assert real.read_bytes() == content
    assert list((tmp_path / "data").iterdir()) == [real]


def test_special_files_are_written_as_they_are(tmp_path: Path) -> None:
    with AtomicFile("/dev/null") as file:
        assert not file.seekable
        file.write(b"x" * 100)
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    with AtomicFile(pipe) as file:
        file.write(b"through")
    reader.join()
    assert got == [b"through"]
    assert pipe.is_fifo()


def test_what_cannot_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a directory"):
        AtomicFile(tmp_path)
    with pytest.raises(StorageError, match="No such file"):
        AtomicFile(tmp_path / "none" / "x")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be written"):
        AtomicFile(tmp_path / "file" / "x")


def test_an_input_is_never_the_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.npy").write_bytes(b"x")
    Path("other.npy").write_bytes(b"x")
    Path("link.npy").symlink_to("a.npy")
    Path("hard.npy").hardlink_to("a.npy")
    for name in ("a.npy", "./a.npy", str(tmp_path / "a.npy"), "link.npy", "hard.npy"):
        with pytest.raises(UsageError, match="overwritten"):
            refuse_input(name, ["missing.npy", "other.npy", "a.npy"])
    refuse_input("new.npy", ["a.npy"])
    refuse_input("other.npy", ["a.npy"])
    refuse_input("/dev/null", ["/dev/null"])
