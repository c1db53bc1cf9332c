"""`xent activate` as users call it."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
from conftest import ROOT

LOGITS, LABELS = "samples/logits.npy", "samples/labels.npy"
NAMES = ("softmax", "log-softmax", "sigmoid", "log-sigmoid")


def expected(name: str, x: np.ndarray, axis: int) -> np.ndarray:
    """Textbook formulas on float64, for moderate values."""
    x = x.astype(np.float64)
    if "softmax" in name:
        p = np.exp(x - x.max(axis=axis, keepdims=True))
        p /= p.sum(axis=axis, keepdims=True)
    else:
        p = 1 / (1 + np.exp(-x))
    return np.log(p) if name.startswith("log") else p


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("order", ["C", "F"])
def test_values_along_any_axis(xent, tmp_path, name, dim, order) -> None:
    x = np.random.default_rng(0).normal(0, 3, (4, 5, 6))
    np.save(tmp_path / "x.npy", np.asarray(x, order=order))
    run = xent("activate", name, tmp_path / "x.npy", "--dim", dim, "-o", tmp_path / "y.npy")
    assert (run.status, run.text) == (0, "")
    y = np.load(tmp_path / "y.npy")
    assert y.shape == x.shape
    assert np.allclose(y, expected(name, x, dim), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("given", "more", "wanted"),
    [
        ("float16", [], "float32"),
        ("float32", [], "float32"),
        ("int8", [], "float32"),
        ("float64", [], "float64"),
        ("int64", [], "float64"),
        ("float32", ["--precision", "double"], "float64"),
    ],
)
def test_dtype_of_the_output(xent, tmp_path, given, more, wanted) -> None:
    np.save(tmp_path / "x.npy", np.array([[1, 2], [3, -4]]).astype(given))
    run = xent("activate", "log-softmax", tmp_path / "x.npy", *more)
    y = np.load(io.BytesIO(run.stdout))
    assert y.dtype == wanted
    assert np.allclose(y, expected("log-softmax", np.array([[1, 2], [3, -4]]), 1), atol=5e-7)


def test_log_softmax_then_nll_is_softmax_ce(xent, tmp_path) -> None:
    """CrossEntropyLoss is log-softmax and NLLLoss."""
    xent_command = f"{sys.executable} -P -m xent_cli"
    for precision, tolerance in (("native", 1e-6), ("double", 1e-14)):
        line = (
            f"{xent_command} activate log-softmax {LOGITS} --precision {precision}"
            f" | {xent_command} loss - {LABELS} -k nll"
        )
        done = subprocess.run(
            line, shell=True, cwd=ROOT, capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        direct = xent("loss", LOGITS, LABELS, "--precision", precision).number
        assert float(done.stdout) == pytest.approx(direct, rel=tolerance)


def test_a_pipe_gives_the_same_bytes_as_a_file(xent, piped, tmp_path) -> None:
    x = np.random.default_rng(1).normal(size=(3, 4, 5)).astype(np.float32)
    for order, dim in product("CF", (0, 1, 2)):
        np.save(tmp_path / "x.npy", np.asarray(x, order=order))
        data = (tmp_path / "x.npy").read_bytes()
        from_file = xent("activate", "softmax", tmp_path / "x.npy", "--dim", dim)
        from_pipe = piped(data, "activate", "softmax", "-", "--dim", dim)
        assert from_file.status == from_pipe.status == 0
        assert from_file.stdout == from_pipe.stdout


def test_jobs_do_not_change_a_bit(xent, tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(2).normal(size=(3000, 1000)))
    seen = {
        xent("activate", "softmax", tmp_path / "x.npy", "-j", jobs).stdout for jobs in (1, 2, 3)
    }
    assert len(seen) == 1


def test_text_gives_text_with_its_columns(xent) -> None:
    run = xent("activate", "softmax", "samples/logits.csv", "-q")
    lines = run.text.splitlines()
    assert lines[0] == (ROOT / "samples/logits.csv").read_text().partition("\n")[0]
    first = [float(cell) for cell in lines[1].split(",")]
    assert sum(first) == pytest.approx(1, abs=1e-12)
    assert len(lines) == 1798


def test_a_terminal_gets_shapes_and_values(terminal) -> None:
    text, status = terminal("python -m xent_cli activate softmax samples/tiny-logits.npy")
    assert status == 0
    assert "softmax" in text
    assert "3 x 5" in text
    first = expected("softmax", np.load(ROOT / "samples/tiny-logits.npy"), -1)[0, 0]
    assert f"{first:.5f}" in text


def test_json(xent) -> None:
    document = xent("activate", "log-sigmoid", LOGITS, "-f", "json").json
    assert document["command"] == "activate"
    assert document["activation"] == "log-sigmoid"
    assert "dim" not in document
    assert document["outputs"][0]["dtype"] == "float32"
    assert xent("activate", "softmax", LOGITS, "-f", "json").json["dim"] == 1


def test_extremes(xent, tmp_path) -> None:
    inf = np.inf
    np.save(tmp_path / "x.npy", np.array([[1e4, -1e4], [-inf, 0.0], [-inf, -inf]]))
    p = np.load(io.BytesIO(xent("activate", "softmax", tmp_path / "x.npy").stdout))
    assert p[:2].tolist() == [[1, 0], [0, 1]]
    assert np.isnan(p[2]).all()
    s = np.load(io.BytesIO(xent("activate", "log-sigmoid", tmp_path / "x.npy").stdout))
    assert s.tolist() == [[0, -1e4], [-inf, -np.log(2)], [-inf, -inf]]


@pytest.mark.parametrize(
    ("argv", "status", "words"),
    [
        (["softmx", LOGITS], 2, "did you mean softmax or"),
        (["softmax", LOGITS, "--dim", "2"], 2, "--dim 2 does not exist: samples/logits.npy"),
        (["softmax", LOGITS, "--precision", "single"], 2, "--precision takes native, double"),
        (["softmax", "samples/none.npy"], 4, "no such file"),
    ],
)
def test_refusals(xent, argv, status, words) -> None:
    run = xent("activate", *argv)
    assert (run.status, run.text) == (status, "")
    assert words in run.stderr


def test_bool_and_scalars(xent, tmp_path) -> None:
    np.save(tmp_path / "b.npy", np.ones(3, dtype=bool))
    assert xent("activate", "sigmoid", tmp_path / "b.npy").status == 3
    np.save(tmp_path / "s.npy", np.float32(0))
    assert np.load(io.BytesIO(xent("activate", "sigmoid", tmp_path / "s.npy").stdout)) == 0.5
    run = xent("activate", "softmax", tmp_path / "s.npy")
    assert run.status == 2
    assert "single number" in run.stderr


def test_the_input_is_never_overwritten(xent, tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 2)))
    before = (tmp_path / "x.npy").read_bytes()
    run = xent("activate", "softmax", tmp_path / "x.npy", "-o", tmp_path / "x.npy")
    assert run.status == 2
    assert (tmp_path / "x.npy").read_bytes() == before


@pytest.mark.parametrize("name", ["softmax", "log-softmax"])
@pytest.mark.parametrize("odd", [np.inf, np.nan])
def test_a_row_that_has_no_sum_is_nan_and_said_to_be(xent, tmp_path, name, odd) -> None:
    """As torch.softmax 2.13.0 has it."""
    np.save(tmp_path / "x.npy", np.array([[odd, 0.0, 1.0], [0.0, 0.0, 0.0]]))
    run = xent("activate", name, tmp_path / "x.npy", "-f", "csv")
    first, second = run.text.splitlines()
    assert (run.status, first) == (0, "nan,nan,nan")
    assert "nan" not in second
    assert f"rows with a logit of inf or NaN have a {name} of NaN" in run.stderr


def test_a_sigmoid_of_infinity_is_one(xent, tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.array([[np.inf, -np.inf]]))
    run = xent("activate", "sigmoid", tmp_path / "x.npy", "-f", "csv")
    assert (run.text, run.stderr) == ("1.0,0.0\n", "")


@pytest.mark.parametrize("out", ["-", "p.npy.gz"])
def test_what_is_calculated_out_of_order_is_written_in_order(xent, tmp_path, out) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(0, 3, (2, 3, 200_000)))
    command = ["activate", "softmax", tmp_path / "x.npy", "--dim", 1, "-q", "-o"]
    assert xent(*command, tmp_path / "p.npy").status == 0
    run = xent(*command, out if out == "-" else tmp_path / out)
    assert (run.status, run.stderr) == (0, "")
    found = run.stdout if out == "-" else gzip.decompress((tmp_path / out).read_bytes())
    assert found == (tmp_path / "p.npy").read_bytes()
