"""Arrays of three axes and lone rows, from files and pipes, against torch's golden numbers."""

from __future__ import annotations

import io

import numpy as np
import pytest
from golden_runner import cases, decode, name_of

KINDS = ("torch.nn.CrossEntropyLoss", "torch.nn.NLLLoss")
CASES = {
    "three axes": [3, 4, 2],  # (N, C, L): the classes along axis 1
    "a lone row": [5],
}


def _chosen(shape: list[int]) -> list[dict]:
    """Of each kind and reduction one case without weights."""
    found: dict[tuple, dict] = {}
    for case in cases("torch"):
        args, logits = case["args"], case["inputs"]["logits"]["shape"]
        if case["function"] in KINDS and logits == shape and "float64" in case:
            plain = not any(isinstance(value, dict) for value in args.values())
            dense = case["inputs"]["labels"]["shape"] == shape
            if plain and "error" not in case:
                found.setdefault((case["function"], args.get("reduction"), dense), case)
    return list(found.values())


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


CHOSEN = [(word, case) for word, shape in CASES.items() for case in _chosen(shape)]


@pytest.mark.parametrize(
    ("word", "case"), CHOSEN, ids=[f"{word} {name_of(case)}" for word, case in CHOSEN]
)
def test_torchs_numbers_by_file_and_by_pipe(word, case, xent, piped, tmp_path) -> None:
    x, y = decode(case["inputs"]["logits"]), decode(case["inputs"]["labels"])
    paths = tmp_path / "x.npy", tmp_path / "y.npy"
    paths[0].write_bytes(_npy(x))
    paths[1].write_bytes(_npy(y))
    flags = ["-k", case["function"], "-j", "2"]
    for name, value in case["args"].items():
        flags += ["-p", f"{name}={value}"]
    expected = decode(case["float64"]).ravel()
    runs = [
        xent("loss", *paths, *flags),
        piped(_npy(x), "loss", "-", paths[1], *flags),
        piped(_npy(np.asfortranarray(x)), "loss", "-", paths[1], *flags),
        piped(_npy(y), "loss", paths[0], "-", *flags),
    ]
    if y.shape == ():
        paths[1].write_bytes(_npy(y[None]))
        runs.append(xent("loss", *paths, *flags))
        runs.append(piped(_npy(x), "loss", "-", paths[1], *flags))
    for run in runs:
        assert run.status == 0, run.stderr
        numbers = [float(line) for line in run.text.split()]
        np.testing.assert_allclose(numbers, expected, rtol=1e-12, atol=1e-13)


def test_every_form_is_there() -> None:
    forms = {(word, len(case["inputs"]["labels"]["shape"])) for word, case in CHOSEN}
    assert {("three axes", 2), ("three axes", 3), ("a lone row", 0)} <= forms
    assert len(CHOSEN) >= 12


def test_several_class_axes_on_the_command_line(xent, tmp_path) -> None:
    """The label is an index into the axes as if they were flattened, in the order they are named."""
    x = np.arange(24.0).reshape(2, 3, 4) % 7
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "flat.npy", x.transpose(0, 2, 1).reshape(2, 12))
    np.save(tmp_path / "y.npy", np.array([11, 3]))
    kind = ("-k", "optax.losses.softmax_cross_entropy_with_integer_labels")
    expected = xent("loss", tmp_path / "flat.npy", tmp_path / "y.npy", *kind)
    files = (tmp_path / "x.npy", tmp_path / "y.npy")
    assert xent("loss", *files, *kind, "-p", "axis=2,1").text == expected.text
    result = xent("loss", *files, *kind, "-p", "axis=2,1", "-f", "json").json
    assert (result["class_dim"], result["classes"], result["rows"]) == ([2, 1], 12, 2)
    xent("grad", *files, *kind, "-p", "axis=2,1", "-o", tmp_path / "g.npy")
    xent("grad", tmp_path / "flat.npy", files[1], *kind, "-o", tmp_path / "f.npy")
    slopes = np.load(tmp_path / "f.npy").reshape(2, 4, 3).transpose(0, 2, 1)
    np.testing.assert_array_equal(np.load(tmp_path / "g.npy"), slopes)
    for axis, words in (("1,x", "as in 1 or 2,3"), ("1,-2", "name one twice"), ("1,3", "exist")):
        run = xent("loss", *files, *kind, "-p", f"axis={axis}")
        assert run.status == 2
        assert words in run.stderr


def test_keras_on_its_backends(xent, tmp_path) -> None:
    p = np.array([[0.5, 1.0, 0.5], [0.0, 0.25, 0.75]])
    np.save(tmp_path / "p.npy", p)
    np.save(tmp_path / "y.npy", np.array([1, 3]))
    kind = ("-k", "keras.losses.SparseCategoricalCrossentropy")
    files = (tmp_path / "p.npy", tmp_path / "y.npy")
    run = xent("loss", *files, *kind)
    assert run.status == 3
    assert "label 3" in run.stderr
    assert xent("loss", *files, *kind, "-p", "backend=torch").status == 3
    run = xent("loss", *files, *kind, "-p", "backend=jax", "-p", "reduction=none")
    assert [float(v) for v in run.text.split()] == pytest.approx([np.log(2), 0])
    assert "where this kind gives a loss of 0" in run.stderr
    run = xent("loss", *files, *kind, "-p", "backend=numpy")
    assert run.status == 2
    assert "backend takes tensorflow, jax, torch" in run.stderr
    alias = ("-k", "tf.keras.losses.SparseCategoricalCrossentropy")
    assert xent("loss", *files, *alias).status == 3
