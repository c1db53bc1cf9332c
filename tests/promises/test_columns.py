"""One column of text is (N,): under every function of the registry, and by every route."""

from __future__ import annotations

import gzip
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from xent_cli.losses import LOSSES
from xent_cli.losses.base import Labels, Loss

ROWS = 3  # as many as classes: where two ways to lie over the logits would fit, too
KINDS = [name for name, loss in LOSSES.items() if loss.labels is not Labels.NONE]
INDEX = [n for n in KINDS if LOSSES[n].labels in (Labels.INDEX, Labels.EITHER)]
ELEMENTS = [n for n in KINDS if LOSSES[n].labels is Labels.ELEMENTS]
DENSE = [n for n in KINDS if LOSSES[n].labels is Labels.DENSE]


def _flags(loss: Loss) -> list[str]:
    required = [param for param in loss.params if param.required]
    flags = ["-k", loss.name, "--reduction", "none"]
    if "none" not in loss.rules.reduction.names:
        flags = flags[:2]
    for param in required:
        given = (
            ["--pos-weight", "2"] if param.name == "pos_weight" else ["-p", f"{param.spelled}=2"]
        )
        flags += given
    return flags


def _text(path: Path, values: np.ndarray) -> Path:
    rows = values if values.ndim == 2 else values[:, None]
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows.tolist()))
    return path


def _operands(loss: Loss) -> tuple[np.ndarray, np.ndarray]:
    """A first operand in (0, 1), and labels for each row or element: targets in (0, 1), or 1."""
    if loss.labels in (Labels.INDEX, Labels.EITHER):
        p = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.25, 0.25, 0.5]])
        return p, np.array([2, 0, 1])
    p, t = np.array([0.5, 0.125, 0.75]), np.array([1.0, 0.25, 0.5])
    return p, np.ones(3) if loss.name == "soft-margin" else t


@pytest.mark.parametrize("name", [n for n in INDEX if n != "torchmetrics.Perplexity"])
def test_class_indices(name, xent, piped, tmp_path) -> None:
    loss = LOSSES[name]
    flags, (p, y) = _flags(loss), _operands(loss)
    np.save(tmp_path / "p.npy", p)
    np.save(tmp_path / "y.npy", y)
    probs, labels = tmp_path / "p.npy", _text(tmp_path / "y.csv", y)
    table = _text(tmp_path / "p.tsv", p)
    beside = _text(tmp_path / "both.tsv", np.column_stack([p, y]))
    packed = tmp_path / "y.tsv.gz"
    packed.write_bytes(gzip.compress(labels.read_bytes()))
    wide = tmp_path / "both.csv"
    wide.write_text(beside.read_text().replace("\t", ",").replace(".0\n", "\n"))
    expected = xent("loss", probs, tmp_path / "y.npy", *flags)
    assert expected.status == 0, expected.stderr
    for run in (
        xent("loss", probs, labels, *flags),
        xent("loss", table, labels, *flags),
        xent("loss", table, packed, *flags),
        piped(labels.read_bytes(), "loss", probs, "-", *flags),
        piped(table.read_bytes(), "loss", "-", labels, *flags),
        xent("loss", beside, "--label-col", "4", *flags),
        xent("loss", wide, "--cols", "1-3", "--label-col", "4", *flags),
        xent("loss", wide, labels, "--cols", "1-3", *flags),
    ):
        assert run.status == 0, run.stderr
        assert run.text == expected.text


def test_the_function_that_takes_three_axes_says_so(xent, tmp_path) -> None:
    p, y = _operands(LOSSES["torchmetrics.Perplexity"])
    probs, labels = _text(tmp_path / "p.csv", p), _text(tmp_path / "y.csv", y)
    run = xent("loss", probs, labels, "-k", "torchmetrics.Perplexity")
    assert run.status == 3
    assert "takes arrays of 3 axes" in run.stderr


@pytest.mark.parametrize("name", ELEMENTS)
def test_one_target_an_element(name, xent, piped, tmp_path) -> None:
    """(N,) over (N,) and (N, 1) over (N, 1), as the array beside the text has it."""
    loss = LOSSES[name]
    flags, (p, t) = _flags(loss), _operands(loss)
    for path, values in {"p": p, "t": t, "p1": p[:, None], "t1": t[:, None]}.items():
        np.save(tmp_path / f"{path}.npy", values)
    a, b = _text(tmp_path / "p.csv", p), _text(tmp_path / "t.csv", t)
    both = _text(tmp_path / "both.tsv", np.column_stack([p, t]))
    packed = tmp_path / "t.tsv.gz"
    packed.write_bytes(gzip.compress(b.read_bytes()))
    flat = xent("loss", tmp_path / "p.npy", tmp_path / "t.npy", *flags)
    column = xent("loss", tmp_path / "p1.npy", tmp_path / "t1.npy", *flags)
    two_texts = flat if loss.elements is not None else column
    assert (flat.status, column.status) == (0, 0), flat.stderr + column.stderr
    for run, expected in (
        (xent("loss", a, tmp_path / "t.npy", *flags), flat),
        (xent("loss", tmp_path / "p.npy", b, *flags), flat),
        (xent("loss", a, tmp_path / "t1.npy", *flags), column),
        (xent("loss", tmp_path / "p1.npy", b, *flags), column),
        (xent("loss", a, b, *flags), two_texts),
        (xent("loss", a, packed, *flags), two_texts),
        (piped(b.read_bytes(), "loss", a, "-", *flags), two_texts),
        (piped(a.read_bytes(), "loss", "-", b, *flags), two_texts),
        (xent("loss", both, "--label-col", "2", *flags), two_texts),
        (xent("loss", both, b, "--cols", "1", *flags), two_texts),
    ):
        assert run.status == 0, run.stderr
        assert run.text == expected.text
    np.save(tmp_path / "square.npy", np.tile(p, (ROWS, 1)))
    run = xent("loss", tmp_path / "square.npy", b, *flags)
    assert run.status == 3, "a column of text is broadcast over a square"
    assert "equal shapes" in run.stderr


@pytest.mark.parametrize("name", DENSE)
def test_dense_targets_of_one_class(name, xent, tmp_path) -> None:
    """Over a column they are a column; over several classes a column is none of a target each."""
    loss = LOSSES[name]
    flags, (p, t) = _flags(loss), _operands(loss)
    np.save(tmp_path / "p1.npy", p[:, None])
    np.save(tmp_path / "t1.npy", t[:, None])
    a, b = _text(tmp_path / "p.csv", p), _text(tmp_path / "t.csv", t)
    expected = xent("loss", tmp_path / "p1.npy", tmp_path / "t1.npy", *flags)
    assert expected.status == 0, expected.stderr
    assert xent("loss", a, b, *flags).text == expected.text
    assert xent("loss", tmp_path / "p1.npy", b, *flags).text == expected.text
    np.save(tmp_path / "square.npy", np.tile(p, (ROWS, 1)))
    run = xent("loss", tmp_path / "square.npy", b, *flags)
    assert run.status == 3, "a column of text is broadcast over a square"
    assert "equal shapes" in run.stderr


def test_a_column_of_weights_lies_over_rows_or_classes_but_never_over_either(
    xent, tmp_path
) -> None:
    kind = ("-k", "torch.nn.BCEWithLogitsLoss", "--reduction", "none")
    x, w = np.arange(6.0).reshape(2, 3) - 2, np.array([1.0, 2, 4])
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "t.npy", x / 8 + 0.5)
    files = (tmp_path / "x.npy", tmp_path / "t.npy")
    classes, rows = _text(tmp_path / "w3.csv", w), _text(tmp_path / "w2.csv", w[:2])
    by_class = xent("loss", *files, *kind, "-p", "weight=1,2,4")
    assert by_class.status == 0
    assert xent("loss", *files, *kind, "-p", f"weight={classes}").text == by_class.text
    np.save(tmp_path / "rows.npy", w[:2, None])
    by_row = xent("loss", *files, *kind, "-p", f"weight={tmp_path / 'rows.npy'}")
    assert xent("loss", *files, *kind, "-p", f"weight={rows}").text == by_row.text
    np.save(tmp_path / "x.npy", x[[0, 1, 1]])
    np.save(tmp_path / "t.npy", x[[0, 1, 1]] / 8 + 0.5)
    run = xent("loss", *files, *kind, "-p", f"weight={classes}")
    assert run.status == 3
    assert "one for each row" in run.stderr
    assert xent("convert", classes, tmp_path / "W.npy").status == 0  # as the hint says
    assert xent("loss", *files, *kind, "-p", f"weight={tmp_path / 'W.npy'}").status == 0
    classes.write_text("1\t2\t4\n")
    by_class = xent("loss", *files, *kind, "-p", "weight=1,2,4")
    assert xent("loss", *files, *kind, "-p", f"weight={classes}").text == by_class.text


def test_what_lies_over_a_square_may_come_from_a_pipe(xent, piped, tmp_path) -> None:
    """(N,) over (N, N) is read again for every row, where one target a row would be read once."""
    x, t = np.arange(9.0).reshape(3, 3), np.array([1.0, 5, 2])
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "t.npy", t)
    kind = ("-k", "torch.nn.functional.gaussian_nll_loss", "-p", "var=2", "--reduction", "none")
    run = piped((tmp_path / "t.npy").read_bytes(), "loss", tmp_path / "x.npy", "-", *kind)
    expected = 0.5 * (np.log(2) + (x - t) ** 2 / 2)
    np.testing.assert_allclose([float(v) for v in run.text.split()], expected.ravel(), rtol=1e-12)
    weight = tmp_path / "weight"
    os.mkfifo(weight)
    np.save(tmp_path / "half.npy", np.full((3, 3), 0.5))
    feed = threading.Thread(
        target=lambda: weight.write_bytes((tmp_path / "t.npy").read_bytes()), daemon=True
    )
    feed.start()
    kind = ("-k", "torch.nn.BCELoss", "-p", f"weight={weight}", "--reduction", "none")
    run = xent("loss", tmp_path / "half.npy", tmp_path / "half.npy", *kind)
    feed.join(timeout=60)
    expected = np.log(2) * np.tile(t, 3)
    np.testing.assert_allclose([float(v) for v in run.text.split()], expected, rtol=1e-12)


def test_the_sample(xent) -> None:
    run = xent(
        "loss", "samples/logits.csv", "samples/labels.csv", "-k", "torch.nn.CrossEntropyLoss"
    )
    assert run.status == 0
    assert run.number == pytest.approx(0.15502271082205634, rel=1e-6)


def test_columns_are_listed_from_the_left(xent, tmp_path) -> None:
    table = tmp_path / "table.csv"
    table.write_text(",".join("abcdefghijk") + "\n" + ",".join("0" * 11) + "\n")
    run = xent("loss", table, "--label-col", "zz")
    assert run.status == 2
    assert "hint: columns: a, b, c, d, e, f, g, h, ..." in run.stderr
