"""The signature tells apart what gives different numbers, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Run

TINY = ("samples/tiny-logits.npy", "samples/tiny-labels.npy")
WEIGHTS = [1.0, 2.0, 3.0, 4.0, 5.0]
ROWS = [0.5, 0.0, 2.0]
Xent = Callable[..., Run]


def parts(run: Run) -> dict[str, str]:
    """The fields of a run's signature."""
    assert run.status == 0, run.stderr
    pairs = run.json["signature"].removeprefix("xent|").split("|")
    return dict(pair.split(":", 1) for pair in pairs)


def written(folder: Path, numbers: list[float]) -> list[Path]:
    """Files of the same numbers."""
    paths = [folder / f"w.{suffix}" for suffix in ("npy", "csv", "yaml")]
    np.save(paths[0], np.array(numbers, dtype=np.float32))
    paths[1].write_text("".join(f"{number}\n" for number in numbers))
    paths[2].write_text(f"{numbers}\n")
    np.save(folder / "wide.npy", np.array(numbers))
    np.save(folder / "column.npy", np.array(numbers)[:, None])
    return [*paths, folder / "wide.npy", folder / "column.npy"]


@pytest.mark.parametrize(
    "kind", [["--weight"], ["-k", "sigmoid-bce", "--pos-weight"]], ids=["weight", "pos_weight"]
)
def test_weights_of_classes_are_told_apart(xent: Xent, tmp_path: Path, kind: list[str]) -> None:
    field = kind[-1].removeprefix("--").replace("-", "_")
    labels = tmp_path / "y.npy"
    np.save(labels, np.array([0, 1, 2]) if len(kind) == 1 else np.eye(3, 5))
    line = ["loss", TINY[0], labels, *kind]

    def sign(weights: str | Path) -> str:
        return parts(xent(*line, weights, "-f", "json"))[field]

    listed = sign(",".join(map(str, WEIGHTS)))
    assert len(listed) == 8
    assert int(listed, 16) >= 0
    assert [sign(path) for path in written(tmp_path, WEIGHTS)] == [listed] * 5
    assert sign("1,2,3,4,7") != listed
    assert sign("2,1,3,4,5") != listed


def test_weights_of_a_file_are_those_of_the_framework_s_function(
    xent: Xent, tmp_path: Path
) -> None:
    np.save(tmp_path / "y.npy", np.eye(3, 5, dtype=np.float32))
    kinds = ("weighted", "torch.nn.BCEWithLogitsLoss")
    numbers = ",".join(map(str, WEIGHTS))
    line = ["loss", TINY[0], tmp_path / "y.npy", "--pos-weight", numbers, "-f", "json", "-k"]
    hashes = {parts(xent(*line, kind))["pos_weight"] for kind in kinds}
    assert len(hashes) == 1


def test_sample_weights_are_told_apart(xent: Xent, tmp_path: Path) -> None:
    def sign(weights: Path) -> str:
        return parts(xent("loss", *TINY, "--sample-weight", weights, "-f", "json"))["sample_weight"]

    npy, text, _, wide, column = written(tmp_path, ROWS)
    hashes = [sign(path) for path in (npy, text, wide, column)]
    assert hashes == [hashes[0]] * 4
    np.save(npy, np.array([0.5, -0.0, 2.0]))
    assert sign(npy) == hashes[0]
    np.save(npy, np.array([0.5, 0.0, 3.0]))
    assert sign(npy) != hashes[0]


def test_a_pipe_of_weights_has_the_hash_of_its_content(
    xent: Xent, piped: Callable[..., Run], tmp_path: Path
) -> None:
    npy, text, *_ = written(tmp_path, ROWS)
    line = ["loss", *TINY, "-f", "json", "--sample-weight"]
    for path in (npy, text):
        file, pipe = xent(*line, path), piped(path.read_bytes(), *line, "-")
        assert parts(pipe) == parts(file)
        assert pipe.json["loss"] == file.json["loss"]
        assert "copied" not in pipe.stderr


def test_a_pipe_of_weights_is_checked_to_its_end(piped: Callable[..., Run], tmp_path: Path) -> None:
    npy = written(tmp_path, ROWS)[0].read_bytes()
    assert piped(npy + b"x", "loss", *TINY, "--sample-weight", "-").status == 3
    assert piped(npy[:-1], "loss", *TINY, "--sample-weight", "-").status == 3


def test_many_sample_weights_have_their_shape(xent: Xent, tmp_path: Path) -> None:
    rows = 2**16 + 1
    np.save(tmp_path / "x.npy", np.zeros((rows, 2), dtype=np.float32))
    np.save(tmp_path / "y.npy", np.zeros(rows, dtype=np.int64))
    np.save(tmp_path / "w.npy", np.ones(rows))
    files = [tmp_path / f"{name}.npy" for name in "xyw"]
    run = xent("loss", *files[:2], "--sample-weight", files[2], "-f", "json")
    assert parts(run)["sample_weight"] == "65537"


def test_class_names_are_told_apart(xent: Xent, tmp_path: Path) -> None:
    labels, names = tmp_path / "y.csv", tmp_path / "c.yaml"
    labels.write_text("ant\nbee\nelk\n")
    signed = []
    for text in (
        "[ant, bee, cat, dog, elk]",
        "{0: ant, 1: bee, 2: cat, 3: dog, 4: elk}",
        "[bee, ant, cat, dog, elk]",
    ):
        names.write_text(text)
        signed.append(parts(xent("loss", TINY[0], labels, "--classes", names, "-f", "json")))
    listed, mapped, other = signed
    assert listed == mapped
    assert listed["classes"] != other["classes"]
    assert "classes" not in parts(xent("loss", *TINY, "-f", "json"))


def test_class_dims_are_told_apart(xent: Xent, tmp_path: Path) -> None:
    """Over equal axes the dim decides the number; the second of two goes without saying."""
    np.save(tmp_path / "x.npy", np.arange(27.0, dtype=np.float32).reshape(3, 3, 3))
    np.save(tmp_path / "y.npy", np.zeros((3, 3), dtype=np.int64))
    files = (str(tmp_path / "x.npy"), str(tmp_path / "y.npy"))
    one, two, last = (
        parts(xent("loss", *files, "--class-dim", dim, "-f", "json")) for dim in ("1", "2", "-1")
    )
    assert (one["class_dim"], two["class_dim"]) == ("1", "2")
    assert two == last
    plain, named = (
        parts(xent("loss", *TINY, *dim, "-f", "json")) for dim in ((), ("--class-dim", "-1"))
    )
    assert plain == named
    assert "class_dim" not in plain
