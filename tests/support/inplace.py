"""What holds only where functions are changed by their memory, and not by CPython's setters."""

from __future__ import annotations

import os

import pytest

OFFICIAL = bool(os.environ.get("WRAPTRS_OFFICIAL_SETTERS"))
MODES = ("auto", "trampoline") if OFFICIAL else ("transplant", "trampoline")


def moved(reason):
    """Mark what CPython's setters alone cannot do; the reason says why."""
    return pytest.mark.skipif(OFFICIAL, reason="by setters alone: " + reason)
