"""pytest plugin: wrapt's own tests run against wraptrs, and cannot run against anything else.

``--reference`` runs them against the real wrapt instead, to show that the runner is sound.
"""

from __future__ import annotations

import collections
import importlib
import importlib.machinery
import sys
from pathlib import Path

import pytest

EXPECTED = Path(__file__).with_name("expected_failures.txt")
OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")


def pytest_addoption(parser):
    parser.addoption("--reference", action="store_true", help="test the real wrapt instead")


def pytest_configure(config):
    if not config.getoption("reference"):
        stand_in()
    home = Path(importlib.import_module("wrapt").__file__).parent
    expected_home = "wrapt" if config.getoption("reference") else "wraptrs"
    if home.name != expected_home:
        raise pytest.UsageError(f"'wrapt' was imported from {home}, expected {expected_home}")


def stand_in():
    """Make ``wrapt`` mean wraptrs; refuse an environment where the real one could be meant."""
    if "wrapt" in sys.modules:
        raise pytest.UsageError("wrapt is imported already; it would be tested instead of wraptrs")
    if importlib.machinery.PathFinder.find_spec("wrapt") is not None:
        raise pytest.UsageError("the real wrapt is installed here; use an environment without it")
    wraptrs = importlib.import_module("wraptrs")
    wraptrs.install_as_wrapt()
    if importlib.import_module("wrapt") is not wraptrs:
        raise pytest.UsageError("install_as_wrapt() ran, yet 'wrapt' is not wraptrs")


def pytest_sessionfinish(session):
    """Whatever the tests imported under wrapt's name must have come from wraptrs."""
    if session.config.getoption("reference"):
        return
    home = Path(sys.modules["wraptrs"].__file__).parent
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "wrapt" and home not in Path(module.__file__).parents:
            raise pytest.UsageError(f"{name} came from {module.__file__}, not from {home}")


def expected_failures():
    """``{test: reason}``: one line each, the reason after a hash sign."""
    entries = {}
    for line in EXPECTED.read_text(encoding="utf-8").splitlines():
        test, _, reason = map(str.strip, line.partition("#"))
        if test and not reason:
            raise pytest.UsageError(f"{EXPECTED.name}: {test} gives no reason")
        if test:
            entries[test] = reason
    return entries


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Mark what is expected to fail, strictly: passing, or not existing, is an error too."""
    if config.getoption("reference"):
        return
    collected = {item.nodeid.rpartition("core/")[2]: item for item in items}
    files = {test.partition("::")[0] for test in collected}
    for test, reason in expected_failures().items():
        if test in collected:
            collected[test].add_marker(pytest.mark.xfail(reason=reason, strict=True))
        elif test.partition("::")[0] in files or not files:
            raise pytest.UsageError(f"{EXPECTED.name}: there is no test {test}")


def pytest_terminal_summary(terminalreporter, config):
    """The exact counts, file by file."""
    files = collections.defaultdict(collections.Counter)
    for outcome in OUTCOMES:
        for report in terminalreporter.stats.get(outcome, ()):
            files[report.nodeid.partition("::")[0]][outcome] += 1
    subject = "wrapt" if config.getoption("reference") else "wraptrs"
    version = ".".join(map(str, sys.version_info[:3]))
    terminalreporter.section(f"{subject} on Python {version}, file by file")
    total = collections.Counter()
    for file in sorted(files):
        total.update(files[file])
        terminalreporter.write_line(f"{file}: {describe(files[file])}")
    terminalreporter.write_line(f"all {len(files)} files: {describe(total)}")


def describe(counts):
    return ", ".join(f"{counts[key]} {key}" for key in OUTCOMES if counts[key]) or "nothing ran"
