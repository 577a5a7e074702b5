"""wrapt finds no references: over wrapt there is nothing here that could be compared."""

from __future__ import annotations

import sys
import types

import pytest

from support.lib import IS_WRAPT

collect_ignore_glob = ["test_*.py"] if IS_WRAPT else []


@pytest.fixture
def module():
    """Makes modules of source text, which are gone after the test."""
    made = []

    def make(name, source, **names):
        new = types.ModuleType(name)
        sys.modules[name] = new
        made.append(name)
        new.__dict__.update(names)
        exec(compile(source, f"<{name}>", "exec", dont_inherit=True), new.__dict__)
        return new

    yield make
    for name in made:
        sys.modules.pop(name).__dict__.clear()


@pytest.fixture
def example(module):
    """A module with a function. The runner holds the module, but not the function."""
    return module("example", "def function(): return 'original'")
