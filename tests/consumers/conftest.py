"""Prints, for every consumer whose suite was run, the counts of both runs."""

from __future__ import annotations


def pytest_terminal_summary(terminalreporter):
    lines = [
        f"{name}: {value}"
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        for name, value in getattr(report, "user_properties", ())
    ]
    if lines:
        terminalreporter.section("suites of consumers")
        for line in lines:
            terminalreporter.write_line(line)
