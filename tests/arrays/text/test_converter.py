"""People's text: chosen columns, labels by name, decimal commas, empty cells."""

from __future__ import annotations

import gc
import math
import re
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xent_cli.arrays import open_array
from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.text import lines as text_lines
from xent_cli.errors import DataError, UsageError

ALL = """\
# run 7
id,cat,dog,eel,y,n
r1,0.5,1.5,-2,dog,12345678901234567890
# half way
"r,2","3.5",1.0,0.25,cat,1
r3,1e-3,2,3,eel,0
"""


def _file(tmp_path: Path, text: str, name: str = "x.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("block", [8, 50, 4 << 20])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_array_and_labels_of_one_file(
    block: int, ends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_lines, "_BLOCK", block)
    path = tmp_path / "x.csv"
    path.write_bytes(ALL.replace("\n", ends).encode())
    with open_array(path, ReadOptions(cols="2-4", label_col="y")) as reader:
        assert reader.columns == ("cat", "dog", "eel")
        np.testing.assert_array_equal(
            reader.read_all(), [[0.5, 1.5, -2], [3.5, 1, 0.25], [1e-3, 2, 3]]
        )
        labels = reader.labels
        assert labels is not None
        assert (labels.dtype, labels.format, labels.names_labels) == (np.int64, "csv", True)
        assert labels.read_all().tolist() == [[1], [0], [2]]
        assert "columns 2, 3, 4 (cat, dog, eel), the labels of column 5 (y)" in " ".join(
            reader.notes
        )
        assert not reader.warnings  # the long id is in a column that nobody reads


@pytest.mark.parametrize(
    ("cols", "expected"),
    [("eel,cat", [[-2, 0.5], [0.25, 3.5], [3, 1e-3]]), ("4", [[-2], [0.25], [3]])],
)
def test_columns_in_the_order_they_are_listed(cols: str, expected, tmp_path: Path) -> None:
    with open_array(_file(tmp_path, ALL), ReadOptions(cols=cols)) as reader:
        np.testing.assert_array_equal(reader.read_all(), expected)


def test_all_other_columns_are_the_array(tmp_path: Path) -> None:
    path = _file(tmp_path, "1,2,0\n3,4,1\n")
    with open_array(path, ReadOptions(label_col="3")) as reader:
        assert reader.read_all().tolist() == [[1, 2], [3, 4]]
        assert reader.labels is not None
        assert reader.labels.read_all().tolist() == [[0], [1]]
        assert reader.columns is None


def test_several_label_columns(tmp_path: Path) -> None:
    path = _file(tmp_path, "a,b,p,q\n1,2,0,1\n3,4,1,0.5\n")
    with open_array(path, ReadOptions(label_col="p,q")) as reader:
        assert reader.labels is not None
        assert reader.labels.read_all().tolist() == [[0, 1], [1, 0.5]]


@pytest.mark.parametrize("header", [None, False])
def test_labels_that_are_text_are_no_header(header: bool | None, tmp_path: Path) -> None:
    path = _file(tmp_path, "1,2,cat\n3,4,dog\n")
    read = ReadOptions(header=header, label_col="3", classes=("dog", "cat"))
    with open_array(path, read) as reader:
        assert reader.read_all().tolist() == [[1, 2], [3, 4]]
        assert reader.labels is not None
        assert reader.labels.read_all().tolist() == [[1], [0]]


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        ({"label_col": "y"}, "a,b,y\n1,2,c\n", "x.csv:2:3: the label 'c' is none of the classes"),
        ({"label_col": "3"}, "1,2,c\n", "x.csv:1:3: the label 'c' is not a number"),
        ({"label_col": "y"}, "a,b,y\n1,2,0\n1,z,0\n", "x.csv:3:2: expected a number, got 'z'"),
        ({"label_col": "y"}, "a,b,y\n1,2,0\n1,,0\n", "x.csv:3:2: the cell is empty"),
        ({"label_col": "y"}, "a,b,y\n1,2,\n", "x.csv:2:3: the cell is empty"),
        ({"label_col": "y"}, "a,b,y\n1,2,0\n1,2\n", "x.csv:3: expected 3 cells, got 2"),
        ({"cols": "a"}, "a,b\n1;2,2\n", "x.csv:2:1: expected a number, got '1;2'"),
        ({"cols": "a"}, 'a,b\n"1,2",2\n', "x.csv:2:1: expected a number, got '1,2'"),
        ({"cols": "a"}, "a,b\nnan(1),2\n", "expected a number"),
        ({"cols": "a"}, "a,b\n1e400,2\n", "too large for float64"),
        ({"na": "nan"}, "1.5,2\n3\n", "x.csv:2: expected 2 cells, got 1"),
        ({"na": "nan"}, "1.5,2\n3,-\n", "x.csv:2:2: expected a number, got '-'"),
        ({"decimal": ","}, "1;2,5\n1;2.5\n", "x.csv:2:2: expected a number, got '2.5'"),
        ({"decimal": ","}, "1;2,5\n1;1,234.5\n", "x.csv:2:2: expected a number"),
        ({}, "1;1,234\n2;0\n", "x.csv:1:2: '1,234' may be 1234 or 1.234"),
        ({"decimal": ","}, "1;1.234\n2;0\n", "x.csv:1:2: '1.234' may be 1234 or 1.234"),
        ({"header": False}, "1;0,500\n2;0\n", "x.csv:1:2: expected a number, got '0,500'"),
        ({"header": False}, "1;1,2345\n2;0\n", "x.csv:1:2: expected a number, got '1,2345'"),
        ({"header": False}, "1;%\n2;0\n", "x.csv:1:2: expected a number, got '%'"),
        ({"header": False}, "1.5D+03\n1.5\n", "x.csv:1:1: expected a number, got '1.5D+03'"),
    ],
)
def test_errors_tell_the_place(read: dict[str, Any], text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        open_array(_file(tmp_path, text), ReadOptions(**read))
    assert words in caught.value.message


def test_an_error_and_its_text_do_not_hold_each_other(tmp_path: Path) -> None:
    path, gone = _file(tmp_path, "1.5,2\n3,x\n"), None
    gc.disable()
    try:
        open_array(path, ReadOptions(na="nan"))
    except DataError as error:
        gone = weakref.ref(error)
    finally:
        gc.enable()
    assert gone is not None
    assert gone() is None


@pytest.mark.parametrize(
    ("read", "words"),
    [
        ({"cols": "1-3", "label_col": "3"}, "column in common"),
        ({"label_col": "7"}, "there are 6"),
        ({"label_col": "why"}, "no column 'why'"),
        ({"decimal": ";"}, "--decimal takes"),
        ({"na": "zero"}, "--na takes"),
    ],
)
def test_options_that_cannot_be(read: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        open_array(_file(tmp_path, ALL), ReadOptions(**read))


def test_columns_are_for_text(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 2)))
    for read in (ReadOptions(cols="1"), ReadOptions(label_col="1")):
        with pytest.raises(UsageError, match="is for text"):
            open_array(tmp_path / "x.npy", read)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,5;2\n-0,25;1e3\n", [[1.5, 2], [-0.25, 1000]]),
        ("1,5\t2\n-0,25\t3\n", [[1.5, 2], [-0.25, 3]]),
        ("1,5 2\n-0,25 3\n", [[1.5, 2], [-0.25, 3]]),
        ("1,5|2\n-0,25|3\n", [[1.5, 2], [-0.25, 3]]),
        ('"1,5","2"\n"-0,25","3"\n', [[1.5, 2], [-0.25, 3]]),
        ("a;b\n1,5;2\n", [[1.5, 2]]),
        ("1,5\n2\n", [[1.5], [2]]),
        ("1;2\n3;4\n", [[1, 2], [3, 4]]),
        (",5;inf\nnan;-inf\n", [[0.5, np.inf], [np.nan, -np.inf]]),
    ],
)
def test_decimal_comma(text: str, expected, tmp_path: Path) -> None:
    with open_array(_file(tmp_path, text), ReadOptions(decimal=",")) as reader:
        np.testing.assert_array_equal(reader.read_all(), expected)


def test_decimal_comma_in_chosen_columns(tmp_path: Path) -> None:
    text = "when;a;b;y\n01.02.2026;1,5;2,5;0\n02.02.2026;-1,5;1.0e1;1\n"
    read = ReadOptions(decimal=",", cols="a,b", label_col="y")
    with pytest.raises(DataError, match=r"x\.csv:3:3: expected a number, got '1.0e1'"):
        open_array(_file(tmp_path, text), read)
    with open_array(_file(tmp_path, text.replace("1.0e1", "1,0e1")), read) as reader:
        assert reader.read_all().tolist() == [[1.5, 2.5], [-1.5, 10]]


EMPTY = "a,b,y\n1,2,0\n,4,1\n5,NA,0\n7,8,\n9,10,1\n"


def test_empty_cells_as_nan(tmp_path: Path) -> None:
    with open_array(_file(tmp_path, EMPTY), ReadOptions(na="nan")) as reader:
        nan = np.nan
        np.testing.assert_array_equal(
            reader.read_all(), [[1, 2, 0], [nan, 4, 1], [5, nan, 0], [7, 8, nan], [9, 10, 1]]
        )
        assert reader.notes[-1].endswith("x.csv: 3 empty cells read as nan")


@pytest.mark.parametrize("block", [4, 4 << 20])
def test_rows_with_empty_cells_are_skipped(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_lines, "_BLOCK", block)
    read = ReadOptions(na="skip", label_col="y")
    with open_array(_file(tmp_path, EMPTY), read) as reader:
        assert reader.read_all().tolist() == [[1, 2], [9, 10]]
        assert reader.labels is not None
        assert reader.labels.read_all().tolist() == [[0], [1]]
        assert reader.notes[-1].endswith("x.csv: 3 rows with empty cells left out")
    with open_array(_file(tmp_path, "a,b\n,1\n"), ReadOptions(na="skip")) as reader:
        assert reader.shape == (0, 2)


def test_a_blank_line_is_an_empty_cell_where_there_is_one_column(tmp_path: Path) -> None:
    with open_array(_file(tmp_path, "1\n\n3\n"), ReadOptions(na="nan")) as reader:
        np.testing.assert_array_equal(reader.read_all(), [[1], [np.nan], [3]])


@pytest.mark.parametrize(
    ("text", "classes", "expected"),
    [
        ("cat\ndog\ncat\n", ("cat", "dog"), [0, 1, 0]),
        ("dog\n1\n-100\ndog\n", ("cat", "dog"), [1, 1, -100, 1]),
        ("7\n3\n-100\n", ("3", "7"), [1, 0, -100]),
        ("cat\n1\ncat\n", ("cat", ""), [0, 1, 0]),
        ("big dog\n cat \n", ("cat", "big dog"), [1, 0]),
    ],
)
def test_labels_by_name(text: str, classes: tuple[str, ...], expected, tmp_path: Path) -> None:
    read = ReadOptions(classes=classes, is_labels=True)
    with open_array(_file(tmp_path, text), read) as reader:
        assert reader.read_all().ravel().tolist() == expected


def test_where_classes_are_numbers_no_other_number_is_one(tmp_path: Path) -> None:
    read = ReadOptions(classes=("3", "7"), is_labels=True)
    with pytest.raises(DataError, match=r"x\.csv:2:1: the label '0' is none of the classes"):
        open_array(_file(tmp_path, "7\n0\n"), read)


def test_names_are_for_a_single_column(tmp_path: Path) -> None:
    read = ReadOptions(classes=("cat", "dog"), is_labels=True)
    with open_array(_file(tmp_path, "cat,dog\n1,0\n0,1\n"), read) as reader:
        assert reader.columns == ("cat", "dog")
        assert reader.read_all().tolist() == [[1, 0], [0, 1]]


def test_the_text_of_chosen_columns(tmp_path: Path) -> None:
    read = ReadOptions(cols="3,2", keep_text=True)
    with open_array(_file(tmp_path, ALL), read) as reader:
        assert b"".join(reader.text_rows(",")) == b"1.5,0.5\n1.0,3.5\n2,1e-3\n"


def test_shards_have_labels_too(tmp_path: Path) -> None:
    _file(tmp_path, "a,b,y\n1,2,a\n", "x1.csv")
    _file(tmp_path, "a,b,y\n1.5,2,b\n3,4,a\n", "x2.csv")
    with open_array(f"{tmp_path}/x*.csv", ReadOptions(label_col="y")) as reader:
        assert reader.read_all().tolist() == [[1, 2], [1.5, 2], [3, 4]]
        assert reader.labels is not None
        assert reader.labels.read_all().tolist() == [[0], [1], [0]]
        assert reader.labels.names_labels
    _file(tmp_path, "b,a,y\n1.5,2,b\n", "x3.csv")
    with pytest.raises(DataError, match="the columns of"):
        open_array(f"{tmp_path}/x*.csv", ReadOptions(label_col="y"))
    with open_array(f"{tmp_path}/x*.csv", ReadOptions(cols="a,b")) as reader:
        assert reader.read_all().tolist() == [[1, 2], [1.5, 2], [3, 4], [2, 1.5]]


@pytest.mark.parametrize(
    ("decimal", "text", "values", "told"),
    [
        (".", "97.3%\n5 %\n+0.5\u202f%\n", [0.973, 0.05, 0.005], "3 cells with a percent sign"),
        (".", "1,234,567;0\n1,234;2\n", [1234567, 0, 1234, 2], "2 cells with marks between thou"),
        (".", "1,234;0.5\n-1,235;2\n", [1234, 0.5, -1235, 2], "2 cells with marks between"),
        (".", "1'234;1 234.5\n1\u00a0234;2\n", [1234, 1234.5, 1234, 2], "3 cells with marks"),
        (".", '"1,234.25",2\n"1,234",3\n', [1234.25, 2, 1234, 3], "2 cells with marks"),
        (",", "1.234.567;0,5\n1.234;2\n", [1234567, 0.5, 1234, 2], "2 cells with marks between"),
        (",", "12,5 %;1\n3 %;2\n", [0.125, 1, 0.03, 2], "2 cells with a percent sign"),
    ],
)
def test_marks_in_numbers(decimal: str, text: str, values: list, told: str, tmp_path) -> None:
    array = open_array(_file(tmp_path, text), ReadOptions(header=False, decimal=decimal))
    assert array.read_all().reshape(-1).tolist() == values
    assert any(told in note for note in array.notes)


@pytest.mark.parametrize("na", ["nan:None,-999,?", "skip:None, -999,?"])
def test_words_for_no_value(na: str, tmp_path) -> None:
    text = "1;2\n-999;3\nNONE;4\n5;?\nNA;6\n\\N;7\n8;#DIV/0!\n9;10\n"
    array = open_array(_file(tmp_path, text), ReadOptions(header=False, na=na))
    rows = array.read_all().tolist()
    assert [row for row in rows if not any(map(math.isnan, row))] == [
        [1, 2],
        [9, 10],
    ]
    assert len(rows) == (8 if na.startswith("nan") else 2)


@pytest.mark.parametrize("word", ["None", "-", "?", "missing"])
def test_the_hint_for_a_word_is_followed(word: str, xent, tmp_path) -> None:
    path = _file(tmp_path, f"1.5;2\n{word};3\n")
    run = xent("show", path, "--no-header")
    assert run.status == 3
    ways = re.findall(r"--na (\S+)", run.stderr)
    assert len(ways) == 2
    for way, rows in zip(ways, (2, 1), strict=True):
        run = xent(
            "show", path, "--no-header", "--na", way.strip("'").replace("'", ""), "-f", "json"
        )
        assert run.json["arrays"][0]["shape"] == [rows, 2]
