"""wrapt finds no references: over wrapt there is nothing here that could be compared."""

from __future__ import annotations

import pytest

from support.lib import IS_WRAPT
from support.made import made_modules

collect_ignore_glob = ["test_*.py"] if IS_WRAPT else []

module = pytest.fixture(made_modules, name="module")


@pytest.fixture
def example(module):
    """A module with a function. The runner holds the module, but not the function."""
    return module("example", "def function(): return 'original'")
