"""Text: what is read, and the file:line:column of what is not."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xent_cli.arrays import create_array, open_array
from xent_cli.arrays.base import ReadOptions
from xent_cli.arrays.storage import spool
from xent_cli.arrays.text import lines as text_lines
from xent_cli.errors import DataError, UsageError, XentError


def _read(tmp_path: Path, text: str | bytes, name: str = "x.csv", **options):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return open_array(path, ReadOptions(**options))


@pytest.mark.parametrize(
    ("text", "expected", "dtype"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]], "int64"),
        ("1,2\n3,4", [[1, 2], [3, 4]], "int64"),
        ("1,2\r\n3,4\r\n", [[1, 2], [3, 4]], "int64"),
        ("1,2\r3,4\r", [[1, 2], [3, 4]], "int64"),
        ("\ufeff1,2\n3,4\n", [[1, 2], [3, 4]], "int64"),
        ("1,2\n3,4\n\n  \n\n", [[1, 2], [3, 4]], "int64"),
        ("# made by hand\n1,2\n# more\n3,4\n", [[1, 2], [3, 4]], "int64"),
        ("1.5,2\n3,4\n", [[1.5, 2], [3, 4]], "float64"),
        ("1;2\n3;4\n", [[1, 2], [3, 4]], "int64"),
        ("1\t2\n3\t4\n", [[1, 2], [3, 4]], "int64"),
        ("1|2\n3|4\n", [[1, 2], [3, 4]], "int64"),
        ("1 2\n3  4\n", [[1, 2], [3, 4]], "int64"),
        ('"1","2"\n"3","4"\n', [[1, 2], [3, 4]], "int64"),
        ("1, 2\n 3 ,4\n", [[1, 2], [3, 4]], "int64"),
        ("+1,-2\n.5,1.\n", [[1, -2], [0.5, 1]], "float64"),
        ("1e3,1E-3\n2,3\n", [[1000, 0.001], [2, 3]], "float64"),
        ("7\n8\n9\n", [[7], [8], [9]], "int64"),
        ("5\n", [[5]], "int64"),
        ("nan,inf\n-inf,Infinity\n", [[np.nan, np.inf], [-np.inf, np.inf]], "float64"),
        ("9007199254740993\n1\n", [[9007199254740993], [1]], "int64"),
        ("9223372036854775807\n-9223372036854775808\n", [[2**63 - 1], [-(2**63)]], "int64"),
        ("9223372036854775808\n1\n", [[2.0**63], [1.0]], "float64"),
    ],
)
def test_reads(tmp_path: Path, text: str, expected: list, dtype: str) -> None:
    reader = _read(tmp_path, text)
    assert reader.dtype == dtype
    np.testing.assert_array_equal(reader.read_all(), np.array(expected, dtype=dtype))
    assert reader.columns is None


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("a,b\n1,2\n", ("a", "b"), 1),
        ('"a, or b",c\n1,2\n', ("a, or b", "c"), 1),
        ("# note\na,b\n1,2\n3,4\n", ("a", "b"), 2),
        ("größe,ß\n1,2\n", ("größe", "ß"), 1),
    ],
)
def test_headers(tmp_path: Path, text: str, columns: tuple[str, ...], rows: int) -> None:
    reader = _read(tmp_path, text)
    assert reader.columns == columns
    assert reader.shape == (rows, len(columns))
    assert any("column names" in note for note in reader.notes)


def test_the_user_decides_of_the_header(tmp_path: Path) -> None:
    assert _read(tmp_path, "1,2\n3,4\n", header=True).columns == ("1", "2")
    with pytest.raises(DataError, match=r"x\.csv:1:1: expected a number, got 'a'"):
        _read(tmp_path, "a,b\n3,4\n", header=False)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("1.5,2\n3,x\n", "x.csv:2:2", "expected a number, got 'x'"),
        ("a,b\n1,2\n3,x\n", "x.csv:3:2", "expected a number, got 'x'"),
        ("# c\n1.5,2\n3,x\n", "x.csv:3:2", "expected a number, got 'x'"),
        ("1.5,2\n3\n", "x.csv:2", "expected 2 cells, got 1"),
        ("1.5,2\n3,4,5\n", "x.csv:2", "expected 2 cells, got 3"),
        ("1.5,2\n3,4\n5,6,7\n8\n", "x.csv:3", "expected 2 cells, got 3"),
        ("1.5,2\n3,\n", "x.csv:2:2", "the cell is empty"),
        ("1.5,2\n3,0x10\n", "x.csv:2:2", "got '0x10'"),
        ("1.5,2\n3,1_000\n", "x.csv:2:2", "got '1_000'"),
        ("1.5,2\n3,1d5\n", "x.csv:2:2", "got '1d5'"),
        ("1.5,2\n3,\uff11\n", "x.csv:2:2", "expected a number"),
        ("1.5,2\n3,1e400\n", "x.csv:2:2", "too large for float64"),
        ("1.5,2\ninf,1e400\n", "x.csv:2:2", "too large for float64"),
        ("1.5,2\n3,True\n", "x.csv:2:2", "got 'True'"),
        (b"1.5,2\n3,\0\n", "x.csv:2", "NUL byte"),
        (b"1.5,2\n3,\xff\n", "x.csv:2", "0xff"),
        ("1.5,2\n3,-\n", "x.csv:2:2", "got '-'"),
        ("1.5,2\n-,3\n", "x.csv:2:1", "got '-'"),
        ("1.5,2\n3,+\n", "x.csv:2:2", "got '+'"),
        ("1.5,2\n3, \n", "x.csv:2:2", "the cell is empty"),
        ("1.5,2\n3,nan(1)\n", "x.csv:2:2", "got 'nan(1)'"),
        ("1.5 2\n3 1.2.3\n", "x.csv:2:2", "got '1.2.3'"),
        (b"\x93NUMPY\x01\0", "x.csv", "is a .npy file"),
        ("# only\n# comments\n", "x.csv", "no lines"),
        ("", "x.csv", "found nothing (0 bytes)"),
        ("\n\n", "x.csv", "no lines"),
    ],
)
def test_errors_name_the_place(tmp_path: Path, text: str | bytes, place: str, words: str) -> None:
    with pytest.raises(DataError) as caught:
        _read(tmp_path, text)
    assert f"{place}: " in caught.value.message
    assert words in caught.value.message


def test_an_error_far_down_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "_BLOCK", 1000)
    lines = [f"{i},{i}" for i in range(5000)]
    lines[4321] = "1,oops"
    with pytest.raises(DataError, match=r"x\.csv:4322:2: expected a number, got 'oops'"):
        _read(tmp_path, "\n".join(lines))


def test_a_comma_as_decimal_sign_gets_a_hint(tmp_path: Path) -> None:
    with pytest.raises(XentError) as caught:
        _read(tmp_path, "1,5;2,5\n1,5;2,5\n")
    assert "point" in str(caught.value.hint)


def test_delimiters_by_name(tmp_path: Path) -> None:
    assert _read(tmp_path, "1\t2\n", delimiter="tab").shape == (1, 2)
    assert _read(tmp_path, "1\t2\n", name="x.tsv").shape == (1, 2)
    with pytest.raises(UsageError):
        _read(tmp_path, "1,2\n", delimiter="::")
    with pytest.raises(UsageError):
        _read(tmp_path, "1\u00a62\n", delimiter="\u00a6")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1,0.5\n2,9007199254740993\n", "x.csv:2:2"),
        ("9007199254740993,1\n0.5,1\n", "x.csv:1:1"),
        ("# 9007199254740993\na,b\n0.5,1\n2,123456789012345678901\n", "x.csv:4:2"),
        ("9007199254740992,1\n0.5,100000000000000000000\n", None),
        ("9007199254740993,1\n", None),
    ],
)
@pytest.mark.parametrize("block", [8, 1 << 20])
def test_an_integer_that_is_rounded_is_told(tmp_path, monkeypatch, text, place, block) -> None:
    monkeypatch.setattr(text_lines, "_BLOCK", block)
    notes = [note for note in _read(tmp_path, text).warnings if "rounded" in note]
    assert len(notes) == (place is not None)
    assert all(f"{place}: " in note for note in notes)


def test_a_row_longer_than_the_sample(tmp_path: Path) -> None:
    row = ",".join(f"{i}.25" for i in range(200_000))
    reader = _read(tmp_path, f"{row}\n{row}\n")
    assert reader.shape == (2, 200_000)
    assert reader.read((slice(1, 2), slice(199_999, 200_000))).tolist() == [[199_999.25]]


def test_comments_before_the_first_block_of_cells(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(text_lines, "_BLOCK", 8)
    reader = _read(tmp_path, "# one\n# two\n# three\na,b\n1,2\n")
    assert reader.columns == ("a", "b")
    assert reader.read_all().tolist() == [[1, 2]]


@pytest.mark.parametrize("block", [1, 2, 7, 64])
@pytest.mark.parametrize("limit", [0, 100, 1 << 20])
def test_blocks_and_spools_of_any_size(tmp_path, monkeypatch, block, limit) -> None:
    monkeypatch.setattr(text_lines, "_BLOCK", block)
    monkeypatch.setattr(spool, "IN_MEMORY", limit)
    rows = [[i, i * 3] for i in range(40)] + [[0.5, 1.0]] + [[i, 2] for i in range(40)]
    text = "\r\n".join(",".join(map(str, row)) for row in rows) + "\r\n\r\n"
    with _read(tmp_path, text) as reader:
        np.testing.assert_array_equal(reader.read_all(), np.array(rows))


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        st.sampled_from([np.float64, np.float32, np.float16, np.int64, np.uint8]),
        st.tuples(st.integers(1, 5), st.integers(1, 4)),
    )
)
def test_round_trip_keeps_every_bit(tmp_path_factory, values: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("text") / "x.csv"
    with create_array(path, values.shape, values.dtype) as writer:
        writer.write(tuple(slice(0, n) for n in values.shape), values)
    back = open_array(path, ReadOptions(header=False, delimiter=",")).read_all()
    np.testing.assert_array_equal(back.astype(values.dtype), values)


def test_more_than_two_axes_do_not_fit_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="rows and columns"):
        create_array(tmp_path / "x.csv", (2, 2, 2), np.dtype("f4"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"1" * (40 << 20), "a line of more than 8 MiB"),
        (b"1,2\n" + bytes(40 << 20), ":2: found a NUL byte"),
        (b"\n" * (40 << 20), "there are no lines"),
        (b" \n" * (1 << 20), "there are no lines"),
        (b"#\n" * (1 << 20) + b"x", ":1048577:1: expected a number"),
        (b"1 2\n" * 100_000 + b" \n" * (1 << 20) + b"3\n", ":1148577: expected 2 cells, got 1"),
    ],
    ids=["line", "nul", "blank", "spaces", "comments", "gap"],
)
def test_texts_made_to_hold_up(text: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(text)
    start = time.process_time()
    with pytest.raises(DataError) as caught:
        open_array(tmp_path / "x.csv", ReadOptions(header=False))
    assert words in caught.value.message
    assert time.process_time() - start < 3


def test_long_integers_in_comments_and_other_columns_cost_nothing(tmp_path: Path) -> None:
    text = "# 12345678901234567891\n1,12345678901234567891,inf\n" * 50_000
    (tmp_path / "x.csv").write_text(text + "9007199254740993,0,0.5\n")
    start = time.process_time()
    with open_array(tmp_path / "x.csv", ReadOptions(cols="1,3")) as reader:
        assert "x.csv:100001:1: the integer 9007199254740993 is rounded" in reader.warnings[0]
    assert time.process_time() - start < 3
