"""Texts that people reported wrong numbers of: the number that was meant, or a refusal whose way works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from texts.formulas import loss

X = [[1.25, 0.5, -0.25], [0.75, 2.5, 0.125], [-1.5, 0.375, 1.875], [2.25, -0.5, 0.625]]
Y = [0, 1, 2, 0]
MEANT = loss("softmax-ce", np.array(X), np.array(Y))
ROWS = [",".join(map(str, row)) for row in X]
P, T = [0.875, 0.25, 0.625], [1, 0, 1]
OF_TARGETS = loss("bce", np.array(P), np.array(T))


def lines(*rows: str) -> str:
    return "".join(f"{row}\n" for row in rows)


def indexed(first: int = 0) -> list[str]:
    return [f"{number},{row}" for number, row in enumerate(ROWS, first)]


LABELS = lines(*map(str, Y))
BOTH = ("l.csv", "y.csv")

READ = {
    "columns that pandas numbered": (lines("0,1,2", *ROWS), LABELS, MEANT),
    "columns and labels that pandas numbered": (lines("0,1,2", *ROWS), lines("0") + LABELS, MEANT),
    "an index without a name": (lines(",a,b,c", *indexed()), LABELS, MEANT),
    "Unnamed: 0": (lines("Unnamed: 0,a,b,c", *indexed()), lines("label") + LABELS, MEANT),
    "R's row names": (
        lines('"","a","b","c"', *(f'"{k}",{row}' for k, row in enumerate(ROWS, 1))),
        lines("label") + LABELS,
        MEANT,
    ),
    "labels with an id": (lines(*ROWS), lines("id,label", "71,0", "72,1", "73,2", "74,0"), MEANT),
    "years as names": (lines("2021,2022,2023", *ROWS), LABELS, MEANT),
    "a comma at every end": (lines(*(f"{row}," for row in ROWS)), LABELS, MEANT),
    "words that the header names": (
        lines("elm,fir,oak", *ROWS),
        lines("elm", "fir", "oak", "elm"),
        MEANT,
    ),
    "a blank line inside": (lines(*ROWS[:2], "", *ROWS[2:]), LABELS, MEANT),
    "dense labels in another order": (
        lines("elm,fir", "3,0.5", "0.25,1.5"),
        lines("fir,elm", "0,1", "1,0"),
        loss("softmax-ce", np.array([[3, 0.5], [0.25, 1.5]]), np.array([0, 1])),
    ),
}


@pytest.mark.parametrize("name", READ)
def test_the_number_that_was_meant(name: str, tmp_path: Path, xent: Callable[..., Any]) -> None:
    logits, labels, meant = READ[name]
    (tmp_path / "l.csv").write_text(logits)
    (tmp_path / "y.csv").write_text(labels)
    run = xent("loss", *(tmp_path / file for file in BOTH), "--strict")
    assert run.number == pytest.approx(meant, rel=1e-12)


def test_labels_beside_an_index_or_ids(tmp_path: Path, xent: Callable[..., Any]) -> None:
    labelled = [f"{row},{label}" for row, label in zip(ROWS, Y, strict=True)]
    file = tmp_path / "f.csv"
    file.write_text(lines(",a,b,c,y", *(f"{k},{row}" for k, row in enumerate(labelled))))
    assert xent("loss", file, "--label-col", "y").number == pytest.approx(MEANT)
    file.write_text(lines("id,a,b,c,y", *(f"{81000 + 7 * k},{r}" for k, r in enumerate(labelled))))
    run = xent("loss", file, "--label-col", "y")
    if run.status:
        assert "--index id sets it aside" in " ".join(run.stderr.split())
        run = xent("loss", file, "--label-col", "y", "--index", "id")
    assert run.number == pytest.approx(MEANT)


@pytest.mark.parametrize("truth", [("1", "0"), ("True", "False"), ("yes", "no")])
def test_targets_of_one_column(truth: tuple[str, str], tmp_path: Path, xent) -> None:
    (tmp_path / "l.csv").write_text(lines(*map(str, P)))
    (tmp_path / "y.csv").write_text(lines(*(truth[0] if one else truth[1] for one in T)))
    run = xent("loss", *(tmp_path / file for file in BOTH), "-k", "bce")
    assert run.number == pytest.approx(OF_TARGETS)


def test_ids_in_another_order(tmp_path: Path, xent) -> None:
    (tmp_path / "l.csv").write_text(
        lines("id,p", *(f"{k},{p}" for k, p in zip("357", P, strict=True)))
    )
    (tmp_path / "y.csv").write_text(lines("id,label", "7,1", "3,1", "5,0"))
    run = xent("loss", *(tmp_path / file for file in BOTH), "-k", "bce")
    assert run.number == pytest.approx(OF_TARGETS)


def test_a_row_that_starts_with_a_mark(tmp_path: Path, xent) -> None:
    (tmp_path / "f.csv").write_text(lines("tag,n,p,y", "#best,0.25,0.75,1", "next,0.5,0.5,0"))
    argv = ("loss", tmp_path / "f.csv", "--cols", "2-3", "--label-col", "y", "--input", "probs")
    run = xent(*argv)
    if run.status:
        assert "--comment none reads it as a row" in " ".join(run.stderr.split())
        run = xent(*argv, "--comment", "none")
    assert run.number == pytest.approx(-np.log([0.75, 0.5]).mean())


REFUSED = {
    "one line of JSON": ("[[0.25,0.75],[0.5,0.5]]\n", lines("0", "1"), (), "is JSON"),
    "decimal commas in one column": (
        lines("0,125", "0,375", "0,75"),
        lines("0", "0", "1"),
        ("-k", "bce"),
        "--decimal ,",
    ),
    "one logit a row": (lines("0.75", "-0.5"), lines("1", "0"), (), "--kind sigmoid-bce"),
    "probabilities as logits": (
        lines("0.75,0.25", "0.5,0.5", "0.125,0.875", "0.625,0.375"),
        lines("0", "1", "1", "0"),
        ("--strict",),
        "--input probs",
    ),
    "two models": (lines(*ROWS), lines(*ROWS[::-1]), (), "two models are compared by the loss"),
    "words without names": (lines(*ROWS), lines("elm", "fir", "oak", "elm"), (), "--classes"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_certain_is_refused(name: str, tmp_path: Path, xent) -> None:
    logits, labels, more, way = REFUSED[name]
    (tmp_path / "l.csv").write_text(logits)
    (tmp_path / "y.csv").write_text(labels)
    run = xent("loss", *(tmp_path / file for file in BOTH), *more)
    assert run.status in (2, 3)
    assert run.stdout == b""
    assert way in " ".join(run.stderr.split())
