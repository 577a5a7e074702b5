"""wrapt has nothing of the kind: over wrapt there is nothing here that could be compared."""

from __future__ import annotations

import pytest

from support.lib import IS_WRAPT
from support.made import made_modules

collect_ignore_glob = ["test_*.py"] if IS_WRAPT else []

module = pytest.fixture(made_modules, name="module")
