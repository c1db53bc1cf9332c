"""A word that is nearly right is answered with the right one."""

from __future__ import annotations

import re

import hints
import numpy as np
import pytest
from conftest import Run

from xent_cli.errors import did_you_mean

LOSS = ["loss", "samples/logits.npy", "samples/labels.npy"]
CAT = ["cat", "samples/a.npy", "samples/b.npy"]


@pytest.mark.parametrize(
    ("argv", "close"),
    [
        (["los"], "loss"),
        ([*LOSS, "--redction", "sum"], "--reduction"),
        ([*LOSS, "-k", "softmaxce"], "softmax-ce"),
        ([*LOSS, "-k", "CrossEntropyLoss"], "torch.nn.CrossEntropyLoss"),
        ([*LOSS, "--reduction", "means"], "mean"),
        ([*LOSS, "-k", "torch.nn.CrossEntropyLoss", "-p", "reduction=men"], "mean"),
        ([*LOSS, "--unit", "bit"], "bits"),
        ([*LOSS, "--precision", "dubble"], "double"),
        ([*LOSS, "--input", "log_probs"], "log-probs"),
        ([*LOSS, "--engine", "thread"], "threads"),
        ([*LOSS, "-p", "z_los=1"], "z_loss"),
        ([*LOSS, "-f", "jsn"], "json"),
        ([*CAT, "--promote", "tourch"], "torch"),
        ([*CAT, "--dtype", "flot32"], "float32"),
        ([*CAT, "-f", "tabel"], "table"),
        (["activate", "softmx", "samples/logits.npy"], "softmax"),
    ],
)
def test_the_word_that_was_meant(xent, argv, close) -> None:
    run = xent(*argv)
    assert (run.status, run.text) == (2, "")
    *_, advice = run.stderr.split(
        "hint: did you mean" if "hint: did" in run.stderr else "(Possible"
    )
    assert close in advice


def test_the_closest_comes_first_and_nothing_is_made_up() -> None:
    assert did_you_mean("sums", ("mean", "sum", "none")) == "did you mean sum?"
    assert did_you_mean("NUMPY", ("torch", "numpy")) == "did you mean numpy?"
    assert did_you_mean("xyzzy", ("mean", "sum", "none")) is None
    assert did_you_mean(2, (0, 1)) is None


def test_whole_numbers_as_targets_are_converted_by_the_hint(xent, tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 2)))
    np.save(tmp_path / "y.npy", np.eye(2, dtype=np.uint8))
    loss = ("loss", tmp_path / "x.npy", tmp_path / "y.npy", "-k", "torch.nn.BCEWithLogitsLoss")
    run = xent(*loss)
    assert run.status == 3
    advice = re.search(r"hint: xent (convert .*) stores them so\n", run.stderr)
    assert advice is not None, run.stderr
    assert xent(*advice[1].replace("FILE", str(tmp_path / "z")).split()).status == 0
    assert xent(*loss[:2], tmp_path / "z.npy", *loss[3:]).number == pytest.approx(np.log(2))


ERROR = "xent: error: x.csv: {}\nhint: {}\n"
LINE = ["loss", "x.csv", "y.csv"]


@pytest.mark.parametrize(
    ("hint", "after", "is_right"),
    [
        # It works, leads on, and explains what is given already.
        ("--label-base 1 counts from 1", {"--label-base 1": ""}, True),
        ("--label-base 1 counts from 1", {"--label-base 1": ("other", "x")}, True),
        (
            "--header reads names",
            {"--header": ("other", "--na nan:x"), "--header --na nan:x": ""},
            True,
        ),
        ("--kind NAME names one", {}, True),
        ("xent convert x.csv FILE.npy --dtype float32", {}, True),
        ("for 100 rows: --raw f4 --shape 2,3", {"--raw f4 --shape 2,3": ""}, True),
        # It changes nothing, goes in a circle, breaks; one of two ways is enough.
        ("--label-base 1 counts from 1", {}, False),
        (
            "--label-base 1",
            {"--label-base 1": ("other", "--label-base 0"), "--label-base 0": ("first", "x")},
            False,
        ),
        ("--header reads names", {"--header": ("xent itself failed", "x")}, False),
        ("--header reads names, --no-header reads data", {"--header": ""}, False),
        ("--na nan:'?', or --decimal ,", {"--na nan:?": "", "--decimal ,": ""}, True),
        ("--na nan:'?', or --decimal ,", {"--na nan:?": ""}, False),
    ],
)
def test_hints_are_followed(hint: str, after: dict, is_right: bool, monkeypatch) -> None:
    monkeypatch.setattr(hints, "_FOLLOWED", set())
    first = Run(b"", ERROR.format("first", hint), 3)

    def run(*argv: str) -> Run:
        told = after.get(" ".join(argv[len(LINE) :]), ("first", hint))
        if argv == tuple(LINE):
            return first
        return Run(b"", ERROR.format(*told), 3) if told else Run(b"1.5", "", 0)

    problems = list(hints.follow(run, LINE, first))
    assert (problems == []) == is_right
    assert list(hints.follow(run, LINE, first)) == []  # each is followed once


def test_ways_in_notes_are_followed(monkeypatch) -> None:
    monkeypatch.setattr(hints, "_FOLLOWED", set())
    note = "xent: note: x.csv: column 1 is set aside (--index none reads it)\n"

    failing = ERROR.format("xent itself failed", "x")

    def fails(*argv: str) -> Run:
        return Run(b"1", note, 0) if len(argv) == len(LINE) else Run(b"", failing, 4)

    assert len(list(hints.follow(fails, LINE, Run(b"1", note, 0)))) == 1
