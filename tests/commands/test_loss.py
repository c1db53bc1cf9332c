"""`xent loss` as users call it."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from stalled import Stalled

LOGITS, LABELS = "samples/logits.npy", "samples/labels.npy"
MEAN = 0.15502271082202618  # torch 2.13.0, float64


def test_a_pipe_gets_the_bare_number(xent) -> None:
    run = xent("loss", LOGITS, LABELS)
    assert run.status == 0
    assert run.stderr == ""
    assert run.text.count("\n") == 1
    assert abs(run.number - MEAN) < 1e-7
    assert run.text.strip() == repr(run.number)


def test_csv_and_npy_agree(xent) -> None:
    from_npy = xent("loss", LOGITS, LABELS, "--precision", "double")
    from_csv = xent("loss", "samples/logits.csv", "samples/labels.csv")
    assert from_csv.text == from_npy.text
    assert "column names" in from_csv.stderr


@pytest.mark.parametrize(
    ("kind", "logits", "labels", "extra"),
    [
        ("softmax-ce", "logits", "labels", []),
        ("softmax-ce", "logits", "onehot", []),
        ("softmax-ce", "log-probs", "labels", ["--input", "log-probs"]),
        ("softmax-ce", "probs", "labels", ["--input", "probs"]),
        ("sparse", "logits", "labels", []),
        ("nll", "log-probs", "labels", []),
    ],
)
@pytest.mark.parametrize("suffix", [".npy", ".csv"])
def test_every_way_to_the_same_number(xent, kind, logits, labels, extra, suffix) -> None:
    run = xent("loss", f"samples/{logits}{suffix}", f"samples/{labels}{suffix}", "-k", kind, *extra)
    assert run.status == 0
    assert abs(run.number - MEAN) < 1e-5


@pytest.mark.parametrize("suffix", [".npy", ".csv"])
def test_tags(xent, suffix) -> None:
    files = (f"samples/tags-logits{suffix}", f"samples/tags{suffix}")
    plain = xent("loss", *files, "-k", "sigmoid-bce").number
    ones = xent("loss", *files, "-k", "weighted", "--pos-weight", "1").number
    weighted = xent(
        "loss", *files, "-k", "weighted", "--pos-weight", f"samples/tags-pos-weight{suffix}"
    ).number
    assert abs(plain - ones) < 1e-7
    x, t, w = (
        np.load(f"samples/{name}.npy") for name in ("tags-logits", "tags", "tags-pos-weight")
    )
    x = x.astype(float)
    exact = w * t * np.logaddexp(0, -x) + (1 - t) * np.logaddexp(0, x)
    assert weighted == pytest.approx(exact.mean(), rel=1e-6)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_jobs_blocks_engines_and_layouts_do_not_change_a_bit(xent, tmp_path, reduction) -> None:
    x = np.load(LOGITS)[:300] * np.float32(7)
    labels = tmp_path / "y.npy"
    np.save(labels, np.load(LABELS)[:300])
    np.save(tmp_path / "f.npy", np.asfortranarray(x))
    np.save(tmp_path / "big.npy", x.astype(">f4"))
    np.save(tmp_path / "c.npy", x)
    seen = set()
    for name, jobs, block in itertools.product(("c", "f", "big"), (1, 2, 5), (1, 777, 10**6)):
        run = xent(
            "loss", tmp_path / f"{name}.npy", labels, "--reduction", reduction,
            "-j", jobs, "--block-elements", block, "--weight", "1,2,3,4,5,6,7,8,9,10",
        )  # fmt: skip
        seen.add(run.stdout)
    seen.add(
        xent(
            "loss", tmp_path / "c.npy", labels, "--reduction", reduction, "--engine", "serial",
            "--weight", "1,2,3,4,5,6,7,8,9,10",
        ).stdout
    )  # fmt: skip
    assert len(seen) == 1


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_class_axis_may_be_anywhere(xent, tmp_path, axis, order) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((4, 6, 5)).astype(np.float32), rng.integers(0, 5, (4, 6))
    np.save(tmp_path / "flat.npy", x.reshape(24, 5))
    np.save(tmp_path / "flat-y.npy", y.reshape(24))
    np.save(tmp_path / "y.npy", y)
    np.save(tmp_path / "x.npy", np.asarray(np.moveaxis(x, 2, axis), order=order))
    expected = xent("loss", tmp_path / "flat.npy", tmp_path / "flat-y.npy", "--reduction", "none")
    for block in (1, 10, 1000):
        run = xent(
            "loss", tmp_path / "x.npy", tmp_path / "y.npy", "--reduction", "none",
            "--block-elements", block,
        )  # fmt: skip
        assert run.text == expected.text


def test_none_prints_one_value_a_row_and_writes_an_array(xent, tmp_path) -> None:
    values = xent("loss", LOGITS, LABELS, "--reduction", "none")
    assert len(values.text.splitlines()) == 1797
    run = xent("loss", LOGITS, LABELS, "--reduction", "none", "-o", tmp_path / "rows.npy")
    assert run.text == ""
    rows = np.load(tmp_path / "rows.npy")
    assert rows.dtype == np.float64
    assert [repr(v) for v in rows.tolist()] == values.text.splitlines()


def test_out_holds_the_loss_as_a_scalar(xent, tmp_path) -> None:
    run = xent("loss", LOGITS, LABELS, "-o", tmp_path / "loss.npy")
    assert np.load(tmp_path / "loss.npy").shape == ()
    assert float(np.load(tmp_path / "loss.npy")) == run.number


def test_json_is_strict_and_tells_how_the_number_came_about(xent) -> None:
    found = xent("loss", LOGITS, LABELS, "-f", "json").json
    assert found["schema"] == 1
    assert found["rows"] == 1797
    assert found["denominator"] == 1797.0
    # The mean is rounded once, from the exact quotient; the numerator has been rounded already.
    assert found["loss"] == pytest.approx(found["numerator"] / found["denominator"], rel=1e-15)
    assert found["inputs"]["logits"]["shape"] == [1797, 10]
    assert found["signature"].startswith("xent|kind:softmax-ce|red:mean|")


def test_nan_is_a_string_in_json(xent, tmp_path) -> None:
    np.save(tmp_path / "y.npy", np.full(3, -100))
    run = xent("loss", "samples/tiny-logits.npy", tmp_path / "y.npy", "-f", "json")
    assert run.status == 0
    assert run.json["loss"] == "nan"
    assert run.json["ignored"] == 3
    assert "all 3 rows are ignored" in run.stderr
    assert xent("loss", "samples/tiny-logits.npy", tmp_path / "y.npy").text == "nan\n"
    strict = xent("loss", "samples/tiny-logits.npy", tmp_path / "y.npy", "--strict")
    assert (strict.status, strict.text) == (3, "")


@pytest.mark.parametrize("unit", ["nats", "bits"])
def test_units(xent, unit) -> None:
    found = xent("loss", LOGITS, LABELS, "--unit", unit, "-f", "json").json
    scale = {"nats": 1.0, "bits": np.log(2)}[unit]
    assert found["loss"] == pytest.approx(MEAN / scale, rel=1e-6)
    assert found["perplexity"] == pytest.approx(np.exp(MEAN), rel=1e-6)
    assert found["rows"] == 1797


def test_class_weights_from_a_list_a_file_and_yaml_by_name(xent, tmp_path) -> None:
    weights = [1.0153, 1.0841, 1.0506, 1.0508, 1.0327, 1.0669, 1.0325, 1.0382, 1.2051, 1.0928]
    np.save(tmp_path / "w.npy", np.array(weights))
    (tmp_path / "w.csv").write_text("\n".join(map(str, weights)) + "\n")
    sources = [
        ",".join(map(str, weights)),
        tmp_path / "w.npy",
        tmp_path / "w.csv",
        "samples/class-weights.yaml",
    ]
    numbers = {xent("loss", "samples/logits.csv", LABELS, "--weight", w).text for w in sources}
    assert len(numbers) == 1
    assert numbers != {xent("loss", "samples/logits.csv", LABELS).text}


def test_sample_weights(xent, tmp_path) -> None:
    rng = np.random.default_rng(1)
    weights = rng.random(1797) * rng.integers(0, 2, 1797)
    np.save(tmp_path / "s.npy", weights)
    rows = xent("loss", LOGITS, LABELS, "--reduction", "none", "--precision", "double")
    losses = np.array(rows.text.split(), dtype=float)
    run = xent(
        "loss", LOGITS, LABELS, "--sample-weight", tmp_path / "s.npy", "--precision", "double"
    )
    assert run.number == pytest.approx((weights * losses).sum() / weights.sum(), rel=1e-13)


def test_empty_and_single_inputs(xent, tmp_path) -> None:
    np.save(tmp_path / "x0.npy", np.zeros((0, 4), np.float32))
    np.save(tmp_path / "y0.npy", np.zeros(0, np.int64))
    run = xent("loss", tmp_path / "x0.npy", tmp_path / "y0.npy")
    assert (run.status, run.text) == (0, "nan\n")
    assert "no rows" in run.stderr
    assert (
        xent("loss", tmp_path / "x0.npy", tmp_path / "y0.npy", "--reduction", "sum").text == "0.0\n"
    )
    assert xent("loss", tmp_path / "x0.npy", tmp_path / "y0.npy", "--reduction", "none").text == ""
    np.save(tmp_path / "x1.npy", np.zeros(4, np.float32))
    np.save(tmp_path / "y1.npy", np.int64(2))
    assert xent("loss", tmp_path / "x1.npy", tmp_path / "y1.npy").number == pytest.approx(np.log(4))


@pytest.mark.parametrize(
    ("argv", "status", "words"),
    [
        (["loss", "samples/nosuch.npy", LABELS], 4, "nosuch.npy"),
        (["loss", "samples/logit.npy", LABELS], 4, "logits.npy"),
        (["loss", LABELS, LOGITS], 3, "swap"),
        (["loss", LOGITS, "samples/tiny-labels.npy"], 3, "1797 rows of logits but 3 labels"),
        (["loss", LOGITS, LABELS, "--label-base", "1"], 3, "row 0 has label 0"),
        (["loss", LOGITS, LABELS, "-k", "softmax"], 2, "did you mean softmax-ce"),
        (["loss", LOGITS, LABELS, "-k", "weighted"], 3, "one target for each logit"),
        (
            ["loss", "samples/tags-logits.npy", "samples/tags.npy", "-k", "weighted"],
            2,
            "--pos-weight",
        ),
        (["loss", LOGITS, LABELS, "--weight", "1,2"], 2, "expected 10 numbers"),
        (["loss", LOGITS, LABELS, "--weight", "samples/tiny-labels.npy"], 3, "expected 10 numbers"),
        (["loss", LOGITS, LABELS, "--weight", "samples/class-weights.yaml"], 3, "header"),
        (["loss", LOGITS, LABELS, "--label-smoothing", "1.5"], 2, "from 0 to 1"),
        (["loss", LOGITS, LABELS, "--pos-weight", "2"], 2, "does not take --pos-weight"),
        (["loss", LOGITS, LABELS, "--reduction", "average"], 2, "mean, sum, none"),
        (["loss", LOGITS, LABELS, "-f", "jsno"], 2, "json"),
        (["loss", LOGITS, LABELS, "--jobs", "0"], 2, "at least 1"),
        (["loss", LOGITS, LABELS, "--class-dim", "5"], 2, "--class-dim 5 does not exist"),
        (["loss", LOGITS, "samples/onehot.npy", "--ignore-index", "3"], 2, "dense targets"),
        (
            ["loss", LOGITS, LABELS, "-p", "weight=1,2,3,4,5,6,7,8,9,10", "--weight", "1"],
            2,
            "twice",
        ),
        (["loss", LOGITS, LABELS, "-p", "gamma=2"], 2, "no parameter 'gamma'"),
        (["loss", LOGITS, LABELS, "-p", "gamma"], 2, "NAME=VALUE"),
        (["loss", "-", "-"], 2, "stdin"),
        (["loss", LOGITS], 2, "LABELS"),
        (["loss", LOGITS, LABELS, "--nosuch"], 2, "--nosuch"),
        (["los", LOGITS, LABELS], 2, "loss"),
        (["loss", LOGITS, LABELS, "-o", LOGITS], 2, "input"),
        (["loss", LOGITS, LABELS, "-o", "samples"], 2, "directory"),
        (["loss", LOGITS, "README.md"], 3, "README.md"),
    ],
)
def test_wrong_input_gives_one_line_and_a_hint(xent, argv, status, words) -> None:
    run = xent(*argv)
    assert run.status == status
    assert run.text == ""
    lines = run.stderr.splitlines()
    assert lines[0].startswith("xent: error: ")
    assert len(lines) <= 2
    assert len(lines) == 1 or lines[1].startswith("hint: ")
    assert words in run.stderr


def _bash(script: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    prelude = f'set -euo pipefail; xent() {{ "{sys.executable}" -P -m xent_cli "$@"; }}; '
    return subprocess.run(
        ["bash", "-c", prelude + script],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(("suffix", "dim"), [("npy", "1"), ("csv", "-1")])
def test_in_a_script(suffix, dim) -> None:
    done = _bash(
        f"""
        joined=$(xent cat samples/a.{suffix} samples/b.{suffix} --dim {dim} | xent -q loss - samples/labels.{suffix} 2>/dev/null ||
                 xent cat samples/a.{suffix} samples/b.{suffix} --dim {dim} -q | xent loss - samples/labels.{suffix} -q)
        whole=$(xent loss samples/logits.{suffix} samples/labels.{suffix} -q)
        test "$joined" = "$whole"
        awk -v loss="$whole" 'BEGIN {{ exit !(loss < 0.2) }}'
        echo "$whole"
        """,
        ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert abs(float(done.stdout) - MEAN) < 1e-7


@pytest.mark.parametrize(
    ("script", "status", "words"),
    [
        (
            "xent loss samples/logits.npy samples/labels.npy --reduction none | head -1 >/dev/null",
            {0, 141},
            "",
        ),
        ("xent loss samples/logits.npy samples/labels.npy --reduction none | :", {141, 0}, ""),
        ("xent loss samples/logits.npy samples/labels.npy > /dev/full", {4}, "No space left"),
        ("xent cat samples/a.npy samples/b.npy --dim 1 > /dev/full", {4}, "No space left"),
        ("xent loss samples/logits.npy samples/labels.npy >&-", {4}, "stdout"),
        ("xent cat samples/a.npy samples/b.npy --dim 1 >&-", {4}, "stdout"),
        ("xent show samples/logits.npy > /dev/full", {4}, "No space left"),
        ("xent loss <(cat samples/logits.npy) <(cat samples/labels.csv) >/dev/null", {0}, ""),
        ("xent loss - samples/labels.npy < samples/logits.npy >/dev/null", {0}, ""),
        ("head -c 5000 samples/logits.npy | xent loss - samples/labels.npy", {3}, "stdin"),
        (
            "cat samples/logits.npy samples/logits.npy | xent loss - samples/labels.npy",
            {3},
            "stdin",
        ),
        (": | xent loss - samples/labels.npy", {3}, "stdin"),
    ],
)
def test_pipes_and_full_disks(script, status, words) -> None:
    done = _bash(script, ROOT)
    assert done.returncode in status
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2


def test_a_reader_that_goes_away_is_told_of_by_141(tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((200_000, 2), np.float32))
    np.save(tmp_path / "y.npy", np.zeros(200_000, np.int64))
    done = _bash("xent loss x.npy y.npy --reduction none | head -1", tmp_path)
    assert done.returncode == 141
    assert done.stderr == ""
    assert done.stdout.startswith("0.693147")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_the_program_and_leave_nothing_behind(tmp_path, number, status) -> None:
    (tmp_path / "joined.npy").write_bytes(b"old")
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000,), }\n"
    feed = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with Stalled(["cat", "pipe", "-o", "joined.npy"], tmp_path, feed) as stalled:
        code, stderr = stalled.end(number)
    assert code == status
    assert "Traceback" not in stderr
    assert (tmp_path / "joined.npy").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["joined.npy", "pipe"]


PEOPLE = "\n".join(
    ["who;ant;bee;cat;seen", "r1;0,5;1,5;-2;bee", "r2;3,5;;0,25;ant", "r3;1;2;3;cat", ""]
)


def test_one_file_of_people(xent, tmp_path) -> None:
    (tmp_path / "all.csv").write_text(PEOPLE)
    np.save(tmp_path / "x.npy", np.array([[0.5, 1.5, -2], [1, 2, 3]]))
    np.save(tmp_path / "y.npy", np.array([1, 2]))
    expected = xent("loss", tmp_path / "x.npy", tmp_path / "y.npy").number
    options = ["--decimal", ",", "--cols", "2-4", "--label-col", "seen", "--na", "skip"]
    run = xent("loss", tmp_path / "all.csv", *options)
    assert run.number == expected
    assert "columns 2, 3, 4 (ant, bee, cat), the labels of column 5 (seen)" in run.stderr
    assert "1 row with empty cells left out" in run.stderr
    run = xent("loss", tmp_path / "all.csv", *options[:-2])
    assert run.status == 3
    assert "all.csv:3:3: the cell is empty" in run.stderr
    assert "--na nan" in run.stderr
    assert xent("loss", tmp_path / "all.csv", *options[:-1], "0").status == 2


def test_labels_named_in_a_file(xent, tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.array([[0.5, 1.5], [1, 2]]))
    (tmp_path / "y.txt").write_text("dog\nbig cat\n")
    (tmp_path / "c.yaml").write_text("0: dog\n1: big cat\n")
    np.save(tmp_path / "y.npy", np.array([0, 1]))
    expected = xent("loss", tmp_path / "x.npy", tmp_path / "y.npy").number
    given = ["loss", tmp_path / "x.npy", tmp_path / "y.txt"]
    assert xent(*given, "--classes", tmp_path / "c.yaml").number == expected
    run = xent(*given, "--classes", tmp_path / "none.yaml")
    assert run.status == 4
    run = xent(*given, "--no-header")
    assert run.status == 3
    assert "--classes FILE.yaml" in run.stderr
    run = xent(*given, "--classes", tmp_path / "c.yaml", "--label-base", "1")
    assert run.status == 3


def test_a_parameter_given_twice_is_refused(xent) -> None:
    argv = ["loss", "samples/logits.npy", "samples/labels.npy", "-p", "z_loss=1", "-p", "z-loss=2"]
    run = xent(*argv)
    assert (run.status, run.text) == (2, "")
    assert "-p z_loss is given twice: 1 and 2" in run.stderr


@pytest.mark.parametrize(
    ("argv", "status", "words"),
    [
        (["-o", "x.foo"], 2, "x.foo: the suffix names no format"),
        (["-o", "nodir/x.npy"], 4, "nodir"),
        (["-f", "plain", "--metrics", "accuracy"], 2, "--metrics: plain output is the loss alone"),
        (["-f", "plain", "--bounds"], 2, "--bounds: plain output is the loss alone"),
        (["-o", "-", "--metrics", "accuracy"], 2, "--metrics: -o - output is the loss alone"),
        (
            ["-f", "csv", "--metrics", "accuracy", "--reduction", "none"],
            2,
            "--metrics: csv output is the losses alone",
        ),
        (
            ["-f", "csv", "--metrics", "accuracy", "-k", "optax.softmax_cross_entropy"],
            2,
            "--metrics: csv output is the losses alone",
        ),
        (["-f", "json", "--metrics", "acuracy"], 2, "there is no metric 'acuracy'"),
    ],
)
def test_what_an_output_cannot_show_is_told_before_a_file_is_opened(
    xent, argv, status, words
) -> None:
    run = xent("loss", "none.npy", "labels.npy", *argv)
    assert (run.status, run.text) == (status, "")
    assert words in run.stderr
