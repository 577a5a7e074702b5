"""wrapt patches nothing in place: over wrapt there is nothing here that could be compared."""

from __future__ import annotations

import functools
import sys

import pytest

from support.inplace import OFFICIAL
from support.lib import IS_WRAPT
from support.lib import package as wraptrs

collect_ignore_glob = ["test_*.py"] if IS_WRAPT else []

VECTORCALL = sys.version_info[:2] != (3, 11) and not OFFICIAL
MODES = ["trampoline", "vectorcall"] if VECTORCALL else ["trampoline"]


@pytest.fixture(params=MODES)
def wrap_mode(request, monkeypatch):
    """Runs a test once for each mode of `hotwrap`, which takes it without being told."""
    chosen = functools.partial(wraptrs.hotwrap, mode=request.param)
    monkeypatch.setattr(request.module, "hotwrap", chosen)
    return request.param
