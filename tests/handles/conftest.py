"""wrapt has no handles: nothing to compare with. Every test leaves nothing behind."""

import pytest

from support.clean import no_patches
from support.lib import IS_WRAPT

collect_ignore_glob = ["test_*.py"] if IS_WRAPT else []


@pytest.fixture(autouse=True)
def nothing_left():
    """No patch is active or pending after a test."""
    import wraptrs

    no_patches()
    before = set(map(id, wraptrs.patches()))
    yield
    left = [patch for patch in wraptrs.patches() if id(patch) not in before]
    assert not left
