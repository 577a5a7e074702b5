"""Modules executed again and forgotten again leave memory and reference counts flat."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import types
from pathlib import Path

from _tools import check_flat, check_references

import wraptrs

FAKE = types.ModuleType("colorsys")
NAMES = {}

holder = tempfile.TemporaryDirectory()
place = holder.name
Path(place, "plain.py").write_text("import colorsys\ndef function(): pass\n")
Path(place, "failing.py").write_text("import colorsys\n1 / 0\n")
Path(place, "package").mkdir()
Path(place, "package", "__init__.py").write_text("from . import leaf\nimport user\n")
Path(place, "package", "leaf.py").write_text("import colorsys\n")
Path(place, "user.py").write_text("import colorsys\n")
sys.path.insert(0, place)


def injected():
    for name in ("plain", "package"):
        module = wraptrs.inject(name, NAMES, ("colorsys", FAKE))
        wraptrs.patch_of(module).revert()


def failed():
    with contextlib.suppress(ZeroDivisionError):
        wraptrs.inject("failing", NAMES, ("colorsys", FAKE))


def copied():
    wraptrs.original("time")
    wraptrs.patch_of(wraptrs.original("select")).revert()
    wraptrs.patch_of(wraptrs.original("time")).revert()


def function():
    import colorsys

    return colorsys


def generator():
    yield function()


def stepped():
    patched = wraptrs.patch_function(function, ("colorsys", FAKE))
    assert patched() is FAKE
    made = wraptrs.patch_function(generator, ("colorsys", FAKE))()
    assert next(made) is FAKE
    made.close()


for operation in (injected, failed, copied, stepped):
    check_references(operation.__name__, operation, [FAKE, NAMES, function, generator], rounds=50)
    check_flat(operation.__name__, operation, rounds=100)
assert not NAMES
holder.cleanup()
