"""`xent cat` and its inverses as users call them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xent_cli.app import main

A, B = "samples/a.npy", "samples/b.npy"


def test_to_a_pipe_goes_the_array(xent, tmp_path) -> None:
    run = xent("cat", A, B, "--dim", "1")
    assert run.status == 0
    assert run.stdout == Path("samples/logits.npy").read_bytes()
    run = xent("cat", A, B, "--dim", "-1", "-o", tmp_path / "x.npy")
    assert run.stdout == b""
    assert (tmp_path / "x.npy").read_bytes() == Path("samples/logits.npy").read_bytes()


@pytest.mark.parametrize(("parts", "dim"), [(("a", "b"), 1), (("top", "bottom"), 0)])
def test_text_to_text_keeps_the_cells(xent, tmp_path, parts, dim) -> None:
    files = [f"samples/{part}.csv" for part in parts]
    assert xent("cat", *files, "--dim", dim, "-q").stdout == Path("samples/logits.csv").read_bytes()
    xent("cat", *files, "--dim", dim, "-q", "-o", tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == Path("samples/logits.csv").read_bytes()


def test_text_keeps_digits_that_float64_would_drop(xent, tmp_path) -> None:
    (tmp_path / "a.csv").write_text('# by hand\n1.50,0.1000\n3e0,"4"\n')
    (tmp_path / "b.csv").write_text("007;+1\n2;3\n")
    run = xent("cat", tmp_path / "a.csv", tmp_path / "b.csv", "--dim", "1")
    assert run.text == "1.50,0.1000,007,+1\n3e0,4,2,3\n"


def test_text_and_npy_mix_into_npy(xent, tmp_path) -> None:
    run = xent("cat", "samples/a.csv", B, "--dim", "1", "-o", tmp_path / "x.npy", "-q")
    assert run.status == 0
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), np.load("samples/logits.npy"))


def test_reports(xent) -> None:
    found = xent("cat", A, B, "--dim", "1", "-f", "json").json
    assert found["output"]["shape"] == [1797, 10]
    assert found["promotion"] == "all inputs"
    table = xent("cat", A, B, "--dim", "1", "-f", "table").text
    assert "cat dim=1: (1797 x 5) + (1797 x 5) -> (1797 x 10)" in table
    assert max(map(len, table.splitlines())) <= 80


def test_the_dtype_is_stated(xent, tmp_path) -> None:
    np.save(tmp_path / "i.npy", np.arange(3))
    np.save(tmp_path / "f.npy", np.arange(3, dtype=np.float16))
    files = (tmp_path / "i.npy", tmp_path / "f.npy")
    assert xent("cat", *files, "-f", "json").json["promotion"] == "int64 + float16 by torch's rule"
    assert xent("cat", *files, "-f", "json").json["output"]["dtype"] == "float16"
    assert (
        xent("cat", *files, "--promote", "numpy", "-f", "json").json["output"]["dtype"] == "float64"
    )
    assert xent("cat", *files, "--promote", "strict").status == 3
    assert (
        xent("cat", *files, "--dtype", "bfloat16", "-f", "json").json["output"]["dtype"]
        == "bfloat16"
    )


@pytest.mark.parametrize(
    ("argv", "status", "words"),
    [
        (["cat", A, "samples/top.npy"], 3, "size 10 in dimension 1"),
        (["cat", A, "samples/labels.npy"], 3, "1-dimensional"),
        (["cat", A, B, "--dim", "2"], 2, "dims go from -2 to 1"),
        (["cat", A, B, "--dim", "1", "-o", A], 2, "input"),
        (["cat", A, B, "--dim", "1", "-o", "x.pt"], 2, "suffix"),
        (["cat", "-", "-"], 2, "stdin"),
        (["cat", "samples/a.csv", "samples/b.csv"], 3, "column 1 is called 'five'"),
        (["cat"], 2, "ARRAY"),
        (["split", A], 2, "--size"),
        (["split", A, "--sizes", "1,2"], 3, "add up to 3"),
        (["split", A, "--sizes", "one"], 2, "whole numbers"),
        (["split", A, "--size", "900", "-o", "x.npy"], 2, "{}"),
        (["split", A, "--size", "900", "-o", "-"], 2, "stdout"),
        (["chunk", A], 2, "--chunks"),
        (["chunk", A, "--chunks", "0"], 2, "at least 1"),
        (["stack", A, "samples/logits.npy"], 3, "one shape"),
        (["stack", A, B, "--dim", "3"], 2, "--dim 3 does not exist"),
    ],
)
def test_wrong_input(xent, argv, status, words) -> None:
    run = xent(*argv)
    assert run.status == status
    assert words in run.stderr
    assert run.stderr.startswith("xent: error: ")
    assert len(run.stderr.splitlines()) <= 2
    assert not Path("x.npy").exists()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_cat_undoes_split(tmp_path_factory, data) -> None:
    place = tmp_path_factory.mktemp("split")
    shape = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=4).map(tuple))
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    dtype = data.draw(st.sampled_from(["?", "i1", "u2", "i8", "f2", "f4", "f8"]))
    order = data.draw(st.sampled_from("CF"))
    count = int(np.prod(shape))
    x = np.asarray(
        (np.arange(count) % (2 if dtype == "?" else 99)).astype(dtype).reshape(shape), order=order
    )
    np.save(place / "x.npy", x)
    cut = data.draw(
        st.sampled_from(
            [
                ["split", "--size", "2"],
                ["chunk", "--chunks", "3"],
                ["chunk", "--tensor-split", "4"],
                ["chunk", "--tensor-split", "1,3"],
            ]
        )
    )
    pattern = str(place / "p-{}.npy")
    assert main([cut[0], str(place / "x.npy"), *cut[1:], "--dim", str(dim), "-o", pattern]) == 0
    parts = sorted(place.glob("p-*.npy"), key=lambda path: int(path.stem[2:]))
    back = str(place / "back.npy")
    assert main(["cat", *map(str, parts), "--dim", str(dim), "-o", back]) == 0
    joined = np.load(back)
    assert joined.dtype == x.dtype
    np.testing.assert_array_equal(joined, x)


def test_stack_and_default_names(xent, tmp_path, monkeypatch) -> None:
    run = xent("stack", A, A, "--dim", "-1", "-o", tmp_path / "s.npy")
    assert run.status == 0
    a = np.load(A)
    np.testing.assert_array_equal(np.load(tmp_path / "s.npy"), np.stack([a, a], -1))
    source = Path(A).resolve()
    monkeypatch.chdir(tmp_path)
    assert main(["chunk", str(source), "--chunks", "2"]) == 0
    assert np.load("a-0.npy").shape == (899, 5)
    assert np.load("a-1.npy").shape == (898, 5)


def test_a_pipe_can_be_split(tmp_path, monkeypatch) -> None:
    import io
    import sys

    source = Path("samples/logits.npy").resolve()
    monkeypatch.chdir(tmp_path)
    fake = io.TextIOWrapper(io.BytesIO(source.read_bytes()))
    monkeypatch.setattr(sys, "stdin", fake)
    assert main(["split", "-", "--size", "1000", "-o", "p-{}.npy"]) == 0
    np.testing.assert_array_equal(np.load("p-1.npy"), np.load(source)[1000:])
