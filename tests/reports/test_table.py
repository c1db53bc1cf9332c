"""Tables: what they say, that they fit, and that nothing is cut."""

import re

import pytest
from report_samples import array, cat, loss, rowwise, show
from rich.cells import cell_len

from xent_cli.diagnosis import NOTE, WARNING, Diagnosis
from xent_cli.records import replace
from xent_cli.reports import Style, render
from xent_cli.results.arrays import ArrayResult

NAN, INF = float("nan"), float("inf")
SIGNATURE = "xent|kind:nll|red:mean|weight:0a1b2c3d|in:float32|v:0.1.0"
LONG = "/".join(["checkpoints", "run-2024-07-30", "x" * 140, "logits-of-the-last-step.npy"])
CJK = "模型输出/分类器的原始逻辑值与标签-第一次训练-最终版本.npy"
TWELVE = (2, 3, 1, 2, 1, 2, 1, 2, 1, 2, 3, 4)
CLASSES = tuple(f"a-very-long-class-name-{i}" for i in range(10))

RESULTS = {
    "loss": loss(),
    "double": loss(precision="double"),
    "options": loss(options={"label-smoothing": 0.1}, changed=("label-smoothing",), out=LONG),
    "long name": loss(inputs={"logits": array(LONG, TWELVE), "pos-weight": array(CJK, (7,))}),
    "none": rowwise([i / 7 for i in range(1797)], precision="double"),
    "none 3-D": rowwise([i / 7 for i in range(210)], (5, 6, 7)),
    "none empty": rowwise([], (0,)),
    "cat": cat((1797, 4), (1797, 6)),
    "cat long": cat(*[(5, 3, 4)] * 40, dim=0, names=[LONG, CJK] * 20),
    "cat 12-D": cat(TWELVE, TWELVE, dim=3),
    "show": show(array(CJK, (1797, 10), columns=CLASSES)),
    "show several": show(
        array("samples/logits.npy", (1797, 10)),
        array(LONG, TWELVE, order="F"),
        array(CJK, (100_000_000,), "float64"),
        array("scalar.npy", ()),
        array("empty.npy", (0, 3)),
    ),
}


def gradient(value, precision="native"):
    """A gradient of which the loss is known."""
    details = {
        "kind": "softmax-ce",
        "loss": value,
        "divided_by": 3.0,
        "precision": precision,
        "signature": SIGNATURE,
    }
    arrays = (array("samples/tiny-logits.npy", (3, 5)),)
    return ArrayResult("grad", arrays, arrays, details)


def text(result, width=80, **look):
    return "".join(render(result, "table", Style(width, **look)))


def test_a_loss():
    assert text(loss()) == (
        "input   file                shape      dtype    first values\n"
        "─────────────────────────────────────────────────────────────────────────\n"
        "logits  samples/logits.npy  1797 x 10  float32  6.059, -3.116, 5.194, ...\n"
        "labels  samples/labels.npy  1797       int64    7, 4, 0, ...\n"
        "\n"
        "kind        softmax-ce\n"
        "labels      class indices\n"
        "classes     10, along dim 1\n"
        "rows        1797\n"
        "ignored     0\n"
        "precision   native\n"
        "smallest    1.192093e-07  at row 122\n"
        "largest     4.567123  at row 1611\n"
        "perplexity  1.131572\n"
        "\n"
        "loss = 222.1236 / 1797 = 0.123608 nats\n"
        "\n"
        "xent|softmax-ce|mean|nats|ignore:-100|native|v0.1.0\n"
    )


def test_digits_are_what_the_precision_carries():
    third = {"loss": 1 / 3, "numerator": 599.0}
    assert "loss = 599 / 1797 = 0.3333333 nats" in text(loss(**third))
    assert "= 0.3333333333333333 nats" in text(loss(**third, precision="double"))
    assert "loss = sum = 599 nats" in text(loss(reduction="sum", loss=599.0))
    assert "0 / 0 = nan nats" in text(loss(loss=float("nan"), numerator=0.0, denominator=0.0))


def test_the_signature_is_one_line():
    result = loss(signature=SIGNATURE)
    assert text(result, 30).endswith(f"\n\n{SIGNATURE}\n")
    assert text(result, 80, wraps=True).endswith(f"\n\n{SIGNATURE}\n")


@pytest.mark.parametrize("width", range(33, 60))
def test_a_terminal_breaks_the_signature_at_bars(width):
    line = text(loss(signature=SIGNATURE), width, wraps=True).split("\n")[-2]
    assert line.strip() == SIGNATURE
    ends = range(width, len(line), width)
    assert all("|" in line[end - 1 : end + 1] for end in ends)


def colour_of(answer, result):
    (codes,) = re.findall(rf"\x1b\[([0-9;]*)m{answer}", text(result, color=True))
    return codes


def test_a_loss_has_the_colour_of_what_is_told():
    assert colour_of("loss = ", loss()) == "1;32"
    assert colour_of("loss = ", loss(warnings=("odd",))) == "1;33"
    assert colour_of("loss = ", loss(warnings=("odd",), loss=NAN, numerator=NAN)) == "1;31"
    assert colour_of("loss = ", loss(loss=INF, numerator=INF)) == "1;31"
    assert colour_of("sum = ", rowwise([1.0], numerator=NAN)) == "1;31"
    assert colour_of("sum = ", rowwise([1.0], warnings=("odd",))) == "1;33"


def test_an_array_has_the_colour_of_what_is_told():
    for result, answer in ((cat((1, 2), (1, 3)), "cat dim=1: "), (gradient(1.5), "grad: ")):
        for level, codes in ((NOTE, "1;32"), (WARNING, "1;33")):
            told = replace(result, diagnoses=(Diagnosis("activation-nan", level, "odd"),))
            assert colour_of(answer, told) == codes
    assert colour_of("grad: ", gradient(NAN)) == "1;31"


def test_a_gradient_shows_the_digits_that_its_precision_carries():
    assert "loss        1.466772\ndivided by  3\n" in text(gradient(1.4667716311473504))
    double = text(gradient(1.4667716311473504, "double"))
    assert "loss        1.46677163114735\ndivided by  3\n" in double
    assert double.endswith(f"\n\n{SIGNATURE}\n")


def test_extremes_of_rows_of_elements_compare_with_the_loss():
    mean = text(loss(elements=4))
    assert "ignored            0\nelements           4 a row\n" in mean
    assert "largest row mean   1.141781  at row 1611\n" in mean
    assert "largest row sum   4.567123  at row 1611\n" in text(loss(elements=4, rule="SUM"))
    assert "largest row sum " in text(loss(elements=4, divisor=7.0))
    assert "elements" not in text(loss())


def test_a_loss_of_each_element_says_so():
    assert "loss of each row (nats)" in text(rowwise([0.5, 1.5]))
    elements = rowwise([0.5, 1.5], (1, 2), rows_shape=(1,), elements=2)
    assert "loss of each element (nats)" in text(elements)


def test_rows_show_their_ends():
    assert (
        "loss of each row (nats)\n"
        "  0    1    2    3    4  ...   1793   1794   1795   1796\n"
        "────────────────────────────────────────────────────────\n"
        "0.0  0.1  0.2  0.3  0.4  ...  179.3  179.4  179.5  179.6\n"
    ) in text(rowwise([i / 10 for i in range(1797)]))
    assert ("     0    1    2\n────────────────\n0  0.0  0.1  0.2\n1  0.3  0.4  0.5\n") in text(
        rowwise([i / 10 for i in range(6)], (2, 3))
    )


def test_a_concatenation_marks_the_dim():
    written = text(cat((1797, 4), (1797, 6)))
    assert "\nsamples/a.npy  1797 x [4]  float32\n" in written
    assert "dtype  float32 (all inputs)\n" in written
    assert written.endswith("\ncat dim=1: (1797 x 4) + (1797 x 6) -> (1797 x 10)\n")


def test_an_equation_breaks_between_terms_only():
    written = text(cat((1797, 4), (1797, 6)), width=40)
    assert written.endswith("\ncat dim=1: (1797 x 4) + (1797 x 6)\n-> (1797 x 10)\n")


def test_many_inputs_are_told_in_short():
    written = text(cat(*[(5, 3, 4)] * 20, dim=0))
    assert "... 9 more ..." in written
    assert "(5 x 3 x 4) + (5 x 3 x 4) + ... 17 more ... + (5 x 3 x 4)" in written
    assert "samples/h.npy" in written
    assert "samples/i.npy" not in written


def test_one_array_and_several():
    one = text(show(array("x.npy", (2, 3), order="F"), nan=1))
    assert "layout      Fortran order (first axis fastest)\n" in one
    assert "not finite  1 nan, 0 inf, 0 -inf\n" in one
    several = text(show(array("x.npy", (2, 3)), array("y.npy", (0, 3)), array("z.npy", ())))
    assert "x.npy  2 x 3   float32  C         24  -8.656 to 8.656    0    0\n" in several
    assert "y.npy: none, the array is empty\n" in several
    assert "z.npy: -8.65625\n" in several


def test_slices_of_an_array_of_four_dims():
    written = text(show(array("x.npy", (2, 3, 4, 5))))
    titles = [line for line in written.split("\n") if line.startswith("values")]
    assert titles == [
        "values [0, 0, :, :]",
        "values [0, 2, :, :]",
        "values [1, 0, :, :]",
        "values [1, 2, :, :]",
    ]


@pytest.mark.parametrize("name", RESULTS)
def test_no_line_is_wider_than_the_page(name):
    for width in (*range(20, 86, 3), 100, 120, 160, 200):
        for line in text(RESULTS[name], width).split("\n"):
            if not line.startswith("xent|"):
                assert cell_len(line) <= width, f"{width} columns: {line}"


def test_a_long_name_loses_its_middle():
    written = text(loss(inputs={"logits": array(LONG, (2, 3))}, out=LONG))
    assert "\nlogits  checkpoints/…/logits-of-the-last-step.npy  2 x 3" in written
    assert "\nwritten to  checkpoints/run-2024-07-30/…/logits-of-the-last-step.npy\n" in written
    assert text(loss(inputs={"logits": array(LONG, (2, 3))}, out=LONG), 300).count(LONG) == 2
    narrow = text(show(array(LONG, (2, 3))), 40)
    assert narrow.startswith("file        logits-of-the-last-step.npy\n")
    assert ".../logits-of-the-last-step.npy" in text(show(array(LONG, (2, 3))), ascii=True)
    assert text(cat((5, 4), (5, 6), names=[LONG, CJK])).count("/logits-of-the-last-step.npy") == 1


@pytest.mark.parametrize("form", ["json", "yaml", "md"])
def test_a_long_name_is_whole_for_programs(form):
    result = loss(inputs={"logits": array(LONG, (2, 3))}, out=LONG)
    assert "".join(render(result, form, Style(40))).count(LONG) == 2


@pytest.mark.parametrize("width", [20, 40])
def test_a_shape_of_many_axes_is_whole(width):
    written = text(loss(inputs={"logits": array(CJK, TWELVE)}), width)
    shape = written.split("\nshape")[1].split("\ndtype")[0]
    assert " ".join(shape.split()) == " x ".join(map(str, TWELVE))


def test_first_values_give_way_before_names():
    result = loss(inputs={"logits": array("a/file-of-logits.npy", (1797, 10))})
    row = "a/file-of-logits.npy  1797 x 10  float32  6.059"
    assert f"{row}, -3.116, 5.194, ...\n" in text(result, 80)
    assert f"{row}, -3.116, ...\n" in text(result, 68)
    assert f"{row}, ...\n" in text(result, 62)


@pytest.mark.parametrize("name", RESULTS)
def test_no_word_is_broken(name):
    """But names of files lose their middle, and long class names over values fold."""
    whole = {*text(RESULTS[name], 400).split(), "..."}
    for width in (60, 80, 120, 200):
        broken = set(text(RESULTS[name], width).split()) - whole
        cut = {word for word in broken if re.search("[…─]", word)}
        bases = {name.rpartition("/")[2] for name in (LONG, CJK)}
        assert all(word in CLASSES[0] for word in broken - cut - bases)


@pytest.mark.parametrize("width", [20, 40, 80])
def test_long_headings_over_values_are_whole(width):
    written = text(show(array("x.csv", (2, 2), columns=CLASSES)), width)
    heading = written.split("values\n")[1].split("─")[0]
    assert len(re.sub(r"\s|\.", "", heading)) >= len(CLASSES[0])
    assert "6.059375" in written


def test_values_are_never_split():
    for width in range(40, 120, 3):
        grid = text(show(array("x.npy", (1797, 10))), width).split("values\n")[1]
        cells = set(grid.split()[1:])
        assert all(re.fullmatch(r"-?\d\.\d{6}|\d+|\.\.\.|[─]+", cell) for cell in cells)


def test_without_colour_there_is_no_escape():
    for result in RESULTS.values():
        assert "\x1b" not in text(result)


def test_colour_changes_no_letter():
    for result in RESULTS.values():
        coloured = text(result, color=True)
        assert "\x1b[" in coloured
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text(result)


def test_a_name_commands_no_terminal():
    hostile = "\x1b]0;owned\x07[bold]:smile:\r\u202e.npy"
    written = text(show(array(hostile, (2, 3))), color=True)
    assert "\\x1b]0;owned\\x07[bold]:smile:\\r\\u202e.npy" in written
    assert set(re.findall(r"[\x00-\x1f\x7f]", re.sub(r"\x1b\[[0-9;]*m", "", written))) == {"\n"}


def test_ascii_rules():
    written = text(cat((1797, 4), (1797, 6)), ascii=True)
    assert written.isascii()
    assert "\n-----" in written


def test_the_environment_has_no_say(monkeypatch):
    before = text(loss())
    for name, value in {"COLUMNS": "40", "TERM": "dumb", "FORCE_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert text(loss()) == before
