"""No input is overwritten, nothing is lost on the way, nothing odd passes in silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

X = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)
Y = np.array([0, 1, 2, 3, 0, 1])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    np.save(tmp_path / "w.npy", np.arange(1.0, 5.0))
    return tmp_path


@pytest.mark.parametrize(
    "options",
    [
        ["--weight"],
        ["-k", "softmax-focal", "-p", "alpha={}"],
        ["-k", "torch.nn.CrossEntropyLoss", "-p", "weight={}"],
    ],
)
def test_a_weight_is_an_input_too(xent, place, options) -> None:
    weight = place / "w.npy"
    before = weight.read_bytes()
    words = [word.format(weight) for word in options]
    words += [str(weight)] if options[-1] == "--weight" else []
    files = (place / "x.npy", place / "y.npy")
    if "-p" in words:  # -p alpha=FILE names the file after the sign
        words[-1] = words[-1].replace("{}", str(weight))
    run = xent("loss", *files, *words, "-o", weight)
    assert run.status == 2
    assert "is also an input" in run.stderr
    assert weight.read_bytes() == before


def test_split_looks_at_every_name_first(xent, place) -> None:
    np.save(place / "in-1.npy", X)
    (place / "in-0.npy").write_bytes(b"kept")
    assert xent("split", place / "in-1.npy", "--size", "3", "-o", place / "in-{}.npy").status == 2
    assert (place / "in-0.npy").read_bytes() == b"kept"
    (place / "d").mkdir()
    (place / "d" / "1.npy").mkdir()
    assert xent("split", place / "x.npy", "--size", "3", "-o", place / "d" / "{}.npy").status == 2
    assert not (place / "d" / "0.npy").exists()
    (place / "s").mkdir()
    (place / "s" / "0.npy").symlink_to(place / "s" / "1.npy")
    run = xent("split", place / "x.npy", "--size", "3", "-o", place / "s" / "{}.npy")
    assert run.status == 2
    assert "same file" in run.stderr


def test_a_row_of_numbers_with_a_word_for_none_is_no_header(xent, place) -> None:
    (place / "x.csv").write_text("1.0,NA,2.0,3\n1,2,3,4\n")
    (place / "y.csv").write_text("1\n")
    run = xent("loss", place / "x.csv", place / "y.csv")
    assert run.status == 3
    assert "x.csv:1:2: expected a number, got 'NA'" in run.stderr
    read = ("--header", "--no-labels-header")
    assert xent("loss", place / "x.csv", place / "y.csv", *read).status == 0


def test_a_header_on_one_side_only(xent, place) -> None:
    (place / "a.csv").write_text("p,q\n1,2\n")
    (place / "b.csv").write_text("3,4\n")
    run = xent("cat", place / "a.csv", place / "b.csv")
    assert run.status == 3
    assert "a.csv has column names" in run.stderr


@pytest.mark.parametrize("value", [np.nan, np.inf, 3e38])
def test_what_an_integer_cannot_hold(xent, place, value) -> None:
    np.save(place / "n.npy", np.array([1.0, value], np.float32))
    run = xent("cat", place / "n.npy", "--dtype", "int64", "-o", place / "out.npy")
    assert run.status == 3
    assert "which int64 cannot" in run.stderr
    assert len(run.stderr.splitlines()) == 2
    assert not (place / "out.npy").exists()


def test_overflow_says_nothing_of_numpy(xent, place) -> None:
    np.save(place / "big.npy", np.array([[1.7e308, -1.7e308], [1.0, 2.0]]))
    np.save(place / "y2.npy", np.array([1, 0]))
    for kind in ("softmax-ce", "poly", "softmax-focal"):
        run = xent("loss", place / "big.npy", place / "y2.npy", "-k", kind)
        assert run.status == 0
        assert "RuntimeWarning" not in run.stderr
    assert xent("cat", place / "big.npy", "--dtype", "float16", "-o", place / "h.npy").stderr == ""


def test_a_sure_row_never_loses_less_than_nothing(xent, place) -> None:
    np.save(place / "sure.npy", np.array([[30.0, 0.0, 0.0], [88.0, 1.0, 1.0]], np.float32))
    np.save(place / "one.npy", np.full((2, 1), 3.3, np.float32))
    np.save(place / "y2.npy", np.array([0, 0]))
    assert xent("loss", place / "sure.npy", place / "y2.npy").number >= 0
    one = xent("loss", place / "one.npy", place / "y2.npy", "-k", "torch.nn.CrossEntropyLoss")
    assert 0 <= one.number < 5e-7


@pytest.mark.parametrize("text", ["1,,2,3", "1,a,2,3", "1,2,3,"])
def test_a_bad_list_is_not_a_missing_file(xent, place, text) -> None:
    run = xent("loss", place / "x.npy", place / "y.npy", "--weight", text)
    assert run.status == 2
    assert "list of numbers" in run.stderr


@pytest.mark.parametrize(
    "text", ["[1,2,3,%s]" % ("9" * 400), '[1,2,3,!!float ""]', '[1,!!timestamp "x"]', "{true: 1}"]
)
def test_yaml_that_breaks_its_own_reader(xent, place, text) -> None:
    (place / "w.yaml").write_text(text)
    run = xent("loss", place / "x.npy", place / "y.npy", "--weight", place / "w.yaml")
    assert run.status == 3
    assert len(run.stderr.splitlines()) <= 2


def test_a_suffix_and_a_format_that_differ(xent, place) -> None:
    assert xent("cat", place / "x.npy", "-o", place / "o.csv", "-f", "npy").status == 2
    assert not (place / "o.csv").exists()


def test_all_fitting_axes_are_named(xent, place) -> None:
    np.save(place / "c.npy", np.zeros((3, 3, 3), np.float32))
    np.save(place / "cy.npy", np.zeros((3, 3), np.int64))
    run = xent("loss", place / "c.npy", place / "cy.npy")
    assert "--class-dim 0 or --class-dim 1 or --class-dim 2" in run.stderr


def test_binary_does_not_go_to_a_terminal(terminal, place) -> None:
    shown, status = terminal("xent cat x.npy -o -", cwd=place)
    assert status == 2
    assert "stdout is a terminal" in shown


def test_a_name_does_not_command_the_terminal(xent, place) -> None:
    run = xent("show", place / "no\x1b]\nsuch.npy")
    assert run.status == 4
    assert "\x1b" not in run.stderr
    assert run.stderr.splitlines()[0].endswith("no\\x1b]\\nsuch.npy: no such file")


@pytest.mark.parametrize(
    "line",
    [
        "cat x.npy -o out.npy",
        "cat t.csv -o out.csv",
        "cat x.npy -o out.csv",
        "stack x.npy -o out.npz",
        "convert x.npy out.safetensors",
        "convert x.npy out.npy.gz",
        "activate softmax x.npy -o out.npy",
        "grad x.npy y.npy -o out.npy",
        "loss x.npy y.npy -o out.npy",
        "loss x.npy y.npy --reduction none -o out.npy",
        "split x.npy --size 6 -o out.npy",
    ],
)
def test_lost_hard_links_are_told(line: str, xent, place, monkeypatch) -> None:
    np.savetxt(place / "t.csv", X, delimiter=",")
    out = place / next(word for word in line.split() if word.startswith("out"))
    words = [
        place / word if (place / word).exists() or word == out.name else word
        for word in line.split()
    ]
    out.write_bytes(b"old")
    (place / "other").hardlink_to(out)
    run = xent(*words, "-f", "json")
    assert run.status == 0, run.stderr
    told = [f"{out}: the file had 2 names (hard links), and this one alone has the new content"]
    assert run.json["notes"][-1:] == told
    assert run.stderr.endswith(f"xent: note: {told[0]}\n")
    assert (place / "other").read_bytes() == b"old"


def test_split_tells_what_was_there_before(xent, place, monkeypatch) -> None:
    words = ("split", place / "x.npy", "-o", place / "p-{}.npy", "--size")
    for number in ("01", "x", "7.npy.bak"):
        (place / f"p-{number}.npy").write_bytes(b"no piece")
    assert xent(*words, "1").stderr == ""
    lines = xent(*words, "3").stderr.splitlines()
    assert lines == [
        f"xent: note: replaced: {place}/p-0.npy and {place}/p-1.npy",
        f"xent: note: from before: {place}/p-2.npy to {place}/p-5.npy (4 files); "
        "a glob would join them with the pieces",
    ]
    whole = ("split", place / "x.npy", "--size", "6", "-o", place / "p-0.npy")
    assert xent(*whole).stderr == ""  # -o replaces the file that it names


def test_an_input_is_no_piece_from_before(xent, place) -> None:
    (place / "x.npy").rename(place / "p-9.npy")
    run = xent("split", place / "p-9.npy", "--size", "3", "-o", place / "p-{}.npy")
    assert (run.status, run.stderr) == (0, "")


def test_split_that_ends_early_tells_which_pieces_are_new(xent, place) -> None:
    for number in (0, 2):
        (place / f"p-{number}.npy").write_bytes(b"old")
    (place / "p-1.npy").symlink_to(place / "none" / "p-1.npy")
    run = xent("split", place / "x.npy", "--size", "2", "-o", place / "p-{}.npy")
    assert run.status == 4
    note, error = run.stderr.splitlines()
    assert note == (f"xent: note: 1 of 3 pieces new: {place}/p-0.npy; from before: {place}/p-2.npy")
    assert error.startswith(f"xent: error: {place}/p-1.npy: cannot be written")
