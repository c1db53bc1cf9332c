"""`xent losses` as users call it."""

from __future__ import annotations

import csv
import io

import pytest
import yaml

from xent_cli.losses import LOSSES

TORCH, KERAS = "torch.nn.CrossEntropyLoss", "keras.losses.SparseCategoricalCrossentropy"
GROUPS = [
    "own kinds",
    *dict.fromkeys(f"{name.rpartition('.')[0]}." for name in LOSSES if "." in name),
]


def test_a_pipe_gets_one_name_a_line(xent) -> None:
    run = xent("losses")
    assert run.text.splitlines() == list(LOSSES)
    assert (run.status, run.stderr) == (0, "")


def test_the_table_has_every_loss_under_its_framework(xent) -> None:
    run = xent("losses", "--all", "-f", "table")
    titles = [line for line in run.text.splitlines() if line in GROUPS]
    assert titles == GROUPS
    page = xent("losses", "--all", "-f", "md").text
    for name in LOSSES:
        own = name.rpartition(".")[2].replace("_", chr(92) + "_")
        assert f"| {own} | {LOSSES[name].own}" in page


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_framework_is_a_line(terminal, columns) -> None:
    screen, status = terminal("xent losses", columns=columns)
    assert status == 0
    lines = screen.splitlines()
    assert max(map(len, lines)) <= columns
    assert len(lines) <= {60: 72, 80: 54, 120: 36}[columns]
    names = [line.split(" ")[0] for line in lines]
    for name in LOSSES:
        assert names.count(name.rpartition(".")[0] or name) == 1
    (torch,) = [line for line in lines if line.startswith("torch.nn ")]
    assert (
        torch.removeprefix("torch.nn")
        .lstrip()
        .startswith("9 functions: CrossEntropyLoss, NLLLoss, ")
    )
    assert torch.endswith(", ...") or torch.endswith(", GaussianNLLLoss")
    (sklearn,) = [line for line in lines if line.startswith("sklearn.metrics ")]
    assert sklearn.endswith("  1 function: log_loss")


@pytest.mark.parametrize("words", [["focal"], ["FOCAL"], ["focal", "sigmoid-focal"]])
def test_a_word_lists_the_names_that_have_it(xent, words) -> None:
    having = [name for name in LOSSES if "focal" in name.lower()]
    assert xent("losses", *words).text.splitlines() == having
    assert len(having) == 5
    page = xent("losses", *words, "-f", "table").text
    assert "keras.losses.\n" in page
    assert "--kind keras.losses.CategoricalFocalCrossentropy\n" in page


def test_words_are_looked_for_in_other_names_too(xent) -> None:
    names = xent("losses", "cross_entropy").text.splitlines()
    assert TORCH in names  # torch.nn.functional.cross_entropy
    several = xent("losses", "sklearn", "onnx").text.splitlines()
    assert several == [name for name in LOSSES if name.startswith(("sklearn", "onnx"))]


def test_a_word_of_one_name_shows_it_in_full(xent) -> None:
    page = xent("losses", "BCEWithLogits", "-f", "table").text
    assert page == xent("losses", "torch.nn.BCEWithLogitsLoss", "-f", "table").text
    assert page.startswith("torch.nn.BCEWithLogitsLoss: ")


def test_a_whole_name_is_no_word(xent) -> None:
    assert xent("losses", "nll", "-f", "json").json["losses"][0]["name"] == "nll"
    assert xent("losses", "nll").text == xent("losses", "nll", "-f", "plain").text
    assert "formula" in xent("losses", "nll").text


def test_all_functions_fit_a_terminal_of_80_columns_with_a_line_each(terminal) -> None:
    screen, status = terminal("xent losses --all")
    assert status == 0
    lines = screen.splitlines()
    assert max(map(len, lines)) <= 80
    for name, loss in LOSSES.items():
        if loss.own:
            (line,) = [x for x in lines if x.split(" ")[0] == name.rpartition(".")[2]]
            form = loss.labels.name.lower()
            assert line.split() == [name.rpartition(".")[2], loss.own, loss.takes, form]


def test_a_function_says_whose_kind_it_is_and_whose_rules_it_has(xent) -> None:
    for name, loss in LOSSES.items():
        assert (loss.own != "") == ("." in name)
        if loss.own and name != "torchmetrics.Perplexity":
            assert loss.summary.startswith(f"{loss.own} by the rules of ")
    (entry,) = xent("losses", TORCH, "-f", "json").json["losses"]
    assert entry["own"] == "softmax-ce"
    assert entry["summary"] == "softmax-ce by the rules of PyTorch"


def test_records(xent) -> None:
    rows = list(csv.DictReader(io.StringIO(xent("losses", "-f", "csv").text)))
    assert [row["name"] for row in rows] == list(LOSSES)
    assert rows[0] == {
        "name": "softmax-ce",
        "framework": "",
        "takes": "logits",
        "labels": "either",
        "summary": LOSSES["softmax-ce"].summary,
    }
    document = xent("losses", "-f", "json").json
    assert document["command"] == "losses"
    assert [loss["name"] for loss in document["losses"]] == list(LOSSES)
    assert yaml.safe_load(xent("losses", "-f", "yaml").text) == document


@pytest.mark.parametrize("name", list(LOSSES))
def test_one_in_full(xent, name) -> None:
    (entry,) = xent("losses", name, "-f", "json").json["losses"]
    loss = LOSSES[name]
    assert entry["formula"] == loss.formula
    assert entry["reference"] == loss.reference
    assert [param["name"] for param in entry["params"]] == [param.spelled for param in loss.params]
    assert all(f"reduction {word}" in entry["rules"] for word in loss.rules.reduction.names)
    assert entry["aliases"] == sorted(loss.aliases)
    table = xent("losses", name, "-f", "table").text
    words = " ".join(table.split())
    assert words.startswith(f"{name}: {loss.summary}")
    assert {param.spelled for param in loss.params} <= set(table.split())


def test_defaults_ranges_and_flags(xent) -> None:
    (entry,) = xent("losses", "softmax-ce", "-f", "json").json["losses"]
    smoothing = next(param for param in entry["params"] if param["name"] == "label_smoothing")
    assert smoothing["takes"] == "number from 0 to 1"
    assert smoothing["default"] == "0"
    assert smoothing["flag"] == "--label-smoothing"
    assert entry["rules"]["reduction mean"] == (
        "sum of losses / sum of the weights of the rows that count (default)"
    )


def test_an_alias_is_shown_with_the_other_names(xent) -> None:
    (entry,) = xent("losses", "torch.nn.functional.cross_entropy", "-f", "json").json["losses"]
    assert entry["name"] == "torch.nn.functional.cross_entropy"
    assert entry["aliases"] == [TORCH]


def test_two_side_by_side_with_the_differing_rules_marked(xent) -> None:
    rows = list(csv.DictReader(io.StringIO(xent("losses", TORCH, KERAS, "-f", "csv").text)))
    by_term = {row["term"]: row for row in rows}
    assert by_term["a label that is no class, backend jax"] == {
        "differs": "*",
        "term": "a label that is no class, backend jax",
        TORCH: "",
        KERAS: "no loss",
    }
    assert by_term["reduction sum"]["differs"] == ""
    assert by_term["-p ignore_index"][KERAS] == "ignore_class: integer; default none"
    differing = xent("losses", TORCH, KERAS, "-f", "json").json["differing"]
    assert differing == [row["term"] for row in rows if row["differs"]]
    table = xent("losses", TORCH, KERAS, "-f", "table").text
    assert sum(line.startswith("*  ") for line in table.splitlines()) == len(differing)
    assert "* differs" in table


def test_refusals(xent) -> None:
    run = xent("losses", "softmx-ce")
    assert (run.status, run.text) == (2, "")
    assert "did you mean softmax-ce" in run.stderr
    mixed = xent("losses", "torch", "xyzzy")
    assert (mixed.status, mixed.text) == (2, "")
    assert "no loss named 'xyzzy'" in mixed.stderr
    twice = xent("losses", TORCH, "torch.nn.functional.cross_entropy")
    assert twice.status == 2
    assert "same loss" in twice.stderr
    assert xent("losses", "-f", "pdf").status == 2
