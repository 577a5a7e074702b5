"""The runner of the consumers' suites notices what it is there to notice. Fast, without network."""

from __future__ import annotations

import pytest

from consumers import recorder, sides


class Report:
    longreprtext = "the error"

    def __init__(self, outcome, when="call", **attributes):
        self.nodeid, self.outcome, self.when = "test", outcome, when
        self.__dict__.update(attributes)


@pytest.mark.parametrize(
    "reports, outcome",
    [
        ([Report("passed")], "passed"),
        ([Report("passed"), Report("failed")], "failed"),
        ([Report("failed"), Report("passed")], "failed"),
        ([Report("passed"), Report("failed", "teardown")], "error"),
        ([Report("failed", None)], "error"),
        ([Report("skipped", "setup")], "skipped"),
        ([Report("skipped", wasxfail="")], "xfailed"),
        ([Report("passed", wasxfail="")], "xpassed"),
        ([Report("skipped"), Report("passed")], "skipped"),
    ],
)
def test_a_test_is_as_bad_as_its_worst_report(monkeypatch, reports, outcome):
    monkeypatch.setattr(recorder, "outcomes", {})
    monkeypatch.setattr(recorder, "errors", {})
    for report in reports:
        recorder.record(report)
    assert recorder.outcomes == {"test": outcome}
    assert bool(recorder.errors) == (outcome in ("failed", "error"))


def test_every_difference_is_a_line():
    wrapt = sides.Result({"a": "passed", "b": "passed", "c": "skipped", "d": "failed"}, {}, {})
    ours = sides.Result(
        {"a": "passed", "b": "failed", "d": "failed", "e": "passed"}, {"b": "E"}, {}
    )
    assert sides.differences(wrapt, wrapt) == []
    assert sides.differences(wrapt, ours) == [
        "b: passed with wrapt, failed with wraptrs\nE",
        "c: skipped with wrapt, absent with wraptrs\n",
        "e: absent with wrapt, passed with wraptrs\n",
    ]


def test_modules_of_the_other_library_are_told_apart(tmp_path):
    side = sides.Side("wraptrs", tmp_path)
    assert side.owns(tmp_path / "wraptrs" / "importer.py")
    assert not side.owns(tmp_path / "wrapt" / "importer.py")
    assert not side.owns(tmp_path.parent / "wraptrs" / "importer.py")
    assert not side.owns(None)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", b"localhost", "0.0.0.0", None])
def test_this_machine_can_be_reached(host):
    recorder.bar_network("socket.getaddrinfo", (host, 80))
    recorder.bar_network("socket.connect", (None, (host, 80)))


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.invalid", b"192.0.2.1"])
def test_no_other_can(host):
    with pytest.raises(OSError, match="no network"):
        recorder.bar_network("socket.getaddrinfo", (host, 80))
    with pytest.raises(OSError, match="no network"):
        recorder.bar_network("socket.connect", (None, (host, 80)))
