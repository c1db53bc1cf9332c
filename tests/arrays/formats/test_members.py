"""Files of several arrays: listed, named, and taken together."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays import list_members

LOGITS = np.array([[0.5, 1.5], [2.5, 0.25], [0.0, 0.0]], np.float32)
LABELS = np.array([1, 0, 1])
ANSWER = float(np.mean(np.log1p(np.exp([-1.0, -2.25, 0.0]))))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """An archive of logits and labels, and others beside it."""
    np.savez(tmp_path / "run.npz", logits=LOGITS, labels=LABELS)
    np.savez_compressed(tmp_path / "two.npz", **{"a:b": LOGITS, "g/labels:0": LABELS})
    np.savez(tmp_path / "objects.npz", logits=LOGITS, bad=np.array([None]))
    np.savez(tmp_path / "bad.npz", a=np.array([None]), b=np.array([1j]))
    np.savez(tmp_path / "one.npz", logits=LOGITS)
    (tmp_path / "two.npy").write_bytes(saved(LOGITS) + saved(LABELS))
    return tmp_path


def saved(*arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    for array in arrays:
        np.save(file, array)
    return file.getvalue()


def test_show_lists_them_by_their_headers(run: Path, xent) -> None:
    shown = xent("show", run / "run.npz", run / "two.npy", "-f", "json").json["arrays"]
    assert [(one["name"], one["shape"], one["dtype"]) for one in shown] == [
        (f"{run}/run.npz:logits", [3, 2], "float32"),
        (f"{run}/run.npz:labels", [3], "int64"),
        (f"{run}/two.npy:1", [3, 2], "float32"),
        (f"{run}/two.npy:2", [3], "int64"),
    ]
    assert {one["nan"] for one in shown} == {None}
    assert xent("show", run / "one.npz", "-f", "json").json["arrays"][0]["nan"] == 0
    table = xent("show", run / "run.npz", "-f", "table").text.splitlines()
    assert table[0].split() == ["file", "shape", "dtype", "order", "bytes"]
    assert len(table) == 4


def test_what_cannot_be_read_is_told(run: Path, xent) -> None:
    shown = xent("show", run / "objects.npz", "-f", "json")
    assert [one["name"] for one in shown.json["arrays"]] == [f"{run}/objects.npz:logits"]
    assert "objects.npz:bad: holds Python objects" in shown.stderr
    assert xent("show", run / "bad.npz").status == 3


@pytest.mark.parametrize("command", ["loss", "grad"])
def test_logits_and_labels_of_one_file(run: Path, xent, command: str) -> None:
    alone = xent(command, run / "run.npz", "-f", "csv" if command == "grad" else "plain")
    named = (f"{run}/run.npz:logits", f"{run}/run.npz:labels")
    apart = xent(command, *named, "-f", "csv" if command == "grad" else "plain")
    assert (alone.status, alone.stdout) == (0, apart.stdout)
    assert "run.npz: its arrays logits and labels are read" in alone.stderr
    if command == "loss":
        assert alone.number == pytest.approx(ANSWER)


def test_of_shards_too(run: Path, xent) -> None:
    for part in range(2):
        np.savez(run / f"job{part}.npz", logits=LOGITS + part, labels=LABELS)
    assert xent("loss", f"{run}/job*.npz").number == pytest.approx(ANSWER)
    named = xent("loss", f"{run}/job*.npz:logits", f"{run}/job*.npz:labels")
    assert named.number == pytest.approx(ANSWER)
    refused = xent("show", f"{run}/job*.npz")
    assert refused.status == 3
    assert f"name one: '{run}/job*.npz:logits'" in refused.stderr


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("loss", "two.npz"), "two.npz has no arrays called logits and labels"),
        (("loss", "two.npy"), "name both: {run}/two.npy:1 {run}/two.npy:2"),
        (("loss", "one.npz"), "needs LABELS"),
        (("loss", "run.npz", "-k", "entropy"), "name one: {run}/run.npz:logits"),
        (("cat", "two.npy"), "name one: {run}/two.npy:1"),
        (("show", "two.npy:3"), "holds no array called '3'"),
        (("show", "two.npy:0"), "it holds 1, 2"),
        (("show", "one.npz:logit"), "did you mean logits?"),
    ],
)
def test_what_has_to_be_named(run: Path, xent, argv, words: str) -> None:
    refused = xent(argv[0], run / argv[1], *argv[2:])
    assert refused.status in (2, 3)
    assert words.format(run=run) in " ".join(refused.stderr.split())


@pytest.mark.parametrize(
    "places", [("two.npy:1", "two.npy:2"), ("two.npz:a:b", "two.npz:g/labels:0")]
)
def test_hints_that_name_arrays_work(run: Path, xent, places: tuple[str, str]) -> None:
    assert xent("loss", *(run / place for place in places)).number == pytest.approx(ANSWER)


def test_arrays_one_behind_the_other_on_a_pipe(run: Path, piped) -> None:
    data = saved(LOGITS, LABELS, LOGITS)
    assert piped(data, "show", "-:2", "-f", "json").json["arrays"][0]["shape"] == [3]
    assert piped(data, "show", "-:3", "-f", "json").json["arrays"][0]["shape"] == [3, 2]
    refused = piped(data, "show", "-")
    assert (refused.status, "name one by its number: -:1" in refused.stderr) == (3, True)
    refused = piped(data, "show", "-:4")
    assert (refused.status, "expected 4 arrays, got 3" in refused.stderr) == (3, True)
    assert piped(data, "show", "-:x").status == 3
    for more in (saved(LABELS)[:-3], b"junk"):
        assert piped(data + more, "show", "-:1").status == 3


def test_those_that_are_cut_off(run: Path, xent) -> None:
    (run / "cut.npy").write_bytes(saved(LOGITS, LABELS)[:-1])
    refused = xent("show", run / "cut.npy")
    assert (refused.status, "cut.npy:2: the data is cut off" in refused.stderr) == (3, True)


def test_no_members_of_other_sources(run: Path) -> None:
    for source in (LOGITS, "-", f"{run}/run.npz:logits", f"{run}/*.npz"):
        assert list_members(source) == ()


def test_a_file_of_several_arrays_is_not_replaced_by_one(run: Path, xent) -> None:
    before = (run / "run.npz").read_bytes()
    np.save(run / "x.npy", LABELS)
    refused = xent("convert", run / "x.npy", f"{run}/run.npz:labels")
    assert (refused.status, (run / "run.npz").read_bytes()) == (2, before)
    assert "holds logits as well" in refused.stderr
    for target in ("new.npz:labels", "new.npz:labels", "new.npz", "new.safetensors:labels"):
        assert xent("convert", run / "x.npy", run / target).status == 0
    assert xent("convert", run / "x.npy", f"{run}/new.safetensors:other").status == 2
    (run / "junk.npz").write_bytes(b"PK junk")
    assert xent("convert", run / "x.npy", f"{run}/junk.npz:labels").status == 0


def test_lines_of_a_list_choose_of_their_files(run: Path, xent) -> None:
    (run / "list.txt").write_text(f"{run}/run.npz:logits\n{run}/one.npz\n")
    shown = xent("show", f"@{run}/list.txt", "-f", "json").json["arrays"][0]
    assert shown["shape"] == [6, 2]
    refused = xent("cat", f"@{run}/list.txt", "-o", run / "run.npz")
    assert (refused.status, "is also an input" in refused.stderr) == (2, True)


def test_names_with_blanks_are_quoted(run: Path, xent) -> None:
    np.savez(run / "x.npz", **{"my logits": LOGITS, "b": LOGITS})
    hint = xent("show", run / "x.npz", "-f", "json").json["arrays"][0]["name"]
    assert hint == f"{run}/x.npz:my logits"
    refused = xent("cat", run / "x.npz")
    assert f"name one: '{run}/x.npz:my logits'" in refused.stderr
