"""Names and listings in less room than they take."""

import pytest

from xent_cli.reports.shortening import Listing, Name
from xent_cli.reports.text import cells

PATH = "/very/long/way/to/the/file/logits.npy"


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (37, PATH),
        (36, "/very/long/…/to/the/file/logits.npy"),
        (28, "/very/…/the/file/logits.npy"),
        (17, "…/file/logits.npy"),
        (16, "/…/logits.npy"),
        (12, "…/logits.npy"),
        (10, "logits.npy"),
        (9, "logi….npy"),
        (4, "l…py"),
    ],
)
def test_a_name(width, expected):
    assert Name(PATH).within(width, "…") == expected


@pytest.mark.parametrize(
    "name", [PATH, "模型输出/分类器/第一次训练.npy", "no-folder.npy", "a/", "/"]
)
@pytest.mark.parametrize("mark", ["…", "..."])
def test_a_name_takes_the_room_that_there_is(name, mark):
    for width in range(6, 50):
        short = Name(name).within(width, mark)
        assert cells(short) <= width
        assert short == name if cells(name) <= width else mark in short or short in name


def test_a_listing():
    listing = Listing("0.5, 2, 3.25, ...")
    assert listing.within(17, "…") == listing
    assert listing.within(16, "…") == "0.5, 2, ..."
    assert listing.within(0, "…") == listing.least == "0.5, ..."
    assert Listing("3 functions: a, b, c").within(19, "…") == "3 functions: a, ..."
    assert Listing("7").within(0, "…") == "7"
