"""Options that are declared once: the fields they fill, and words refused before anything opens."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xent_cli.arrays.base import ReadOptions
from xent_cli.commands.loss_options import LossOptions, PairOptions
from xent_cli.commands.options import ArrayOutput, Reading
from xent_cli.passes.request import Destination, LossRequest

LINES = {
    "loss": ["loss", "none.npy", "labels.npy"],
    "grad": ["grad", "none.npy", "labels.npy"],
    "cat": ["cat", "none.npy"],
    "stack": ["stack", "none.npy"],
    "split": ["split", "none.npy", "--size", "2"],
    "chunk": ["chunk", "none.npy", "--chunks", "2"],
    "activate": ["activate", "softmax", "none.npy"],
    "convert": ["convert", "none.npy", "x.npy"],
    "show": ["show", "none.npy"],
}
"""Lines that name no file that is there."""
OF_ARRAYS = ("grad", "cat", "stack", "activate", "convert")


@pytest.mark.parametrize("command", LINES)
def test_an_unknown_format_is_told_before_a_file_is_opened(xent, command: str) -> None:
    run = xent(*LINES[command], "-f", "jsno")
    assert (run.status, run.text) == (2, "")
    first = "auto, npy, csv, tsv, table" if command in OF_ARRAYS else "auto, table, plain"
    error = f"xent: error: unknown format 'jsno': expected one of {first}, "
    assert run.stderr.startswith(error)
    assert run.stderr.endswith("\nhint: did you mean json?\n")


@pytest.mark.parametrize("command", ["grad", "cat", "stack", "activate"])
@pytest.mark.parametrize(
    ("target", "status", "words"),
    [("x.foo", 2, "names no format"), ("nodir/x.npy", 4, "nodir")],
)
def test_a_target_is_refused_before_a_file_is_opened(
    xent, command: str, target: str, status: int, words: str
) -> None:
    run = xent(*LINES[command], "-o", target)
    assert run.status == status
    assert words in run.stderr
    assert "none.npy" not in run.stderr


@pytest.mark.parametrize("option", [["-f", "jsno"], ["-o", "x.foo"]])
def test_a_pipe_is_not_waited_for(program, tmp_path: Path, option: list[str]) -> None:
    os.mkfifo(tmp_path / "logits.npy")  # opening it waits for a writer, and none comes
    for command in ("loss", "grad"):
        run = program(command, tmp_path / "logits.npy", tmp_path / "logits.npy", *option)
        assert run.status == 2


def test_reading_options_say_nothing_of_their_own() -> None:
    assert Reading().options() == ReadOptions()
    assert Reading(raw="f4", shape="2,3").options() == ReadOptions(raw="f4", shape=(2, 3))


def test_loss_options_say_nothing_of_their_own() -> None:
    request = LossOptions("x.npy", param=["a-b=1"], pair=PairOptions(label_col="y")).request(
        out="loss.npy"
    )
    assert set(request.options.values()) == {None}
    expected = LossRequest(
        "x.npy",
        options=request.options,
        params={"a_b": "1"},
        out="loss.npy",
        read=ReadOptions(label_col="y"),
    )
    assert request == expected


@pytest.mark.parametrize(
    ("out", "format", "destination"),
    [
        (None, "auto", Destination("-")),
        (None, "csv", Destination("-", "csv")),
        (None, "json", None),
        ("x.npy", "json", Destination("x.npy")),
        ("x", "npy", Destination("x", "npy")),
    ],
)
def test_where_an_array_goes_that_leaves_by_a_pipe(
    out: str | None, format: str, destination: Destination | None
) -> None:
    assert ArrayOutput(out, format).destination() == destination


@pytest.mark.parametrize("options", ["-k nll --kind softmax-ce", "--unit bits --unit nats"])
def test_an_option_is_said_once(options: str, xent) -> None:
    run = xent("loss", "samples/logits.npy", "samples/labels.npy", *options.split())
    assert run.status == 2
    assert run.stderr.startswith(
        f"xent: error: --{'kind' if 'nll' in options else 'unit'} is given twice"
    )
    assert xent("loss", "samples/logits.npy", "samples/labels.npy", "-q", "-q").status == 0
