"""json, yaml, csv, md and plain: what programs and documents read."""

import csv
import io
import json
import math
import tracemalloc

import pytest
import yaml
from report_samples import Listed, array, cat, loss, rowwise, show

from xent_cli.errors import UsageError
from xent_cli.reports import REPORTS, render

NAN, INF = float("nan"), float("inf")
HOSTILE = 'a|b,"c"\n\x1b[2J\x07\x9b\x7f\u202e\u2028x\udcff`日本*_<i>.npy'
RESULTS = {
    "loss": loss(),
    "sum": loss(reduction="sum", loss=222.12359397),
    "nan": loss(loss=NAN, numerator=-INF, denominator=0.0, minimum=None, maximum=None),
    "none": rowwise([0.5, NAN, INF, -INF, 1e-07, 1e16, 2.0]),
    "none 2-D": rowwise([0.25 * i for i in range(6)], (2, 3)),
    "none empty": rowwise([], (0,)),
    "hostile": loss(inputs={"logits": array(HOSTILE, (2, 3))}, out=HOSTILE, warnings=(HOSTILE,)),
    "cat": cat((1797, 4), (1797, 6)),
    "show": show(array("x.csv", (3,), columns=("a",)), array(HOSTILE, (2, 3), order="F")),
    "show nan": show(array("x.npy", (2,)), minimum=None, maximum=None, nan=2),
}


def text(result, format):
    return "".join(render(result, format))


def strict(value):
    """What JSON has instead: words for numbers that it lacks, lists for tuples."""
    if isinstance(value, dict):
        return {key: strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {INF: "inf", -INF: "-inf"}.get(value, "nan")
    return value


def document(result):
    """The contract, put together without the code under test."""
    expected = strict(result.to_dict())
    values = getattr(result, "values", None)
    if values is not None:
        data = [v for chunk in values.chunks() for v in chunk]
        expected["values"] = {"shape": list(values.shape), "data": strict(data)}
    return expected


def refuse(constant):
    raise AssertionError(f"not strict JSON: {constant}")


@pytest.mark.parametrize("name", RESULTS)
def test_json_is_strict_and_pretty(name):
    written = text(RESULTS[name], "json")
    expected = document(RESULTS[name])
    assert json.loads(written, parse_constant=refuse) == expected
    assert list(json.loads(written)) == list(expected)
    if name != "hostile" and not name.startswith("show"):
        assert written == json.dumps(expected, indent=2) + "\n"


@pytest.mark.parametrize("name", RESULTS)
def test_yaml_says_what_json_says(name):
    read = yaml.safe_load(text(RESULTS[name], "yaml"))
    assert read == json.loads(text(RESULTS[name], "json"))
    assert list(read) == list(document(RESULTS[name]))


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("format", REPORTS)
def test_no_control_character_reaches_the_terminal(name, format):
    written = text(RESULTS[name], format)
    assert written == "" or written.endswith("\n")
    cells = written.replace("\t", "") if format == "plain" else written
    assert all(line.isprintable() for line in cells.split("\n"))
    written.encode()  # a lone surrogate would raise


def test_letters_of_other_scripts_stay():
    result = show(array("模型/日本.npy", (2, 3)))
    for format in REPORTS:
        assert "模型/日本.npy" in text(result, format)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, "0.1\n"),
        (1 / 3, "0.3333333333333333\n"),
        (2.0, "2.0\n"),
        (NAN, "nan\n"),
        (INF, "inf\n"),
        (-INF, "-inf\n"),
        (5e-324, "5e-324\n"),
    ],
)
def test_plain_is_the_bare_number(value, expected):
    assert text(loss(loss=value), "plain") == expected


def test_plain_without_reduction_is_a_value_a_line_in_c_order():
    result = rowwise([0.5, NAN, INF, 1e-07, 0.1, 4.0], (2, 3))
    assert text(result, "plain") == "0.5\nnan\ninf\n1e-07\n0.1\n4.0\n"


def test_plain_of_no_rows_is_empty():
    assert text(rowwise([], (0,)), "plain") == ""


def test_plain_of_cat_and_show_is_tab_separated():
    assert text(cat((5, 4), (5, 6)), "plain") == (
        "input\tsamples/a.npy\tnpy\t5x4\tfloat32\tC\n"
        "input\tsamples/b.npy\tnpy\t5x6\tfloat32\tC\n"
        "output\toutput\tnpy\t5x10\tfloat32\tC\n"
    )
    assert text(show(array("x.npy", (), "float64"), minimum=None, maximum=None), "plain") == (
        "x.npy\tnpy\tscalar\tfloat64\tC\t1\t4\t\t\t0\t0\t0\n"
    )
    assert text(show(array("a\tb.npy", (2,))), "plain").count("\t") == 11


def test_csv_of_a_loss():
    assert text(loss(), "csv") == (
        "kind,reduction,unit,loss,numerator,denominator,rows,ignored,classes,perplexity,"
        "minimum,minimum_row,maximum,maximum_row,precision,signature,elements\n"
        "softmax-ce,mean,nats,0.12360801,222.12359397,1797.0,1797,0,10,1.131572,"
        "1.1920928e-07,122,4.5671234,1611,native,"
        "xent|softmax-ce|mean|nats|ignore:-100|native|v0.1.0,1\n"
    )


def test_csv_without_reduction():
    assert text(rowwise([0.5, NAN, 1e-07]), "csv") == "row,loss\n0,0.5\n1,nan\n2,1e-07\n"
    elements = rowwise([0.5, 1.5], (1, 2), rows_shape=(1,), elements=2)
    assert text(elements, "csv") == "element,loss\n0,0.5\n1,1.5\n"


def test_how_many_losses_a_row_is_the_sum_of():
    assert json.loads(text(loss(elements=4), "json"))["elements"] == 4
    (record,) = csv.DictReader(io.StringIO(text(loss(elements=4), "csv")))
    assert (record["elements"], record["maximum"]) == ("4", "4.5671234")
    page = text(loss(elements=4), "md")
    assert "| elements | 4 a row |" in page
    assert "| largest row mean | 1.141781  at row 1611 |" in page


def test_csv_cells_are_quoted():
    rows = list(csv.reader(io.StringIO(text(RESULTS["show"], "csv"))))
    assert len(rows) == 3
    assert {len(row) for row in rows} == {12}
    assert rows[2][0] == ('a|b,"c"\\n\\x1b[2J\\x07\\x9b\\x7f\\u202e\\u2028x\\xff`日本*_<i>.npy')


def test_markdown_of_a_concatenation():
    assert text(cat((1, 2), (1, 1)), "md") == (
        "| input | shape | dtype |\n"
        "| --- | --- | --- |\n"
        "| samples/a.npy | 1 x \\[2\\] | float32 |\n"
        "| samples/b.npy | 1 x \\[1\\] | float32 |\n"
        "\n"
        "| name | value |\n"
        "| --- | --- |\n"
        "| dim | 1 |\n"
        "| dtype | float32 (all inputs) |\n"
        "\n"
        "**values**\n"
        "\n"
        "|  | 0 | 1 | 2 |\n"
        "| ---: | ---: | ---: | ---: |\n"
        "| 0 | 6.059375 | -3.116250 | 5.193750 |\n"
        "\n"
        "**cat dim=1: (1 x 2) + (1 x 1) -\\> (1 x 3)**\n"
    )


def test_markdown_rows_keep_their_cells_whatever_the_name():
    unescaped = [
        line.replace("\\\\", "").replace("\\|", "").count("|")
        for line in text(RESULTS["hostile"], "md").split("\n")
        if line.startswith("| logits")
    ]
    assert unescaped == [6]


def test_an_unknown_format_names_those_there_are():
    with pytest.raises(UsageError, match="table, plain, json, yaml, csv, md") as caught:
        render(loss(), "jsn")
    assert caught.value.hint == "did you mean json?"


MANY = 200_000


class Endless(Listed):
    """Many values (4 MB of text), made as they are asked for, in chunks that fit no piece."""

    def chunks(self):
        for start in range(0, MANY, 7001):
            yield [i / 7 for i in range(start, min(start + 7001, MANY))]


@pytest.mark.parametrize("format", ["plain", "csv", "json", "yaml"])
def test_many_values_stream_in_bounded_memory(format):
    result = loss(reduction="none", loss=None, values=Endless((MANY,), ()))
    text(rowwise([1.0]), format)  # loads what the format needs
    tracemalloc.start()
    try:
        lines = largest = 0
        for piece in render(result, format):
            lines += piece.count("\n")
            largest = max(largest, len(piece))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert lines >= MANY
    assert largest < 300_000
    assert peak < 2_000_000


@pytest.mark.parametrize("format", ["plain", "csv", "json", "yaml"])
def test_the_text_does_not_depend_on_the_chunks(format):
    values = tuple(i / 3 for i in range(10_000))
    texts = {
        text(loss(reduction="none", loss=None, values=Listed((10_000,), values, chunk)), format)
        for chunk in (1, 4096, 9999, 20_000)
    }
    assert len(texts) == 1
