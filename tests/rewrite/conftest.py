"""wrapt rewrites no functions: over wrapt there is nothing here that could be compared."""

from __future__ import annotations

import pytest

from support.lib import IS_WRAPT
from support.lib import package as wraptrs

collect_ignore_glob = ["test_*.py"] if IS_WRAPT else []


@pytest.fixture(autouse=True)
def alone():
    """Without the patches that other tests left to the collector."""
    wraptrs.revert_all()


@pytest.fixture(params=["in place", "by name"])
def put(request):
    """A cache on something of this module, by its path."""

    def put(path, **options):
        if request.param == "by name":
            return wraptrs.cached(f"{request.module.__name__}:{path}", **options)
        return wraptrs.cached(f"{request.module.__name__}:{path}", in_place=True, **options)

    return put
