"""What holds only where functions are changed by their memory, and not by CPython's setters."""

from __future__ import annotations

import os
import sys

import pytest

from support.lib import package as wraptrs

OFFICIAL = bool(os.environ.get("WRAPTRS_OFFICIAL_SETTERS"))
honoured = pytest.mark.skipif(
    sys.version_info[:2] == (3, 11) or OFFICIAL,
    reason="CPython 3.11 does not look at the pointer, and by setters alone it is not ours",
)
MODES = ("auto", "trampoline") if OFFICIAL else ("transplant", "trampoline")
WAYS = (*MODES, "hotwrap")


def moved(reason):
    """Mark what CPython's setters alone cannot do; the reason says why."""
    return pytest.mark.skipif(OFFICIAL, reason="by setters alone: " + reason)


def passing(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


def change(way, new, target):
    """A patch of any sort after which the target gives what `new` gives."""
    if way != "hotwrap":
        return wraptrs.hotpatch(new, target, mode=way)
    return wraptrs.hotwrap(target, lambda wrapped, instance, args, kwargs: new(*args, **kwargs))


def marking(wrapped, instance, args, kwargs):
    return ("wrapped", wrapped(*args, **kwargs))
