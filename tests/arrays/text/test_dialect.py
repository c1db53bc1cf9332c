"""How the lines of a text are cut."""

from __future__ import annotations

import pytest

from xent_cli.arrays.text.dialect import declared_delimiter, find_delimiter, has_decimal_commas

FOUND = {
    "1,2|3,4": ",",
    "1;2|3;4": ";",
    "1\t2|3\t4": "\t",
    "1 2|3 4": " ",
    "1  2|3    4": " ",
    "a,b c|1,2": ",",
    '"1;2",3|4,5': ",",
    "1|2": ",",
    "a,b,c|1,0.5,1.5|2,2.5,0.5": ",",
    # R's header is one cell short; a delimiter stands at every end.
    "a,b|r1,1,2|r2,3,4": ",",
    "1,2,|3,4,": ",",
}


@pytest.mark.parametrize("text", FOUND)
def test_the_delimiter_is_found(text: str) -> None:
    assert find_delimiter(text.split("|"), ".") == FOUND[text]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("0,5;1,5|2,5;3,5", ";"),
        ('"0,5","1,5"|"2,5","3,5"', ","),
        ("0,5 1,5|2,5 3,5", " "),
        ("0,5|1,25", ";"),
        # Two names in the first row: no number has two decimal commas, and no name one.
        ("ImageId,Label|456063,1|456043,0", ","),
        ("id,a,b|1,2,3|4,5,6", ","),
        ("p|0,5|1,25", ";"),
        ("a,b|0,05|0,25|0,5", ";"),
    ],
)
def test_beside_decimal_commas(text: str, delimiter: str) -> None:
    found = find_delimiter(text.split("|"), ",")
    one_column = all(line.count(";") == 0 for line in text.split("|")) and delimiter == ";"
    assert found == delimiter or (one_column and found not in (",", " "))


@pytest.mark.parametrize(
    ("line", "delimiter"), [("sep=;", ";"), ("sep=,", ","), ("sep=\t", "\t"), ("1;2", None)]
)
def test_a_line_that_declares_it(line: str, delimiter: str | None) -> None:
    assert declared_delimiter(line) == delimiter


@pytest.mark.parametrize(
    ("text", "is_decimal"),
    [
        ("0,123|0,456|0,75", True),
        ("-0,5|1,5", True),
        ("1,05|2,5", True),
        ("p|0,123|0,456|0,75", True),
        ("1,5|2,7|3,9", False),
        ("0,1|0,2|0,3", False),
        ("10,20|30,40", False),
        ("a,b|1,2", False),
    ],
)
def test_commas_before_fractions(text: str, is_decimal: bool) -> None:
    assert has_decimal_commas(text.split("|")) == is_decimal
