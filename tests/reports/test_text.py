"""Numbers as text: rounding, alignment, notation."""

import pytest

from xent_cli.reports.text import aligned, bytes_text, rounded, visible

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.1 + 0.2, 16, "0.3"),
        (0.1 + 0.2, 7, "0.3"),
        (9.99999996, 7, "10"),
        (0.99999999, 7, "1"),
        (0.0001, 7, "0.0001"),
        (0.00009999, 7, "9.999e-05"),
        (-0.0, 7, "0"),
        (100.0, 7, "100"),
        (16384000.5, 7, "16384000"),
        (1e15, 7, "1e+15"),
        (5e-324, 7, "4.940656e-324"),
        (1.7976931348623157e308, 16, "1.797693134862316e+308"),
        (-1.5, 7, "-1.5"),
        (10**30, 7, "1" + "0" * 30),
        ("name", 7, "name"),
        (NAN, 7, "nan"),
    ],
)
def test_rounded(value, digits, expected):
    assert rounded(value, digits) == expected


@pytest.mark.parametrize(
    ("values", "digits", "expected"),
    [
        ([0.0, 0.0], 7, ["0.0", "0.0"]),
        ([1.0, 2.0], 7, ["1.0", "2.0"]),
        ([1, 20, -3], 7, ["1", "20", "-3"]),
        ([True, False], 7, ["true", "false"]),
        ([NAN, INF, -INF], 7, ["nan", "inf", "-inf"]),
        ([NAN, 0.25], 7, ["nan", "0.25"]),
        ([0.10000000149011612, 20.5], 7, ["0.1", "20.5"]),
        ([12345.678711, 3.1415927], 7, ["12345.68", "3.14"]),
        ([20.125, 0.0500488], 3, ["20.10", "0.05"]),
        ([1e-5, 1.0, NAN, INF], 7, ["1.0e-05", "1.0e+00", "nan", "inf"]),
        ([1e300, 1.25], 7, ["1.00e+300", "1.25e+00"]),
        ([0.0, 1e-9], 7, ["0.0e+00", "1.0e-09"]),
        ([], 7, []),
    ],
)
def test_aligned(values, digits, expected):
    assert aligned(values, digits) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 bytes"),
        (10239, "10,239 bytes"),
        (10240, "10,240 bytes (10.0 KiB)"),
        (4 * 2**30, "4,294,967,296 bytes (4.0 GiB)"),
        (2**64, "18,446,744,073,709,551,616 bytes (16384.0 PiB)"),
    ],
)
def test_bytes(count, expected):
    assert bytes_text(count) == expected


def test_names_stay_where_nothing_is_hidden():
    for name in ("a b.npy", "日本.npy", "é\u00a0\u3000x", "C:\\new\\table.npy"):
        assert visible(name) == name
