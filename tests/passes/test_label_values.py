"""Labels that are words under scikit-learn's log_loss: sorted, whatever the columns are called."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from golden_runner import GOLDEN

WORDS = json.loads((GOLDEN / "words.json").read_text())
KIND = ("-k", "sklearn.metrics.log_loss")


def _files(case, folder: Path) -> tuple[Path, Path, list[str]]:
    """The probabilities, the labels, and the flag with the names."""
    probs, labels, names = folder / "p.csv", folder / "y.csv", folder / "names.yaml"
    rows = [row if isinstance(row, list) else [row] for row in case["probs"]]
    probs.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    labels.write_text("".join(f"{word}\n" for word in case["labels"]))
    if case["names"] is None:
        return probs, labels, []
    names.write_text(json.dumps(case["names"]))
    return probs, labels, ["--classes", str(names)]


@pytest.mark.parametrize("case", WORDS, ids=[case["id"] for case in WORDS])
def test_scikit_learns_numbers(case, xent, piped, tmp_path) -> None:
    probs, labels, flags = _files(case, tmp_path)
    packed, named = tmp_path / "y.tsv.gz", tmp_path / "named.csv"
    packed.write_bytes(gzip.compress(labels.read_bytes()))
    named.write_text("what is it\n" + labels.read_text())
    beside = tmp_path / "beside.csv"
    lines = zip(probs.read_text().splitlines(), labels.read_text().splitlines(), strict=True)
    beside.write_text("".join(f"{p},{word}\n" for p, word in lines))
    column = str(len(beside.read_text().splitlines()[0].split(",")))
    routes = [
        lambda: xent("loss", probs, labels, *flags, *KIND),
        lambda: xent("loss", probs, packed, *flags, *KIND),
        lambda: xent("loss", probs, named, *flags, *KIND),
        lambda: piped(labels.read_bytes(), "loss", probs, "-", *flags, *KIND),
        lambda: xent("loss", beside, "--label-col", column, "--no-header", *flags, *KIND),
    ]
    for route in routes:
        run = route()
        if "error" in case:
            assert run.status == 3, run.stderr
            assert run.stderr.count("xent: error: ") == 1
        else:
            assert run.status == 0, run.stderr
            assert run.number == pytest.approx(case["loss"], rel=1e-12)


def test_the_order_is_told_where_it_is_another(xent, tmp_path) -> None:
    case = next(case for case in WORDS if case["id"] == "two-named")
    probs, labels, flags = _files(case, tmp_path)
    run = xent("loss", probs, labels, *flags, *KIND)
    assert (
        "the columns are read as cat, dog; their names have another order, dog, cat" in run.stderr
    )
    probs.write_text("dog,cat\n" + probs.read_text())
    headed = xent("loss", probs, labels, *KIND)
    assert headed.text == run.text
    assert "their names have another order, dog, cat" in headed.stderr
    probs.write_text(probs.read_text().replace("dog,cat", "cat,dog"))
    assert "another order" not in xent("loss", probs, labels, *KIND).stderr


def test_the_way_out_of_too_few_words(xent, tmp_path) -> None:
    case = next(case for case in WORDS if case["id"] == "too-few")
    probs, labels, _ = _files(case, tmp_path)
    run = xent("loss", probs, labels, *KIND)
    assert "2 different labels (fig, pear), but" in run.stderr
    assert "--classes FILE.yaml" in run.stderr
    (tmp_path / "c.yaml").write_text("[pear, fig, kiwi]")
    assert xent("loss", probs, labels, "--classes", tmp_path / "c.yaml", *KIND).status == 0
    numbers = xent("loss", probs, labels, "-p", "labels=0,1,2", *KIND)
    assert numbers.status == 2
    assert "words as labels" in numbers.stderr


def test_a_word_that_recurs_is_no_heading(xent, tmp_path) -> None:
    (tmp_path / "p.csv").write_text("0.25,0.75\n0.5,0.5\n")
    (tmp_path / "y.csv").write_text("cat\ndog\ncat\n")
    run = xent("loss", tmp_path / "p.csv", tmp_path / "y.csv", *KIND)
    assert run.status == 3
    assert "2 rows of logits but 3 labels" in run.stderr


def test_words_of_several_files_are_numbered_together(xent, tmp_path) -> None:
    probs, labels, _ = _files(next(c for c in WORDS if c["id"] == "two"), tmp_path)
    for number, word in enumerate(labels.read_text().split()):
        (tmp_path / f"part-{number}.csv").write_text(f"{word}\n")
    run = xent("loss", probs, tmp_path / "part-*.csv", *KIND)
    assert run.status == 0, run.stderr
    assert run.text == xent("loss", probs, labels, *KIND).text
