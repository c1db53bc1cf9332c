"""`xent check`: each diagnosis fires, and its fix works when it is followed."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sick_inputs import HOT, INPUTS, P, Sick, X, Y

from xent_cli import LossRequest, check_inputs
from xent_cli.diagnoses import DIAGNOSES
from xent_cli.errors import StorageError, UsageError


def store(sick: Sick, place: Path) -> None:
    np.save(place / "x.npy", sick.x)
    np.save(place / "y.npy", sick.y)
    np.save(place / "w.npy", np.zeros(len(sick.x)))
    np.save(place / "odd.npy", np.where(np.arange(len(sick.x)) == 2, np.inf, 1))


def follow(line: str, xent: Any, place: Path) -> Any:
    """Runs a command line, and checks the inputs that its loss has."""
    *before, loss = line.split(" && ")
    for command in before:
        line = command.replace("python3", shlex.quote(sys.executable), 1)
        subprocess.run(line, shell=True, check=True, cwd=place, stderr=subprocess.DEVNULL)
    words = shlex.split(loss)
    assert words[:2] == ["xent", "loss"]
    assert xent(*words[1:]).status == 0
    return xent("check", *words[2:], "-f", "json")


@pytest.mark.parametrize("sick", INPUTS, ids=lambda sick: f"{sick.id} {sick.options}")
def test_each_is_found_and_its_fix_is_right(
    sick: Sick, xent: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(sick, tmp_path)
    monkeypatch.chdir(tmp_path)
    run = xent("check", "x.npy", "y.npy", *shlex.split(sick.options), "-f", "json")
    document = run.json
    found = next(each for each in document["diagnoses"] if each["id"] == sick.id)
    assert run.status == (3 if document["errors"] else 0)
    if DIAGNOSES[sick.id].stage == "sample":
        assert found["evidence"]
    if sick.fix is None:
        assert found["fix"] is None
        return
    assert sick.fix in found["fix"]
    fixed = follow(found["fix"], xent, tmp_path)
    assert fixed.status == 0
    left = [each["id"] for each in fixed.json["diagnoses"] if each["level"] != "note"]
    assert left == [], fixed.json["diagnoses"]


def test_there_is_one_for_every_diagnosis() -> None:
    units = {id for id, unit in DIAGNOSES.items() if unit.stage != "reading"}
    assert {sick.id for sick in INPUTS} == units | {"refused"}


def test_the_loss_tells_the_same_records(xent: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for sick in INPUTS:
        store(sick, tmp_path)
        options = shlex.split(sick.options)
        checked = xent("check", "x.npy", "y.npy", *options, "-f", "json").json
        if checked["errors"]:
            run = xent("loss", "x.npy", "y.npy", *options)
            assert run.status in (2, 3)
            assert checked["errors"][0] in " ".join(run.stderr.split())
            continue
        told = xent("loss", "x.npy", "y.npy", *options, "-f", "json").json["diagnoses"]
        records = [
            {k: v for k, v in d.items() if k not in ("evidence", "fix")}
            for d in checked["diagnoses"]
        ]
        alone = {id for id, unit in DIAGNOSES.items() if unit.stage == "check"}
        others = [record for record in records if record["id"] not in alone]
        assert sorted(others, key=lambda d: d["message"]) == sorted(
            told, key=lambda d: d["message"]
        )


@pytest.mark.parametrize("route", ["file", "stdin", "shards", "npz", "csv", "float16"])
def test_every_route_finds_the_same(
    route: str, program: Any, xent: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    probabilities = P.round(3) if route == "csv" else P.astype("f2" if route == "float16" else "f4")
    np.save("x.npy", probabilities)
    np.save("y.npy", Y)
    name, given = "x.npy", None
    if route == "stdin":
        name, given = "-", Path("x.npy").read_bytes()
        run = program("check", name, "y.npy", "-f", "json", input=given, cwd=tmp_path)
    else:
        if route == "shards":
            np.save("s-0.npy", probabilities[:11])
            np.save("s-1.npy", probabilities[11:])
            name = "s-*.npy"
        elif route == "npz":
            np.savez("z.npz", logits=probabilities, labels=Y)
            name = "z.npz:logits"
        elif route == "csv":
            np.savetxt("x.csv", probabilities, delimiter=",", fmt="%.3f")
            name = "x.csv"
        run = xent("check", name, "y.npy", "-f", "json")
    found = run.json["diagnoses"][0]
    assert found["id"] == "probabilities-as-logits"
    assert [each["row"] for each in found["evidence"]] == list(range(8))
    assert found["fix"] == f"xent loss {shlex.quote(name)} y.npy --input probs"
    kinds = [(kind["kind"], kind["input"]) for kind in run.json["kinds"]]
    assert ("softmax-ce", "probs") in kinds
    assert ("softmax-ce", "logits") not in kinds


FITTING = {
    "logits and indices": (X, Y, {("softmax-ce", "logits"), ("sparse", "logits"), ("softmax-focal", "logits"), ("poly", "logits")}),
    "probabilities and indices": (P, Y, {("softmax-ce", "probs"), ("sparse", "probs"), ("categorical-ce", "probs"), ("softmax-focal", "probs"), ("poly", "probs")}),
    "answers of -1 and 1": (X, HOT * 2 - 1, {("soft-margin", "logits")}),
    "one logit a row": (X[:, 0], HOT[:, 0], {("sigmoid-bce", "logits"), ("multilabel-soft-margin", "logits"), ("sigmoid-focal", "logits")}),
    "counts": (X, np.arange(200).reshape(40, 5), {("poisson-nll", "log-rates"), ("gaussian-nll", "means")}),
}  # fmt: skip


@pytest.mark.parametrize("name", FITTING)
def test_the_kinds_that_fit(name: str, xent: Any, tmp_path: Path, monkeypatch: Any) -> None:
    x, y, expected = FITTING[name]
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", x)
    np.save("y.npy", y)
    kinds = xent("check", "x.npy", "y.npy", "-f", "json").json["kinds"]
    assert {(kind["kind"], kind["input"]) for kind in kinds} <= expected | {
        ("gaussian-nll", "means")
    }
    assert kinds
    for kind in kinds:
        assert xent(*shlex.split(kind["command"])[1:], "--strict").status == 0


def test_logits_alone_and_kinds_without_labels() -> None:
    result = check_inputs(LossRequest(P), kinds=True)
    assert result.kind == "entropy"
    assert [found.id for found in result.diagnoses] == ["probabilities-as-logits"]
    assert result.kinds is not None
    assert [(kind.kind, kind.input) for kind in result.kinds] == [("entropy", "probs")]


def test_what_no_data_can_mend_is_an_error_of_its_own() -> None:
    with pytest.raises(UsageError, match="there is no loss named"):
        check_inputs(LossRequest(X, Y, "nothing"))
    with pytest.raises(StorageError, match="no such file"):
        check_inputs(LossRequest("nothing.npy", Y))


def test_strict_warnings_and_a_quiet_pipe(xent: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", P)
    np.save("y.npy", Y)
    assert xent("check", "x.npy", "y.npy").status == 0
    strict = xent("check", "x.npy", "y.npy", "--strict")
    assert strict.status == 3
    assert strict.text.startswith("warning\tprobabilities-as-logits\tx.npy looks like")
    np.save("x.npy", X)
    healthy = xent("check", "x.npy", "y.npy", "--strict")
    assert (healthy.status, healthy.stdout, healthy.stderr) == (0, b"", "")


def test_the_list_documents_every_diagnosis(xent: Any) -> None:
    lines = xent("check", "--list").text.splitlines()
    assert [line.split("\t")[0] for line in lines] == list(DIAGNOSES)
    assert all(len(line.split("\t")) == 4 for line in lines)
    for argv in (["--list", "-f", "json"], ["-f", "json", "--list"]):
        entries = xent("check", *argv).json["list"]
        assert [entry["id"] for entry in entries] == list(DIAGNOSES)
    assert xent("check", "--list", "-f", "nothing").status == 2


def test_what_is_converted_is_a_file_or_a_member(
    xent: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("z.npz", logits=P * 100, labels=Y)
    np.save("g-0.npy", P[:20] * 100)
    np.save("g-1.npy", P[20:] * 100)
    np.save("y.npy", Y)
    found = xent("check", "z.npz:logits", "z.npz:labels", "-f", "json").json["diagnoses"][0]
    assert found["id"] == "percentages"
    assert follow(found["fix"], xent, tmp_path).json["warnings"] == []
    shards = xent("check", "g-*.npy", "y.npy", "-f", "json").json["diagnoses"][0]
    assert (shards["id"], shards["fix"]) == ("percentages", None)


def test_a_fix_leaves_out_parameters_that_the_other_kind_has_not(
    xent: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", X)
    np.save("y.npy", Y)
    kind = "keras.losses.CategoricalFocalCrossentropy"
    argv = ("x.npy", "y.npy", "-k", kind, "-p", "from_logits=true", "-p", "gamma=1")
    found = xent("check", *argv, "-f", "json").json["diagnoses"][0]
    assert found["fix"] == "xent loss x.npy y.npy --kind softmax-focal --param gamma=1"
    assert follow(found["fix"], xent, tmp_path).json["warnings"] == []
