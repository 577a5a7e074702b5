"""pytest plugin inside a consumer's suite: writes what became of each test, and bars the network.

Copied next to the library under test by `sides`; it knows neither which library that is nor ours.
"""

from __future__ import annotations

import ipaddress
import json
import os
import sys
from pathlib import Path

import pytest

# A test is as bad as its worst report: the phases of it, and its subtests.
WORST_FIRST = ("error", "failed", "xpassed", "xfailed", "skipped", "passed")

outcomes = {}
errors = {}


def outcome_of(report):
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.outcome == "skipped" else "xpassed"
    if report.outcome == "failed" and getattr(report, "when", None) != "call":
        return "error"
    return report.outcome


def record(report):
    outcome = outcome_of(report)
    known = outcomes.get(report.nodeid, outcome)
    outcomes[report.nodeid] = min(outcome, known, key=WORST_FIRST.index)
    if report.outcome == "failed":
        errors[report.nodeid] = report.longreprtext[-800:]


def pytest_runtest_logreport(report):
    if report.when == "call" or report.outcome != "passed":
        record(report)


def pytest_collectreport(report):
    if report.outcome != "passed":
        record(report)


def pytest_sessionfinish():
    wrapt = {
        name: getattr(module, "__file__", None)
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] == "wrapt"
    }
    result = {"outcomes": outcomes, "errors": errors, "wrapt": wrapt}
    Path(os.environ["CONSUMER_RECORD"]).write_text(json.dumps(result), encoding="utf-8")


def is_local(host):
    if host is None or host in ("", "localhost", b"localhost"):
        return True
    try:
        name = host.decode() if isinstance(host, bytes) else host
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def bar_network(event, args):
    """Both runs must see the same world, so none of it lies beyond this machine."""
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    if not is_local(host):
        raise OSError(f"{host!r}: no network while a consumer's suite runs")


@pytest.hookimpl(tryfirst=True)
def pytest_configure():
    sys.addaudithook(bar_network)
