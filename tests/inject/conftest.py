"""What wrapt does not have at all: over wrapt there is nothing here that could be compared."""

from __future__ import annotations

import importlib
import itertools
import sys

import pytest

from support.lib import IS_WRAPT
from support.modules import write_modules

collect_ignore_glob = ["test_*.py"] if IS_WRAPT else []

COUNTER = itertools.count()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A function that writes modules and makes them importable; all of them are forgotten again."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def write(**sources):
        write_modules(tmp_path, **sources)
        importlib.invalidate_caches()

    yield write
    from wraptrs import injection

    for handle in [one for some in injection._in_force.values() for one in some]:
        handle.revert()
    for name in set(sys.modules) - before:
        if not name.startswith(("wraptrs", "importlib", "support")):
            del sys.modules[name]


@pytest.fixture
def name():
    """A module name that no other test has used."""
    return f"injected{next(COUNTER)}"
