"""The table for people: what it shows, and that it fits."""

from __future__ import annotations

import pytest

from wraptrs._tables import amount, clipped, columns, duration, padded, shortened
from wraptrs.instruments import Stats, render_table


def stats(name, calls=1, errors=0, time=1000, flying=0):
    times = (*(None,) * 8, 0) if time is None else (*(time,) * 8, calls - flying)
    return Stats(name, (calls, errors, flying, *times))


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (None, "-"),
        (0, "0ns"),
        (999, "999ns"),
        (1_000, "1.00us"),
        (9_994, "9.99us"),
        (9_996, "10.0us"),
        (99_960, "100us"),
        (999_400, "999us"),
        (1_500_000, "1.50ms"),
        (12_345_678_901, "12.3s"),
        (12_345_678_901_234, "12346s"),
    ],
)
def test_durations_have_three_digits(nanoseconds, text):
    assert duration(nanoseconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (99_999, "99999"), (123_456, "123k"), (9_996_000, "10.0M"), (5 * 10**12, "5000G")],
)
def test_counts_are_short(number, text):
    assert amount(number) == text


def test_the_slowest_comes_first():
    table = render_table([stats("b", time=10), stats("a", time=2_000, errors=3)])
    assert table.splitlines() == [
        "calls  errors   total    self    mean     p50     p99  name",
        "    1       3  2.00us  2.00us  2.00us  2.00us  2.00us  a",
        "    1       0    10ns    10ns    10ns    10ns    10ns  b",
    ]


def test_it_can_be_sorted_otherwise():
    rows = [stats("b", calls=1), stats("a", calls=5), stats("c", calls=3, time=None)]
    for sort, order in [("name", "abc"), ("calls", "acb"), ("total", "abc")]:
        table = render_table(rows, sort=sort)
        assert [line[-1] for line in table.splitlines()[1:]] == list(order)
    with pytest.raises(ValueError, match="colour"):
        render_table(rows, sort="colour")


def test_counts_alone_have_no_columns_of_times():
    assert render_table([stats("a", calls=2, time=None)]) == "calls  errors  name\n    2       0  a"
    assert render_table([]) == "calls  errors  name"


@pytest.mark.parametrize("width", [40, 50, 60, 80, 100])
def test_it_fits_its_width(width):
    names = ["package.module:" + "Name" * count for count in range(30)]
    table = render_table([stats(name, 123_456, 10**9, 999_999) for name in names], width=width)
    assert max(map(len, table.splitlines())) <= width


def test_narrow_lines_have_fewer_columns():
    rows = [stats("package.module:Class.method", 123_456, 10**9, 999_999)]
    heads = [render_table(rows, width=width).split("\n")[0].split() for width in (80, 60, 40)]
    assert heads[0] == ["calls", "errors", "total", "self", "mean", "p50", "p99", "name"]
    assert heads[1] == ["calls", "errors", "total", "self", "mean", "p99", "name"]
    assert heads[2] == ["calls", "errors", "total", "name"]
    sorted_so = render_table(rows, width=40, sort="p99").split("\n")[0].split()
    assert sorted_so == ["calls", "total", "p99", "name"]


def test_names_are_cut_in_the_middle():
    assert shortened("package.module:Class.method", 16) == "packa..ss.method"
    assert shortened("short", 16) == "short"


def test_columns_are_those_of_a_terminal():
    assert columns("name") == 4 and columns("\u6f22\u5b57") == 4 and columns("e\u0301") == 1
    assert clipped("\u6f22\u5b57", 3) == "\u6f22" and clipped("e\u0301e\u0301", 1) == "e\u0301"
    assert padded("\u6f22", 4) == "\u6f22  " and padded("name", 2) == "name"
    cut = shortened("module:\u6f22" + "\u5b57" * 20, 16)
    assert 14 <= columns(cut) <= 16 and cut.startswith("modul..") and cut.endswith("\u5b57")


def test_stats_compare_and_print():
    a, b = stats("a"), stats("a")
    assert a == b
    assert a != stats("a", calls=2)
    assert a != 5
    assert repr(a) == "<Stats of a: 1 calls, 0 errors, 0 in flight>"
    assert stats("a", calls=3, time=30, flying=1).mean == 15
    assert stats("a", calls=1, time=30, flying=1).mean is None
    with pytest.raises(TypeError):
        hash(a)
