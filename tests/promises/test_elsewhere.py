"""What a pass is made of goes to other processes: recipes, tallies and headers, and no data."""

from __future__ import annotations

import gzip
import json
import pickle
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xent_cli import LossRequest
from xent_cli.arrays import create_array, open_array
from xent_cli.arrays.base import ReadOptions
from xent_cli.errors import StorageError
from xent_cli.passes.plan import Plan, plan_loss
from xent_cli.records import to_json
from xent_cli.reports import REPORTS, render
from xent_cli.tallies import TALLIES
from xent_cli.tasks.loss import compute_loss

ROWS, CLASSES = 300, 7
LOGITS = np.random.default_rng(0).standard_normal((ROWS, CLASSES)).astype(np.float32)
LABELS = np.where(np.arange(ROWS) % 9 == 0, -100, np.arange(ROWS) % CLASSES)
NAMES = tuple(f"class {i}" for i in range(CLASSES))

WORK = """
import pickle, sys
recipe, boxes = pickle.load(sys.stdin.buffer)
parts = [recipe.run(recipe.load(box)) for box in boxes]
sys.stdout.buffer.write(pickle.dumps([part.tallies for part in parts]))
"""
FINISH = """
import json, sys
from xent_cli.header import Header
from xent_cli.passes.finish import finish
from xent_cli.records import from_json
from xent_cli.reports import REPORTS, render
from xent_cli.tallies import TALLIES
state = json.load(sys.stdin)
tallies = {name: from_json(TALLIES[name], part) for name, part in state["tallies"].items()}
result = finish(from_json(Header, state["header"]), tallies)
json.dump({form: "".join(render(result, form)) for form in REPORTS}, sys.stdout)
"""


def run(code: str, given: bytes, folder: Path) -> bytes:
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], input=given, cwd=folder, capture_output=True, check=True
    )
    return done.stdout


def stored(folder: Path, form: str) -> tuple[str, str | None, ReadOptions]:
    """The arrays in a format: logits, labels, and how they are read."""
    read = ReadOptions()
    if form == "one csv":
        rows = [",".join([*NAMES, "y"])]
        rows += [
            ",".join([*map(repr, row.tolist()), str(label)])
            for row, label in zip(LOGITS, LABELS, strict=True)
        ]
        (folder / "all.csv").write_text("\n".join(rows) + "\n")
        return str(folder / "all.csv"), None, ReadOptions(label_col="y")
    if form == "shards":
        for i in range(3):
            np.save(folder / f"x-{i}.npy", LOGITS[i * 100 : i * 100 + 100])
        np.save(folder / "y.npy", LABELS)
        return str(folder / "x-*.npy"), str(folder / "y.npy"), read
    if form == "npy.gz":
        for name, array in (("x", LOGITS), ("y", LABELS)):
            np.save(folder / f"{name}.npy", array)
            packed = gzip.compress((folder / f"{name}.npy").read_bytes())
            (folder / f"{name}.npy.gz").write_bytes(packed)
            (folder / f"{name}.npy").unlink()
        return str(folder / "x.npy.gz"), str(folder / "y.npy.gz"), read
    if form == "npz":
        np.savez(folder / "both.npz", x=LOGITS, y=LABELS)
        return str(folder / "both.npz:x"), str(folder / "both.npz:y"), read
    for name, array in (("x", LOGITS), ("y", LABELS)):
        with create_array(folder / f"{name}.{form}", array.shape, array.dtype) as writer:
            writer.write(tuple(slice(0, n) for n in array.shape), array)
    return str(folder / f"x.{form}"), str(folder / f"y.{form}"), read


FORMS = ["npy", "csv", "tsv", "npz", "safetensors", "one csv", "shards", "npy.gz"]


def planned(request: LossRequest, stack: ExitStack) -> Plan:
    return plan_loss(request, stack, threads=2)


@pytest.mark.parametrize("form", FORMS)
def test_a_recipe_is_worked_on_in_another_process(form: str, tmp_path: Path) -> None:
    logits, labels, read = stored(tmp_path, form)
    np.save(tmp_path / "w.npy", np.linspace(0, 2, ROWS))
    request = LossRequest(
        logits,
        labels,
        sample_weight=str(tmp_path / "w.npy"),
        options={"weight": "1,2,3,4,5,6,7"},
        metrics=("accuracy", "label-counts"),
        read=read,
        block_elements=CLASSES * 100,
    )
    other = tmp_path / "other"
    other.mkdir()
    with ExitStack() as stack:
        plan = planned(request, stack)
        boxes = list(plan.boxes())
        given = pickle.dumps((plan.recipe, boxes))
        assert len(given) < 8000
        assert LOGITS.tobytes()[:64] not in given
        here = [plan.recipe.run(plan.recipe.load(box)).tallies for box in boxes]
    assert len(boxes) == 3
    assert pickle.loads(run(WORK, given, other)) == here


def test_what_only_this_process_has_does_not_travel(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="array: cannot be opened by another process"):
        pickle.dumps(open_array(LOGITS))
    code = (
        "import pickle; from xent_cli.arrays import open_array\n"
        "try: pickle.dumps(open_array('-'))\n"
        "except Exception as error: print(error)"
    )
    np.save(tmp_path / "x.npy", LOGITS)
    told = run(code, (tmp_path / "x.npy").read_bytes(), tmp_path).decode()
    assert told == "stdin: cannot be opened by another process\n"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"reduction": "sum", "unit": "bits"},
        {"options": {"weight": "1,2,3,4,5,6,inf"}, "metrics": ("accuracy", "label-counts")},
        {"kind": "torchmetrics.Perplexity", "shape": (1, ROWS, CLASSES)},
        {"kind": "softmax-ce", "labels": np.full(ROWS, -100)},
        {"kind": "transformers.ForCausalLMLoss", "params": {"num_items_in_batch": "17"}},
        {"corners": True, "precision": "double"},
    ],
    ids=lambda changes: "-".join(changes) or "plain",
)
def test_a_header_and_tallies_finish_where_the_inputs_cannot_be_seen(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    changes = dict(changes)
    logits = LOGITS.reshape(changes.pop("shape", LOGITS.shape))
    labels = changes.pop("labels", LABELS % CLASSES).reshape(logits.shape[:-1])
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    np.save(tmp_path / "in/x.npy", logits)
    np.save(tmp_path / "in/y.npy", labels)
    request = LossRequest(str(tmp_path / "in/x.npy"), str(tmp_path / "in/y.npy"), **changes)
    expected = compute_loss(request)
    with ExitStack() as stack:
        plan = planned(request, stack)
        total = {name: TALLIES[name]() for name in plan.recipe.tallies}
        for box in plan.boxes():
            for name, tally in plan.recipe.run(plan.recipe.load(box)).tallies.items():
                total[name].merge(tally)
        state = {"header": to_json(plan.complete()), "tallies": to_json(total)}
    files = state["header"]["files"]
    assert [facts["name"] for facts in files["logits"]] == [str(tmp_path / "in/x.npy")]
    for path in (tmp_path / "in").iterdir():
        path.unlink()
    given = json.dumps(state, allow_nan=False)
    texts = json.loads(run(FINISH, given.encode(), tmp_path / "out"))
    assert texts == {form: "".join(render(expected, form)) for form in REPORTS}
