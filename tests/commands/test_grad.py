"""`xent grad` as users call it."""

from __future__ import annotations

import gzip
import io
import itertools
import os
from pathlib import Path

import numpy as np
import pytest

LOGITS, LABELS = "samples/logits.npy", "samples/labels.npy"
WEIGHT = "1,2,3,4,5,6,7,8,9,10"


def softmax_minus_one_hot() -> np.ndarray:
    """The textbook gradient of the samples."""
    root = Path(__file__).parents[2]
    x, y = np.load(root / LOGITS).astype(float), np.load(root / LABELS)
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return p


def test_a_pipe_gets_the_array(xent) -> None:
    run = xent("grad", LOGITS, LABELS)
    assert (run.status, run.stderr) == (0, "")
    found = np.load(io.BytesIO(run.stdout))
    wanted = softmax_minus_one_hot() / 1797
    assert found.dtype == np.float32
    assert np.abs(found - wanted).max() < 1e-9


@pytest.mark.parametrize("reduction", ["sum", "none"])
def test_sum_and_none_are_not_divided(xent, reduction) -> None:
    run = xent("grad", LOGITS, LABELS, "--reduction", reduction, "--precision", "double")
    found = np.load(io.BytesIO(run.stdout))
    assert found.dtype == np.float64
    assert np.abs(found - softmax_minus_one_hot()).max() < 1e-14


def test_a_file_gets_the_same_bytes_and_nothing_is_printed(xent, tmp_path) -> None:
    piped = xent("grad", LOGITS, LABELS).stdout
    run = xent("grad", LOGITS, LABELS, "-o", tmp_path / "g.npy")
    assert (run.status, run.text, run.stderr) == (0, "", "")
    assert (tmp_path / "g.npy").read_bytes() == piped


def test_jobs_blocks_engines_and_layouts_do_not_change_a_bit(xent, tmp_path) -> None:
    x = np.load(LOGITS) * np.float32(7)
    np.save(tmp_path / "f.npy", np.asfortranarray(x))
    np.save(tmp_path / "big.npy", x.astype(">f4"))
    np.save(tmp_path / "c.npy", x)
    seen = set()
    for name, jobs, block in itertools.product(("c", "f", "big"), (1, 2, 5), (1000, 777, 10**6)):
        seen.add(
            xent(
                "grad", tmp_path / f"{name}.npy", LABELS, "-j", jobs, "--block-elements", block,
                "--weight", WEIGHT, "--label-smoothing", "0.1", "-p", "softcap=30",
            ).stdout
        )  # fmt: skip
    assert len(seen) == 1


@pytest.mark.parametrize("kind", ["sigmoid-bce", "sigmoid-focal", "soft-margin", "poisson-nll"])
def test_blocks_do_not_change_a_bit_of_elements(xent, tmp_path, kind) -> None:
    rng = np.random.default_rng(3)
    np.save(tmp_path / "x.npy", rng.normal(0, 3, (97, 31)).astype(np.float32))
    labels = rng.integers(0, 2, (97, 31)) * (2 if kind == "soft-margin" else 1)
    np.save(tmp_path / "t.npy", labels - (kind == "soft-margin"))
    seen = {
        xent(
            "grad", tmp_path / "x.npy", tmp_path / "t.npy", "-k", kind, "-j", jobs,
            "--block-elements", block,
        ).stdout
        for jobs, block in itertools.product((1, 3), (31, 100, 10**6))
    }  # fmt: skip
    assert len(seen) == 1


def test_stdin_may_be_either_input(xent, piped, tmp_path) -> None:
    wanted = xent("grad", LOGITS, LABELS).stdout
    logits, labels = Path(LOGITS).read_bytes(), Path(LABELS).read_bytes()
    assert piped(logits, "grad", "-", LABELS, "-q").stdout == wanted
    assert piped(labels, "grad", LOGITS, "-", "-q").stdout == wanted
    np.save(tmp_path / "f.npy", np.asfortranarray(np.load(LOGITS)))
    fortran = (tmp_path / "f.npy").read_bytes()
    assert piped(fortran, "grad", "-", LABELS, "-q").stdout == wanted


def test_text_gives_text(xent) -> None:
    run = xent("grad", "samples/logits.csv", "samples/labels.csv", "-q")
    lines = run.text.splitlines()
    assert lines[0] == Path("samples/logits.csv").read_text().partition("\n")[0]
    first = [float(cell) for cell in lines[1].split(",")]
    assert np.allclose(first, softmax_minus_one_hot()[0] / 1797, rtol=1e-4)


def test_half_precision_and_integers_give_float32(xent, tmp_path) -> None:
    np.save(tmp_path / "y.npy", np.array([0]))
    for dtype in (np.float16, np.int8):
        np.save(tmp_path / "x.npy", np.zeros((1, 2), dtype))
        found = np.load(io.BytesIO(xent("grad", tmp_path / "x.npy", tmp_path / "y.npy").stdout))
        assert found.dtype == np.float32
        assert found.tolist() == [[-0.5, 0.5]]


def test_a_kind_without_labels(xent) -> None:
    found = np.load(io.BytesIO(xent("grad", LOGITS, "-k", "entropy").stdout))
    assert found.shape == (1797, 10)
    assert np.abs(found.sum(axis=1)).max() < 1e-8


def test_options_of_a_framework(xent, tmp_path) -> None:
    own = xent("grad", LOGITS, LABELS, "--weight", WEIGHT, "--ignore-index", "3").stdout
    torch = xent(
        "grad", LOGITS, LABELS, "-k", "torch.nn.CrossEntropyLoss", "-p", f"weight={WEIGHT}",
        "-p", "ignore_index=3",
    ).stdout  # fmt: skip
    assert own == torch
    found = np.load(io.BytesIO(own))
    assert (found[np.load(LABELS) == 3] == 0).all()


def test_a_terminal_gets_shapes_and_values(terminal) -> None:
    text, status = terminal(f"python -m xent_cli grad {LOGITS} {LABELS} --reduction none")
    assert status == 0
    words = " ".join(text.split())
    assert "kind softmax-ce" in words
    assert "gradient of the sum of all losses" in words
    assert "grad: (1797 x 10) + (1797) -> (1797 x 10)" in words


def test_json_has_the_loss_and_what_it_was_divided_by(xent) -> None:
    document = xent("grad", LOGITS, LABELS, "-f", "json").json
    assert document["command"] == "grad"
    assert document["loss"] == xent("loss", LOGITS, LABELS).number
    assert document["divided_by"] == 1797
    assert document["gradient_of"] == "their mean"
    assert document["outputs"][0]["shape"] == [1797, 10]
    signature = xent("loss", LOGITS, LABELS, "-f", "json").json["signature"]
    assert document["signature"] == signature


def test_warnings_are_those_of_the_loss(xent, tmp_path) -> None:
    np.save(tmp_path / "y.npy", np.full(1797, -100))
    run = xent("grad", LOGITS, tmp_path / "y.npy")
    assert run.status == 0
    assert "all 1797 rows are ignored" in run.stderr
    assert not np.load(io.BytesIO(run.stdout)).any()
    assert xent("grad", LOGITS, tmp_path / "y.npy", "--strict").status == 3


@pytest.mark.parametrize(
    ("argv", "status", "words"),
    [
        ([LOGITS], 2, "needs LABELS"),
        ([LOGITS, LABELS, "-k", "softmax"], 2, "did you mean"),
        ([LOGITS, LABELS, "--reduction", "median"], 2, "--reduction of softmax-ce takes"),
        ([LOGITS, LABELS, "--pos-weight", "2"], 2, "does not take --pos-weight"),
        ([LOGITS, LABELS, "-p", "gamma"], 2, "-p takes NAME=VALUE"),
        ([LOGITS, "samples/tags.npy"], 3, "samples/tags.npy has shape"),
        ([LOGITS, "samples/none.npy"], 4, "no such file"),
        (["-", "-"], 2, "stdin (-) can be read only once"),
    ],
)
def test_refusals(xent, tmp_path, argv, status, words) -> None:
    target = tmp_path / "g.npy"
    run = xent("grad", *argv, "-o", target)
    assert (run.status, run.text) == (status, "")
    assert words in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_bad_label_leaves_the_old_file(xent, tmp_path) -> None:
    labels = np.load(LABELS)
    labels[1700] = 12
    np.save(tmp_path / "y.npy", labels)
    target = tmp_path / "g.npy"
    target.write_text("before")
    run = xent("grad", LOGITS, tmp_path / "y.npy", "-o", target, "--block-elements", "100")
    assert run.status == 3
    assert "row 1700 has label 12" in run.stderr
    assert target.read_text() == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"y.npy", "g.npy"}


def test_no_input_is_overwritten(xent, tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.load(LOGITS))
    np.save(tmp_path / "w.npy", np.ones(10))
    os.link(tmp_path / "w.npy", tmp_path / "again.npy")
    for out in ("x.npy", "again.npy"):
        run = xent(
            "grad", tmp_path / "x.npy", LABELS, "--weight", tmp_path / "w.npy", "-o", tmp_path / out
        )
        assert run.status == 2
        assert "would be overwritten" in run.stderr


@pytest.mark.parametrize("out", ["-", "g.npy.gz"])
def test_what_is_calculated_out_of_order_is_written_in_order(xent, tmp_path, out) -> None:
    rng = np.random.default_rng(2)
    np.save(tmp_path / "x.npy", rng.standard_normal((4, 5, 7)))
    np.save(tmp_path / "y.npy", rng.integers(0, 5, (4, 7)))
    command = ["grad", tmp_path / "x.npy", tmp_path / "y.npy", "-q", "-o"]
    whole = xent(*command, "-").stdout
    assert xent(*command, tmp_path / "g.npy", "--block-elements", 9).status == 0
    to = "-" if out == "-" else tmp_path / out
    run = xent(*command, to, "--block-elements", 9)
    assert (run.status, run.stderr) == (0, "")
    found = run.stdout if out == "-" else gzip.decompress((tmp_path / out).read_bytes())
    assert found == whole == (tmp_path / "g.npy").read_bytes()


def test_text_written_class_by_class(xent, tmp_path) -> None:
    np.savetxt(tmp_path / "x.csv", np.load(Path(__file__).parents[2] / LOGITS).T, delimiter=",")
    columns = ["grad", tmp_path / "x.csv", LABELS, "--class-dim", 0, "-q", "-o"]
    assert xent(*columns, tmp_path / "few.csv", "--block-elements", 50).status == 0
    assert xent(*columns, tmp_path / "all.csv").status == 0
    assert (tmp_path / "few.csv").read_text() == (tmp_path / "all.csv").read_text()


def test_an_infinite_weight_says_nothing_of_other_rows(program, tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((3, 2)))
    np.save(tmp_path / "y.npy", np.array([0, 1, 0]))
    run = program("grad", tmp_path / "x.npy", tmp_path / "y.npy", "--weight", "1,inf", "-o", "-")
    assert run.status == 0
    assert "RuntimeWarning" not in run.stderr
    assert np.array_equal(np.isnan(np.load(io.BytesIO(run.stdout))).all(axis=1), [0, 1, 0])
